import { onTestFinished } from 'vitest'
import { XNYS } from '../../src/calendar/xnys.js'
import { type GatewayContract, isMeant } from '../../src/gateway/contract.js'
import type { SimGatewayOptions } from '../../src/gateway/house.js'
import type { GatewayBar, GatewayMarket, GatewayQuote, GatewayTrade } from '../../src/gateway/market.js'
import { SimGateway } from '../../src/gateway/sim-gateway.js'
import { parseInstrumentId } from '../../src/model/instrument.js'
import { parseInstant } from '../../src/model/time.js'
import { testClock } from '../support/catalog.js'

/** A stock that trades as the test says. */
export function contractOf(of: Partial<GatewayContract> = {}): GatewayContract {
  return {
    conId: 12345,
    secType: 'STK',
    symbol: 'TEST',
    exchange: 'SMART',
    primaryExchange: 'NASDAQ',
    validExchanges: ['SMART', 'NASDAQ'],
    currency: 'USD',
    localSymbol: 'TEST',
    tradingClass: 'NMS',
    longName: 'TEST CORP',
    minTick: 0.01,
    calendar: XNYS,
    instrument: parseInstrumentId('TEST.NASDAQ'),
    headNs: parseInstant('2020-01-01'),
    ...of,
  }
}

export interface HandMade {
  readonly contracts?: readonly GatewayContract[]
  /** By the start of the slot, ISO: a bar for some, none for others. Every slot has one when absent. */
  readonly barAt?: (startNs: bigint) => GatewayBar | undefined
  readonly trades?: readonly GatewayTrade[]
  readonly quotes?: readonly GatewayQuote[]
}

export const PLAIN_BAR: GatewayBar = { open: 10, high: 11.5, low: 9.25, close: 11, volume: 1200, vwap: 10.5, count: 7 }

/** A market that holds what it is given. */
export function handMade({
  contracts = [contractOf()],
  barAt = () => PLAIN_BAR,
  trades = [],
  quotes = [],
}: HandMade = {}): GatewayMarket {
  return {
    contracts: async (query) => contracts.filter((it) => isMeant(it, query)),
    bars: async (_, { slots }) => slots.map((it) => barAt(it.startNs)),
    trades: async () => trades,
    quotes: async () => quotes,
  }
}

/** Tuesday, 2024-01-09, 15:00 in New York. */
export const NOW = '2024-01-09T20:00:00Z'

/** A gateway that is gone when the test is over; its market's clock stands at {@link NOW}. */
export async function startGateway(options: Partial<SimGatewayOptions> = {}): Promise<SimGateway> {
  const gateway = await SimGateway.start({ market: handMade(), clock: testClock(NOW), ...options })
  onTestFinished(() => gateway.close())
  return gateway
}

/** The thirteen fields of a contract, as every request has them. */
export function contractFields(of: AskedContract = {}): readonly (string | number)[] {
  const contract = { symbol: 'TEST', secType: 'STK', exchange: 'SMART', currency: 'USD', ...of }
  return CONTRACT_FIELDS.map((it) => contract[it] ?? '')
}

const CONTRACT_FIELDS = [
  'conId',
  'symbol',
  'secType',
  'lastTradeDate',
  'strike',
  'right',
  'multiplier',
  'exchange',
  'primaryExchange',
  'currency',
  'localSymbol',
  'tradingClass',
  'includeExpired',
] as const
export type AskedContract = Partial<Record<(typeof CONTRACT_FIELDS)[number], string | number>>

export interface BarsQuery {
  readonly contract?: AskedContract
  readonly end?: string
  readonly barSize?: string
  readonly duration?: string
  readonly useRTH?: boolean
  readonly whatToShow?: string
  readonly formatDate?: number
  readonly keepUpToDate?: boolean
}

/** REQ_HISTORICAL_DATA: five minute bars by default, 09:30 to 09:35 in New York. */
export function barsRequest(id: number, query: BarsQuery = {}): readonly (string | number | boolean)[] {
  const { end = '20240109-14:35:00', barSize = '1 min', duration = '300 S', useRTH = true } = query
  const { whatToShow = 'TRADES', formatDate = 2, keepUpToDate = false } = query
  const contract = contractFields(query.contract)
  return [20, id, ...contract, end, barSize, duration, useRTH, whatToShow, formatDate, keepUpToDate, '']
}
