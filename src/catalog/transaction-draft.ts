import { InvalidRequestError } from '../model/errors.js'
import type { RecordType } from '../model/schema.js'
import { formatSeries, parseSeries, type Series, type SeriesInput } from '../model/series.js'
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
    this.operations.push({ kind: 'delete', series: this.#own(input), interval: parseRange(range) })
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
