import { mkdirSync, writeFileSync } from 'node:fs'
import { expect } from 'vitest'
import { dayOf, formatDay, HOUR_NS, parseInstant } from '../../src/model/time.js'
import { AAPL, bar, MSFT, minuteBars, spans, stamps } from '../support/bars.js'
import type { TestCatalog } from '../support/catalog.js'

/** A case about days, months or ids, played on bars. */
export interface MonthCase {
  readonly case: number
  readonly name: string
  readonly run: (it: TestCatalog) => Promise<void>
}

const day = (date: string, next: string) => ({ coverage: { start: date, end: next } })

export const MONTH_CASES: readonly MonthCase[] = [
  {
    case: 35,
    name: 'consolidate: two days that touch become one file',
    run: async ({ catalog }) => {
      await catalog.write(AAPL, minuteBars('2024-01-01T10:00Z', 2), day('2024-01-01', '2024-01-02'))
      await catalog.write(AAPL, minuteBars('2024-01-02T10:00Z', 1), day('2024-01-02', '2024-01-03'))
      await catalog.consolidate()
      expect(await catalog.files(AAPL)).toHaveLength(1)
      expect(spans(await catalog.coverage(AAPL))).toEqual(['2024-01-01T00:00:00Z..2024-01-03T00:00:00Z'])
      expect(stamps(await catalog.query(AAPL))).toEqual([
        '2024-01-01T10:00:00Z',
        '2024-01-01T10:01:00Z',
        '2024-01-02T10:00:00Z',
      ])
    },
  },
  {
    case: 38,
    name: 'consolidate: a gap between two days of one file is still missing',
    run: async ({ catalog }) => {
      await catalog.write(AAPL, minuteBars('2024-01-01T10:00Z', 1), day('2024-01-01', '2024-01-02'))
      await catalog.write(AAPL, minuteBars('2024-01-03T10:00Z', 1), day('2024-01-03', '2024-01-04'))
      await catalog.consolidate()
      expect(await catalog.files(AAPL)).toHaveLength(1)
      const missing = await catalog.missing(AAPL, { start: '2024-01-01', end: '2024-01-05' })
      expect(spans(missing)).toEqual([
        '2024-01-02T00:00:00Z..2024-01-03T00:00:00Z',
        '2024-01-04T00:00:00Z..2024-01-05T00:00:00Z',
      ])
    },
  },
  {
    case: 42,
    name: 'consolidate: no closed month, no commit',
    run: async ({ catalog, clock }) => {
      expect(await catalog.consolidate()).toMatchObject({ periods: [], filesAdded: 0 })
      clock.set('2024-01-31T23:59:59Z')
      for (const date of ['2024-01-02', '2024-01-03']) await catalog.write(AAPL, minuteBars(`${date}T10:00Z`, 1))
      expect(await catalog.consolidate()).toMatchObject({ periods: [], filesAdded: 0 })
      expect(await catalog.history()).toHaveLength(2)
    },
  },
  {
    case: 43,
    name: 'consolidate: a strange directory beside the series does not stop it',
    run: async ({ catalog, root }) => {
      for (const date of ['2024-01-02', '2024-01-03']) await catalog.write(AAPL, minuteBars(`${date}T10:00Z`, 1))
      mkdirSync(`${root}/bars/instrument_id=%ZZ/what`, { recursive: true })
      writeFileSync(`${root}/bars/instrument_id=%ZZ/what/2024-01-02.parquet`, 'not parquet')
      await catalog.consolidate()
      expect(await catalog.files(AAPL)).toHaveLength(1)
    },
  },
  {
    case: 44,
    name: '168 bars of an hour, written one by one: seven files, each inside one UTC day',
    run: async ({ catalog }) => {
      const hourly = { ...AAPL, barType: '1-HOUR-LAST' } as const
      const startNs = parseInstant('2024-01-08')
      for (let hour = 0n; hour < 168n; hour++) {
        await catalog.write(hourly, [{ ...bar(startNs + hour * HOUR_NS), ts_init: startNs + (hour + 1n) * HOUR_NS }])
      }
      const files = await catalog.files(hourly)
      expect(files.map((it) => it.numRows)).toEqual([24, 24, 24, 24, 24, 24, 24])
      expect(files.map((it) => it.path.split('/').at(-1)?.slice(0, 10))).toEqual(
        files.map((it) => formatDay(dayOf(it.rowSpan?.startNs ?? 0n))),
      )
      expect((await catalog.query(hourly)).numRows).toBe(168)
    },
  },
  {
    case: 45,
    name: 'consolidate twice: the second changes nothing; add a day, again: every day is there',
    run: async ({ catalog }) => {
      for (const date of ['2024-01-02', '2024-01-03']) await catalog.write(AAPL, minuteBars(`${date}T10:00Z`, 24))
      await catalog.consolidate()
      expect((await catalog.consolidate()).periods).toEqual([])
      await catalog.write(AAPL, minuteBars('2024-01-04T10:00Z', 24))
      await catalog.consolidate()
      expect([...(await catalog.query(AAPL))]).toEqual(
        ['2024-01-02', '2024-01-03', '2024-01-04'].flatMap((date) => minuteBars(`${date}T10:00Z`, 24)),
      )
    },
  },
  {
    case: 48,
    name: 'consolidate: the minutes on both sides of a month stay, each once',
    run: async ({ catalog }) => {
      const rows = minuteBars('2023-12-31T23:58Z', 4).concat(minuteBars('2024-01-31T23:58Z', 4))
      await catalog.write(AAPL, rows)
      await catalog.consolidate()
      expect([...(await catalog.query(AAPL))]).toEqual(rows)
      expect((await catalog.files(AAPL)).map((it) => [it.unit, it.numRows])).toEqual([
        ['day', 2],
        ['month', 4],
        ['day', 2],
      ])
    },
  },
  {
    case: 51,
    name: 'more than 10 000 days of "nothing", and one of them deleted',
    run: async ({ catalog }) => {
      await catalog.write(AAPL, [], { coverage: { start: '1990-01-01', end: '2018-01-01' } })
      await catalog.deleteRange(AAPL, { start: '2000-02-29', end: '2000-03-01' })
      expect(spans(await catalog.missing(AAPL, { start: '1990-01-01', end: '2018-01-01' }))).toEqual([
        '2000-02-29T00:00:00Z..2000-03-01T00:00:00Z',
      ])
      expect(await catalog.files(AAPL)).toHaveLength(28 * 12)
    },
  },
  {
    case: 52,
    name: 'consolidate without a series: each by itself',
    run: async ({ catalog }) => {
      for (const date of ['2024-01-02', '2024-01-03']) {
        await catalog.write(AAPL, minuteBars(`${date}T10:00Z`, 3))
        await catalog.write(MSFT, minuteBars(`${date}T10:00Z`, 5, 200))
      }
      expect((await catalog.consolidate()).periods).toHaveLength(2)
      const infos = await catalog.list()
      expect(infos.map(({ series, rows, files }) => [series.instrument, rows, files])).toEqual([
        ['AAPL.NASDAQ', 6, 1],
        ['MSFT.NASDAQ', 10, 1],
      ])
    },
  },
  {
    case: 54,
    name: 'query: exactly one series, not those whose names begin the same',
    run: async ({ catalog }) => {
      const others = [
        { ...AAPL, instrument: 'AAP.NASDAQ' },
        { ...AAPL, instrument: 'AAPLX.NASDAQ' },
        { ...AAPL, barType: '5-MINUTE-LAST' },
        { ...AAPL, barType: '1-MINUTE-BID' },
        { ...AAPL, barType: '1-MINUTE-LAST-INTERNAL' },
      ]
      for (const [index, series] of [AAPL, ...others].entries()) {
        await catalog.write(series, [bar('2024-01-02T10:00Z', 100 + index)])
      }
      expect([...(await catalog.query(AAPL))].map((row) => row.open)).toEqual([100])
      expect(await catalog.list()).toHaveLength(6)
    },
  },
  {
    case: 56,
    name: 'ids of any characters come back as they were',
    run: async ({ catalog }) => {
      const ids = ['EUR/USD.IDEALPRO', 'BRK.B.NYSE', '^SPX.CBOE', 'ES Z4.CME', 'A&B.X', 'Ä漢.XETRA'].sort()
      for (const instrument of ids) await catalog.write({ ...AAPL, instrument }, [bar('2024-01-02T10:00Z')])
      expect((await catalog.list()).map((it) => it.series.instrument).sort()).toEqual(ids)
    },
  },
]
