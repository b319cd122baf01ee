import type { Calendar } from '../../calendar/calendar.js'
import { openIntervals, tradeDatesIn } from '../../calendar/sessions.js'
import { barLengthNs, nextBarStartNs } from '../../model/bar-type.js'
import type { Interval, IntervalSet } from '../../model/interval.js'
import { isDated, type Series } from '../../model/series.js'
import { floorTo, MINUTE_NS } from '../../model/time.js'

/** Open time without a row up to which neighbouring rows still count as one covered stretch. */
export const DEFAULT_MAX_HOLE_NS: bigint = 30n * MINUTE_NS

export interface Claim {
  readonly claimed: IntervalSet
  /** Longer holes between the rows, not claimed. */
  readonly holes: readonly Interval[]
}

/**
 * What rows by themselves let us claim to cover: each row's own span, bridged over time that is closed in every session
 * type and over holes of at most `maxHoleNs` of open time. For daily and longer bars a hole is a missing trade date.
 *
 * @param times ascending `ts_event` in nanoseconds
 */
export function claimOfRows(series: Series, times: BigInt64Array, calendar: Calendar, maxHoleNs: bigint): Claim {
  return claimOfSpans(series, rowSpans(series, times), calendar, maxHoleNs)
}

/** {@link claimOfRows} of spans that were claimed apart, as those of several files are; ascending. */
export function claimOfSpans(series: Series, spans: Iterable<Interval>, calendar: Calendar, maxHoleNs: bigint): Claim {
  const claimed: Interval[] = []
  const holes: Interval[] = []
  for (const { startNs, endNs } of spans) {
    const last = claimed.at(-1)
    if (last === undefined) {
      claimed.push({ startNs, endNs })
      continue
    }
    if (startNs > last.endNs) {
      const hole = { startNs: last.endNs, endNs: startNs }
      if (!isBridged(series, hole, calendar, maxHoleNs)) {
        holes.push(hole)
        claimed.push({ startNs, endNs })
        continue
      }
    }
    if (endNs > last.endNs) claimed[claimed.length - 1] = { startNs: last.startNs, endNs }
  }
  return { claimed, holes }
}

function* rowSpans(series: Series, times: BigInt64Array): Generator<Interval> {
  for (const startNs of times) yield { startNs, endNs: rowEndNs(series, startNs) }
}

/**
 * Just after the instants that a row at `ns` stands for. A bar off its grid (IB stamps the first hour 9:30) stands for the
 * rest of its cell: it says nothing of the next one, which may not have come yet.
 */
export function rowEndNs(series: Series, ns: bigint): bigint {
  if (series.type !== 'bars') return ns + 1n
  const lengthNs = barLengthNs(series.barType)
  return lengthNs === undefined ? nextBarStartNs(series.barType, ns) : floorTo(ns, lengthNs) + lengthNs
}

function isBridged(series: Series, hole: Interval, calendar: Calendar, maxHoleNs: bigint): boolean {
  if (isDated(series)) return tradeDatesIn(calendar, hole).length === 0
  if (hole.endNs - hole.startNs <= maxHoleNs) return true
  return lengthOf(openIntervals(calendar, hole, 'extended')) <= maxHoleNs
}

function lengthOf(set: IntervalSet): bigint {
  return set.reduce((sum, it) => sum + it.endNs - it.startNs, 0n)
}
