import { SourceRejectedError } from '../../../model/errors.js'
import type { Interval } from '../../../model/interval.js'
import { ceilTo, formatInstant, SECOND_NS } from '../../../model/time.js'
import { endDateTimeOf } from '../bars/bar-request.js'
import type { IbTicksQuery } from '../transport/transport.js'

/** What IB takes for one page. */
const TICKS_PER_PAGE = 1000

/** A tick as the gateway stamps it: in whole seconds since 1970. */
interface Stamped {
  readonly time: number
}

/** What the pages of an interval have brought so far, and what to ask next. */
export interface TickRun<T extends Stamped> {
  /** Seconds since 1970: the first wanted, and the first that is not. */
  readonly startSecond: number
  readonly endSecond: number
  /** The second that was under way when the run began. */
  readonly nowSecond: number
  /** In the order of the tape, as lists to be joined. Complete before `next`. */
  readonly kept: readonly (readonly T[])[]
  /** `undefined` when all ticks of the interval are there. */
  readonly next: TickPage | undefined
  /** Ticks after the interval that came with its last page: an instrument that trades rarely has a day on one. */
  readonly surplus: TickSurplus<T> | undefined
}

export interface TickPage {
  readonly startSecond: number
  readonly numberOfTicks: number
}

/** All ticks of the seconds `[fromSecond, toSecond)`. */
export interface TickSurplus<T extends Stamped> {
  readonly fromSecond: number
  readonly toSecond: number
  readonly ticks: readonly T[]
}

/**
 * Begins to page through an interval, forwards.
 *
 * @param surplus what the run before it had left over, of the same series
 * @param nowNs the second that is under way is not asked for: more of its ticks may come
 */
export function startTicks<T extends Stamped>(
  { startNs, endNs }: Interval,
  nowNs: bigint,
  surplus?: TickSurplus<T>,
): TickRun<T> {
  const startSecond = Number(ceilTo(startNs, SECOND_NS) / SECOND_NS)
  const nowSecond = Number(nowNs / SECOND_NS)
  const endSecond = Math.min(Number(ceilTo(endNs, SECOND_NS) / SECOND_NS), nowSecond)
  const run: TickRun<T> = {
    startSecond,
    endSecond,
    nowSecond,
    kept: [],
    next: startSecond < endSecond ? { startSecond, numberOfTicks: TICKS_PER_PAGE } : undefined,
    surplus: undefined,
  }
  const isOfUse = surplus !== undefined && surplus.fromSecond <= startSecond && startSecond < surplus.toSecond
  return isOfUse ? keepUntil(run, surplus.ticks, surplus.toSecond) : run
}

/**
 * Takes in the page that was asked for by `run.next`. No ticks at all (IB's "no data") is a page too.
 *
 * IB's stamps are whole seconds, and a page is said to end with the whole of its last one, longer than was asked if need
 * be ("To complete a full second, more ticks may be returned than requested"). A page of exactly the number asked for
 * does not show whether its last second is whole: it is asked for again from there, and taken from the next page. A page
 * that is shorter ends with the session ("Data will not be returned from multiple trading sessions"), which is no sign
 * that the interval does: the next one goes on after it, and ends the run when it is empty.
 *
 * Ticks are told apart by nothing but their place. Two that are equal are two, so nothing is ever compared.
 *
 * @throws SourceRejectedError when one second has more ticks than a page shows
 */
export function takeTicks<T extends Stamped>(run: TickRun<T>, page: readonly T[]): TickRun<T> {
  const { next } = run
  if (next === undefined) return run
  const ticks = inOrder(page).filter((it) => it.time >= next.startSecond)
  const last = ticks.at(-1)
  const first = ticks[0]
  if (first === undefined || last === undefined) return { ...run, next: undefined }
  if (page.length !== next.numberOfTicks) return keepUntil(run, ticks, last.time + 1)
  if (first.time < last.time) return keepUntil(run, ticks, last.time)
  // One second fills the page. Asked for one tick less, it comes longer than asked if seconds come whole.
  if (next.numberOfTicks < TICKS_PER_PAGE) throw tooManyIn(last.time)
  return { ...run, next: { startSecond: last.time, numberOfTicks: TICKS_PER_PAGE - 1 } }
}

/** All ticks of a run, in the order of the tape. */
export function ticksOf<T extends Stamped>(run: TickRun<T>): readonly T[] {
  return run.kept.flat()
}

/** The request of a page. Regular hours are a matter of what is stored, and not asked for. */
export function ticksQuery(
  { startSecond, numberOfTicks }: TickPage,
  query: Pick<IbTicksQuery, 'contract' | 'whatToShow'>,
): IbTicksQuery {
  const startDateTime = endDateTimeOf(BigInt(startSecond) * SECOND_NS)
  return { ...query, startDateTime, endDateTime: '', numberOfTicks, useRTH: false }
}

/** Keeps the ticks before a second, up to which they are complete, and goes on from there. */
function keepUntil<T extends Stamped>(run: TickRun<T>, ticks: readonly T[], toSecond: number): TickRun<T> {
  const fromSecond = run.next?.startSecond ?? run.startSecond
  const complete = ticks.filter((it) => it.time >= fromSecond && it.time < toSecond)
  const isDone = toSecond >= run.endSecond
  return {
    ...run,
    kept: [...run.kept, complete.filter((it) => it.time < run.endSecond)],
    next: isDone ? undefined : { startSecond: toSecond, numberOfTicks: TICKS_PER_PAGE },
    surplus: isDone ? surplusOf(run, complete, Math.min(toSecond, run.nowSecond)) : undefined,
  }
}

function surplusOf<T extends Stamped>(
  { endSecond }: TickRun<T>,
  complete: readonly T[],
  toSecond: number,
): TickSurplus<T> | undefined {
  if (toSecond <= endSecond) return undefined
  return {
    fromSecond: endSecond,
    toSecond,
    ticks: complete.filter((it) => it.time >= endSecond && it.time < toSecond),
  }
}

/** Stable, so that ticks of one second stay in the order of the tape. */
function inOrder<T extends Stamped>(page: readonly T[]): readonly T[] {
  const isAscending = page.every((it, i) => i === 0 || it.time >= (page[i - 1]?.time ?? it.time))
  return isAscending ? page : page.toSorted((a, b) => a.time - b.time)
}

function tooManyIn(second: number): SourceRejectedError {
  const at = formatInstant(BigInt(second) * SECOND_NS)
  return new SourceRejectedError(
    `the second ${at} has more ticks than the ${TICKS_PER_PAGE} that Interactive Brokers shows on a page, and there is no way to ask for the rest`,
    { steps: [`Ask for the time before and after ${at}.`, 'Or for bars: 1-SECOND-LAST.'] },
  )
}
