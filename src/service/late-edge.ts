import type { Calendar } from '../calendar/calendar.js'
import { CLOSED_MAX_NS, lastCloseNs, sessionsIn } from '../calendar/sessions.js'
import { barLengthNs, nextBarStartNs, tradeDateStampNs } from '../model/bar-type.js'
import type { Series } from '../model/series.js'
import { DAY_NS, dayOf, floorTo, MINUTE_NS } from '../model/time.js'

const SETTLE_LAG_NS = 30n * MINUTE_NS

/**
 * The late edge of a fetch: `ts_event` instants before it belong to complete bars, the one at or after it does not. A
 * bar still being built is never stored, whatever the source sends.
 */
export function lateEdgeNs(series: Series, calendar: Calendar, nowNs: bigint): bigint {
  if (series.type !== 'bars') return nowNs
  const lengthNs = barLengthNs(series.barType)
  if (lengthNs !== undefined) return floorTo(nowNs, lengthNs)
  let startNs = tradeDateStampNs(series.barType, dayOf(nowNs) + 1)
  // A date is complete once its last session has closed; where no session is known, once the date is over.
  while (!isComplete(series, calendar, startNs, nowNs)) startNs = tradeDateStampNs(series.barType, dayOf(startNs) - 1)
  return nextBarStartNs(series.barType, startNs)
}

function isComplete(
  series: Series & { readonly type: 'bars' },
  calendar: Calendar,
  startNs: bigint,
  nowNs: bigint,
): boolean {
  const endNs = nextBarStartNs(series.barType, startNs)
  return (lastCloseNs(calendar, dayOf(startNs), dayOf(endNs)) ?? endNs) <= nowNs
}

/**
 * Up to where a fetch claims coverage when the last row it received ends at `lastRowEndNs`: near now a source may not
 * have everything yet, so the last stretch of `settleLag` is claimed only as far as rows came.
 */
export function claimEndNs(settledNs: bigint, lastRowEndNs: bigint | undefined): bigint {
  return lastRowEndNs !== undefined && lastRowEndNs > settledNs ? lastRowEndNs : settledNs
}

/**
 * The `ts_event` instant before which a source's answers are final. Between bars, never in one: a bar of an hour that
 * ended a minute ago has begun long before, and may still come.
 */
export function settledNs(series: Series, calendar: Calendar, nowNs: bigint, lagNs: bigint | undefined): bigint {
  const ns = settledInstantNs(series, calendar, nowNs, lagNs)
  if (series.type !== 'bars') return ns
  const lengthNs = barLengthNs(series.barType)
  return lengthNs === undefined ? tradeDateStampNs(series.barType, dayOf(ns)) : floorTo(ns, lengthNs)
}

function settledInstantNs(series: Series, calendar: Calendar, nowNs: bigint, lagNs: bigint | undefined): bigint {
  if (lagNs !== undefined) return nowNs - lagNs
  if (series.type !== 'bars' || barLengthNs(series.barType) !== undefined) return nowNs - SETTLE_LAG_NS
  // One session: what closed before the last session opened.
  const recent = sessionsIn(calendar, { startNs: nowNs - CLOSED_MAX_NS, endNs: nowNs }, 'regular')
  const lastOpenNs = floorTo(recent.at(-1)?.startNs ?? nowNs - DAY_NS, DAY_NS)
  // Where sessions follow each other without a break the next one opens as the last one closes.
  return lastOpenNs < nowNs - SETTLE_LAG_NS ? lastOpenNs : nowNs - SETTLE_LAG_NS
}
