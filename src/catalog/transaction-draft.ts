import { nextBarStartNs, tradeDateStampNs } from '../model/bar-type.js'
import { InvalidRequestError } from '../model/errors.js'
import type { Interval } from '../model/interval.js'
import type { RecordType } from '../model/schema.js'
import { formatSeries, isDated, parseSeries, type Series, type SeriesInput } from '../model/series.js'
import { dayOf } from '../model/time.js'
import type { Transaction } from './catalog-types.js'
import { calendarOfSeries } from './lookup.js'
import type { Operation } from './operations.js'
import { parseRange, type RangeInput } from './range.js'
import type { RowsInput } from './rows-input.js'
import { prepareWrite, type WriteOptions } from './write-input.js'

/** Collects the steps of one commit as operations, everything checked that can be without the catalog. */
export class TransactionDraft implements Transaction {
  readonly operations: Operation[] = []
  /** Rows given to writes, equal doubles counted once. */
  rows = 0
  /** Equal bars inside one input that became one. */
  collapsed = 0
  readonly #type: RecordType
  readonly #nowNs: bigint

  constructor(type: RecordType, nowNs: bigint) {
    this.#type = type
    this.#nowNs = nowNs
  }

  get hasDropped(): boolean {
    return this.operations.some((it) => it.kind === 'drop')
  }

  async write<S extends SeriesInput>(input: S, rows: RowsInput<S['type']>, options: WriteOptions = {}): Promise<void> {
    const series = this.#own(input)
    const prepared = await prepareWrite(series, rows, options, calendarOfSeries(series), this.#nowNs)
    this.operations.push(prepared.operation)
    this.rows += prepared.operation.frame.numRows
    this.collapsed += prepared.collapsed
  }

  deleteRange(input: SeriesInput, range: RangeInput): void {
    const series = this.#own(input)
    const interval = stampsIn(series, parseRange(range))
    if (interval !== undefined) this.operations.push({ kind: 'delete', series, interval })
  }

  dropFile(input: SeriesInput, path: string, reason: string): void {
    this.operations.push({ kind: 'drop', series: this.#own(input), path, reason })
  }

  /** What history shows of the commit. */
  parameters(): Readonly<Record<string, string>> {
    const series = [...new Set(this.operations.map((it) => formatSeries(it.series)))].join(', ')
    const modes = [...new Set(this.operations.map((it) => (it.kind === 'write' ? it.mode : it.kind)))].join(', ')
    return series === '' ? {} : { series, mode: modes }
  }

  #own(input: SeriesInput): Series {
    const series = parseSeries(input)
    if (series.type === this.#type) return series
    throw new InvalidRequestError(`a transaction on ${this.#type} cannot change ${formatSeries(series)}`, {
      steps: ['Use one transaction for each record type: their tables commit separately.'],
    })
  }
}

/**
 * Daily and longer bars live in trade dates: the dates whose stamps lie in the range, whole. Half a date cannot be
 * deleted, and must not be left half covered.
 */
function stampsIn(series: Series, { startNs, endNs }: Interval): Interval | undefined {
  if (series.type !== 'bars' || !isDated(series)) return { startNs, endNs }
  const { barType } = series
  const firstStampFrom = (ns: bigint): bigint => {
    const stampNs = tradeDateStampNs(barType, dayOf(ns))
    return stampNs === ns ? ns : nextBarStartNs(barType, stampNs)
  }
  const stamps = { startNs: firstStampFrom(startNs), endNs: firstStampFrom(endNs) }
  return stamps.startNs < stamps.endNs ? stamps : undefined
}
