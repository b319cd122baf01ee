import type { SessionKind } from '../calendar/calendar.js'
import type { BarUnit } from '../model/bar-type.js'
import type { Interval } from '../model/interval.js'
import type { GatewayContract } from './contract.js'
import type { ContractQuery } from './request.js'

/** What a gateway serves. All prices and sizes are in the units of the contract, volume in shares or contracts. */
export interface GatewayMarket {
  /** The contracts that a client may mean: none when it is unknown, several when it is ambiguous. */
  contracts(query: ContractQuery): Promise<readonly GatewayContract[]>
  /** The bar of each slot, in their order; `undefined` where there is none. */
  bars(contract: GatewayContract, wanted: BarsWanted): Promise<readonly (GatewayBar | undefined)[]>
  /** Trades of an interval, ascending: the seconds from one end of it that together hold `limit`, each of them whole. */
  trades(contract: GatewayContract, wanted: TicksWanted): Promise<readonly GatewayTrade[]>
  /** The same of quotes. */
  quotes(contract: GatewayContract, wanted: TicksWanted): Promise<readonly GatewayQuote[]>
}

export type Side = 'LAST' | 'MID' | 'BID' | 'ASK'

export interface BarsWanted {
  readonly step: number
  readonly unit: BarUnit
  readonly side: Side
  readonly kind: SessionKind
  readonly slots: readonly BarSlot[]
}

/** Where a bar is due. */
export interface BarSlot extends Interval {
  /** The bar's stamp in the product: its start, or 00:00 UTC of the date, the Monday or the 1st. */
  readonly stampNs: bigint
  /** The last trade date it holds, days since 1970-01-01. */
  readonly lastDay: number
}

export interface GatewayBar {
  readonly open: number
  readonly high: number
  readonly low: number
  readonly close: number
  /** `undefined`, here and below: not known. */
  readonly volume: number | undefined
  readonly vwap: number | undefined
  readonly count: number | undefined
}

export interface TicksWanted {
  readonly interval: Interval
  readonly kind: SessionKind
  readonly limit: number
  /** From which end of the interval they are counted. */
  readonly from: 'start' | 'end'
}

export interface GatewayTrade {
  readonly ns: bigint
  readonly price: number
  readonly size: number
  readonly exchange: string
  readonly conditions: string
}

export interface GatewayQuote {
  readonly ns: bigint
  readonly bidPrice: number
  readonly askPrice: number
  readonly bidSize: number
  readonly askSize: number
}
