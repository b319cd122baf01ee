import { requiredSessions } from '../../catalog/coverage/required.js'
import { calendarOfSeries } from '../../catalog/read/lookup.js'
import type { Interval } from '../../model/interval.js'
import type { Series } from '../../model/series.js'
import { chunkNsOf, planBars } from './bars/bar-plan.js'
import { barSizeOf, isSmall } from './bars/bar-request.js'
import { planTicks, TICKS_SPAN_NS } from './ticks/tick-plan.js'
import type { IbSecType } from './transport/transport.js'
import { type HistoryOptions, ticksToShowFor, whatToShowFor } from './what-to-show.js'

export interface PlanQuestion {
  readonly series: Series
  /** Ascending. */
  readonly gaps: readonly Interval[]
  readonly secType: IbSecType
  readonly options: HistoryOptions
  readonly nowNs: bigint
}

/** The intervals to ask for, ascending. @throws SourceRejectedError for what IB does not have, or not that much of */
export function planRequests({ series, ...question }: PlanQuestion): readonly Interval[] {
  return series.type === 'bars' ? planBars({ ...question, series }) : planTicks(series, question.gaps, question.secType)
}

/** Refuses what IB never has, before anything is asked. @throws SourceRejectedError */
export function refuseUnserved({ series, secType, options }: Omit<PlanQuestion, 'gaps' | 'nowNs'>): void {
  if (series.type !== 'bars') {
    ticksToShowFor(series, secType)
    return
  }
  barSizeOf(series)
  whatToShowFor(series, secType, options)
}

/** What one request asks for at most. @throws SourceRejectedError for bars IB does not have */
export function chunkNsFor(series: Series): bigint {
  return series.type === 'bars' ? chunkNsOf(barSizeOf(series)) : TICKS_SPAN_NS
}

/** Whether its pacing is that of short bars, which ticks count as. @throws SourceRejectedError for bars IB does not have */
export function isSmallSeries(series: Series): boolean {
  return series.type !== 'bars' || isSmall(barSizeOf(series))
}

/**
 * What of a gap can have rows, session by session, where one request does not take the gap: a stored Friday and the
 * Monday after it would else cost a request for the Saturday between them, and one for the Sunday.
 */
export function openParts(series: Series, gap: Interval): readonly Interval[] {
  if (gap.endNs - gap.startNs <= chunkNsFor(series)) return [gap]
  const open = requiredSessions(series, gap, 'extended', calendarOfSeries(series))
  // What is closed as a whole is asked for by intent.
  return open.length === 0 ? [gap] : open
}

/**
 * Gaps by whether there can be anything in them.
 *
 * @param firstNs the first stamp a row can have; `undefined` where it is not known
 */
export function splitAt(
  gaps: readonly Interval[],
  firstNs: bigint | undefined,
): { readonly before: readonly Interval[]; readonly since: readonly Interval[] } {
  if (firstNs === undefined) return { before: [], since: gaps }
  const isCut = ({ startNs, endNs }: Interval): boolean => startNs < firstNs && firstNs < endNs
  const parts = gaps.flatMap((it) =>
    isCut(it)
      ? [
          { ...it, endNs: firstNs },
          { ...it, startNs: firstNs },
        ]
      : [it],
  )
  return { before: parts.filter((it) => it.endNs <= firstNs), since: parts.filter((it) => it.endNs > firstNs) }
}

/** An interval's last stretch: half of what one request may ask for, so that what is asked around it fits in too. */
export function lastChunkOf(series: Series, { startNs, endNs }: Interval): Interval {
  const fromNs = endNs - chunkNsFor(series) / 2n
  return { startNs: fromNs > startNs ? fromNs : startNs, endNs }
}
