import type { BarUnit } from '../../model/bar-type.js'
import { HOUR_NS, MINUTE_NS, SECOND_NS } from '../../model/time.js'
import { invalid } from './refusal.js'

export interface BarSize {
  readonly step: number
  readonly unit: BarUnit
  /** `undefined` for a day and longer: bars of trade dates. */
  readonly lengthNs: bigint | undefined
}

/** @throws GatewayRefusal 321 for a text that TWS does not take */
export function parseBarSize(text: string): BarSize {
  const size = SIZES.get(text)
  if (size !== undefined) return size
  throw invalid(`Historical data bar size setting is invalid. Legal ones are: ${LEGAL}`)
}

const SECONDS = [1, 5, 10, 15, 30]
const MINUTES = [2, 3, 5, 10, 15, 20, 30]
const HOURS = [2, 3, 4, 8]

/** By the exact text: `1 sec` and `1 mins` are refused (since TWS 10.22). */
const SIZES: ReadonlyMap<string, BarSize> = new Map([
  ...SECONDS.map((it) => [`${it} secs`, intraday(it, 'SECOND', SECOND_NS)] as const),
  ['1 min', intraday(1, 'MINUTE', MINUTE_NS)] as const,
  ...MINUTES.map((it) => [`${it} mins`, intraday(it, 'MINUTE', MINUTE_NS)] as const),
  ['1 hour', intraday(1, 'HOUR', HOUR_NS)] as const,
  ...HOURS.map((it) => [`${it} hours`, intraday(it, 'HOUR', HOUR_NS)] as const),
  ...['1 day', '1D'].map((it) => [it, { step: 1, unit: 'DAY', lengthNs: undefined }] as const),
  ...['1 week', '1W'].map((it) => [it, { step: 1, unit: 'WEEK', lengthNs: undefined }] as const),
  ...['1 month', '1M'].map((it) => [it, { step: 1, unit: 'MONTH', lengthNs: undefined }] as const),
])

/** As TWS lists them: it writes weeks and months short, and takes them long. */
const LEGAL = [
  ...SECONDS.map((it) => `${it} secs`),
  '1 min',
  ...MINUTES.map((it) => `${it} mins`),
  '1 hour',
  ...HOURS.map((it) => `${it} hours`),
  ...['1 day', '1W', '1M'],
].join(', ')

function intraday(step: number, unit: BarUnit, unitNs: bigint): BarSize {
  return { step, unit, lengthNs: BigInt(step) * unitNs }
}
