import { describe, expect, test } from 'vitest'
import { coverageSet } from '../../src/catalog/coverage/coverage.js'
import { normalize, subtract } from '../../src/model/interval.js'
import { DAY_NS, formatInstant, parseInstant } from '../../src/model/time.js'
import { AAPL, bar, MSFT, minuteBars, spans, stamps } from '../support/bars.js'
import { type TestCatalog, testCatalog } from '../support/catalog.js'
import { nanos, TRADES, trade } from '../support/trades.js'

/** Four rows a day on 2, 3 and 4 January: 10:00, 10:01, 15:00, 15:01. The three days are covered in full. */
const ROWS = ['02', '03', '04'].flatMap((day) => [
  ...minuteBars(`2024-01-${day}T10:00Z`, 2),
  ...minuteBars(`2024-01-${day}T15:00Z`, 2),
])
const COVERED = { startNs: parseInstant('2024-01-02'), endNs: parseInstant('2024-01-05') }

async function threeDays(): Promise<TestCatalog> {
  const it = await testCatalog()
  await it.catalog.write(AAPL, ROWS, { coverage: { start: '2024-01-02', end: '2024-01-05' } })
  await it.catalog.write(MSFT, ROWS, { coverage: { start: '2024-01-02', end: '2024-01-05' } })
  return it
}

describe('deleteRange', () => {
  test.each([
    ['02T10:01Z', '04T15:00Z', ['02T10:00', '04T15:00', '04T15:01']],
    ['02T10:00Z', '02T10:01Z', ['02T10:01', '02T15:00', '02T15:01', '03', '04']],
    ['02T10:00:00.000000001Z', '02T10:01Z', ['02', '03', '04']],
    ['02T10:00Z', '02T10:00:00.000000001Z', ['02T10:01', '02T15:00', '02T15:01', '03', '04']],
    ['02T23:59Z', '04T00:01Z', ['02', '04']],
    ['03T00:00Z', '04T00:00Z', ['02', '04']],
    ['01T00:00Z', '03T12:00Z', ['03T15:00', '03T15:01', '04']],
    ['04T15:01Z', '31T00:00Z', ['02', '03', '04T10:00', '04T10:01', '04T15:00']],
    ['02T11:00Z', '02T14:00Z', ['02', '03', '04']],
    ['01T00:00Z', '06T00:00Z', []],
  ])('%s to %s leaves exactly the rest, in one commit', async (from, to, left) => {
    const { catalog } = await threeDays()
    const range = { start: `2024-01-${from}`, end: `2024-01-${to}` }
    const report = await catalog.deleteRange(AAPL, range)
    const remainder = ROWS.filter((row) => left.some((it) => formatInstant(row.ts_event).startsWith(`2024-01-${it}`)))
    expect(left.length === 0 ? [] : [...(await catalog.query(AAPL))]).toEqual(remainder)
    const removed = { startNs: parseInstant(range.start), endNs: parseInstant(range.end) }
    expect(spans(coverageSet(await catalog.coverage(AAPL)))).toEqual(spans(subtract([COVERED], normalize([removed]))))
    expect(report).toMatchObject({ committed: true, rowsAdded: remainder.length - ROWS.length })
    expect(await catalog.history(AAPL)).toHaveLength(2)
  })

  test('leaves the other series alone', async () => {
    const { catalog } = await threeDays()
    const before = await catalog.files(MSFT)
    await catalog.deleteRange(AAPL, { start: '2024-01-01', end: '2025-01-01' })
    expect(await catalog.files(MSFT)).toEqual(before)
    expect([...(await catalog.query(MSFT))]).toEqual(ROWS)
  })

  test('rewrites only the two days it cuts', async () => {
    const { catalog } = await threeDays()
    const report = await catalog.deleteRange(AAPL, { start: '2024-01-02T10:01Z', end: '2024-01-04T10:01Z' })
    expect(report).toMatchObject({ filesRemoved: 3, filesAdded: 2 })
  })

  test('outside what is covered it commits nothing', async () => {
    const { catalog } = await threeDays()
    for (const [start, end] of [
      ['1990-01-01', '2024-01-02'],
      ['2024-01-05', '2050-01-01'],
    ] as const) {
      expect(await catalog.deleteRange(AAPL, { start, end })).toMatchObject({ committed: false, rowsAdded: 0 })
    }
    expect(
      await catalog.deleteRange({ ...AAPL, instrument: 'NONE.NASDAQ' }, { start: '2024-01-02', end: '2024-01-03' }),
    ).toMatchObject({ committed: false })
    expect(await catalog.history()).toHaveLength(2)
  })

  test('twice is once', async () => {
    const { catalog } = await threeDays()
    const range = { start: '2024-01-02T10:01Z', end: '2024-01-04T10:01Z' }
    expect((await catalog.deleteRange(AAPL, range)).committed).toBe(true)
    expect((await catalog.deleteRange(AAPL, range)).committed).toBe(false)
  })

  test('covered time without rows can be deleted too: it is asked for again', async () => {
    const { catalog } = await testCatalog()
    await catalog.write(AAPL, [], { coverage: { start: '2024-01-06', end: '2024-01-08' } })
    expect((await catalog.deleteRange(AAPL, { start: '2024-01-07', end: '2024-01-08' })).committed).toBe(true)
    const missing = await catalog.missing(AAPL, { start: '2024-01-06', end: '2024-01-08' })
    expect(spans(missing)).toEqual(['2024-01-07T00:00:00Z..2024-01-08T00:00:00Z'])
  })

  test('out of a consolidated month, to the nanosecond', async () => {
    const { catalog } = await threeDays()
    await catalog.consolidate()
    await catalog.deleteRange(AAPL, { start: '2024-01-02T10:01Z', end: '2024-01-04T15:00Z' })
    expect(stamps(await catalog.query(AAPL))).toEqual([
      '2024-01-02T10:00:00Z',
      '2024-01-04T15:00:00Z',
      '2024-01-04T15:01:00Z',
    ])
    expect(await catalog.files(AAPL)).toHaveLength(1)
  })

  test('a day of daily bars goes with its whole trade date', async () => {
    const { catalog } = await testCatalog()
    const daily = { ...AAPL, barType: '1-DAY-LAST' }
    const rows = ['2024-01-02', '2024-01-03', '2024-01-04'].map((date) => bar(parseInstant(date)))
    await catalog.write(daily, rows, { coverage: { start: '2024-01-02', end: '2024-01-05' } })
    await catalog.deleteRange(daily, { start: '2024-01-03', end: '2024-01-04' })
    expect(stamps(await catalog.query(daily))).toEqual(['2024-01-02T00:00:00Z', '2024-01-04T00:00:00Z'])
    expect(spans(await catalog.missing(daily, { start: '2024-01-02', end: '2024-01-05' }))).toEqual([
      '2024-01-03T00:00:00Z..2024-01-04T00:00:00Z',
    ])
  })

  test('ticks of one stamp go or stay together', async () => {
    const { catalog } = await testCatalog()
    const dayNs = 19_724n * DAY_NS
    await catalog.write(
      TRADES,
      [dayNs, dayNs, dayNs + 1n, dayNs + 1n].map((ns) => trade(ns)),
    )
    await catalog.deleteRange(TRADES, { start: dayNs - 5n, end: dayNs + 1n })
    expect(nanos(await catalog.query(TRADES))).toEqual([dayNs + 1n, dayNs + 1n])
  })
})
