import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { barRuleBroken } from '../../src/model/bar-rules.js'
import { SourceRejectedError } from '../../src/model/errors.js'
import type { Interval } from '../../src/model/interval.js'
import { parseSeries, type Series } from '../../src/model/series.js'
import { DAY_NS, HOUR_NS, MINUTE_NS, parseInstant } from '../../src/model/time.js'
import { SimSource } from '../../src/sources/sim.js'
import { createWorld, errorOf } from '../service/world.js'
import { spans, stamps } from '../support/bars.js'

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

const seriesOf = (barType: string, instrument = 'AAPL.SIM'): Series =>
  parseSeries({ type: 'bars', instrument, barType })
const span = (start: string, end: string): Interval => ({ startNs: parseInstant(start), endNs: parseInstant(end) })

async function rowsIn(series: Series, interval: Interval, seed?: number): Promise<readonly SimRow[]> {
  const source = new SimSource(seed === undefined ? {} : { seed })
  const rows: SimRow[] = []
  for await (const row of (await source.fetch({ series, interval })).rows as Iterable<SimRow>) rows.push(row)
  return rows
}

/** One week with a weekend before it, in winter. */
const WEEK = span('2024-01-06', '2024-01-13')

describe('the simulated market', () => {
  test.each([
    '1-MINUTE-LAST',
    '5-MINUTE-LAST',
    '1-HOUR-LAST',
    '4-HOUR-LAST',
    '12-HOUR-LAST',
    '1-DAY-LAST',
    '1-WEEK-LAST',
    '1-MONTH-LAST',
  ])('of %s gives the same rows however a question is split', async (barType) => {
    const series = seriesOf(barType)
    const whole = await rowsIn(series, WEEK)
    const minutes = Number((WEEK.endNs - WEEK.startNs) / MINUTE_NS)
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(fc.integer({ min: 1, max: minutes - 1 }), { maxLength: 6 }), async (cuts) => {
        const inner = [...cuts].sort((a, b) => a - b).map((it) => WEEK.startNs + BigInt(it) * MINUTE_NS)
        const edges = [WEEK.startNs, ...inner, WEEK.endNs]
        const parts = edges.slice(1).map((endNs, i) => rowsIn(series, { startNs: edges[i] as bigint, endNs }))
        expect((await Promise.all(parts)).flat()).toEqual(whole)
      }),
      { numRuns: 12 },
    )
  })

  test('is one market for one seed and instrument, and another for others', async () => {
    const series = seriesOf('1-MINUTE-LAST')
    const hour = span('2024-01-09T15:00:00Z', '2024-01-09T16:00:00Z')
    const closes = async (it: Series, seed?: number): Promise<readonly number[]> =>
      (await rowsIn(it, hour, seed)).map((row) => row.close)
    const first = await closes(series)
    expect(await closes(series)).toEqual(first)
    expect(await closes(series, 1)).toEqual(first)
    expect(await closes(series, 2)).not.toEqual(first)
    expect(await closes(seriesOf('1-MINUTE-LAST', 'MSFT.SIM'))).not.toEqual(first)
  })

  test.each(['1-SECOND-LAST', '1-MINUTE-LAST', '1-HOUR-BID', '1-DAY-ASK', '1-WEEK-LAST', '1-YEAR-LAST'])(
    'of %s has sound bars only, inside the question, ascending',
    async (barType) => {
      const series = seriesOf(barType)
      if (series.type !== 'bars') throw new RangeError('bars expected')
      const interval = barType.startsWith('1-SECOND')
        ? span('2024-01-09T14:30:00Z', '2024-01-09T15:30:00Z')
        : span('2023-11-01', '2024-02-01')
      const rows = await rowsIn(series, interval)
      expect(rows.length).toBeGreaterThan(0)
      for (const [i, row] of rows.entries()) {
        const { ts_event, open, high, low, close, volume } = row
        expect(barRuleBroken(series.barType, ts_event, open, high, low, close, volume)).toBeUndefined()
        expect(ts_event >= interval.startNs && ts_event < interval.endNs).toBe(true)
        expect(row.vwap >= low - 0.0001 && row.vwap <= high + 0.0001).toBe(true)
        if (i > 0) expect(ts_event > (rows[i - 1] as SimRow).ts_event).toBe(true)
      }
    },
    20_000,
  )

  test.each([
    ['5-MINUTE-LAST', 5n * MINUTE_NS],
    ['1-HOUR-LAST', HOUR_NS],
  ])('of %s is built from its minute bars', async (barType, lengthNs) => {
    const day = span('2024-01-09', '2024-01-10')
    const minutes = await rowsIn(seriesOf('1-MINUTE-LAST'), day)
    const longer = await rowsIn(seriesOf(barType), day)
    expect(longer).toHaveLength(Number((16n * HOUR_NS) / lengthNs))
    for (const bar of longer)
      expectJoined(
        bar,
        minutes.filter((it) => it.ts_event >= bar.ts_event && it.ts_event < bar.ts_event + lengthNs),
      )
  })

  test('of a day is built from the minute bars of its regular session', async () => {
    const [bar, ...rest] = await rowsIn(seriesOf('1-DAY-LAST'), span('2024-01-09', '2024-01-10'))
    expect(rest).toEqual([])
    expectJoined(
      bar as SimRow,
      await rowsIn(seriesOf('1-MINUTE-LAST'), span('2024-01-09T14:30:00Z', '2024-01-09T21:00:00Z')),
    )
  })

  test('of a week and a month is built from its days', async () => {
    const days = await rowsIn(seriesOf('1-DAY-LAST'), span('2024-01-01', '2024-02-01'))
    const [month] = await rowsIn(seriesOf('1-MONTH-LAST'), span('2024-01-01', '2024-02-01'))
    expectJoined(month as SimRow, days)
    const [week] = await rowsIn(seriesOf('1-WEEK-LAST'), span('2024-01-08', '2024-01-15'))
    const start = parseInstant('2024-01-08')
    expectJoined(
      week as SimRow,
      days.filter((it) => it.ts_event >= start && it.ts_event < start + 7n * DAY_NS),
    )
  })

  test('of minutes trades in extended hours, on trading days only', async () => {
    const rows = await rowsIn(seriesOf('1-MINUTE-LAST'), WEEK)
    expect(rows).toHaveLength(5 * 16 * 60)
    expect(await rowsIn(seriesOf('1-DAY-LAST'), WEEK)).toHaveLength(5)
  })

  test('keeps holidays and half days', async () => {
    const days = await rowsIn(seriesOf('1-DAY-LAST'), span('2023-11-20', '2023-11-27'))
    expect(days).toHaveLength(4)
    // The day after Thanksgiving closes its extended hours at 17:00 in New York.
    expect(await rowsIn(seriesOf('1-MINUTE-LAST'), span('2023-11-24', '2023-11-25'))).toHaveLength(13 * 60)
  })

  test('has nothing before 2000', async () => {
    expect(await rowsIn(seriesOf('1-DAY-LAST'), span('1999-12-01', '2000-01-01'))).toEqual([])
    expect(await rowsIn(seriesOf('1-DAY-LAST'), span('1999-12-01', '2000-01-04'))).toHaveLength(1)
  })
})

