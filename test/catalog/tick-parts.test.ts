import { describe, expect, test } from 'vitest'
import { extentOf } from '../../src/catalog/files/live-file.js'
import { planConsolidation } from '../../src/catalog/maintenance/consolidation-plan.js'
import { splitFile, TICK_PART_ROWS_FULL, TICK_PART_ROWS_MAX } from '../../src/catalog/write/tick-parts.js'
import { DAY_NS } from '../../src/model/time.js'
import { spans } from '../support/bars.js'
import { framesOfTrades, SERIES, TickSeries, type Trade, writeOf } from './tick-series.js'

const LIMITS = { maxRows: 20, fullRows: 8 }
const SECOND = 1_000_000_000n
const at = (second: number): bigint => BigInt(second) * SECOND
/** One trade a second, from second `from` to before second `to`. */
const trades = (from: number, to: number): readonly Trade[] =>
  Array.from({ length: to - from }, (_, i) => ({ ns: at(from + i) }))
const writeSeconds = (from: number, to: number) => writeOf(trades(from, to), at(from), at(to))
const rowsOfFiles = (series: TickSeries): readonly number[] => series.files.map((it) => it.numRows)

async function seriesOf(...seconds: readonly (readonly [number, number])[]): Promise<TickSeries> {
  const series = new TickSeries(LIMITS)
  for (const [from, to] of seconds) await series.apply(writeSeconds(from, to))
  return series
}

test('a file of ticks holds five million rows at most, and is full at a million', () => {
  expect([TICK_PART_ROWS_MAX, TICK_PART_ROWS_FULL]).toEqual([5_000_000, 1_000_000])
})

describe('a day of more rows than a file may hold', () => {
  test('becomes files as even as can be, all named by the day', async () => {
    const series = await seriesOf([0, 50])
    expect(rowsOfFiles(series)).toEqual([17, 17, 16])
    expect(series.files.map((it) => it.add.path.slice(0, 10))).toEqual(['1970-01-01', '1970-01-01', '1970-01-01'])
  })

  test('is cut between stamps: the rows of one stamp stay together', () => {
    const stamps = [1, 1, 1, 2, 2, 2, 2, 3, 3, 4].map((ns) => ({ ns: BigInt(ns) }))
    const parts = splitFile({ name: 'day', frame: framesOfTrades(stamps), coverage: [] }, { maxRows: 5, fullRows: 2 })
    expect(parts.map(({ frame }) => [...frame.column('ts_event')])).toEqual([
      [1n, 1n, 1n],
      [2n, 2n, 2n, 2n],
      [3n, 3n, 4n],
    ])
  })

  test('one stamp with more rows is a file of its own, as large as it must be', () => {
    const stamps = [1, 2, 2, 2, 2, 2, 2, 2, 3].map((ns) => ({ ns: BigInt(ns) }))
    const parts = splitFile({ name: 'day', frame: framesOfTrades(stamps), coverage: [] }, { maxRows: 4, fullRows: 2 })
    expect(parts.map(({ frame }) => frame.numRows)).toEqual([1, 7, 1])
    const alone = { name: 'day', frame: framesOfTrades(stamps.slice(1, -1)), coverage: [] }
    expect(splitFile(alone, { maxRows: 4, fullRows: 2 })).toEqual([alone])
  })

  test('has its coverage cut where the rows are, every entry as it was', async () => {
    const series = new TickSeries(LIMITS)
    const provenance = { source: 'sim', fetchedAt: '2024-01-01T00:00:00Z' }
    const claims = [
      { startNs: at(0), endNs: at(7) + 1n, state: 'data', provenance },
      { startNs: at(8), endNs: at(30), state: 'data', provenance: { source: 'csv' } },
    ] as const
    await series.apply({ ...writeSeconds(0, 25), claims })
    expect(series.files.map((it) => it.coverage)).toEqual([
      [claims[0], { ...claims[1], endNs: at(13) }],
      [{ ...claims[1], startNs: at(13) }],
    ])
  })
})

