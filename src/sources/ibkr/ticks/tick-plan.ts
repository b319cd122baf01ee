import type { Interval } from '../../../model/interval.js'
import type { Series } from '../../../model/series.js'
import { HOUR_NS } from '../../../model/time.js'
import { groupGaps } from '../../../service/historical-source.js'
import { fewestRequests, refuseTooMany } from '../request-limit.js'
import type { IbSecType } from '../transport/transport.js'
import { ticksToShowFor } from '../what-to-show.js'

/**
 * The intervals to ask ticks of, ascending: an hour at most each, which is what an interruption loses. How many pages one
 * takes, nobody knows before. Gaps are never joined: ticks between them would cost pages, and a reply of IB's does not
 * go on into another session.
 *
 * @throws SourceRejectedError for ticks IB does not have, and for more requests than anybody would wait for
 */
export function planTicks(
  series: Series & { readonly type: 'quotes' | 'trades' },
  gaps: readonly Interval[],
  secType: IbSecType,
): readonly Interval[] {
  ticksToShowFor(series, secType)
  refuseTooMany(series, fewestRequests(gaps, HOUR_NS))
  const requests = groupGaps(gaps, HOUR_NS, 0n)
  refuseTooMany(series, requests.length)
  return requests
}
