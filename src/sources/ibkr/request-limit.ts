import { SourceRejectedError } from '../../model/errors.js'
import type { Interval } from '../../model/interval.js'
import { formatSeries, type Series } from '../../model/series.js'

/** About two days at IB's 60 requests in 10 minutes. Nobody waits longer by intent, and the list stays small. */
const REQUESTS_MAX = 20_000
const REQUESTS_PER_HOUR = 360

/**
 * How many requests the gaps take at the least, before any list of them is made: seconds from 1970 to now would be a
 * million.
 */
export function fewestRequests(gaps: readonly Interval[], spanNs: bigint): number {
  const splits = gaps.reduce((sum, { startNs, endNs }) => sum + Number((endNs - startNs - 1n) / spanNs), 0)
  return gaps.length === 0 ? 0 : splits + 1
}

/** @throws SourceRejectedError naming the count, the time it takes, and what to do instead */
export function refuseTooMany(series: Series, requests: number): void {
  if (requests <= REQUESTS_MAX) return
  const hours = Math.ceil(requests / REQUESTS_PER_HOUR)
  throw new SourceRejectedError(
    `${formatSeries(series)}: the range takes ${requests} requests, about ${hours} hours at the 60 in 10 minutes that Interactive Brokers allows; ${REQUESTS_MAX} is the most for one download`,
    {
      steps: [
        'Ask for a part of the range at a time: what is stored is not asked for again.',
        'Or for longer bars. IB keeps bars of 30 seconds and shorter for half a year, and ticks for three years.',
      ],
    },
  )
}
