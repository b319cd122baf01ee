import type { Calendar } from '../calendar/calendar.js'
import type { InstrumentId } from '../model/instrument.js'
import type { ContractQuery } from './request.js'

/** A contract as the gateway knows it: what it tells of it, and when it traded. */
export interface GatewayContract {
  readonly conId: number
  readonly secType: string
  readonly symbol: string
  /** Where it is routed by default. */
  readonly exchange: string
  /** Empty where IB has none (futures, currencies). */
  readonly primaryExchange: string
  readonly validExchanges: readonly string[]
  readonly currency: string
  readonly localSymbol: string
  readonly tradingClass: string
  readonly longName: string
  readonly minTick: number
  readonly calendar: Calendar
  /** What the product calls it. */
  readonly instrument: InstrumentId
  /** The first instant there is data of. `undefined`: IB has no history of it. */
  readonly headNs: bigint | undefined
  /** From here on nothing trades: delisted, or expired. */
  readonly goneNs?: bigint
  /** `YYYYMMDD` */
  readonly lastTradeDate?: string
  /** `YYYYMM` */
  readonly contractMonth?: string
  readonly strike?: number
  readonly right?: 'C' | 'P'
  readonly multiplier?: string
  readonly underlying?: { readonly conId: number; readonly symbol: string; readonly secType: string }
}

/**
 * Whether a contract is one that a client means. What the client left out says nothing; an exchange may be any the
 * contract trades on.
 */
export function isMeant(contract: GatewayContract, query: ContractQuery): boolean {
  const { lastTradeDate = '', contractMonth = '', strike = 0, right = '', multiplier = '' } = contract
  const isOn = (exchange: string): boolean => exchange === '' || contract.validExchanges.includes(exchange)
  return (
    fits(query.conId, contract.conId) &&
    fits(query.symbol, contract.symbol) &&
    fits(query.secType, contract.secType) &&
    fits(query.currency, contract.currency) &&
    fits(query.localSymbol, contract.localSymbol) &&
    fits(query.tradingClass, contract.tradingClass) &&
    fits(query.multiplier, multiplier) &&
    fits(query.strike, strike) &&
    fits(query.right.slice(0, 1), right) &&
    fits(query.lastTradeDate, query.lastTradeDate.length === 6 ? contractMonth : lastTradeDate) &&
    isOn(query.exchange) &&
    (query.primaryExchange === '' || sameExchange(query.primaryExchange, contract.primaryExchange))
  )
}

/** Whether a known value is the one asked for; what was left out is any. */
function fits(asked: string | number, known: string | number): boolean {
  return asked === '' || asked === 0 || asked === known
}

/** IB called NASDAQ `ISLAND` for twenty years and takes both. */
function sameExchange(asked: string, known: string): boolean {
  return asked === known || (asked === 'ISLAND' && known === 'NASDAQ')
}

/** A US stock: its volume is in lots to clients of older protocol versions. */
export function isUsStock(contract: GatewayContract): boolean {
  return contract.secType === 'STK' && contract.currency === 'USD' && contract.calendar.name === 'XNYS'
}

/** IB's name of a zone, as it stands in contract details and in the dates of bars. */
export function zoneIdOf(calendar: Calendar): string {
  return ZONE_IDS.get(calendar.timeZone) ?? calendar.timeZone
}

const ZONE_IDS: ReadonlyMap<string, string> = new Map([
  ['America/New_York', 'US/Eastern'],
  ['America/Chicago', 'US/Central'],
  ['Europe/London', 'GB-Eire'],
])
