import type { Calendar } from '../calendar/calendar.js'
import { sessionsIn } from '../calendar/sessions.js'
import { requiredSessions } from '../catalog/coverage/required.js'
import { barLengthNs } from '../model/bar-type.js'
import type { Interval } from '../model/interval.js'
import { isDated, type Series } from '../model/series.js'
import { floorTo } from '../model/time.js'

/**
 * An interval cut where sessions open (UTC midnight where it is always open; daily and longer bars: at trade dates), so
 * that each piece is one session with the closed time after it. Whether a source "has nothing" is judged piece by piece:
 * a row on Monday does not vouch for Tuesday.
 */
export function cutAtSessions(series: Series, calendar: Calendar, it: Interval): readonly Interval[] {
  const cuts = sessionStarts(series, calendar, it).filter((ns) => ns > it.startNs && ns < it.endNs)
  const edges = [it.startNs, ...new Set(cuts), it.endNs]
  return edges.slice(1).map((endNs, i) => ({ startNs: edges[i] as bigint, endNs }))
}

function sessionStarts(series: Series, calendar: Calendar, it: Interval): readonly bigint[] {
  if (isDated(series)) return requiredSessions(series, it, 'extended', calendar).map(({ startNs }) => startNs)
  const lengthNs = series.type === 'bars' ? barLengthNs(series.barType) : undefined
  return sessionsIn(calendar, it, 'extended').map(({ startNs }) => floorTo(startNs, lengthNs ?? 1n))
}
