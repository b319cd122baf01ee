import { describe, expect, test } from 'vitest'
import type { DataCatalog } from '../../src/catalog/catalog.js'
import type { Frame } from '../../src/model/frame.js'
import { concatFrames } from '../../src/model/frame-edit.js'
import { parseInstant } from '../../src/model/time.js'
import { testCatalog } from '../support/catalog.js'
import { dataDir } from '../support/data.js'
import {
  alpacaTrades,
  dbnTrades,
  leanQuotes,
  leanTrades,
  lobsterQuotes,
  lobsterTrades,
  polygonQuotes,
  polygonTrades,
  type QuoteRow,
  type TradeRow,
} from '../support/lean-ticks.js'

const data = dataDir()
const file = (name: string): string => `${data}/${name}`
const trades = (instrument: string) => ({ type: 'trades', instrument }) as const
const quotes = (instrument: string) => ({ type: 'quotes', instrument }) as const
const DAY = { start: '2013-10-07T04:00Z', end: '2013-10-08T04:00Z' }
const LEAN_SPY = 'lean/tick/spy/20131007_trade.zip'
const LEAN_IBM = 'lean/tick/ibm/20131007_quote.zip'

/** Compares every cell of every column; a list of a million differences would take longer to print than to find. */
function expectRows(frame: Frame, rows: readonly (TradeRow | QuoteRow)[]): void {
  expect(frame.numRows).toBe(rows.length)
  for (const name of frame.columnNames) {
    const wrong = rows.findIndex((row, i) => frame.cell(name, i) !== (row as Readonly<Record<string, unknown>>)[name])
    expect([name, wrong, wrong < 0 ? undefined : frame.cell(name, wrong)]).toEqual([name, -1, undefined])
  }
}

type Series = ReturnType<typeof trades> | ReturnType<typeof quotes>
const write = (catalog: DataCatalog, series: Series, rows: readonly (TradeRow | QuoteRow)[], options = {}) =>
  catalog.write(series, rows as readonly TradeRow[] & readonly QuoteRow[], options)

