import { NO_CALENDAR } from '../calendar/always-open.js'
import type { Calendar } from '../calendar/calendar.js'
import { type Coverage, coverageSet, removeCoverage } from '../catalog/coverage/coverage.js'
import { requiredSessions } from '../catalog/coverage/required.js'
import type { Frame } from '../model/frame.js'
import { concatFrames, emptyFrame } from '../model/frame-edit.js'
import { hull, type Interval, type IntervalSet, intersect, normalize, subtract } from '../model/interval.js'
import type { RecordType } from '../model/schema.js'
import type { Series } from '../model/series.js'
import { MIN_NS } from '../model/time.js'
import { rangeArguments } from './adjustment.js'
import type { Digest } from './digest.js'
import { lateEdgeNs } from './late-edge.js'

/** The range up to the late edge, closed time and all; of daily and longer bars the dates whose stamps lie in it. */
export function refreshedInterval(
  series: Series,
  range: Interval,
  calendar: Calendar,
  nowNs: bigint,
): Interval | undefined {
  const complete = { startNs: MIN_NS, endNs: lateEdgeNs(series, calendar, nowNs) }
  return hull(intersect([range], [complete]).flatMap((it) => requiredSessions(series, it, 'all', NO_CALENDAR)))
}

/** The answers of a refresh as one write. */
export interface Replacement {
  readonly rows: Frame
  readonly claims: Coverage
  /** Where there is data that the answers have no row of, whatever else they say: session by session. */
  readonly unanswered: readonly Interval[]
}

/** @param data where the refreshed interval had data */
export function replacementOf(type: RecordType, digests: readonly Digest[], data: IntervalSet): Replacement {
  const claims = digests.flatMap((it) => it.claims)
  const silent = digests.flatMap((it) => it.silent)
  const unclaimed = subtract(data, normalize(claims))
  return {
    rows: concatFrames(type, [emptyFrame(type), ...digests.map((it) => it.frame)]),
    claims,
    unanswered: [...silent.flatMap((it) => intersect([it], data)), ...unclaimed],
  }
}

/** A replacement that leaves `kept` as it is: "no data" is not recorded over rows that are live. */
export function keeping({ claims }: Replacement, kept: IntervalSet): Coverage {
  return removeCoverage(claims, kept)
}

/** What a replacement puts in the place of what was stored. */
export function replacedSet(claims: Coverage): IntervalSet {
  return coverageSet(claims.filter((it) => it.state !== 'empty'))
}

/** What to do about stretches that a refresh cannot replace and must not leave beside what it brings. */
export function deletingFirst(series: Series, kept: readonly Interval[]): readonly string[] {
  const [first, ...others] = normalize(kept)
  if (first === undefined) return []
  const more = others.length === 0 ? '' : ` (and ${others.length} more like it)`
  return [
    `The source has nothing there any more; take it out first: ntrader data delete ${rangeArguments(series, first)}${more}`,
  ]
}
