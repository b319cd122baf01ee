import type { InstrumentDefinition } from '../../src/catalog/instruments/instrument-record.js'

/** What Interactive Brokers says of Apple's share, in June 2024. */
export const APPLE: InstrumentDefinition = {
  instrument: 'AAPL.NASDAQ',
  securityType: 'STK',
  currency: 'USD',
  tickSize: 0.01,
  multiplier: 1,
  timeZone: 'US/Eastern',
  tradingHours: '20240603:0400-20240603:2000;20240604:0400-20240604:2000;20240608:CLOSED',
  liquidHours: '20240603:0930-20240603:1600;20240604:0930-20240604:1600;20240608:CLOSED',
  primaryExchange: 'NASDAQ',
  description: 'APPLE INC',
  contractIds: { ibkr: '265598', polygon: 'AAPL' },
}