describe.skipIf(data === undefined)('a real day comes out as it went in, every column of every row', () => {
  const days = [
    {
      name: '250,601 trades of SPY',
      series: trades('SPY.ARCA'),
      read: () => leanTrades(file(LEAN_SPY)),
      count: 250_601,
    },
    {
      name: '24,293 trades of IBM',
      series: trades('IBM.NYSE'),
      read: () => leanTrades(file('lean/tick/ibm/20131007_trade.zip')),
      count: 24_293,
    },
    {
      name: '109,067 quotes of IBM',
      series: quotes('IBM.NYSE'),
      read: () => leanQuotes(file(LEAN_IBM)),
      count: 109_067,
    },
  ]
  test.each(days)('$name, and writing it again commits nothing', async ({ series, read, count }) => {
    const rows = read()
    expect(rows.length).toBe(count)
    const { catalog } = await testCatalog()
    await write(catalog, series, rows, { coverage: DAY })
    expectRows(await catalog.query(series, DAY), rows)
    expect((await write(catalog, series, rows, { coverage: DAY })).committed).toBe(false)
    expect((await catalog.verify()).problems).toEqual([])
  })

  test('LOBSTER: executions and best quotes of AAPL, at nanoseconds that no double holds', async () => {
    const messages = file('ticks/lobster_aapl_message_10.csv')
    const [executed, book] = [
      lobsterTrades(messages),
      lobsterQuotes(messages, file('ticks/lobster_aapl_orderbook_10.csv')),
    ]
    expect([executed.length, book.length]).toEqual([98, 999])
    expect(book[0]?.ts_event).toBe(parseInstant('2012-06-21T09:30:00.004241176-04:00'))
    const { catalog } = await testCatalog()
    await write(catalog, trades('AAPL.NASDAQ'), executed)
    await write(catalog, quotes('AAPL.NASDAQ'), book)
    expectRows(await catalog.query(trades('AAPL.NASDAQ')), executed)
    expectRows(await catalog.query(quotes('AAPL.NASDAQ')), book)
    expect((await write(catalog, quotes('AAPL.NASDAQ'), book)).committed).toBe(false)
  })

  test('Polygon: quotes and trades whose nanoseconds lie beyond 2^53', async () => {
    const book = polygonQuotes(file('ticks/polygon_rest/v3__quotes__AAPL.json'))
    const executed = polygonTrades(file('ticks/polygon_rest/v3__trades__AAPL_limit=2.json'))
    expect(book.map((it) => it.ts_event)).toContain(1_652_191_872_751_394_300n)
    expect(book.some((it) => BigInt(Number(it.ts_event)) !== it.ts_event)).toBe(true)
    const { catalog } = await testCatalog()
    await write(catalog, quotes('AAPL.NASDAQ'), book)
    await write(catalog, trades('AAPL.NASDAQ'), executed)
    expectRows(await catalog.query(quotes('AAPL.NASDAQ')), book)
    expectRows(await catalog.query(trades('AAPL.NASDAQ')), executed)
  })

  test('Alpaca: three trades of one nanosecond are three, in the order they came', async () => {
    const rows = alpacaTrades(file('ticks/alpaca_trades.json.gz'), 'AAPL')
    const same = rows.filter((it) => it.ts_event === parseInstant('2021-10-13T08:00:01.447670272Z'))
    expect(same.map((it) => it.trade_id)).toEqual(['3', '4', '5'])
    const { catalog } = await testCatalog()
    await write(catalog, trades('AAPL.NASDAQ'), rows)
    expectRows(await catalog.query(trades('AAPL.NASDAQ')), rows)
    expect((await write(catalog, trades('AAPL.NASDAQ'), rows)).committed).toBe(false)
  })

  test('Databento: two trades of DBN', async () => {
    const rows = dbnTrades(file('ticks/dbn/test_data.trades.dbn'))
    expect(rows.map((it) => [it.price, it.size, it.sequence])).toEqual([
      [3720.25, 5, 1170380n],
      [3720.25, 21, 1170414n],
    ])
    const { catalog } = await testCatalog()
    await write(catalog, trades('ESH1.CME'), rows)
    expectRows(await catalog.query(trades('ESH1.CME')), rows)
  })
})

