import { zoneIdOf } from '../contract.js'
import type { BarsAsk } from '../request.js'
import { SINCE } from '../versions.js'
import { dateText, localText, ZONE_WARNING } from './date-time.js'
import { type Desk, kindFor, type Reply, theContract } from './desk.js'
import { historicalError, invalid } from './refusal.js'
import { slotsOf } from './slots.js'
import { lifeOf, readSpan } from './span.js'

/** The sessions that a request for bars of a day would have, up to its end. @throws GatewayRefusal */
export async function answerSchedule(ask: BarsAsk, desk: Desk): Promise<Reply> {
  if (desk.version < SINCE.schedule) {
    throw invalid(
      `The API client version is too low for SCHEDULE. Please upgrade to a minimum version ${SINCE.schedule}.`,
    )
  }
  const { size, duration, end, endNs } = readSpan(ask, desk)
  if (size.unit !== 'DAY') throw invalid('Only bar size 1 day is supported for SCHEDULE')
  const contract = await theContract(ask.contract, desk)
  const { calendar } = contract
  const kind = kindFor(contract, ask.useRTH)
  // A session that is under way is told whole.
  const life = lifeOf(contract, desk.nowNs)
  const slots = life === undefined ? [] : slotsOf({ calendar, kind, life }, size, duration, endNs)
  const text = (ns: bigint): string => localText(ns, calendar.timeZone, '-')
  const sessions = slots.flatMap(({ lastDay }) =>
    (calendar.tradingDay(lastDay)?.[kind] ?? []).map((it) => ({
      start: text(it.startNs),
      end: text(it.endNs),
      tradeDate: dateText(lastDay),
    })),
  )
  const [first, last] = [sessions[0], sessions.at(-1)]
  if (first === undefined || last === undefined) throw historicalError('HMDS query returned no data')
  const warnings = end?.isZoneImplied === true ? [ZONE_WARNING] : []
  return {
    warnings,
    answer: { kind: 'schedule', start: first.start, end: last.end, zone: zoneIdOf(calendar), sessions },
  }
}
