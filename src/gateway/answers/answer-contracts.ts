import type { SessionKind } from '../../calendar/calendar.js'
import type { GatewayContract } from '../contract.js'
import type { ContractQuery } from '../request.js'
import { dateText, localDayOf, localText } from './date-time.js'
import { type Desk, type Reply, unknownContract } from './desk.js'

/** Every contract that a client may mean. @throws GatewayRefusal 200 when there is none */
export async function answerContracts(query: ContractQuery, { market, nowNs }: Desk): Promise<Reply> {
  const found = await market.contracts(query)
  if (found.length === 0) throw unknownContract()
  const contracts = found.map((contract) => ({
    // It is told as it was asked for: routed to an exchange of the client's choice.
    contract: query.exchange === '' ? contract : { ...contract, exchange: query.exchange },
    tradingHours: hoursText(contract, 'extended', nowNs),
    liquidHours: hoursText(contract, 'regular', nowNs),
  }))
  return { warnings: [], answer: { kind: 'contracts', contracts } }
}

/** IB tells the hours of about a week to come. */
const DAYS_TOLD = 6

/** `20240102:0930-20240102:1600;20240103:CLOSED`, a day an entry, in the contract's zone. */
function hoursText({ calendar }: GatewayContract, kind: SessionKind, nowNs: bigint): string {
  const today = localDayOf(nowNs, calendar.timeZone)
  const days = Array.from({ length: DAYS_TOLD }, (_, i) => today + i)
  const minute = (ns: bigint): string => localText(ns, calendar.timeZone, ':').replace(/(\d\d):(\d\d):\d\d$/, '$1$2')
  return days
    .map((day) => {
      const sessions = calendar.tradingDay(day)?.[kind]
      if (sessions === undefined) return `${dateText(day)}:CLOSED`
      return sessions.map((it) => `${minute(it.startNs)}-${minute(it.endNs)}`).join(',')
    })
    .join(';')
}