describe.skipIf(data === undefined)('of real ticks', () => {
  test('a quote of one side has null on the other, never zero', async () => {
    const rows = leanQuotes(file(LEAN_IBM))
    const { catalog } = await testCatalog()
    await write(catalog, quotes('IBM.NYSE'), rows, { coverage: DAY })
    const frame = await catalog.query(quotes('IBM.NYSE'), {
      columns: ['bid_price', 'bid_size', 'ask_price', 'ask_size'],
    })
    const nulls = { bid: 0, ask: 0, zeros: 0, halves: 0 }
    for (const { bid_price, bid_size, ask_price, ask_size } of frame) {
      if (bid_price === null) nulls.bid++
      if (ask_price === null) nulls.ask++
      if (bid_price === 0 || ask_price === 0) nulls.zeros++
      if ((bid_price === null) !== (bid_size === null) || (ask_price === null) !== (ask_size === null)) nulls.halves++
    }
    expect(nulls).toEqual({
      bid: rows.filter((it) => it.bid_price === null).length,
      ask: rows.filter((it) => it.ask_price === null).length,
      zeros: 0,
      halves: 0,
    })
    expect(nulls.bid).toBeGreaterThan(50_000)
  })

  test('identical ones stay with their count: 47,880 of SPY say what another of their millisecond says', async () => {
    const rows = leanTrades(file(LEAN_SPY))
    const { catalog } = await testCatalog()
    await write(catalog, trades('SPY.ARCA'), rows, { coverage: DAY })
    const counts = (all: Iterable<TradeRow>): ReadonlyMap<string, number> => {
      const found = new Map<string, number>()
      for (const it of all) {
        const key = [it.ts_event, it.price, it.size, it.exchange, it.conditions].join(' ')
        found.set(key, (found.get(key) ?? 0) + 1)
      }
      return found
    }
    const stored = counts(await catalog.query(trades('SPY.ARCA')))
    expect(rows.length - stored.size).toBe(47_880)
    // Not toEqual, which compares each entry of one map with every entry of the other.
    expect([...counts(rows)].filter(([key, count]) => stored.get(key) !== count)).toEqual([])
  })

  test('batches cut anywhere between two stamps give the rows and the coverage of one write', async () => {
    const rows = leanTrades(file('lean/tick/ibm/20131007_trade.zip'))
    const { catalog } = await testCatalog()
    const batches = batchesOf(rows, [1, 777, 5_000, 3, 9_000, 2_500])
    expect(batches.length).toBeGreaterThan(6)
    // The last first: the order of arrival does not matter either.
    for (const batch of [...batches.slice(-1), ...batches.slice(0, -1)]) {
      await write(catalog, trades('IBM.NYSE'), batch.rows, { coverage: { start: batch.startNs, end: batch.endNs } })
    }
    expectRows(await catalog.query(trades('IBM.NYSE')), rows)
    const entries = await catalog.coverage(trades('IBM.NYSE'))
    expect(entries.map(({ startNs, endNs }) => [startNs, endNs])).toEqual([
      [parseInstant(DAY.start), parseInstant(DAY.end)],
    ])
    expect((await write(catalog, trades('IBM.NYSE'), rows, { coverage: DAY })).committed).toBe(false)
  })

  test('a minute, some columns, and a stream are what the whole day says of them', async () => {
    const rows = leanTrades(file(LEAN_SPY))
    const { catalog } = await testCatalog()
    await write(catalog, trades('SPY.ARCA'), rows, { coverage: DAY })
    const minute = { start: '2013-10-07T15:00Z', end: '2013-10-07T15:01Z' }
    const [startNs, endNs] = [parseInstant(minute.start), parseInstant(minute.end)]
    const inMinute = rows.filter((it) => it.ts_event >= startNs && it.ts_event < endNs)
    expect(inMinute.length).toBeGreaterThan(100)
    expectRows(await catalog.query(trades('SPY.ARCA'), minute), inMinute)
    const picked = await catalog.query(trades('SPY.ARCA'), { ...minute, columns: ['exchange', 'price'] })
    expect(picked.columnNames).toEqual(['price', 'exchange'])
    expect([...picked]).toEqual(inMinute.map(({ price, exchange }) => ({ price, exchange })))
    const parts: Frame<'trades'>[] = []
    for await (const part of catalog.stream(trades('SPY.ARCA'), { start: minute.start })) parts.push(part)
    expect(parts.length).toBeGreaterThan(1)
    expectRows(
      concatFrames('trades', parts),
      rows.filter((it) => it.ts_event >= startNs),
    )
  })
})

/** Rows in batches of about these sizes, over and over, never cut inside a stamp; together they claim the whole day. */
function batchesOf(rows: readonly TradeRow[], sizes: readonly number[]) {
  const batches: { readonly rows: readonly TradeRow[]; readonly startNs: bigint; readonly endNs: bigint }[] = []
  for (let from = 0, n = 0; from < rows.length; n++) {
    let to = Math.min(from + (sizes[n % sizes.length] ?? 1), rows.length)
    while (to < rows.length && rows[to]?.ts_event === rows[to - 1]?.ts_event) to++
    const startNs = batches.at(-1)?.endNs ?? parseInstant(DAY.start)
    batches.push({ rows: rows.slice(from, to), startNs, endNs: rows[to]?.ts_event ?? parseInstant(DAY.end) })
    from = to
  }
  return batches
}
