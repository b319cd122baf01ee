import type { IbContract } from './transport/transport.js'

/** Currencies need no subscription. */
export const EURO: IbContract = { secType: 'CASH', symbol: 'EUR', currency: 'USD', exchange: 'IDEALPRO' }

/** A stock that every subscription to US stocks has. */
export const APPLE: IbContract = {
  secType: 'STK',
  symbol: 'AAPL',
  currency: 'USD',
  exchange: 'SMART',
  primaryExchange: 'NASDAQ',
}
