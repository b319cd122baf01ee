import { describe, expect, test } from 'vitest'
import { SeededMarket } from '../../src/gateway/seeded-market.js'
import { parseSeries } from '../../src/model/series.js'
import { type InstantInput, parseInstant, SECOND_NS } from '../../src/model/time.js'
import { SimSource } from '../../src/sources/sim.js'
import { testClock } from '../support/catalog.js'
import { type AskedContract, type BarsQuery, barsRequest, contractFields, NOW, startGateway } from './hand-made.js'
import { type Fields, RawClient } from './raw-client.js'

const SIM = { symbol: 'AAPL', exchange: 'SIM' }

async function seeded(seed?: number, now = NOW): Promise<RawClient> {
  const clock = testClock(now)
  const market = new SeededMarket({ clock, ...(seed === undefined ? {} : { seed }) })
  const { port } = await startGateway({ market, clock })
  return RawClient.login(port)
}

async function barsOf(client: RawClient, query: BarsQuery, id = 5): Promise<readonly Fields[]> {
  const message = await client.ask(barsRequest(id, query), id)
  if (message[0] !== '17') throw new Error(message.join(' '))
  const values = message.slice(5)
  return Array.from({ length: Number(message[4]) }, (_, i) => values.slice(8 * i, 8 * i + 8))
}

async function detailsOf(client: RawClient, contract: AskedContract): Promise<readonly Fields[]> {
  client.send([9, 8, 5, ...contractFields(contract), '', '', ''])
  const details: Fields[] = []
  for (;;) {
    const message = await client.of(5)
    if (message[0] !== '10') return details
    details.push(message)
  }
}

interface SimRow {
  readonly ts_event: bigint
  readonly open: number
  readonly high: number
  readonly low: number
  readonly close: number
  readonly volume: number
  readonly vwap: number
  readonly trade_count: bigint
}

/** What the source `sim` has, as the wire has it. */
async function simBars(
  barType: string,
  start: InstantInput,
  end: InstantInput,
  seed?: number,
): Promise<readonly Fields[]> {
  const source = new SimSource(seed === undefined ? {} : { seed })
  const series = parseSeries({ type: 'bars', instrument: 'AAPL.SIM', barType })
  const interval = { startNs: parseInstant(start), endNs: parseInstant(end) }
  const rows: Fields[] = []
  for await (const row of (await source.fetch({ series, interval })).rows as Iterable<SimRow>) {
    const { ts_event, open, high, low, close, volume, vwap, trade_count } = row
    rows.push([ts_event / SECOND_NS, open, high, low, close, volume, vwap, trade_count].map(String))
  }
  return rows
}

describe('AAPL.SIM is what the source sim serves', () => {
  test.each([
    ['1-SECOND-LAST', '1 secs', '1800 S', '2024-01-09T15:00:00Z', '2024-01-09T15:30:00Z'],
    ['30-SECOND-LAST', '30 secs', '3600 S', '2024-01-09T15:00:00Z', '2024-01-09T16:00:00Z'],
    ['1-MINUTE-LAST', '1 min', '86400 S', '2024-01-08T16:00:00Z', '2024-01-09T16:00:00Z'],
    ['1-MINUTE-BID', '1 min', '86400 S', '2024-01-08T16:00:00Z', '2024-01-09T16:00:00Z'],
    ['5-MINUTE-LAST', '5 mins', '2 W', '2023-12-26T16:00:00Z', '2024-01-09T16:00:00Z'],
    ['1-HOUR-LAST', '1 hour', '1 M', '2023-12-09T16:00:00Z', '2024-01-09T16:00:00Z'],
  ])('%s, in extended hours', async (barType, barSize, duration, start, end) => {
    const isBid = barType.includes('BID')
    const query = { contract: SIM, barSize, duration, useRTH: false, whatToShow: isBid ? 'BID' : 'TRADES' }
    const bars = await barsOf(await seeded(), {
      ...query,
      end: `${end.slice(0, 10).replaceAll('-', '')}-${end.slice(11, 19)}`,
    })
    const expected = await simBars(barType, start, end)
    expect(bars.length).toBeGreaterThan(50)
    expect(bars).toEqual(isBid ? expected.map((it) => [...it.slice(0, 5), '-1', '-1', '-1']) : expected)
  })

  test('1-MINUTE-LAST of another seed, in regular hours', async () => {
    const query = { contract: SIM, barSize: '1 min', duration: '1 D', end: '20240109-00:00:00' }
    const expected = await simBars('1-MINUTE-LAST', '2024-01-08T14:30:00Z', '2024-01-08T21:00:00Z', 7)
    expect(await barsOf(await seeded(7), query)).toEqual(expected)
    expect(await barsOf(await seeded(8), query)).not.toEqual(expected)
  })

  test.each([
    ['1-DAY-LAST', '1 day', '1 M', '2023-12-09', '2024-01-09', '20231211'],
    ['1-WEEK-LAST', '1 week', '4 W', '2023-12-11', '2024-01-08', '20231215'],
    ['1-MONTH-LAST', '1 month', '3 M', '2023-10-01', '2024-01-01', '20231031'],
  ])('%s, of regular hours, but for the stamp', async (barType, barSize, duration, start, end, first) => {
    const at =
      barType === '1-MONTH-LAST'
        ? '20231231-23:00:00'
        : barType === '1-WEEK-LAST'
          ? '20240107-23:00:00'
          : '20240109-00:00:00'
    const bars = await barsOf(await seeded(), { contract: SIM, barSize, duration, end: at })
    const expected = await simBars(barType, start, end)
    expect(bars.slice(-expected.length).map((it) => it.slice(1))).toEqual(expected.map((it) => it.slice(1)))
    expect(bars.slice(-expected.length)[0]?.[0]).toBe(first)
  })

  test('by contract id alone, once it was asked for by name', async () => {
    const client = await seeded()
    const [details] = await detailsOf(client, SIM)
    const conId = details?.[13] ?? ''
    const [byId] = await detailsOf(client, { conId, symbol: '', secType: '', exchange: 'SIM', currency: '' })
    expect(byId).toEqual(details)
  })
})

