import { describe, expect, test } from 'vitest'
import type { GatewayContract } from '../../../src/gateway/contract.js'
import { SeededMarket } from '../../../src/gateway/seeded-market.js'
import { parseInstrumentId } from '../../../src/model/instrument.js'
import { formatInstant, parseInstant, SECOND_NS } from '../../../src/model/time.js'
import { testClock } from '../../support/catalog.js'
import { createIbkrWorld } from '../../support/ibkr-world.js'

const INSTRUMENT = parseInstrumentId('AAPL.SIM')
const NOW = '2024-07-01T12:00:00Z'
/** Ten minutes of the regular session: several pages. */
const MINUTES = { start: '2024-06-03T13:30:00Z', end: '2024-06-03T13:40:00Z' }

/** What the gateway's market holds, read without a gateway. */
async function marketTicks(type: 'trades' | 'quotes') {
  const market = new SeededMarket({ clock: testClock(NOW) })
  const query = { ...NO_QUERY, symbol: 'AAPL', secType: 'STK', exchange: 'SIM', currency: 'USD' }
  const [contract] = await market.contracts(query)
  const interval = { startNs: parseInstant(MINUTES.start), endNs: parseInstant(MINUTES.end) }
  const wanted = { interval, kind: 'extended', limit: Number.MAX_SAFE_INTEGER, from: 'start' } as const
  return type === 'trades'
    ? market.trades(contract as GatewayContract, wanted)
    : market.quotes(contract as GatewayContract, wanted)
}

const NO_QUERY = {
  conId: 0,
  symbol: '',
  secType: '',
  lastTradeDate: '',
  strike: 0,
  right: '',
  multiplier: '',
  exchange: '',
  primaryExchange: '',
  currency: '',
  localSymbol: '',
  tradingClass: '',
  includeExpired: false,
}

describe.each(['ib-tws-api', 'stoqey'] as const)('with %s,', (client) => {
  test.each(['trades', 'quotes'] as const)(
    '%s come as the gateway has them: each once, in order, over many pages',
    async (type) => {
      const { service, gateway } = await createIbkrWorld({ client, now: NOW })
      const series = { type, instrument: INSTRUMENT }
      const { frame, report } = await service.fetchOrLoad(series, MINUTES)
      const expected = await marketTicks(type)
      // IB stamps ticks in whole seconds.
      const seconds = expected.map(({ ns }) => formatInstant(ns - (ns % SECOND_NS)))
      expect(Array.from(frame.column('ts_event'), formatInstant)).toEqual(seconds)
      const name = type === 'trades' ? 'price' : 'bid_price'
      const prices = expected.map((it) => ('price' in it ? it.price : it.bidPrice))
      expect([...frame].map((it) => (it as unknown as Record<string, number>)[name])).toEqual(prices)
      const pages = gateway.requests.filter((it) => it.kind === 'historical-ticks')
      expect(pages.length).toBeGreaterThanOrEqual(Math.floor(expected.length / 1000))
      expect(report).toMatchObject({ requests: 1, missing: [], rejected: [] })
      expect((await service.fetchOrLoad(series, MINUTES)).report.requests).toBe(0)
    },
  )
})
