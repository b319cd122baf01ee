import type * as Arrow from 'apache-arrow'
import { InvalidDataError } from '../errors.js'
import { type ColumnData, type Frame, schemaOf } from '../frame.js'
import type { ColumnKind, ColumnSpec, TableType } from '../schema.js'

/** Rows of one record batch: what an Arrow consumer takes at a bite. */
export const BATCH_ROWS = 100_000

/** apache-arrow, loaded by the first caller: it costs 65 ms, and reading never needs it. */
export type ArrowModule = typeof Arrow
export function loadArrow(): Promise<ArrowModule> {
  return import('apache-arrow')
}

/**
 * Rows as one Arrow record batch with the columns of {@link arrowSchema}. Numbers are not copied, unless columns share
 * memory: apache-arrow 21 merges chunks that overlap in one ArrayBuffer (`collapseContiguousByteRanges`), and writes a
 * broken IPC stream for bars whose open, high, low and close are one array.
 *
 * @throws InvalidDataError for a null in a column that has none, and for text that is not well-formed Unicode
 * @throws InvalidRequestError when the frame lacks one of the columns
 */
export function toRecordBatch(arrow: ArrowModule, frame: Frame, schema: Arrow.Schema): Arrow.RecordBatch {
  const specs = schemaOf(frame.type)
  const seen = new Set<ArrayBufferLike>()
  const children = schema.fields.map(({ name }) => {
    const spec = specs.find((it) => it.name === name) as ColumnSpec
    return toData(arrow, spec, unshared(frame.data(name), seen), frame.numRows)
  })
  const type = new arrow.Struct(schema.fields)
  return new arrow.RecordBatch(schema, arrow.makeData({ type, length: frame.numRows, nullCount: 0, children }))
}

function unshared(data: ColumnData, seen: Set<ArrayBufferLike>): ColumnData {
  const { values, nulls } = data
  if (!ArrayBuffer.isView(values)) return data
  if (seen.has(values.buffer)) return { values: values.slice(), nulls }
  seen.add(values.buffer)
  return data
}

/** Arrow fields of some of a record type's columns, all of them when `names` is absent. */
export function arrowSchema(arrow: ArrowModule, type: TableType, names?: readonly string[]): Arrow.Schema {
  const specs = schemaOf(type).filter((it) => names === undefined || names.includes(it.name))
  return new arrow.Schema(specs.map((it) => new arrow.Field(it.name, arrowType(arrow, it.kind), it.nullable)))
}

function arrowType(arrow: ArrowModule, kind: ColumnKind): Arrow.DataType {
  switch (kind) {
    case 'time':
    case 'count':
      return new arrow.Int64()
    case 'number':
      return new arrow.Float64()
    case 'text':
      return new arrow.Utf8()
    case 'micros':
      return new arrow.TimestampMicrosecond('UTC')
  }
}

function toData(arrow: ArrowModule, spec: ColumnSpec, { values, nulls }: ColumnData, length: number): Arrow.Data {
  const { nullBitmap, nullCount } = toBitmap(nulls)
  if (nulls !== undefined && nullCount > 0 && !spec.nullable) {
    throw new InvalidDataError(`'${spec.name}' is null in row ${nulls.indexOf(1)}`)
  }
  const common = { length, nullCount, nullBitmap }
  if (values instanceof Float64Array) return arrow.makeData({ ...common, type: new arrow.Float64(), data: values })
  if (!(values instanceof BigInt64Array)) {
    const text = nullCount === length ? noText(length) : toUtf8(spec.name, values)
    return arrow.makeData({ ...common, type: new arrow.Utf8(), ...text })
  }
  if (spec.kind !== 'micros') return arrow.makeData({ ...common, type: new arrow.Int64(), data: values })
  return arrow.makeData({ ...common, type: new arrow.TimestampMicrosecond('UTC'), data: values })
}

/** Arrow's validity: one bit a row, 1 for a value; none at all for a column without nulls. */
function toBitmap(nulls: Uint8Array | undefined): { nullBitmap: Uint8Array | null; nullCount: number } {
  if (nulls === undefined) return { nullBitmap: null, nullCount: 0 }
  const nullBitmap = new Uint8Array((nulls.length + 7) >> 3)
  let nullCount = 0
  for (let row = 0; row < nulls.length; row++) {
    if (nulls[row] === 1) nullCount++
    else nullBitmap[row >> 3] = (nullBitmap[row >> 3] as number) | (1 << (row & 7))
  }
  return nullCount === 0 ? { nullBitmap: null, nullCount } : { nullBitmap, nullCount }
}

interface Utf8 {
  readonly valueOffsets: Int32Array
  readonly data: Uint8Array
}

/** A column of nulls, as half of the text of ticks is. */
function noText(length: number): Utf8 {
  return { valueOffsets: new Int32Array(length + 1), data: new Uint8Array(0) }
}

function toUtf8(name: string, values: readonly (string | null)[]): Utf8 {
  const all = values.join('')
  const data = new TextEncoder().encode(all)
  const isAscii = data.length === all.length
  const valueOffsets = new Int32Array(values.length + 1)
  let end = 0
  for (let row = 0; row < values.length; row++) {
    const value = values[row] ?? ''
    // UTF-8 has no half surrogate pairs: it would come back as U+FFFD, or joined with the next row's.
    if (!isAscii && !value.isWellFormed()) {
      throw new InvalidDataError(`'${name}' holds half of a surrogate pair in row ${row}`)
    }
    end += isAscii ? value.length : Buffer.byteLength(value)
    valueOffsets[row + 1] = end
  }
  return { valueOffsets, data }
}