describe('the bar under way', () => {
  test('is made of what has been, and ends with the price of now', async () => {
    const client = await seeded(1, '2024-01-09T15:10:30Z')
    const [last] = (await barsOf(client, { contract: SIM, barSize: '1 min', duration: '60 S', end: '' })).slice(-1)
    const parts = await simBars('30-SECOND-LAST', '2024-01-09T15:10:00Z', '2024-01-09T15:10:30Z')
    expect(last?.[0]).toBe(String(parseInstant('2024-01-09T15:10:00Z') / SECOND_NS))
    expect([last?.[1], last?.[4]]).toEqual([parts[0]?.[1], parts[0]?.[4]])
  })
})

describe('contracts', () => {
  const count = async (contract: AskedContract): Promise<number> =>
    (await detailsOf(await seeded(), { currency: '', ...contract })).length
  test.each([
    ['a stock by SMART', { symbol: 'AAPL' }, 1],
    ['a stock by its listing', { symbol: 'AAPL', primaryExchange: 'NASDAQ' }, 1],
    ['a stock by the old name of its listing', { symbol: 'AAPL', primaryExchange: 'ISLAND' }, 1],
    ['a stock by another listing', { symbol: 'AAPL', primaryExchange: 'NYSE' }, 0],
    ['a stock in another currency', { symbol: 'AAPL', currency: 'EUR' }, 0],
    ['a stock by its id', { symbol: '', secType: '', exchange: '', conId: 265598 }, 1],
    ['a class of shares', { symbol: 'BRK B', primaryExchange: 'NYSE' }, 1],
    ['two listings of one symbol', { symbol: 'TWICE' }, 2],
    ['one of the two', { symbol: 'TWICE', primaryExchange: 'NYSE' }, 1],
    ['a currency', { symbol: 'EUR', secType: 'CASH', exchange: 'IDEALPRO', currency: 'USD' }, 1],
    ['an index', { symbol: 'SPX', secType: 'IND', exchange: 'CBOE' }, 1],
    ['crypto', { symbol: 'BTC', secType: 'CRYPTO', exchange: 'PAXOS' }, 1],
    ['the listed months of a future', { symbol: 'ES', secType: 'FUT', exchange: 'CME' }, 5],
    ['a month of a future', { symbol: 'ES', secType: 'FUT', exchange: 'CME', lastTradeDate: '202403' }, 1],
    ['a future by its last date', { symbol: 'ES', secType: 'FUT', exchange: 'CME', lastTradeDate: '20240315' }, 1],
    ['a future by its local symbol', { symbol: '', secType: 'FUT', exchange: 'NYMEX', localSymbol: 'CLG4' }, 1],
    ['an expired future', { symbol: 'ES', secType: 'FUT', exchange: 'CME', lastTradeDate: '202312' }, 0],
    [
      'an expired future, when it is asked for',
      { symbol: 'ES', secType: 'FUT', exchange: 'CME', lastTradeDate: '202312', includeExpired: 1 },
      1,
    ],
    ['a continuous future', { symbol: 'GC', secType: 'CONTFUT', exchange: 'COMEX' }, 1],
    ['an option by its local symbol', { symbol: '', secType: 'OPT', localSymbol: 'AAPL  240119C00190000' }, 1],
    ['an expired option', { symbol: '', secType: 'OPT', localSymbol: 'AAPL  231215C00190000' }, 0],
    ['nothing of that name', { symbol: 'NOTHING' }, 0],
  ])('%s', async (_, contract, expected) => {
    expect(await count(contract)).toBe(expected)
  })

  test.each([
    ['ES', 'CME', '202403', '20240315'],
    ['EUR', 'CME', '202403', '20240318'],
    ['CL', 'NYMEX', '202402', '20240122'],
    ['CL', 'NYMEX', '202401', '20231219'],
    ['GC', 'COMEX', '202402', '20240227'],
  ])('%s on %s of %s trades until %s', async (symbol, exchange, lastTradeDate, expected) => {
    const contract = { symbol, exchange, secType: 'FUT', lastTradeDate, includeExpired: 1 }
    const [details] = await detailsOf(await seeded(), contract)
    expect(details?.[4]).toBe(expected)
  })
})

