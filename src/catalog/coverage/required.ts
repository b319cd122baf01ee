import type { Calendar, SessionKind } from '../../calendar/calendar.js'
import { openIntervals, sessionsIn, tradeDatesIn } from '../../calendar/sessions.js'
import { barLengthNs, nextBarStartNs, tradeDateStampNs } from '../../model/bar-type.js'
import { InvalidRequestError } from '../../model/errors.js'
import type { Frame } from '../../model/frame.js'
import { filterRows } from '../../model/frame-edit.js'
import { contains, type Interval, type IntervalSet, intersect, normalize, subtract } from '../../model/interval.js'
import { isDated, type Series } from '../../model/series.js'
import { ceilTo, DAY_NS, floorTo, HOUR_NS } from '../../model/time.js'

/**
 * Which time of a venue's day a call is about. `all` requires what `extended` does, but filters no rows.
 */
export type Session = 'regular' | 'extended' | 'all'
export const SESSIONS: readonly Session[] = ['regular', 'extended', 'all']

/** @throws InvalidRequestError for a session that is none: an unknown one would silently require and return nothing */
export function checkSession(session: Session): Session {
  if (SESSIONS.includes(session)) return session
  throw new InvalidRequestError(`'${session}' is not a session`, { steps: [`Use one of ${SESSIONS.join(', ')}.`] })
}

/**
 * The required set of a call: its range ∩ the sessions of the venue, one interval a session. Bars of an
 * hour and longer count when they overlap a session, so their sessions are widened to the bar grid. Daily and longer
 * bars live in trade dates: one interval for each date (week, month) whose stamp lies in the range and that has a
 * session. Where everything is always open the range itself is the one interval.
 */
export function requiredSessions(
  series: Series,
  range: Interval,
  session: Session,
  calendar: Calendar,
): readonly Interval[] {
  if (series.type === 'bars' && isDated(series)) return requiredDates(series, range, calendar)
  const kind: SessionKind = session === 'regular' ? 'regular' : 'extended'
  const gridNs = gridOf(series)
  if (gridNs === undefined) return sessionsOrRange(calendar, range, kind)
  const wide = { startNs: range.startNs - gridNs, endNs: range.endNs + gridNs }
  const widened = sessionsOrRange(calendar, wide, kind).map(({ startNs, endNs }) => ({
    startNs: floorTo(startNs, gridNs),
    endNs: ceilTo(endNs, gridNs),
  }))
  return disjoint(widened).flatMap((it) => intersect([it], [range]))
}

/** Half-day bars of extended hours reach into the next session: what two of them share counts once. */
function disjoint(ascending: readonly Interval[]): readonly Interval[] {
  return ascending.flatMap((it, i) => {
    const reachedNs = ascending[i - 1]?.endNs ?? it.startNs
    return reachedNs < it.endNs ? [{ startNs: reachedNs > it.startNs ? reachedNs : it.startNs, endNs: it.endNs }] : []
  })
}

/** {@link requiredSessions} as a set. */
export function requiredSet(series: Series, range: Interval, session: Session, calendar: Calendar): IntervalSet {
  return normalize(requiredSessions(series, range, session, calendar))
}

/** What is required and not covered, cut at session open and close: the entries of `gaps`. */
export function gapsIn(required: readonly Interval[], covered: IntervalSet): readonly Interval[] {
  return required.flatMap((it) => subtract([it], covered))
}

/**
 * The rows that belong to the session. Bars of an hour and longer belong if any of `[ts_event, ts_init)` is in it;
 * session hours never filter daily and longer bars.
 */
export function filterSession(frame: Frame, series: Series, session: Session, calendar: Calendar): Frame {
  if (session === 'all' || isDated(series) || frame.numRows === 0) return frame
  const times = frame.data('ts_event').values as BigInt64Array
  const range = { startNs: times[0] as bigint, endNs: (times.at(-1) as bigint) + 1n }
  const reachNs = gridOf(series) === undefined ? 0n : (barLengthOf(series) ?? 1n) - 1n
  const wide = { startNs: range.startNs, endNs: range.endNs + reachNs }
  const open = openIntervals(calendar, wide, session).map((it) => ({ startNs: it.startNs - reachNs, endNs: it.endNs }))
  const set = normalize(open)
  return filterRows(frame, (row) => contains(set, times[row] as bigint))
}

function requiredDates(
  series: Series & { readonly type: 'bars' },
  range: Interval,
  calendar: Calendar,
): readonly Interval[] {
  const { barType } = series
  if (barType.unit === 'DAY') {
    return tradeDatesIn(calendar, range).map((day) => {
      const startNs = tradeDateStampNs(barType, day)
      return { startNs, endNs: nextBarStartNs(barType, startNs) }
    })
  }
  const last = { startNs: range.startNs, endNs: range.endNs + LONGEST_PERIOD_NS }
  const stamps = new Set(tradeDatesIn(calendar, last).map((day) => tradeDateStampNs(barType, day)))
  return [...stamps]
    .filter((startNs) => startNs >= range.startNs && startNs < range.endNs)
    .map((startNs) => ({ startNs, endNs: nextBarStartNs(barType, startNs) }))
}

/** A year's bar is stamped up to 366 days before its last trade date. */
const LONGEST_PERIOD_NS = 366n * DAY_NS

function sessionsOrRange(calendar: Calendar, range: Interval, kind: SessionKind): readonly Interval[] {
  const isAlwaysOpen = calendar.known.fromDay >= calendar.known.toDay
  return isAlwaysOpen ? [range] : sessionsIn(calendar, range, kind)
}

function barLengthOf(series: Series): bigint | undefined {
  return series.type === 'bars' ? barLengthNs(series.barType) : undefined
}

/** The bar grid of bars of an hour and longer, whose stamps do not fall on session opens. */
function gridOf(series: Series): bigint | undefined {
  const lengthNs = barLengthOf(series)
  return lengthNs !== undefined && lengthNs >= HOUR_NS ? lengthNs : undefined
}