describe('a write changes the parts it touches', () => {
  test('after a full part it makes a new one and reads nothing', async () => {
    const series = await seriesOf([0, 10])
    const [full] = series.files
    const { removed } = await series.apply(writeSeconds(10, 12))
    expect(removed).toEqual([])
    expect(series.files[0]).toBe(full)
    expect(rowsOfFiles(series)).toEqual([10, 2])
  })

  test('after a small part it rewrites that one alone', async () => {
    const series = await seriesOf([0, 10], [10, 12])
    const [full, small] = series.files
    const { removed } = await series.apply(writeSeconds(12, 15))
    expect(removed.map((it) => it.file)).toEqual([small])
    expect(series.files[0]).toBe(full)
    expect(rowsOfFiles(series)).toEqual([10, 5])
  })

  test('in the middle of the day it rewrites the part it lies in', async () => {
    const series = await seriesOf([0, 10], [10, 20], [20, 30])
    const [first, , last] = series.files
    await series.apply(writeOf([{ ns: at(15) + 1n }], at(15), at(16)))
    expect(rowsOfFiles(series)).toEqual([10, 11, 10])
    expect([series.files[0], series.files[2]]).toEqual([first, last])
  })

  test('a late row with the stamp of a part’s last belongs to that part', async () => {
    const series = await seriesOf([0, 10])
    await series.apply(writeOf([{ ns: at(9), price: 2 }, { ns: at(9) + 1n }], at(9), at(10)))
    await series.apply(writeOf([{ ns: at(9), price: 2 }], at(9), at(10)))
    expect(rowsOfFiles(series)).toEqual([12])
  })

  test('however small the batches and in whatever order, small parts do not pile up', async () => {
    const seconds = [6, 2, 4, 0, 8, 14, 10, 12, 18, 16]
    const series = await seriesOf(...seconds.map((from) => [from, from + 2] as const))
    expect([...series.rows.column('ts_event')]).toEqual(trades(0, 20).map((it) => it.ns))
    expect(rowsOfFiles(series).length).toBeLessThanOrEqual(3)
  })

  test('covered time without trades after a full part joins the month’s file without rows', async () => {
    const series = await seriesOf([0, 10])
    const [full] = series.files
    await series.apply(writeOf([], at(10), at(20)))
    await series.apply(writeOf([], 3n * DAY_NS, 4n * DAY_NS))
    expect(series.files[0]).toBe(full)
    expect(series.files.slice(1).map((it) => [it.numRows, spans(extentOf(it))])).toEqual([
      [0, ['1970-01-01T00:00:10Z..1970-01-01T00:00:20Z', '1970-01-04T00:00:00Z..1970-01-05T00:00:00Z']],
    ])
    await series.apply(writeSeconds(12, 14))
    expect(rowsOfFiles(series)).toEqual([10, 2, 0])
  })
})

describe('consolidation of ticks', () => {
  const planOf = (series: TickSeries, nowNs = DAY_NS) => planConsolidation(SERIES, series.files, nowNs, LIMITS)

  test('brings neighbouring parts of a closed day together that fit in one file; a second run plans nothing', async () => {
    const series = await seriesOf([0, 9], [9, 18], [18, 27], [27, 36], [36, 40])
    const before = [...series.rows]
    const plans = planOf(series)
    expect(plans.map(({ name, files, rows }) => [name, files, rows])).toEqual([
      ['1970-01-01', 2, 18],
      ['1970-01-01', 2, 18],
    ])
    const operations = plans.map(({ interval }) => ({ kind: 'consolidate', series: SERIES, interval }) as const)
    await series.apply(...operations)
    expect(rowsOfFiles(series)).toEqual([18, 18, 4])
    expect([...series.rows]).toEqual(before)
    expect(planOf(series)).toEqual([])
  })

  test('a day is closed once the clock has passed its end, not before', async () => {
    const series = await seriesOf([0, 9], [9, 18])
    expect(planOf(series, DAY_NS - 1n)).toEqual([])
    expect(planOf(series, DAY_NS)).toHaveLength(1)
  })

  test('takes in covered time without trades between the parts, and keeps what was not covered missing', async () => {
    const series = await seriesOf([0, 9], [12, 21])
    await series.apply(writeOf([], at(9), at(10)))
    expect(rowsOfFiles(series)).toEqual([9, 0, 9])
    for (const { interval } of planOf(series)) await series.apply({ kind: 'consolidate', series: SERIES, interval })
    expect(rowsOfFiles(series)).toEqual([18])
    expect(series.files.flatMap((it) => spans(it.coverage))).toEqual([
      '1970-01-01T00:00:00Z..1970-01-01T00:00:10Z',
      '1970-01-01T00:00:12Z..1970-01-01T00:00:21Z',
    ])
  })

  test('leaves days of one file, and parts that do not fit together', async () => {
    expect(planOf(await seriesOf([0, 9]))).toEqual([])
    expect(planOf(await seriesOf([0, 15], [15, 30]))).toEqual([])
  })
})