describe('the life of a contract', () => {
  const days = async (contract: AskedContract, end: string, duration: string): Promise<Fields> =>
    (await barsOf(await seeded(1, '2024-09-02T00:00:00Z'), { contract, barSize: '1 day', end, duration })).map(
      (it) => it[0] ?? '',
    )

  test('LATE came on 2024-03-13', async () => {
    expect(await days({ symbol: 'LATE' }, '20240316-00:00:00', '1 M')).toEqual(['20240313', '20240314', '20240315'])
  })

  test('GONE went after 2024-06-14', async () => {
    expect((await days({ symbol: 'GONE' }, '20240630-00:00:00', '1 M')).at(-1)).toBe('20240614')
  })

  test('a future ends on its last trade date', async () => {
    const es = { symbol: 'ES', secType: 'FUT', exchange: 'CME', lastTradeDate: '202406', includeExpired: 1 }
    expect((await days(es, '20240701-00:00:00', '1 M')).at(-1)).toBe('20240621')
  })

  test('the head timestamp is the first open instant, in the form that is asked for', async () => {
    const client = await seeded(1, '2024-09-02T00:00:00Z')
    const head = async (useRTH: number, formatDate: number, id: number): Promise<string | undefined> =>
      (await client.ask([87, id, ...contractFields({ symbol: 'LATE' }), useRTH, 'TRADES', formatDate], id))[2]
    expect(await head(1, 1, 6)).toBe('20240313-13:30:00')
    expect(await head(0, 1, 7)).toBe('20240313-08:00:00')
    expect(await head(1, 2, 8)).toBe(String(parseInstant('2024-03-13T13:30:00Z') / SECOND_NS))
  })
})

describe('prices', () => {
  test.each([
    ['EUR/USD', { symbol: 'EUR', secType: 'CASH', exchange: 'IDEALPRO' }, 'MIDPOINT', 0.8, 1.4, 20_000],
    ['ES', { symbol: 'ES', secType: 'CONTFUT', exchange: 'CME' }, 'TRADES', 2500, 8000, 4],
    ['VIX', { symbol: 'VIX', secType: 'IND', exchange: 'CBOE' }, 'TRADES', 5, 40, 100],
    ['BTC', { symbol: 'BTC', secType: 'CRYPTO', exchange: 'PAXOS' }, 'AGGTRADES', 5000, 90_000, 4],
  ] as const)(
    'of %s are where they are expected, on their ticks',
    async (_, contract, whatToShow, least, most, perUnit) => {
      const query = { contract, whatToShow, barSize: '1 min', duration: '3600 S', end: '', useRTH: false }
      const bars = await barsOf(await seeded(), query)
      expect(bars).toHaveLength(60)
      for (const bar of bars) {
        const [open = 0, high = 0, low = 0, close = 0] = bar.slice(1, 5).map(Number)
        expect(low).toBeGreaterThan(least)
        expect(high).toBeLessThan(most)
        expect(high).toBeGreaterThanOrEqual(Math.max(open, close))
        expect(low).toBeLessThanOrEqual(Math.min(open, close))
        for (const price of [open, high, low, close])
          expect(price * perUnit).toBeCloseTo(Math.round(price * perUnit), 6)
      }
    },
  )
})