describe('the source', () => {
  test.each([
    ['another venue', { type: 'bars', instrument: 'AAPL.NASDAQ', barType: '1-MINUTE-LAST' }],
    ['trades', { type: 'trades', instrument: 'AAPL.SIM' }],
    ['quotes', { type: 'quotes', instrument: 'AAPL.SIM' }],
    ['milliseconds', { type: 'bars', instrument: 'AAPL.SIM', barType: '100-MILLISECOND-LAST' }],
    ['bars of two days', { type: 'bars', instrument: 'AAPL.SIM', barType: '2-DAY-LAST' }],
  ] as const)('refuses %s', async (_, input) => {
    const [source, series] = [new SimSource(), parseSeries(input)]
    expect(() => source.plan(series, [WEEK])).toThrow(SourceRejectedError)
    expect(await errorOf(source.fetch({ series, interval: WEEK }))).toBeInstanceOf(SourceRejectedError)
  })

  test('asks for the gaps of a month at a time', () => {
    const gaps = [span('2024-01-02', '2024-01-03'), span('2024-01-05', '2024-01-06'), span('2024-03-01', '2024-05-01')]
    expect(spans(new SimSource().plan(seriesOf('1-MINUTE-LAST'), gaps).map((it) => it.interval))).toEqual([
      '2024-01-02T00:00:00Z..2024-01-06T00:00:00Z',
      '2024-03-01T00:00:00Z..2024-04-01T00:00:00Z',
      '2024-04-01T00:00:00Z..2024-05-01T00:00:00Z',
    ])
  })

  test('fills a catalog: regular hours first, extended ones beside them, nothing twice', async () => {
    const { serviceWith } = await createWorld()
    const service = serviceWith(new SimSource())
    const series = { type: 'bars', instrument: 'AAPL.SIM', barType: '1-MINUTE-LAST' } as const
    const range = { start: '2024-01-09T05:00:00Z', end: '2024-01-10T05:00:00Z' }
    const regular = await service.fetchOrLoad(series, range)
    expect(regular.frame.numRows).toBe(390)
    const extended = await service.fetchOrLoad(series, { ...range, session: 'extended' })
    expect(extended.frame.numRows).toBe(960)
    expect(extended.report.fetchedRows).toBe(570)
    const [first, last] = [stamps(extended.frame)[0], stamps(extended.frame).at(-1)]
    expect([first, last]).toEqual(['2024-01-09T09:00:00Z', '2024-01-10T00:59:00Z'])
    expect((await service.fetchOrLoad(series, { ...range, session: 'extended' })).report).toMatchObject({
      requests: 0,
      bySource: { sim: 960 },
    })
  })
})

/** That a bar is what its parts make together. */
function expectJoined(bar: SimRow, parts: readonly SimRow[]): void {
  expect(parts.length).toBeGreaterThan(0)
  expect({
    open: bar.open,
    high: bar.high,
    low: bar.low,
    close: bar.close,
    volume: bar.volume,
    trades: bar.trade_count,
  }).toEqual({
    open: parts[0]?.open,
    high: Math.max(...parts.map((it) => it.high)),
    low: Math.min(...parts.map((it) => it.low)),
    close: parts.at(-1)?.close,
    volume: parts.reduce((sum, it) => sum + it.volume, 0),
    trades: parts.reduce((sum, it) => sum + it.trade_count, 0n),
  })
}
