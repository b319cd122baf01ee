import { type BarType, barLengthNs } from '../../../model/bar-type.js'
import type { Interval } from '../../../model/interval.js'
import { ceilTo, DAY_NS, floorTo, SECOND_NS } from '../../../model/time.js'
import { IbFailure } from '../transport/failure.js'
import type { IbBarSize, IbBarsQuery } from '../transport/transport.js'
import { chunkNsOf } from './bar-plan.js'
import { askedSpan, durationFor, endDateTimeOf, type IbDuration } from './bar-request.js'

/** One request of several for an interval, asked backwards from its end. */
export interface BarsPage {
  /** Where the whole of it begins. */
  readonly startNs: bigint
  /** Where this request ends. */
  readonly endNs: bigint
  /** 1 for the first. */
  readonly number: number
  /** It cannot end at another time than now, and is the only one: see `endsNow` of what-to-show. */
  readonly endsNow: boolean
}

/** Longer histories are planned as several requests; a page without end is a gateway that repeats itself. */
const PAGES_MAX = 1_000

export function firstBarsPage(barType: BarType, interval: Interval, endsNow = false): BarsPage {
  const { startNs, endNs } = askedSpan(barType, interval)
  return { startNs, endNs: ceilTo(endNs, SECOND_NS), number: 1, endsNow }
}

export interface BarsAsk extends Omit<IbBarsQuery, 'endDateTime' | 'duration'> {
  readonly page: BarsPage
  readonly nowNs: bigint
}

/**
 * The request of a page. One that ends after now has no end: how IB answers an end that is still to come, nobody has
 * written down. Only bars with room to spare at their start, of hours and longer, are asked for like that.
 */
export function barsQuery({ page, nowNs, ...query }: BarsAsk): IbBarsQuery {
  if (page.endsNow) {
    const endNs = page.endNs > nowNs ? page.endNs : nowNs
    return { ...query, endDateTime: '', duration: durationFor({ startNs: page.startNs, endNs }, query.barSize).text }
  }
  const endDateTime = page.endNs > nowNs ? '' : endDateTimeOf(page.endNs)
  return { ...query, endDateTime, duration: pageDuration(page, query.barSize).text }
}

/**
 * The next page, or `undefined` when the bars of this one complete the interval.
 *
 * A duration that goes back to the start in elapsed time has brought all there is, however little that was. A shorter one
 * may have been answered in part: the next page ends just after the earliest bar that came, so that this bar, which may
 * have been cut off where the request began, comes again and whole. Where nothing earlier came, there is nothing for as
 * far as the duration goes back.
 *
 * @param stamps `ts_event` of the bars that came, in any order
 * @throws IbFailure when it does not come to an end
 */
export function nextBarsPage(
  barType: BarType,
  barSize: IbBarSize,
  page: BarsPage,
  stamps: readonly bigint[],
): BarsPage | undefined {
  if (page.endsNow) return undefined
  const { reachNs } = pageDuration(page, barSize)
  const reachedNs = page.endNs - reachNs
  if (reachedNs <= page.startNs) return undefined
  if (page.number >= PAGES_MAX) throw new IbFailure('permanent', `no end after ${PAGES_MAX} pages of bars`)
  const earliest = stamps.reduce<bigint | undefined>(
    (least, it) => (least === undefined || it < least ? it : least),
    undefined,
  )
  if (earliest !== undefined && earliest <= page.startNs) return undefined
  const overlapNs = earliest === undefined ? page.endNs : wholeBarEndNs(barType, earliest)
  return { ...page, endNs: overlapNs < page.endNs ? overlapNs : reachedNs, number: page.number + 1 }
}

/**
 * An interval as two, for a request that was not answered in time; `undefined` for a single bar. The rows of each half
 * are those stamped in it: what a reply brings beyond may be cut off.
 */
export function halvesOf(barType: BarType, { startNs, endNs }: Interval): readonly [Interval, Interval] | undefined {
  const middleNs = floorTo((startNs + endNs) / 2n, barLengthNs(barType) ?? DAY_NS)
  if (middleNs <= startNs || middleNs >= endNs) return undefined
  return [
    { startNs, endNs: middleNs },
    { startNs: middleNs, endNs },
  ]
}

/** Where a request has to end for a bar to come whole. */
function wholeBarEndNs(barType: BarType, stampNs: bigint): bigint {
  return askedSpan(barType, { startNs: stampNs, endNs: stampNs + 1n }).endNs
}

function pageDuration({ startNs, endNs }: BarsPage, barSize: IbBarSize): IbDuration {
  const earliestNs = endNs - chunkNsOf(barSize)
  return durationFor({ startNs: startNs > earliestNs ? startNs : earliestNs, endNs }, barSize)
}
