import { barLengthNs } from '../../model/bar-type.js'
import { given } from '../../model/given.js'
import type { Series } from '../../model/series.js'
import { DAY_NS } from '../../model/time.js'
import type { FetchEstimate, SourceRequest } from '../../service/historical-source.js'
import { contractKeyOf } from './pacing/contract-key.js'
import { estimateMs } from './pacing/estimate.js'
import type { PacedRequest, PacingMode } from './pacing/pacing-rules.js'
import { isSmallSeries } from './plan.js'
import type { IbContract } from './transport/transport.js'

/** A bar in a reply: eight fields of text, `1704205800 187.15 188.44 187.02 187.9 1200 187.731 310`. */
const BAR_BYTES = 64
/** What a request takes besides waiting for its turn. */
const ROUND_TRIP_MS = 400

export interface EstimateOptions {
  readonly pacing: PacingMode
  readonly timeScale: number
}

/**
 * What requests will cost when nothing else is asked meanwhile.
 *
 * @param contractOf what a series asks for
 */
export function estimateOf(
  requests: readonly SourceRequest[],
  contractOf: (series: Series) => IbContract,
  { pacing, timeScale }: EstimateOptions,
): FetchEstimate {
  const paced = requests.map((it) => pacedRequest(it, contractOf(it.series)))
  const rowsMax = sumOf(requests.map(barsIn))
  return {
    durationMs: Math.max(estimateMs(paced, pacing, timeScale), requests.length * ROUND_TRIP_MS),
    ...given('rowsMax', rowsMax),
    ...given('sizeBytesMax', rowsMax === undefined ? undefined : rowsMax * BAR_BYTES),
  }
}

function pacedRequest({ series, interval }: SourceRequest, contract: IbContract): PacedRequest {
  return {
    kind: series.type === 'bars' ? 'bars' : 'ticks',
    contractKey: contractKeyOf(contract),
    whatToShow: series.type === 'quotes' ? 'BID_ASK' : '',
    identity: `${interval.startNs} ${interval.endNs}`,
    isSmallBars: isSmallSeries(series),
  }
}

/** The most bars that have room; how many ticks there are nobody knows before they come. */
function barsIn({ series, interval }: SourceRequest): number | undefined {
  if (series.type !== 'bars') return undefined
  const lengthNs = barLengthNs(series.barType) ?? DAY_NS
  return Number((interval.endNs - interval.startNs + lengthNs - 1n) / lengthNs)
}

function sumOf(counts: readonly (number | undefined)[]): number | undefined {
  return counts.reduce((sum, it) => (sum === undefined || it === undefined ? undefined : sum + it), 0)
}
