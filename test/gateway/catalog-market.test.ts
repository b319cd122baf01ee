import { describe, expect, test } from 'vitest'
import type { DataCatalog } from '../../src/catalog/catalog.js'
import type { RowInput } from '../../src/catalog/write/rows-input.js'
import { CatalogMarket } from '../../src/gateway/catalog-market.js'
import { parseInstant, SECOND_NS } from '../../src/model/time.js'
import { bar, minuteBars } from '../support/bars.js'
import { testCatalog } from '../support/catalog.js'
import { type AskedContract, type BarsQuery, barsRequest, contractFields, NOW, startGateway } from './hand-made.js'
import { type Fields, RawClient } from './raw-client.js'

const AAPL = { symbol: 'AAPL' }
const at = (iso: string): string => String(parseInstant(iso) / SECOND_NS)

async function serving(catalog: DataCatalog): Promise<RawClient> {
  const { port } = await startGateway({ market: new CatalogMarket(catalog), clock: () => parseInstant(NOW) })
  return RawClient.login(port)
}

async function barsOf(client: RawClient, query: BarsQuery): Promise<readonly Fields[]> {
  const message = await client.ask(barsRequest(5, query), 5)
  if (message[0] !== '17') throw new Error(message.join(' '))
  const values = message.slice(5)
  return Array.from({ length: Number(message[4]) }, (_, i) => values.slice(8 * i, 8 * i + 8))
}

describe('bars of a catalog', () => {
  test('are those that are stored', async () => {
    const { catalog } = await testCatalog()
    const rows = minuteBars('2024-01-09T14:30:00Z', 10)
    await catalog.write({ type: 'bars', instrument: 'AAPL.NASDAQ', barType: '1-MINUTE-LAST' }, rows)
    const bars = await barsOf(await serving(catalog), { contract: AAPL, end: '20240109-14:33:00', duration: '120 S' })
    expect(bars).toEqual(
      rows
        .slice(1, 3)
        .map((it) =>
          [it.ts_event / SECOND_NS, it.open, it.high, it.low, it.close, it.volume, it.vwap, it.trade_count].map(String),
        ),
    )
  })

  test('are made of the longest shorter ones where they are not stored', async () => {
    const { catalog } = await testCatalog()
    const rows = minuteBars('2024-01-09T14:30:00Z', 30)
    await catalog.write({ type: 'bars', instrument: 'AAPL.NASDAQ', barType: '1-MINUTE-LAST' }, rows)
    const query = { contract: AAPL, end: '20240109-15:00:00', duration: '1800 S', barSize: '15 mins' }
    const bars = await barsOf(await serving(catalog), query)
    const half = rows.slice(0, 15)
    expect(bars.map((it) => it[0])).toEqual([at('2024-01-09T14:30:00Z'), at('2024-01-09T14:45:00Z')])
    expect(bars[0]?.slice(1, 6).map(Number)).toEqual([
      half[0]?.open,
      Math.max(...half.map((it) => it.high)),
      Math.min(...half.map((it) => it.low)),
      half.at(-1)?.close,
      half.reduce((sum, it) => sum + Number(it.volume), 0),
    ])
  })

  test('of days, weeks and months are stored or made of days', async () => {
    const { catalog } = await testCatalog()
    const days = ['2024-01-02', '2024-01-03', '2024-01-04', '2024-01-05', '2024-01-08']
    const rows = days.map((day, i) => ({ ...bar(day, 100 + i), ts_init: parseInstant(`${day}T21:00:00Z`) }))
    await catalog.write({ type: 'bars', instrument: 'AAPL.NASDAQ', barType: '1-DAY-LAST' }, rows)
    const client = await serving(catalog)
    const query = { contract: AAPL, end: '20240109-00:00:00', duration: '1 M' }
    expect((await barsOf(client, { ...query, barSize: '1 day' })).map((it) => it[0])).toEqual(
      days.map((it) => it.replaceAll('-', '')),
    )
    const weeks = await barsOf(client, { ...query, barSize: '1 week' })
    expect(weeks.map((it) => [it[0], Number(it[1]), Number(it[4])])).toEqual([
      ['20240105', 100, 103.1],
      ['20240108', 104, 104.1],
    ])
  })

  test('without a volume have -1, as IB writes what there is none of', async () => {
    const { catalog } = await testCatalog()
    const rows = minuteBars('2024-01-09T14:30:00Z', 2).map((it) => ({
      ...it,
      volume: null,
      vwap: null,
      trade_count: null,
    }))
    await catalog.write({ type: 'bars', instrument: 'AAPL.NASDAQ', barType: '1-MINUTE-LAST' }, rows)
    const [first] = await barsOf(await serving(catalog), { contract: AAPL, end: '20240109-14:31:00', duration: '60 S' })
    expect(first?.slice(5)).toEqual(['-1', '-1', '-1'])
  })

  test('of a price that is not stored are no data', async () => {
    const { catalog } = await testCatalog()
    await catalog.write(
      { type: 'bars', instrument: 'AAPL.NASDAQ', barType: '1-MINUTE-LAST' },
      minuteBars('2024-01-09T14:30:00Z', 2),
    )
    const client = await serving(catalog)
    expect((await client.ask(barsRequest(5, { contract: AAPL, whatToShow: 'BID' }), 5))[3]).toBe('162')
  })
})

