import { barRuleBroken } from '../../model/bar-rules.js'
import { InvalidDataError } from '../../model/errors.js'
import type { Frame } from '../../model/frame.js'
import { filterRows, firstOutOfOrder, takeRows } from '../../model/frame-edit.js'
import { formatInterval, hull, type Interval, type IntervalSet } from '../../model/interval.js'
import { formatSeries, type Series, type StoredSeries } from '../../model/series.js'
import { formatInstant } from '../../model/time.js'

/** How many broken rows an error names; the rest are counted. */
const NAMED_MAX = 20

export interface RowProblem {
  /** Index into the frame. */
  readonly row: number
  /** What is wrong, with the value: `open 191.4 is above high 191.25`. */
  readonly reason: string
}

/** The rows of a frame that break a rule of their record type, in order. */
export function findBrokenRows(series: Series, frame: Frame): readonly RowProblem[] {
  const problems: RowProblem[] = []
  const check = series.type === 'bars' ? barCheck(series, frame) : tickCheck(frame)
  for (let row = 0; row < frame.numRows; row++) {
    const reason = check(row)
    if (reason !== undefined) problems.push({ row, reason })
  }
  return problems
}

function barCheck(series: Series & { readonly type: 'bars' }, frame: Frame): (row: number) => string | undefined {
  const times = frame.data('ts_event').values as BigInt64Array
  const number = (name: string): Float64Array => frame.data(name).values as Float64Array
  const [open, high, low, close] = [number('open'), number('high'), number('low'), number('close')]
  return (row) => {
    const volume = frame.cell('volume', row)
    return (
      barRuleBroken(
        series.barType,
        times[row] as bigint,
        open[row] as number,
        high[row] as number,
        low[row] as number,
        close[row] as number,
        typeof volume === 'number' ? volume : null,
      ) ??
      notFinite(frame, row, ['vwap']) ??
      negative(frame, row, ['trade_count'])
    )
  }
}

const TICK_PRICES = { quotes: ['bid_price', 'ask_price'], trades: ['price'] } as const
const TICK_SIZES = { quotes: ['bid_size', 'ask_size'], trades: ['size'] } as const

function tickCheck(frame: Frame): (row: number) => string | undefined {
  if (frame.type === 'bars' || frame.type === 'instruments') throw new RangeError(`${frame.type} are not ticks`)
  const [prices, sizes] = [TICK_PRICES[frame.type], TICK_SIZES[frame.type]]
  const column = (name: string) => ({ name, ...frame.data(name) })
  const [numbers, amounts] = [[...prices, ...sizes].map(column), sizes.map(column)]
  return (row) => {
    for (const { name, values, nulls } of numbers) {
      if (!Number.isFinite(values[row]) && nulls?.[row] !== 1) return `${name} ${values[row]} is not a finite number`
    }
    // The NaN of a null compares as false.
    for (const { name, values } of amounts) {
      if ((values[row] as number) < 0) return `${name} ${values[row]} is negative`
    }
    return undefined
  }
}

function notFinite(frame: Frame, row: number, names: readonly string[]): string | undefined {
  for (const name of names) {
    const value = frame.cell(name, row)
    if (typeof value === 'number' && !Number.isFinite(value)) return `${name} ${value} is not a finite number`
  }
  return undefined
}

function negative(frame: Frame, row: number, names: readonly string[]): string | undefined {
  for (const name of names) {
    const value = frame.cell(name, row)
    if (value !== null && typeof value !== 'string' && value < 0) return `${name} ${value} is negative`
  }
  return undefined
}

/** @throws InvalidDataError naming the first broken rows */
export function refuseBrokenRows(series: Series, frame: Frame): void {
  const problems = findBrokenRows(series, frame).map(({ row, reason }) => `${nameRow(frame, row)}: ${reason}`)
  if (problems.length > 0) throw invalid(series, problems)
}

