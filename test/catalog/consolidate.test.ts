import { readdirSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import type { DataCatalog } from '../../src/catalog/catalog.js'
import type { Coverage, CoverageEntry } from '../../src/catalog/coverage/coverage.js'
import { sameRows } from '../../src/model/frame-edit.js'
import { parseInstant } from '../../src/model/time.js'
import { AAPL, MSFT, minuteBars, spans } from '../support/bars.js'
import { type TestCatalog, testCatalog } from '../support/catalog.js'
import { TRADES, trade } from '../support/trades.js'

const day = (date: string) => ({ startNs: parseInstant(`2024-${date}`), endNs: parseInstant(`2024-${date}T23:59Z`) })

/** Every kind of entry, with everything an entry can say. */
const COVERAGE: readonly CoverageEntry[] = [
  {
    ...day('01-02'),
    state: 'data',
    provenance: {
      source: 'ibkr',
      fetchedAt: '2024-01-03T00:00:00Z',
      contractId: '265598',
      serverVersion: '178',
      adjustedAsOf: '2024-01-03',
      setting: { whatToShow: 'TRADES', useRTH: true, adjustment: 'splits', volumeUnit: 'shares' },
    },
  },
  { ...day('01-03'), state: 'data', provenance: { source: 'csv' } },
  {
    ...day('01-06'),
    state: 'empty',
    claims: [
      { source: 'ibkr', setting: { useRTH: true }, recordedAtNs: 1_704_600_000_000_000_001n },
      { source: 'alpaca', recordedAtNs: 1_704_600_000_000_000_002n, expiresAtNs: 1_704_686_400_000_000_003n },
    ],
  },
  {
    ...day('01-08'),
    state: 'rejected',
    rejection: { source: 'ibkr', reason: 'high < low', recordedAtNs: 5n, expiresAtNs: 9n },
  },
  { ...day('01-09'), state: 'data', provenance: { source: 'ibkr', fetchedAt: '2024-01-10T00:00:00Z' } },
  { ...day('02-01'), state: 'data', provenance: {} },
  { ...day('02-05'), state: 'data', provenance: {} },
]
const ROW_DAYS = ['01-02', '01-03', '01-09', '02-01', '02-05']
const rowsOf = (date: string, shift = 0) => minuteBars(`2024-${date}T14:30:00Z`, 30, shift)

async function twoMonths(): Promise<TestCatalog> {
  const it = await testCatalog()
  for (const entry of COVERAGE) {
    const date = spans([entry])[0]?.slice(5, 10) ?? ''
    await it.catalog.write(AAPL, ROW_DAYS.includes(date) ? rowsOf(date) : [], { coverage: [entry] })
  }
  return it
}

async function contentOf(catalog: DataCatalog) {
  return { frame: await catalog.query(AAPL), coverage: await catalog.coverage(AAPL) }
}

async function expectSame(catalog: DataCatalog, before: Awaited<ReturnType<typeof contentOf>>): Promise<void> {
  const after = await contentOf(catalog)
  expect(sameRows(after.frame, before.frame)).toBe(true)
  expect(after.coverage).toEqual(before.coverage)
}

const unitsOf = async (catalog: DataCatalog) =>
  (await catalog.files(AAPL)).map((it) => it.path.split('/').at(-1)?.split('.')[0])

describe('consolidate', () => {
  test('keeps every row bit for bit, and every entry with its provenance and expiry', async () => {
    const { catalog } = await twoMonths()
    const before = await contentOf(catalog)
    expect(before.coverage).toEqual(COVERAGE as Coverage)
    const report = await catalog.consolidate()
    await expectSame(catalog, before)
    expect(await unitsOf(catalog)).toEqual(['2024-01', '2024-02'])
    expect(report).toMatchObject({ filesAdded: 2, filesRemoved: 6 })
  })

  test('a second run plans nothing and commits nothing', async () => {
    const { catalog } = await twoMonths()
    await catalog.consolidate()
    const [files, history] = [await catalog.files(AAPL), await catalog.history()]
    expect(await catalog.consolidate()).toEqual({ periods: [], filesAdded: 0, filesRemoved: 0 })
    expect(await catalog.files(AAPL)).toEqual(files)
    expect(await catalog.history()).toEqual(history)
  })

  test('a day added into a consolidated month joins it: nothing else changes, a third run plans nothing', async () => {
    const { catalog } = await twoMonths()
    await catalog.consolidate()
    await catalog.write(AAPL, rowsOf('01-10'))
    const before = await contentOf(catalog)
    expect(before.frame.numRows).toBe(6 * 30)
    expect((await catalog.consolidate()).periods).toEqual([])
    await expectSame(catalog, before)
    expect(await unitsOf(catalog)).toEqual(['2024-01', '2024-02'])
  })

  test('days added into a new month become a file of their own, the old months stay as they are', async () => {
    const { catalog } = await twoMonths()
    await catalog.consolidate()
    const old = await catalog.files(AAPL)
    for (const date of ['03-01', '03-04']) await catalog.write(AAPL, rowsOf(date))
    const before = await contentOf(catalog)
    const { periods } = await catalog.consolidate()
    expect(periods.map((it) => it.name)).toEqual(['2024-03'])
    await expectSame(catalog, before)
    expect((await catalog.files(AAPL)).slice(0, 2)).toEqual(old)
  })

  test('gaps between the days stay gaps', async () => {
    const { catalog } = await twoMonths()
    const range = { start: '2024-01-01', end: '2024-03-01' }
    const before = spans(await catalog.missing(AAPL, range))
    expect(before.length).toBeGreaterThan(6)
    await catalog.consolidate()
    expect(spans(await catalog.missing(AAPL, range))).toEqual(before)
  })

  test('a month is closed once the clock has passed its end, not before', async () => {
    const { catalog, clock } = await twoMonths()
    clock.set('2024-02-29T23:59:59.999999999Z')
    expect((await catalog.consolidate()).periods.map((it) => it.name)).toEqual(['2024-01'])
    expect(await unitsOf(catalog)).toEqual(['2024-01', '2024-02-01', '2024-02-05'])
    clock.set('2024-03-01')
    expect((await catalog.consolidate()).periods.map((it) => it.name)).toEqual(['2024-02'])
  })

  test('a dry run returns the plan that runs, and changes nothing', async () => {
    const { catalog, root } = await twoMonths()
    const before = readdirSync(root, { recursive: true }).sort()
    const dry = await catalog.consolidate({ dryRun: true })
    expect(readdirSync(root, { recursive: true }).sort()).toEqual(before)
    expect(dry).toMatchObject({ filesAdded: 0, filesRemoved: 0 })
    expect(dry.periods.map(({ name, files, rows }) => [name, files, rows])).toEqual([
      ['2024-01', 4, 90],
      ['2024-02', 2, 60],
    ])
    expect((await catalog.consolidate()).periods).toEqual(dry.periods)
  })

  test('takes in files without rows', async () => {
    const { catalog } = await twoMonths()
    expect((await catalog.files(AAPL)).filter((it) => it.numRows === 0)).toHaveLength(1)
    await catalog.consolidate()
    expect((await catalog.files(AAPL)).filter((it) => it.numRows === 0)).toEqual([])
  })

  test('a month of one file is left alone', async () => {
    const { catalog } = await testCatalog()
    await catalog.write(AAPL, rowsOf('01-02'))
    expect((await catalog.consolidate()).periods).toEqual([])
  })

  test('of one series leaves the others', async () => {
    const { catalog } = await testCatalog()
    for (const series of [AAPL, MSFT]) for (const date of ['01-02', '01-03']) await catalog.write(series, rowsOf(date))
    await catalog.consolidate({ series: AAPL })
    expect([(await catalog.files(AAPL)).length, (await catalog.files(MSFT)).length]).toEqual([1, 2])
  })

  test('ticks and daily bars keep the periods they have', async () => {
    const { catalog } = await testCatalog()
    const daily = { ...AAPL, barType: '1-DAY-LAST' }
    const dayNs = parseInstant('2024-01-02')
    await catalog.write(TRADES, [trade(dayNs), trade(parseInstant('2024-01-03'))])
    await catalog.write(daily, [{ ts_event: dayNs, open: 1, high: 1, low: 1, close: 1 }])
    await catalog.write(daily, [{ ts_event: '2025-01-02', open: 1, high: 1, low: 1, close: 1 }])
    expect((await catalog.consolidate()).periods).toEqual([])
    expect((await catalog.files(daily)).map((it) => it.unit)).toEqual(['year', 'year'])
  })

  test('a write beside it is not lost: the month has its rows', async () => {
    const { catalog, another } = await twoMonths()
    const writer = await another()
    await Promise.all([
      catalog.consolidate(),
      writer.write(AAPL, rowsOf('01-10')),
      writer.write(AAPL, rowsOf('01-02', 5)),
    ])
    const frame = await catalog.query(AAPL)
    expect(frame.numRows).toBe(6 * 30)
    expect([...frame].slice(0, 30)).toEqual(rowsOf('01-02', 5))
  })

  test('what was read before stays readable as of then', async () => {
    const { catalog } = await twoMonths()
    const [asOf, before] = [catalog.version(), await catalog.query(AAPL)]
    await catalog.consolidate()
    expect(sameRows(await catalog.query(AAPL, { asOf }), before)).toBe(true)
  })
})
