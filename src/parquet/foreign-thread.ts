import { DecodeError, UnsupportedFormatError } from '../model/errors.js'
import { type ColumnData, type Frame, storedColumns } from '../model/frame.js'
import { firstOutOfOrder } from '../model/frame-edit.js'
import type { TableType } from '../model/schema.js'
import { serveJobs } from '../threads/serve-jobs.js'
import { decodeFrame } from './decode.js'
import { limitEngineMemory } from './engine-limit.js'
import { readFooter } from './footer.js'
import { FOREIGN_LIMITS, type ForeignJob, type ForeignRows } from './foreign.js'

/** The thread of `decodeForeign`. */
limitEngineMemory(FOREIGN_LIMITS.engineBytes)
serveJobs<ForeignJob, ForeignRows>(({ type, bytes }) => {
  refuseHuge(type, bytes)
  const { frame, metadata } = decodeFrame(type, bytes)
  const wrong = wrongRow(frame)
  if (wrong !== undefined) throw new DecodeError(`the Parquet file holds what no catalog may: ${wrong}`)
  const columns = columnsOf(frame)
  const transfer = [...columns.values()].flatMap(({ values, nulls }) =>
    [values, nulls].flatMap((it) => (ArrayBuffer.isView(it) && it.buffer instanceof ArrayBuffer ? [it.buffer] : [])),
  )
  return { value: { numRows: frame.numRows, columns, metadata }, transfer }
})

const CELL_BYTES = 8

/** Before room is made for them: a footer may claim any number of rows, in as few bytes as it likes. */
function refuseHuge(type: TableType, bytes: Uint8Array): void {
  const { numRows } = readFooter(bytes)
  const frameBytes = numRows * storedColumns(type).length * CELL_BYTES
  if (frameBytes <= FOREIGN_LIMITS.frameBytes) return
  throw new UnsupportedFormatError(
    `the Parquet file claims ${numRows} rows, more than are read from one file of another writer`,
  )
}

/** Readers search by time, and count on numbers: what other writers left must not give wrong answers. */
function wrongRow(frame: Frame): string | undefined {
  const early = firstOutOfOrder(frame.column('ts_event'))
  if (early !== undefined) return `row ${early + 1} is before the one it follows`
  for (const { name, kind, nullable } of storedColumns(frame.type)) {
    if (kind !== 'number' || nullable) continue
    const { values } = frame.data(name)
    const row = values.findIndex((it) => !Number.isFinite(it))
    if (row >= 0) return `${name} of row ${row + 1} is ${values[row]}`
  }
  return undefined
}

function columnsOf(frame: Frame): ReadonlyMap<string, ColumnData> {
  const columns = new Map<string, ColumnData>()
  for (const { name } of storedColumns(frame.type)) {
    const { values, nulls } = frame.data(name)
    columns.set(name, nulls === undefined ? { values } : { values, nulls })
  }
  return columns
}