function nameRow(frame: Frame, row: number): string {
  return `row ${row + 1} (${formatInstant(frame.column('ts_event')[row] as bigint)})`
}

function invalid(series: Series, problems: readonly string[]): InvalidDataError {
  const named = problems.slice(0, NAMED_MAX)
  const rest = problems.length - named.length
  const list = named.join('; ') + (rest > 0 ? `; and ${rest} more` : '')
  return new InvalidDataError(`${formatSeries(series)}: ${list}`, {
    problems: named,
    steps: ['Correct or leave out the rows, then write again: nothing was written.'],
  })
}

/**
 * The frame in the order of `ts_event`; rows of one stamp stay in the order they came.
 *
 * @throws InvalidDataError naming the first two rows out of order, unless `sort`
 */
export function inOrder(series: StoredSeries, frame: Frame, sort: boolean): Frame {
  const times = frame.column('ts_event')
  const broken = firstOutOfOrder(times)
  if (broken === undefined) return frame
  if (!sort) {
    throw new InvalidDataError(
      `${formatSeries(series)}: ${nameRow(frame, broken)} comes after ${nameRow(frame, broken - 1)}`,
      { steps: ['Sort the rows by ts_event, or pass sort: true.'] },
    )
  }
  const order = Array.from(times, (_, row) => row)
  order.sort((a, b) => {
    const [left, right] = [times[a] as bigint, times[b] as bigint]
    return left < right ? -1 : left > right ? 1 : a - b
  })
  return takeRows(frame, order)
}

/** Bars that stand in one input more than once: equal ones are one bar, different ones cannot both be true. */
export interface Collapsed {
  readonly frame: Frame
  readonly collapsed: number
  /** Rows with the stamp of an earlier, different row. */
  readonly contradictions: readonly RowProblem[]
}

/** Ticks pass as they are: identical ticks are real. */
export function collapseEqualBars(frame: Frame): Collapsed {
  if (frame.type !== 'bars') return { frame, collapsed: 0, contradictions: [] }
  const times = frame.column('ts_event')
  const names = frame.columnNames.filter((it) => it !== 'timestamp')
  const contradictions: RowProblem[] = []
  let collapsed = 0
  let first = 0
  const keep = (row: number): boolean => {
    if (row === 0 || times[row] !== times[row - 1]) {
      first = row
      return true
    }
    if (names.every((name) => Object.is(frame.cell(name, row), frame.cell(name, first)))) collapsed++
    else contradictions.push({ row, reason: `differs from ${nameRow(frame, first)}, which has the same stamp` })
    return false
  }
  return { frame: filterRows(frame, keep), collapsed, contradictions }
}

/** @throws InvalidDataError naming both rows of a contradiction */
export function refuseContradictions(series: Series, before: Frame, { contradictions }: Collapsed): void {
  if (contradictions.length === 0) return
  throw invalid(
    series,
    contradictions.map(({ row, reason }) => `${nameRow(before, row)} ${reason}`),
  )
}

/** @throws InvalidDataError naming the first row outside the coverage its caller stated */
export function refuseOutsideCoverage(series: Series, frame: Frame, claimed: IntervalSet): void {
  const times = frame.column('ts_event')
  const outside = firstOutside(times, claimed)
  if (outside === undefined) return
  const span = hull(claimed)
  const stated = span === undefined ? 'nothing' : formatInterval(span)
  throw new InvalidDataError(
    `${formatSeries(series)}: ${nameRow(frame, outside)} lies outside the stated coverage (${stated})`,
    { steps: ['State coverage that holds every row, or leave out the row.'] },
  )
}

/** @param times ascending */
function firstOutside(times: BigInt64Array, set: IntervalSet): number | undefined {
  let at = 0
  for (let row = 0; row < times.length; row++) {
    const ns = times[row] as bigint
    while (at < set.length && (set[at] as Interval).endNs <= ns) at++
    if (ns < (set[at]?.startNs ?? ns + 1n)) return row
  }
  return undefined
}
