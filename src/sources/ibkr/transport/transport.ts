import type { IbFailure } from './failure.js'

/**
 * What the product asks of a TWS or IB Gateway, whichever client library carries it. One transport is one connection: it
 * is opened once, and once it is closed, by either side, a new one is made. It never reconnects, queues or retries by
 * itself, and it never leaves a call open: each ends with its complete answer or with an {@link IbFailure}.
 */
export interface IbTransport {
  /**
   * Logs in. No socket is left open when it fails.
   * @throws IbFailure of kind `connection`, InvalidRequestError when the client library is not installed
   */
  connect(): Promise<IbLogin>
  /** Ends the connection and fails what is in flight; resolves once the socket is gone. Never throws, may be called twice. */
  close(): Promise<void>
  /** Bars, oldest first as the gateway sent them, unsorted and uncut. @throws IbFailure (`no-data` among others) */
  bars(query: IbBarsQuery, call: IbCall): Promise<IbBars>
  /** One page of ticks, whole: in IB's own words it is then "done", which says nothing of the pages after it. @throws IbFailure */
  ticks(query: IbTicksQuery, call: IbCall): Promise<IbTicks>
  /** The first instant the gateway has data of, in seconds since 1970. @throws IbFailure */
  headTimestamp(query: IbHeadQuery, call: IbCall): Promise<number>
  /** @throws IbFailure; `permanent` code 200 for a contract that is unknown */
  contractDetails(contract: IbContract, call: IbCall): Promise<readonly IbContractDetails[]>
  /** The regular or extended sessions up to an end. @throws IbFailure */
  schedule(query: IbScheduleQuery, call: IbCall): Promise<IbSchedule>
  /** The gateway's clock, in seconds since 1970. @throws IbFailure */
  currentTime(call: IbCall): Promise<number>
}

export interface IbTransportOptions {
  readonly host: string
  readonly port: number
  readonly clientId: number
  /** For TCP connect, handshake and login together. */
  readonly connectTimeoutMs: number
  /** Told of everything that belongs to no request: farm states, 1100/1101/1102, warnings (these with their request's). */
  readonly onNotice: (notice: IbNotice) => void
  /** Told once when an open connection ends, for whatever reason but {@link IbTransport.close}. */
  readonly onClose: (why: IbFailure) => void
}

export type IbTransportFactory = (options: IbTransportOptions) => IbTransport

export interface IbLogin {
  readonly serverVersion: number
  /** Account names as the gateway lists them: `DU1234567`. */
  readonly accounts: readonly string[]
}

export interface IbCall {
  /** From when it is sent. When it has passed the request is cancelled at the gateway, and fails as `timeout`. */
  readonly timeoutMs: number
  /** The request is cancelled at the gateway, and fails as `cancelled`. */
  readonly signal?: AbortSignal
}

export interface IbNotice {
  readonly code: number
  readonly text: string
}

/** IB's own security types, as far as they have history. */
export const IB_SEC_TYPES = [
  'STK',
  'CASH',
  'FUT',
  'CONTFUT',
  'IND',
  'OPT',
  'FOP',
  'CRYPTO',
  'CFD',
  'CMDTY',
  'FUND',
  'BOND',
] as const
export type IbSecType = (typeof IB_SEC_TYPES)[number]

/** A contract as IB names it. With a `conId` the rest may be left as it was resolved. */
export interface IbContract {
  readonly secType: IbSecType
  readonly symbol: string
  /** `SMART`, `IDEALPRO`, `CME`. */
  readonly exchange: string
  readonly currency?: string
  readonly conId?: number
  readonly primaryExchange?: string
  readonly localSymbol?: string
  readonly tradingClass?: string
  /** `YYYYMM` or `YYYYMMDD`. */
  readonly lastTradeDate?: string
  readonly strike?: number
  readonly right?: 'C' | 'P'
  readonly multiplier?: string
  readonly includeExpired?: boolean
}

export type IbBarSize =
  | '1 secs'
  | '5 secs'
  | '10 secs'
  | '15 secs'
  | '30 secs'
  | '1 min'
  | '2 mins'
  | '3 mins'
  | '5 mins'
  | '10 mins'
  | '15 mins'
  | '20 mins'
  | '30 mins'
  | '1 hour'
  | '2 hours'
  | '3 hours'
  | '4 hours'
  | '8 hours'
  | '1 day'
  | '1 week'
  | '1 month'

export type IbWhatToShow = 'TRADES' | 'MIDPOINT' | 'BID' | 'ASK' | 'BID_ASK' | 'ADJUSTED_LAST' | 'AGGTRADES'

export interface IbBarsQuery {
  readonly contract: IbContract
  /** `yyyymmdd-hh:mm:ss` in UTC; empty for now. */
  readonly endDateTime: string
  /** `86400 S`, `1 W`. */
  readonly duration: string
  readonly barSize: IbBarSize
  readonly whatToShow: IbWhatToShow
  readonly useRTH: boolean
}

export interface IbBar {
  /** As on the wire: seconds since 1970 of an intraday bar's start, `yyyymmdd` of daily and longer bars. */
  readonly time: string
  readonly open: number
  readonly high: number
  readonly low: number
  readonly close: number
  /** Decimal text as on the wire; `-1` where there is none. */
  readonly volume: string
  readonly wap: string
  readonly count: number
}

export interface IbBars {
  readonly bars: readonly IbBar[]
}

export interface IbTicksQuery {
  readonly contract: IbContract
  /** `yyyymmdd-hh:mm:ss` in UTC; one of the two is empty. */
  readonly startDateTime: string
  readonly endDateTime: string
  /** At most 1000; a page ends with the whole of its last second, and may be longer. */
  readonly numberOfTicks: number
  readonly whatToShow: 'TRADES' | 'BID_ASK'
  readonly useRTH: boolean
}

export type IbTicks =
  | { readonly kind: 'trades'; readonly ticks: readonly IbTrade[] }
  | { readonly kind: 'quotes'; readonly ticks: readonly IbQuote[] }

export interface IbTrade {
  /** Seconds since 1970. */
  readonly time: number
  readonly price: number
  /** Decimal text. */
  readonly size: string
  readonly exchange: string
  readonly conditions: string
  /** Not reported to the tape: no part of volume, high or low. */
  readonly unreported: boolean
  readonly pastLimit: boolean
}

export interface IbQuote {
  readonly time: number
  readonly bidPrice: number
  readonly askPrice: number
  readonly bidSize: string
  readonly askSize: string
}

export interface IbHeadQuery {
  readonly contract: IbContract
  readonly whatToShow: IbWhatToShow
  readonly useRTH: boolean
}

export interface IbScheduleQuery {
  readonly contract: IbContract
  readonly endDateTime: string
  /** `20 D` */
  readonly duration: string
  readonly useRTH: boolean
}

export interface IbSchedule {
  readonly timeZone: string
  /** As on the wire: `yyyymmdd-hh:mm:ss` in the zone, and the trade date `yyyymmdd`. */
  readonly sessions: readonly { readonly start: string; readonly end: string; readonly tradeDate: string }[]
}

export interface IbContractDetails {
  readonly contract: IbContract & { readonly conId: number }
  readonly longName: string
  readonly minTick: number
  readonly timeZoneId: string
  readonly tradingHours: string
  readonly liquidHours: string
  readonly validExchanges: string
  readonly priceMagnifier: number
  readonly contractMonth: string
}
