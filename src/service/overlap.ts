import type { Calendar } from '../calendar/calendar.js'
import { CLOSED_MAX_NS } from '../calendar/sessions.js'
import { requiredSessions, requiredSet } from '../catalog/coverage/required.js'
import { barLengthNs, nextBarStartNs } from '../model/bar-type.js'
import type { Frame } from '../model/frame.js'
import { byStart, hull, type Interval, type IntervalSet, intersect, overlaps } from '../model/interval.js'
import type { Series } from '../model/series.js'
import { cutAtSessions } from './stretches.js'

/** Bars that a stretch to compare has room for at least: a lone bar is weak evidence. */
const BARS_MIN = 5n

/** Bars, the only records whose history is adjusted. */
type BarSeries = Series & { readonly type: 'bars' }

/** Stored sessions beside what is missing, asked for again so that the source's prices of today can be compared. */
export interface OverlapPlan {
  /** What to ask: the gaps, each with the stored session next to it; a stored session further away is asked by itself. */
  readonly asked: readonly Interval[]
  /** The stretches to compare. Nothing of them is ever stored. */
  readonly sessions: readonly Interval[]
}

export interface Overlap extends OverlapPlan {
  /**
   * Compares an answer's rows in a stretch with the stored ones.
   *
   * @throws AdjustmentChangedError
   */
  readonly judge: (stretch: Interval, answer: Frame) => Promise<void>
}

/**
 * Adds to each gap the nearest stored session on either side.
 *
 * @param gaps ascending
 * @param stored where the series has data; holds nothing of the gaps
 */
export function planOverlap(
  series: BarSeries,
  calendar: Calendar,
  gaps: readonly Interval[],
  stored: IntervalSet,
): OverlapPlan {
  const sessions = new Map<bigint, Interval>()
  const asked: Interval[] = []
  for (const gap of gaps) {
    let wide = gap
    for (const session of [sessionBefore(series, calendar, stored, gap), sessionAfter(series, calendar, stored, gap)]) {
      if (session === undefined) continue
      sessions.set(session.startNs, session)
      if (isNext(series, calendar, gap, session)) wide = hull([wide, session]) ?? wide
      else asked.push(session)
    }
    asked.push(wide)
  }
  return { asked: joinOverlapping(asked.sort(byStart)), sessions: [...sessions.values()].sort(byStart) }
}

function sessionBefore(
  series: BarSeries,
  calendar: Calendar,
  stored: IntervalSet,
  gap: Interval,
): Interval | undefined {
  const last = stored.findLast((it) => it.endNs <= gap.startNs)
  if (last === undefined) return undefined
  const near = intersect(stored, [{ startNs: last.endNs - reachNs(series, last.endNs), endNs: last.endNs }])
  return nearest(series, [...sessionPieces(series, calendar, near)].reverse())
}

function sessionAfter(series: BarSeries, calendar: Calendar, stored: IntervalSet, gap: Interval): Interval | undefined {
  const first = stored.find((it) => it.startNs >= gap.endNs)
  if (first === undefined) return undefined
  const near = intersect(stored, [{ startNs: first.startNs, endNs: first.startNs + reachNs(series, first.startNs) }])
  return nearest(series, sessionPieces(series, calendar, near))
}

/** As many of the pieces, nearest first, as make room for enough bars: one session, or five days of daily bars. */
function nearest({ barType }: BarSeries, pieces: readonly Interval[]): Interval | undefined {
  const taken: Interval[] = []
  let bars = 0n
  for (const piece of pieces) {
    taken.push(piece)
    bars += (piece.endNs - piece.startNs) / (barLengthNs(barType) ?? piece.endNs - piece.startNs)
    if (bars >= BARS_MIN) break
  }
  return hull(taken)
}

/** The open time of stored stretches, session by session. */
function sessionPieces(series: BarSeries, calendar: Calendar, stretches: IntervalSet): readonly Interval[] {
  return stretches
    .flatMap((it) => cutAtSessions(series, calendar, it))
    .flatMap((it) => intersect([it], requiredSet(series, it, 'extended', calendar)))
}

/** How far to look for enough bars from where the stored stretch ends. */
function reachNs({ barType }: BarSeries, ns: bigint): bigint {
  const barsNs = (BARS_MIN + 1n) * (nextBarStartNs(barType, ns) - ns)
  return barsNs > CLOSED_MAX_NS ? barsNs : CLOSED_MAX_NS
}

/** Whether no regular session lies between: then one request for both asks for nothing that nobody needs. */
function isNext(series: BarSeries, calendar: Calendar, gap: Interval, session: Interval): boolean {
  const between =
    session.endNs <= gap.startNs
      ? { startNs: session.endNs, endNs: gap.startNs }
      : { startNs: gap.endNs, endNs: session.startNs }
  return between.startNs >= between.endNs || requiredSessions(series, between, 'regular', calendar).length === 0
}

/** Joins what overlaps. Gaps that only touch stay requests of their own, as they are without an overlap. */
function joinOverlapping(ascending: readonly Interval[]): readonly Interval[] {
  const out: Interval[] = []
  for (const it of ascending) {
    const last = out.at(-1)
    if (last !== undefined && overlaps(last, it)) out[out.length - 1] = hull([last, it]) ?? it
    else out.push(it)
  }
  return out
}
