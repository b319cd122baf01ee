import { coverageToText } from '../../src/catalog/coverage/coverage-text.js'
import { extentOf, type LiveFile, liveFile } from '../../src/catalog/files/live-file.js'
import { restoreInterval } from '../../src/catalog/versions/restore-plan.js'
import { applyOperation } from '../../src/catalog/write/apply.js'
import type { SeriesChange } from '../../src/catalog/write/bucket.js'
import type { Operation, RestoreOperation, WriteMode, WriteOperation } from '../../src/catalog/write/operations.js'
import { SeriesEdit } from '../../src/catalog/write/series-edit.js'
import type { PartLimits } from '../../src/catalog/write/tick-parts.js'
import type { Frame } from '../../src/model/frame.js'
import { storedColumns } from '../../src/model/frame.js'
import { allocateFrame, concatFrames, setNull } from '../../src/model/frame-edit.js'
import { hull, type Interval } from '../../src/model/interval.js'
import { parseSeries, partitionValuesOf } from '../../src/model/series.js'
import { TRADES } from '../support/trades.js'

export const SERIES = parseSeries(TRADES)

export interface Trade {
  readonly ns: bigint
  readonly id?: string | null
  readonly price?: number
}

/** Trades of size 1, `ts_init` the stamp; everything not given is null. */
export function framesOfTrades(trades: readonly Trade[]): Frame {
  const { rooms, frame } = allocateFrame('trades', trades.length, storedColumns('trades'))
  for (const room of rooms) {
    for (const [row, { ns, id = null, price = 1 }] of trades.entries()) {
      const cells = { ts_event: ns, ts_init: ns, price, size: 1, trade_id: id }
      const value: unknown = cells[room.spec.name as keyof typeof cells] ?? null
      if (value === null) setNull(room, row)
      else (room.values as unknown[])[row] = value
    }
  }
  return frame
}

/** A write of trades that claims `[startNs, endNs)`. */
export function writeOf(
  trades: readonly Trade[],
  startNs: bigint,
  endNs: bigint,
  mode: WriteMode = 'merge',
): WriteOperation {
  const claims = [{ startNs, endNs, state: 'data', provenance: {} }] as const
  return { kind: 'write', series: SERIES, frame: framesOfTrades(trades), claims, mode, asker: { nowNs: 0n } }
}

/** The live files of one series of trades and their rows, changed by operations and kept in memory alone. */
export class TickSeries {
  readonly limits: PartLimits
  #files: readonly LiveFile[] = []
  readonly #rows = new Map<string, Frame>()
  /** Every file is there, of the length that its rows stand for. */
  readonly #storage = { read: (path: string) => new Uint8Array(this.#rows.get(path)?.numRows ?? 0) }
  #count = 0

  constructor(limits: PartLimits) {
    this.limits = limits
  }

  get files(): readonly LiveFile[] {
    return this.#files
  }

  /** All rows, a file after the other. */
  get rows(): Frame {
    return concatFrames('trades', this.#files.map((it) => this.rowsOf(it)) as Frame<'trades'>[])
  }

  rowsOf(file: LiveFile): Frame {
    return this.#rows.get(file.path) as Frame
  }

  /** One commit. @throws like `applyOperation`; then nothing has changed */
  async apply(...operations: readonly Exclude<Operation, RestoreOperation>[]): Promise<SeriesChange> {
    const edit = new SeriesEdit(SERIES, this.#files, async (it) => this.rowsOf(it), this.limits)
    for (const operation of operations) await applyOperation(edit, operation)
    return this.#commit(await edit.finish())
  }

  /** One commit that makes an interval what it was in an earlier state of `files`. */
  async restore(past: readonly LiveFile[], interval: Interval): Promise<SeriesChange> {
    const edit = new SeriesEdit(SERIES, this.#files, async (it) => this.rowsOf(it), this.limits)
    await restoreInterval(edit, interval, past, this.#storage)
    return this.#commit(await edit.finish())
  }

  #commit(change: SeriesChange): SeriesChange {
    const gone = new Set(change.removed.map((it) => it.file))
    const added = change.written.map(({ name, frame, coverage }) => {
      const times = frame.column('ts_event')
      const [minNs, maxNs] = [times[0] as bigint, times[frame.numRows - 1] as bigint]
      const tsEvent = frame.numRows === 0 ? undefined : { minNs, maxNs }
      const file = liveFile('trades', {
        path: `${name}.${this.#count++}.parquet`,
        partitionValues: partitionValuesOf(SERIES),
        sizeBytes: frame.numRows,
        modificationTimeMs: 0,
        dataChange: true,
        stats: { numRecords: frame.numRows, tsEvent, tsInit: tsEvent },
        tags: { coverage: coverageToText(coverage) },
      })
      this.#rows.set(file.path, frame)
      return file
    })
    this.#files = [...this.#files.filter((it) => !gone.has(it)), ...change.readded, ...added].sort((a, b) =>
      startOf(a) < startOf(b) ? -1 : 1,
    )
    return change
  }
}

function startOf(file: LiveFile): bigint {
  return hull(extentOf(file))?.startNs ?? 0n
}
