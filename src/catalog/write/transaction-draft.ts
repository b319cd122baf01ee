import { nextBarStartNs, tradeDateStampNs } from '../../model/bar-type.js'
import { InvalidRequestError } from '../../model/errors.js'
import type { Interval } from '../../model/interval.js'
import type { RecordType } from '../../model/schema.js'
import { formatSeries, isDated, parseSeries, type Series, type SeriesInput } from '../../model/series.js'
import { dayOf } from '../../model/time.js'
import type { Transaction } from '../catalog-types.js'
import { parseRange, type RangeInput } from '../range.js'
import { calendarOfSeries } from '../read/lookup.js'
import type { Operation } from './operations.js'
import type { RowsInput } from './rows-input.js'
import { prepareWrite, type WriteOptions } from './write-input.js'

/**
 * Collects the steps of one commit as operations, everything checked that can be without the catalog. A step takes its
 * place when it is called, awaited or not; {@link finish} waits for all of them.
 */
export class TransactionDraft implements Transaction {
  /** Rows given to writes, equal doubles counted once. */
  rows = 0
  /** Equal bars inside one input that became one. */
  collapsed = 0
  readonly #steps: Promise<Operation | undefined>[] = []
  #isFinished = false
  readonly #type: RecordType
  readonly #nowNs: bigint

  constructor(type: RecordType, nowNs: bigint) {
    this.#type = type
    this.#nowNs = nowNs
  }

  /** The operations in the order they were called. @throws what the first failed step threw */
  async finish(): Promise<readonly Operation[]> {
    this.#isFinished = true
    const operations = await Promise.all(this.#steps)
    return operations.filter((it) => it !== undefined)
  }

  write<S extends SeriesInput>(input: S, rows: RowsInput<S['type']>, options: WriteOptions = {}): Promise<void> {
    const step = this.#prepare(input, rows, options)
    this.#steps.push(step)
    const done = step.then(() => undefined)
    // A step that nobody awaits fails in `finish`, not as an unhandled rejection.
    done.catch(() => undefined)
    return done
  }

  deleteRange(input: SeriesInput, range: RangeInput): void {
    const series = this.#own(input)
    const interval = stampsIn(series, parseRange(range))
    if (interval !== undefined) this.#steps.push(Promise.resolve({ kind: 'delete', series, interval }))
  }

  dropFile(input: SeriesInput, path: string, reason: string): void {
    this.#steps.push(Promise.resolve({ kind: 'drop', series: this.#own(input), path, reason }))
  }

  async #prepare(input: SeriesInput, rows: RowsInput<RecordType>, options: WriteOptions): Promise<Operation> {
    const series = this.#own(input)
    const prepared = await prepareWrite(series, rows, options, calendarOfSeries(series), this.#nowNs)
    this.rows += prepared.operation.frame.numRows
    this.collapsed += prepared.collapsed
    return prepared.operation
  }

  #own(input: SeriesInput): Series {
    if (this.#isFinished) {
      throw new InvalidRequestError('the transaction has ended', { steps: ['Change the catalog inside its callback.'] })
    }
    const series = parseSeries(input)
    if (series.type === this.#type) return series
    throw new InvalidRequestError(`a transaction on ${this.#type} cannot change ${formatSeries(series)}`, {
      steps: ['Use one transaction for each record type: their tables commit separately.'],
    })
  }
}

/** What history shows of a commit. */
export function parametersOf(operations: readonly Operation[]): Readonly<Record<string, string>> {
  const series = [...new Set(operations.map((it) => formatSeries(it.series)))].join(', ')
  const modes = [...new Set(operations.map((it) => (it.kind === 'write' ? it.mode : it.kind)))].join(', ')
  return series === '' ? {} : { series, mode: modes }
}

/**
 * Daily and longer bars live in trade dates: the dates whose stamps lie in the range, whole. Half a date cannot be
 * deleted, and must not be left half covered.
 */
export function stampsIn(series: Series, { startNs, endNs }: Interval): Interval | undefined {
  if (series.type !== 'bars' || !isDated(series)) return { startNs, endNs }
  const { barType } = series
  const firstStampFrom = (ns: bigint): bigint => {
    const stampNs = tradeDateStampNs(barType, dayOf(ns))
    return stampNs === ns ? ns : nextBarStartNs(barType, stampNs)
  }
  const stamps = { startNs: firstStampFrom(startNs), endNs: firstStampFrom(endNs) }
  return stamps.startNs < stamps.endNs ? stamps : undefined
}