describe('ticks of a catalog', () => {
  const trade = (iso: string, price: number): RowInput<'trades'> => ({
    ts_event: parseInstant(iso),
    ts_init: parseInstant(iso),
    price,
    size: 100,
    exchange: 'Q',
  })

  test('are found however far away they are, in whole seconds', async () => {
    const { catalog } = await testCatalog()
    const rows = [
      '2024-01-02T15:00:00.1Z',
      '2024-01-02T15:00:00.2Z',
      '2024-01-08T15:00:00Z',
      '2024-01-08T15:00:00.5Z',
      '2024-01-08T15:00:01Z',
    ]
    await catalog.write(
      { type: 'trades', instrument: 'AAPL.NASDAQ' },
      rows.map((it, i) => trade(it, 100 + i)),
    )
    const client = await serving(catalog)
    const prices = async (start: string, end: string, count: number): Promise<readonly string[]> => {
      const message = await client.ask([96, 5, ...contractFields(AAPL), start, end, count, 'TRADES', 1, 0, ''], 5)
      return message.slice(3, -1).filter((_, i) => i % 6 === 2)
    }
    expect(await prices('20240102-14:30:00', '', 3)).toEqual(['100', '101', '102', '103'])
    expect(await prices('', '20240109-15:00:00', 2)).toEqual(['102', '103', '104'])
    expect(await prices('20240108-15:00:02', '', 1)).toEqual([])
  })
})

describe('contracts of a catalog', () => {
  async function found(instrument: string, asked: AskedContract, record = {}): Promise<Fields | undefined> {
    const { catalog } = await testCatalog()
    const barType = instrument.includes('/') ? '1-MINUTE-MID' : '1-MINUTE-LAST'
    await catalog.write({ type: 'bars', instrument, barType }, minuteBars('2024-01-09T14:30:00Z', 2))
    if (Object.keys(record).length > 0) await catalog.putInstrument({ instrument, ...record })
    const message = await (await serving(catalog)).ask([9, 8, 5, ...contractFields(asked), '', '', ''], 5)
    return message[0] === '10' ? message : undefined
  }

  test.each([
    ['AAPL.NASDAQ', { symbol: 'AAPL', primaryExchange: 'NASDAQ' }],
    ['BRK.B.NYSE', { symbol: 'BRK B', primaryExchange: 'NYSE' }],
    ['AAPL.SIM', { symbol: 'AAPL', exchange: 'SIM' }],
    ['EUR/USD.IDEALPRO', { symbol: 'EUR', secType: 'CASH', exchange: 'IDEALPRO' }],
    ['BTC/USD.PAXOS', { symbol: 'BTC', secType: 'CRYPTO', exchange: 'PAXOS' }],
    ['ESH4.CME', { symbol: 'ES', secType: 'FUT', exchange: 'CME', lastTradeDate: '202403' }],
    ['6EH24.CME', { symbol: 'EUR', secType: 'FUT', exchange: 'CME', lastTradeDate: '202403' }],
    ['ES.CME', { symbol: 'ES', secType: 'CONTFUT', exchange: 'CME' }],
    ['SPX.CBOE', { symbol: 'SPX', secType: 'IND', exchange: 'CBOE' }],
  ])('%s is found as IB has it', async (instrument, asked) => {
    expect(await found(instrument, asked)).toBeDefined()
  })

  test('are told as their record says', async () => {
    const record = {
      currency: 'EUR',
      tickSize: 0.005,
      description: 'ASML HOLDING NV',
      contractIds: { ibkr: '117589399' },
      securityType: 'STK',
    }
    const details = await found('ASML.AEB', { symbol: 'ASML', currency: 'EUR' }, record)
    expect(details).toEqual(expect.arrayContaining(['EUR', '0.005', 'ASML HOLDING NV', '117589399']))
  })

  test('of other instruments are unknown', async () => {
    expect(await found('AAPL.NASDAQ', { symbol: 'MSFT' })).toBeUndefined()
  })
})
