import type { Interval } from '../../model/interval.js'
import type { Series } from '../../model/series.js'
import { HOUR_NS } from '../../model/time.js'
import { chunkNsOf, planBars } from './bars/bar-plan.js'
import { barSizeOf } from './bars/bar-request.js'
import { planTicks } from './ticks/tick-plan.js'
import type { IbSecType } from './transport/transport.js'
import type { HistoryOptions } from './what-to-show.js'

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

/** What one request asks for at most. @throws SourceRejectedError for bars IB does not have */
export function chunkNsFor(series: Series): bigint {
  return series.type === 'bars' ? chunkNsOf(barSizeOf(series)) : HOUR_NS
}
