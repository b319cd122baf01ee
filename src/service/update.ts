import {
  answered,
  type Coverage,
  type CoverageEntry,
  type CoveredBy,
  claimsOf,
  clipCoverage,
  coverageSet,
  isOf,
} from '../catalog/coverage/coverage.js'
import { gapsIn, requiredSessions, type Session } from '../catalog/coverage/required.js'
import { calendarOfSeries } from '../catalog/read/lookup.js'
import { byStart, hull, type Interval, intersect, normalize, subtract, union } from '../model/interval.js'
import type { Series } from '../model/series.js'
import { MIN_NS } from '../model/time.js'
import { lateEdgeNs } from './late-edge.js'

/**
 * What brings a stored series up to date: everything required from the end of its data to the late edge, and whatever
 * this source left provisional anywhere before ("nothing there" said near the present, rows that were refused). Holes
 * that nobody asked for stay holes: they are a fetch's business.
 */
export function updateGaps(series: Series, session: Session, coverage: Coverage, by: CoveredBy): readonly Interval[] {
  const calendar = calendarOfSeries(series)
  const edgeNs = lateEdgeNs(series, calendar, by.nowNs)
  // A stamp in the future (a mistyped year, a clock that ran ahead) is not where the data end.
  const past = clipCoverage(coverage, [{ startNs: MIN_NS, endNs: edgeNs }])
  const endNs = (coverageSet(past, 'data').at(-1) ?? hull(past))?.endNs
  const covered = answered(coverage, by)
  const since =
    endNs === undefined || endNs === edgeNs
      ? []
      : gapsIn(requiredSessions(series, { startNs: endNs, endNs: edgeNs }, session, calendar), covered)
  const expired = subtract(normalize(coverage.filter((it) => hasExpired(it, by))), union(covered, normalize(since)))
  const again = expired.flatMap((it) =>
    requiredSessions(series, it, 'all', calendar).flatMap((s) => intersect([s], [it])),
  )
  return [...again, ...since].sort(byStart)
}

/** Whether a source has brought any of the data. */
export function isBroughtBy(coverage: Coverage, source: string): boolean {
  return coverage.some((it) => it.state === 'data' && it.provenance.source === source)
}

function hasExpired(entry: CoverageEntry, { source = '', setting, nowNs }: CoveredBy): boolean {
  return claimsOf(entry).some(
    (it) => isOf(it, source, setting) && it.expiresAtNs !== undefined && nowNs >= it.expiresAtNs,
  )
}
