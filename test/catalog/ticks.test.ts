import { describe, expect, test } from 'vitest'
import type { RowInput } from '../../src/catalog/write/rows-input.js'
import { DAY_NS } from '../../src/model/time.js'
import { testCatalog } from '../support/catalog.js'
import { nanos, TRADES, trade } from '../support/trades.js'

const QUOTES = { type: 'quotes', instrument: 'X.TEST' } as const
const sizes = (rows: Iterable<{ readonly size: number }>) => [...rows].map((row) => row.size)

describe('trades', () => {
  test('identical ones are real: five are five', async () => {
    const { catalog } = await testCatalog()
    const report = await catalog.write(
      TRADES,
      Array.from({ length: 5 }, () => trade(1)),
    )
    expect(report).toMatchObject({ rows: 5, collapsed: 0, rowsAdded: 5 })
    expect((await catalog.query(TRADES)).numRows).toBe(5)
  })

  test('written twice they commit nothing, identical ones and ones with ids alike', async () => {
    const { catalog } = await testCatalog()
    const rows = [trade(1), trade(1), trade(1, { trade_id: 'a' }), trade(1, { trade_id: 'a' }), trade(2, { size: 7 })]
    expect((await catalog.write(TRADES, rows)).committed).toBe(true)
    expect((await catalog.write(TRADES, rows)).committed).toBe(false)
    expect((await catalog.query(TRADES)).numRows).toBe(5)
  })

  test('two stored and three sent of the same are three: the n-th meets the n-th', async () => {
    const { catalog } = await testCatalog()
    await catalog.write(TRADES, [trade(1), trade(1)])
    await catalog.write(TRADES, [trade(1), trade(1), trade(1)])
    expect((await catalog.query(TRADES)).numRows).toBe(3)
    expect((await catalog.write(TRADES, [trade(1)])).committed).toBe(false)
  })

  test('with an id the key is (stamp, exchange, id): the new row replaces the old', async () => {
    const { catalog } = await testCatalog()
    const at = (size: number, given: Partial<RowInput<'trades'>>) => trade(1, { size, ...given })
    await catalog.write(TRADES, [at(1, { trade_id: 'a', exchange: 'N' }), at(2, { trade_id: 'a', exchange: 'Q' })])
    await catalog.write(TRADES, [at(3, { trade_id: 'a', exchange: 'Q' }), at(4, { trade_id: 'b', exchange: 'Q' })])
    expect(sizes(await catalog.query(TRADES))).toEqual([1, 3, 4])
    await catalog.write(TRADES, [at(9, { trade_id: 'a', exchange: 'N' })], { mode: 'keep-old' })
    expect(sizes(await catalog.query(TRADES))).toEqual([1, 3, 4])
  })

  test('without an id the key is the whole row but ts_init', async () => {
    const { catalog } = await testCatalog()
    await catalog.write(TRADES, [trade(1, { ts_init: 5n })])
    await catalog.write(TRADES, [trade(1, { ts_init: 9n }), trade(1, { size: 2, ts_init: 9n })])
    const frame = await catalog.query(TRADES)
    expect(sizes(frame)).toEqual([1, 2])
    expect([...frame.column('ts_init')]).toEqual([9n, 9n])
  })

  test('an id of one exchange and no exchange are two keys, and no text imitates another key', async () => {
    const { catalog } = await testCatalog()
    await catalog.write(TRADES, [trade(1, { trade_id: 'b', exchange: 'a' })])
    await catalog.write(TRADES, [
      trade(1, { trade_id: 'b' }),
      trade(1, { trade_id: '\u0001b', exchange: 'a' }),
      trade(1, { exchange: 'id a' }),
    ])
    expect((await catalog.query(TRADES)).numRows).toBe(4)
  })

  test('are in the order of stamp, then sequence, then arrival', async () => {
    const { catalog } = await testCatalog()
    const rows = [
      trade(1, { size: 3, sequence: 30n }),
      trade(1, { size: 1, sequence: 10n }),
      trade(1, { size: 2, sequence: 20n }),
      trade(2, { size: 5, sequence: 7n }),
      trade(2, { size: 4, sequence: 7n }),
      trade(3, { size: 9 }),
      trade(3, { size: 8, sequence: 1n }),
    ]
    await catalog.write(TRADES, rows)
    expect(sizes(await catalog.query(TRADES))).toEqual([1, 2, 3, 5, 4, 9, 8])
    expect((await catalog.write(TRADES, rows)).committed).toBe(false)
  })

  test('sent later, with an earlier sequence, they go before', async () => {
    const { catalog } = await testCatalog()
    await catalog.write(TRADES, [trade(1, { size: 1, sequence: 1n }), trade(1, { size: 3, sequence: 3n })])
    await catalog.write(TRADES, [trade(1, { size: 2, sequence: 2n })])
    expect(sizes(await catalog.query(TRADES))).toEqual([1, 2, 3])
  })

  test.each(['merge', 'replace', 'fill'] as const)(
    '%s: the same unsequenced input again commits nothing',
    async (mode) => {
      const { catalog } = await testCatalog()
      const rows = [trade(1, { size: 2, sequence: 2n }), trade(1, { size: 1, sequence: 1n })]
      const options = { mode, coverage: { start: 0n, end: 10n } }
      await catalog.write(TRADES, rows, options)
      expect(sizes(await catalog.query(TRADES))).toEqual([1, 2])
      expect((await catalog.write(TRADES, rows, options)).committed).toBe(false)
    },
  )

  test('one file a UTC day', async () => {
    const { catalog } = await testCatalog()
    const rows = [DAY_NS - 1n, DAY_NS, DAY_NS + 1n, 2n * DAY_NS].map((ns) => trade(ns))
    await catalog.write(TRADES, rows)
    const files = await catalog.files(TRADES)
    expect(files.map((it) => [it.path.split('/').at(-1)?.slice(0, 10), it.numRows])).toEqual([
      ['1970-01-01', 1],
      ['1970-01-02', 2],
      ['1970-01-03', 1],
    ])
    expect(nanos(await catalog.query(TRADES))).toEqual(rows.map((row) => row.ts_event))
  })

  test('a trade claims its own nanosecond; the hole to the next is bridged up to 30 minutes', async () => {
    const { catalog } = await testCatalog()
    const minute = 60_000_000_000n
    await catalog.write(
      TRADES,
      [0n, 29n * minute, 70n * minute].map((ns) => trade(ns)),
    )
    const entries = await catalog.coverage(TRADES)
    expect(entries.map((it) => [it.startNs, it.endNs])).toEqual([
      [0n, 29n * minute + 1n],
      [70n * minute, 70n * minute + 1n],
    ])
  })
})

