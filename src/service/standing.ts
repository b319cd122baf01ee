import { answered, type Coverage, type CoveredBy } from '../catalog/coverage/coverage.js'
import { gapsIn, requiredSessions, requiredSet, type Session } from '../catalog/coverage/required.js'
import { calendarOfSeries } from '../catalog/read/lookup.js'
import { type Interval, type IntervalSet, intersect, subtract } from '../model/interval.js'
import type { Series } from '../model/series.js'
import { MIN_NS } from '../model/time.js'
import { lateEdgeNs } from './late-edge.js'

/** What a call requires. */
export interface Wanted {
  readonly series: Series
  readonly range: Interval
  readonly session: Session
}

/** How much of what a call requires is there. */
export interface Standing {
  readonly coverage: Coverage
  readonly edgeNs: bigint
  /** Also what lies after the late edge. */
  readonly required: IntervalSet
  /** Required, before the late edge, and not covered. */
  readonly missing: IntervalSet
  readonly knownEmpty: IntervalSet
}

export function standingOf({ series, range, session }: Wanted, coverage: Coverage, nowNs: bigint): Standing {
  const calendar = calendarOfSeries(series)
  const edgeNs = lateEdgeNs(series, calendar, nowNs)
  const required = requiredSet(series, range, session, calendar)
  const complete = intersect(required, [{ startNs: MIN_NS, endNs: edgeNs }])
  const empty = coverage.filter((it) => it.state === 'empty')
  return {
    coverage,
    edgeNs,
    required,
    missing: subtract(complete, answered(coverage, { nowNs })),
    knownEmpty: intersect(complete, answered(empty, { nowNs })),
  }
}

/** What has to be asked: required, not covered, and not after the last complete bar; one entry a session. */
export function gapsOf({ series, range, session }: Wanted, coverage: Coverage, by: CoveredBy): readonly Interval[] {
  const calendar = calendarOfSeries(series)
  const complete = { startNs: MIN_NS, endNs: lateEdgeNs(series, calendar, by.nowNs) }
  const covered = answered(coverage, by)
  return intersect([range], [complete]).flatMap((it) =>
    gapsIn(requiredSessions(series, it, session, calendar), covered),
  )
}
