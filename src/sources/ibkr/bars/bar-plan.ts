import { barLengthNs } from '../../../model/bar-type.js'
import { SourceRejectedError } from '../../../model/errors.js'
import { hull, type Interval } from '../../../model/interval.js'
import { formatSeries } from '../../../model/series.js'
import { DAY_NS, formatInstant, HOUR_NS, MINUTE_NS, SECOND_NS } from '../../../model/time.js'
import { groupGaps } from '../../../service/historical-source.js'
import { fewestRequests, refuseTooMany } from '../request-limit.js'
import type { IbBarSize, IbSecType } from '../transport/transport.js'
import { type BarSeries, endsNow, type HistoryOptions, whatToShowFor } from '../what-to-show.js'
import { barSizeOf } from './bar-request.js'

export interface BarPlanQuestion {
  readonly series: BarSeries
  /** Ascending. */
  readonly gaps: readonly Interval[]
  readonly secType: IbSecType
  readonly options?: HistoryOptions
  readonly nowNs: bigint
}

/**
 * The intervals to ask for, ascending: each fits one request at the size IB answers safely, gaps share one where they fit
 * in it (a request costs the same whatever it brings), and no session is split that fits in one.
 *
 * @throws SourceRejectedError for bars IB does not have, for more requests than anybody would wait for, and for history
 *   that has to come in one request and is too long for it
 */
export function planBars({ series, gaps, secType, options = {}, nowNs }: BarPlanQuestion): readonly Interval[] {
  const barSize = barSizeOf(series)
  const whatToShow = whatToShowFor(series, secType, options)
  if (endsNow(secType, whatToShow)) {
    const whole = hull(gaps)
    if (whole === undefined) return []
    refuseTooLong(series, barSize, { startNs: whole.startNs, endNs: nowNs > whole.endNs ? nowNs : whole.endNs })
    return [whole]
  }
  const spanNs = spanOf(barSize)
  refuseTooMany(series, fewestRequests(gaps, spanNs))
  const requests = groupGaps(gaps, spanNs, spanNs)
  refuseTooMany(series, requests.length)
  return requests
}

/**
 * What one request asks for at most, by the size of the bars: IB's own table of safe steps, which come to a few thousand
 * bars. A request is never longer when history has to be paged.
 */
export function chunkNsOf(barSize: IbBarSize): bigint {
  return CHUNKS[barSize]
}

const CHUNKS: Readonly<Record<IbBarSize, bigint>> = {
  '1 secs': 1800n * SECOND_NS,
  '5 secs': 3600n * SECOND_NS,
  '10 secs': 14_400n * SECOND_NS,
  '15 secs': 14_400n * SECOND_NS,
  '30 secs': 28_800n * SECOND_NS,
  '1 min': DAY_NS,
  '2 mins': 2n * DAY_NS,
  '3 mins': 7n * DAY_NS,
  '5 mins': 7n * DAY_NS,
  '10 mins': 7n * DAY_NS,
  '15 mins': 7n * DAY_NS,
  '20 mins': 7n * DAY_NS,
  '30 mins': 28n * DAY_NS,
  '1 hour': 28n * DAY_NS,
  '2 hours': 28n * DAY_NS,
  '3 hours': 28n * DAY_NS,
  '4 hours': 28n * DAY_NS,
  '8 hours': 28n * DAY_NS,
  '1 day': 365n * DAY_NS,
  '1 week': 5n * 365n * DAY_NS,
  '1 month': 5n * 365n * DAY_NS,
}

/** A chunk less what `askedSpan` adds to an interval on its two sides. */
function spanOf(barSize: IbBarSize): bigint {
  const chunkNs = chunkNsOf(barSize)
  if (barSize === '1 day') return chunkNs - 2n * DAY_NS
  if (barSize === '1 week' || barSize === '1 month') return chunkNs - 14n * 7n * DAY_NS
  return chunkNs === 28n * DAY_NS ? chunkNs - DAY_NS : chunkNs
}

/** As many bars as a reply can hold without harm: a client library blocked for 10 s on 20,000 until it was mended. */
const BARS_PER_REPLY_MAX = 20_000n
/** IB takes 68 years. */
const DATED_MAX_NS = 60n * 365n * DAY_NS

/** @param span from the first gap to now, which is where such a request ends */
function refuseTooLong(series: BarSeries, barSize: IbBarSize, span: Interval): void {
  const lengthNs = barLengthNs(series.barType)
  const mostNs = lengthNs === undefined ? DATED_MAX_NS : unpagedMaxNs(barSize, lengthNs)
  if (span.endNs - span.startNs <= mostNs) return
  throw new SourceRejectedError(
    `${formatSeries(series)}: Interactive Brokers gives this history only up to now and in one request, and ${daysText(mostNs)} of ${barSize} bars is the most of it; ${formatInstant(span.startNs)} lies further back`,
    {
      steps: [
        `Start after ${formatInstant(span.endNs - mostNs)}, or ask for longer bars.`,
        'Or for what can be paged: a future of one month (ESZ26.CME) instead of a continuous one, trades without the adjustment for dividends.',
      ],
    },
  )
}

function unpagedMaxNs(barSize: IbBarSize, lengthNs: bigint): bigint {
  return lengthNs < MINUTE_NS ? chunkNsOf(barSize) : BARS_PER_REPLY_MAX * lengthNs
}

function daysText(ns: bigint): string {
  return ns < DAY_NS ? `${Number((ns * 10n) / HOUR_NS) / 10} hours` : `${ns / DAY_NS} days`
}