describe('quotes', () => {
  test('of one side have no other: null, not 0 and not -1', async () => {
    const { catalog } = await testCatalog()
    await catalog.write(QUOTES, [
      { ts_event: 1n, bid_price: 10, bid_size: 100, bid_exchange: 'N' },
      { ts_event: 2n, ask_price: 11, ask_size: 200, ask_exchange: 'Q', conditions: 'R', sequence: 5 },
      { ts_event: 3n },
    ])
    const frame = await catalog.query(QUOTES)
    expect(
      [...frame].map(({ bid_price, bid_size, ask_price, ask_size }) => [bid_price, bid_size, ask_price, ask_size]),
    ).toEqual([
      [10, 100, null, null],
      [null, null, 11, 200],
      [null, null, null, null],
    ])
    expect(frame.isNull('ask_price', 0)).toBe(true)
    expect(frame.column('ask_price')[0]).toBeNaN()
    expect([...frame].map((row) => [row.bid_exchange, row.ask_exchange, row.conditions, row.sequence])).toEqual([
      ['N', null, null, null],
      [null, 'Q', 'R', 5n],
      [null, null, null, null],
    ])
  })

  test('a missing side and a side of zero are two quotes', async () => {
    const { catalog } = await testCatalog()
    await catalog.write(QUOTES, [{ ts_event: 1n, bid_price: 10, bid_size: 0 }])
    await catalog.write(QUOTES, [{ ts_event: 1n, bid_price: 10 }])
    expect((await catalog.query(QUOTES)).numRows).toBe(2)
  })
})
