import { tableFromArrays } from 'apache-arrow'
import { describe, expect, test } from 'vitest'
import { Frame } from '../../src/model/frame.js'
import { sameRows } from '../../src/model/frame-edit.js'
import { AAPL, bar, minuteBars, spans, stamps } from '../support/bars.js'
import { testCatalog } from '../support/catalog.js'

const ROWS = minuteBars('2024-01-02T14:30Z', 5)

describe('rows of any form', () => {
  test('an iterable, an async iterable, a Frame and an Arrow table are the same rows', async () => {
    const { catalog } = await testCatalog()
    await catalog.write(AAPL, ROWS)
    const frame = await catalog.query(AAPL)
    async function* slowly() {
      for (const row of ROWS) yield await Promise.resolve(row)
    }
    const forms = [ROWS, new Set(ROWS).values(), slowly(), frame, await frame.toArrow()]
    for (const [index, rows] of forms.entries()) {
      const series = { ...AAPL, instrument: `X${index}.NASDAQ` }
      expect((await catalog.write(series, rows)).rows).toBe(5)
      expect(sameRows(await catalog.query(series), frame)).toBe(true)
      expect(
        (await catalog.write(AAPL, rows === forms[2] ? slowly() : rows === forms[1] ? ROWS : rows)).committed,
      ).toBe(false)
    }
  })

  test('a Frame without volume has null volumes; ts_init is the end of the bar', async () => {
    const { catalog } = await testCatalog()
    const times = BigInt64Array.from(ROWS, (row) => row.ts_event)
    const columns = new Map<string, { readonly values: BigInt64Array | Float64Array }>([
      ['ts_event', { values: times }],
    ])
    for (const name of ['open', 'high', 'low', 'close']) columns.set(name, { values: new Float64Array(5).fill(100) })
    await catalog.write(AAPL, new Frame('bars', 5, columns))
    const stored = await catalog.query(AAPL)
    expect([...stored].map((row) => [row.volume, row.vwap, row.trade_count])).toEqual(
      Array.from({ length: 5 }, () => [null, null, null]),
    )
    expect([...stored.column('ts_init')]).toEqual([...times].map((ns) => ns + 60_000_000_000n))
  })

  test('a Frame of another record type is refused', async () => {
    const { catalog } = await testCatalog()
    const trades = new Frame('trades', 0, new Map())
    await expect(catalog.write(AAPL, trades as unknown as Frame<'bars'>)).rejects.toThrow(/rows of trades/)
  })

  test('an Arrow table with a column nobody knows is refused by its name', async () => {
    const { catalog } = await testCatalog()
    const table = tableFromArrays({
      ts_event: BigInt64Array.of(0n),
      open: [1],
      high: [1],
      low: [1],
      close: [1],
      Volume: [7],
    })
    await expect(catalog.write(AAPL, table)).rejects.toThrow(/the Arrow table has a column 'Volume'/)
  })

  test('instants may be text with an offset, Dates, bigint or Temporal', async () => {
    const { catalog } = await testCatalog()
    const prices = { open: 1, high: 1, low: 1, close: 1 }
    await catalog.write(AAPL, [
      { ts_event: '2024-01-02T09:30:00-05:00', ...prices },
      { ts_event: new Date('2024-01-02T14:31:00Z'), ...prices },
      { ts_event: 1_704_205_920_000_000_000n, ...prices },
      { ts_event: { epochNanoseconds: 1_704_205_980_000_000_000n }, ...prices },
    ])
    expect(stamps(await catalog.query(AAPL)).map((it) => it.slice(11, 16))).toEqual([
      '14:30',
      '14:31',
      '14:32',
      '14:33',
    ])
  })

  test('a daily bar is seen from the close of its session on, on a half day earlier', async () => {
    const { catalog } = await testCatalog()
    const daily = { ...AAPL, barType: '1-DAY-LAST' }
    const prices = { open: 1, high: 1, low: 1, close: 1 }
    await catalog.write(
      daily,
      ['2024-11-28', '2024-11-29', '2024-12-02'].map((ts_event) => ({ ts_event, ...prices })),
    )
    const inits = [...(await catalog.query(daily)).column('ts_init')].map((ns) => new Date(Number(ns / 1_000_000n)))
    // Thanksgiving has no session: its bar is seen at the end of its date. The day after closes at 13:00 New York.
    expect(inits.map((it) => it.toISOString().slice(0, 16))).toEqual([
      '2024-11-29T00:00',
      '2024-11-29T18:00',
      '2024-12-02T21:00',
    ])
  })
})

describe('order and doubles', () => {
  test('sort: true arranges rows', async () => {
    const { catalog } = await testCatalog()
    await catalog.write(AAPL, [...ROWS].reverse(), { sort: true })
    expect([...(await catalog.query(AAPL))]).toEqual(ROWS)
  })

  test('equal bars in one input are one, and counted', async () => {
    const { catalog } = await testCatalog()
    const [first, second] = [bar('2024-01-02T10:00Z'), bar('2024-01-02T10:01Z')]
    const report = await catalog.write(AAPL, [first, first, first, second, second])
    expect(report).toMatchObject({ rows: 2, collapsed: 3, rowsAdded: 2 })
    expect([...(await catalog.query(AAPL))]).toEqual([first, second])
  })

  test('a whole file read twice over, sorted, is the file', async () => {
    const { catalog } = await testCatalog()
    const rows = minuteBars('2024-01-02', 1440 * 2)
    const report = await catalog.write(AAPL, [...rows, ...rows], { sort: true })
    expect(report.collapsed).toBe(rows.length)
    expect([...(await catalog.query(AAPL))]).toEqual(rows)
  })
})

describe('what rows claim to cover by themselves', () => {
  test('their spans, over closed time and holes of up to 30 minutes', async () => {
    const { catalog } = await testCatalog()
    const at = (day: string, time: string) => bar(`2024-01-${day}T${time}Z`)
    // Friday's last extended minute, Monday's first; then 30 and 31 minutes of open time without a row.
    await catalog.write(AAPL, [at('06', '00:59'), at('08', '09:00'), at('08', '09:31'), at('08', '10:03')])
    expect(spans(await catalog.coverage(AAPL))).toEqual([
      '2024-01-06T00:59:00Z..2024-01-08T09:32:00Z',
      '2024-01-08T10:03:00Z..2024-01-08T10:04:00Z',
    ])
  })

  test('for a venue of unknown hours no long hole is bridged', async () => {
    const { catalog } = await testCatalog()
    const series = { ...AAPL, instrument: 'X.TEST' }
    await catalog.write(series, [bar('2024-01-05T21:00Z'), bar('2024-01-08T14:30Z')])
    expect(await catalog.coverage(series)).toHaveLength(2)
  })

  test('a missing trade date is a hole of daily bars, a weekend is none', async () => {
    const { catalog } = await testCatalog()
    const daily = { ...AAPL, barType: '1-DAY-LAST' }
    const dates = ['2024-01-04', '2024-01-05', '2024-01-08', '2024-01-10']
    await catalog.write(
      daily,
      dates.map((it) => bar(it)),
    )
    expect(spans(await catalog.coverage(daily))).toEqual([
      '2024-01-04T00:00:00Z..2024-01-09T00:00:00Z',
      '2024-01-10T00:00:00Z..2024-01-11T00:00:00Z',
    ])
  })
})
