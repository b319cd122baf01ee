import type { Interval } from '../../model/interval.js'
import { floorTo, SECOND_NS } from '../../model/time.js'
import type { GatewayContract } from '../contract.js'
import type { BarsAsk } from '../request.js'
import { type BarSize, parseBarSize } from './bar-size.js'
import { type ParsedDateTime, parseDateTime } from './date-time.js'
import type { Desk } from './desk.js'
import { type Duration, parseDuration } from './duration.js'
import { invalid } from './refusal.js'

/** Bar size, duration and end of a request. @throws GatewayRefusal */
export function readSpan(ask: BarsAsk, { zone, nowNs }: Desk): Span {
  const size = parseBarSize(ask.barSize)
  const duration = parseDuration(ask.duration, size)
  const end = ask.endDateTime === '' ? undefined : parseDateTime(ask.endDateTime, zone)
  if (ask.keepUpToDate) throw invalid('The simulated gateway does not keep bars up to date.')
  return { size, duration, end, endNs: end?.ns ?? nowNs }
}

export interface Span {
  readonly size: BarSize
  readonly duration: Duration
  /** `undefined`: now. */
  readonly end: ParsedDateTime | undefined
  readonly endNs: bigint
}

/** When there is data of a contract, up to the second; `undefined` when there is none at all. */
export function lifeOf({ headNs, goneNs }: GatewayContract, nowNs: bigint): Interval | undefined {
  if (headNs === undefined) return undefined
  const knownNs = floorTo(nowNs, SECOND_NS)
  const endNs = goneNs === undefined || goneNs > knownNs ? knownNs : goneNs
  return headNs < endNs ? { startNs: headNs, endNs } : undefined
}
