import { describe, expect, test } from 'vitest'
import { NO_CALENDAR } from '../../src/calendar/always-open.js'
import { XNYS } from '../../src/calendar/xnys.js'
import { parseSeries, type SeriesInput } from '../../src/model/series.js'
import { formatInstant, MINUTE_NS, parseInstant } from '../../src/model/time.js'
import { claimEndNs, lateEdgeNs, settledNs } from '../../src/service/late-edge.js'
import { AAPL, stamps } from '../support/bars.js'
import { barsIn, everyBar, onlyBars, plainBar } from '../support/scripted-source.js'
import { AAPL_DAILY, BTC_HOURLY, coverageText, createWorld, errorOf } from './world.js'

const TUESDAY = { start: '2024-03-05', end: '2024-03-06' } as const
const bars = (barType: string): SeriesInput => ({ type: 'bars', instrument: 'AAPL.NASDAQ', barType })

describe('during a session', () => {
  const now = '2024-03-05T15:00:30Z'

  test('nothing after the last complete bar is asked for, stored or claimed, whatever the source sends', async () => {
    const { service, source, catalog } = await createWorld({ now })
    // The source sends the minute under way, 15:00, and one from the future.
    source.script = ({ series, interval }) => barsIn(series, { ...interval, endNs: interval.endNs + 2n * MINUTE_NS })
    const { frame, report } = await service.fetchOrLoad(AAPL, TUESDAY)
    expect(source.asked()).toEqual(['2024-03-05T14:30:00Z..2024-03-05T15:00:00Z'])
    expect(stamps(frame).at(-1)).toBe('2024-03-05T14:59:00Z')
    expect(await coverageText(catalog, AAPL)).toEqual(['data 2024-03-05T14:30:00Z..2024-03-05T15:00:00Z'])
    expect(report.missing).toEqual([])
    expect(frame.missing).toEqual([])
  })

  test('the next call asks only for what has become complete since', async () => {
    const { service, source, clock } = await createWorld({ now })
    await service.fetchOrLoad(AAPL, TUESDAY)
    source.asked()
    clock.set('2024-03-05T15:04:59Z')
    await service.fetchOrLoad(AAPL, TUESDAY)
    expect(source.asked()).toEqual(['2024-03-05T15:00:00Z..2024-03-05T15:04:00Z'])
  })

  test('within the settle lag only what ends with the last row received is claimed; the rest is missing', async () => {
    const { service, source, catalog } = await createWorld({ now })
    source.script = onlyBars([plainBar('2024-03-05T14:40Z'), plainBar('2024-03-05T14:50Z')])
    const { report } = await service.fetchOrLoad(AAPL, TUESDAY)
    expect(await coverageText(catalog, AAPL)).toEqual(['data 2024-03-05T14:30:00Z..2024-03-05T14:51:00Z'])
    expect(report.missing).toEqual([{ start: '2024-03-05T14:51:00Z', end: '2024-03-05T15:00:00Z' }])
    source.asked()
    await service.fetchOrLoad(AAPL, TUESDAY)
    expect(source.asked()).toEqual(['2024-03-05T14:51:00Z..2024-03-05T15:00:00Z'])
  })

  test('no row within the settle lag is no proof that there is none: nothing is recorded, and it is asked again', async () => {
    const { service, source, catalog } = await createWorld({ now: '2024-03-05T15:01:30Z', script: () => [] })
    const error = await errorOf(service.fetchOrLoad(AAPL, TUESDAY))
    // 14:31:30 is half an hour before now: the bar of 14:30 counts as settled, that of 14:31 not.
    expect(await coverageText(catalog, AAPL)).toEqual(['empty 2024-03-05T14:30:00Z..2024-03-05T14:31:00Z'])
    expect(error).toMatchObject({
      code: 'DATA_NOT_FOUND',
      knownEmpty: false,
      tooRecent: false,
      missing: [{ start: '2024-03-05T14:31:00Z', end: '2024-03-05T15:01:00Z' }],
    })
    source.asked()
    await errorOf(service.fetchOrLoad(AAPL, TUESDAY))
    expect(source.asked()).toEqual(['2024-03-05T14:31:00Z..2024-03-05T15:01:00Z'])
  })

  test("a source's own settle lag counts", async () => {
    const { service, source, catalog } = await createWorld({ now, settleLagNs: 5n * MINUTE_NS })
    source.script = onlyBars([plainBar('2024-03-05T14:40Z')])
    await service.fetchOrLoad(AAPL, TUESDAY)
    expect(await coverageText(catalog, AAPL)).toEqual(['data 2024-03-05T14:30:00Z..2024-03-05T14:55:00Z'])
  })

  test('a bar of an hour that is late is asked for again: that it began long ago does not settle it', async () => {
    const { service, source, catalog, clock } = await createWorld({ now: '2024-03-05T20:50:00Z' })
    source.script = onlyBars([plainBar('2024-03-05T18:00Z')])
    await service.fetchOrLoad(BTC_HOURLY, TUESDAY)
    expect(await coverageText(catalog, BTC_HOURLY)).toEqual(['data 2024-03-05T00:00:00Z..2024-03-05T20:00:00Z'])
    // The bar of 20:00 ended at 21:00, and is settled at 21:30.
    clock.set('2024-03-05T21:20:00Z')
    source.script = () => []
    const { report } = await service.fetchOrLoad(BTC_HOURLY, TUESDAY)
    expect(report.missing).toEqual([{ start: '2024-03-05T20:00:00Z', end: '2024-03-05T21:00:00Z' }])
    source.script = everyBar()
    const { frame } = await service.fetchOrLoad(BTC_HOURLY, TUESDAY)
    expect(stamps(frame)).toEqual(['2024-03-05T18:00:00Z', '2024-03-05T20:00:00Z'])
  })

  test('the first hour, stamped 9:30, does not vouch for the next', async () => {
    const hourly = { ...AAPL, barType: '1-HOUR-LAST' } as const
    const { service, source, clock } = await createWorld({ now: '2024-03-05T16:05:00Z' })
    source.script = onlyBars([plainBar('2024-03-05T14:30Z')])
    const { report } = await service.fetchOrLoad(hourly, TUESDAY)
    expect(report.missing).toEqual([{ start: '2024-03-05T15:00:00Z', end: '2024-03-05T16:00:00Z' }])
    clock.set('2024-03-05T16:06:00Z')
    source.script = onlyBars([plainBar('2024-03-05T14:30Z'), plainBar('2024-03-05T15:00Z')])
    expect(stamps((await service.fetchOrLoad(hourly, TUESDAY)).frame)).toHaveLength(2)
  })
})

describe('a range after the late edge', () => {
  test('is too recent, without a request', async () => {
    const { service, source } = await createWorld({ now: '2024-03-05T15:00:30Z' })
    const range = { start: '2024-03-05T15:00:00Z', end: '2024-03-05T21:00:00Z' }
    expect(await errorOf(service.fetchOrLoad(AAPL, range))).toMatchObject({
      code: 'DATA_NOT_FOUND',
      tooRecent: true,
      knownEmpty: false,
    })
    expect(source.asked()).toEqual([])
  })

  test('is too recent before the open too, though the range begins before now', async () => {
    const { service, source } = await createWorld({ now: '2024-03-05T12:00:00Z' })
    expect(await errorOf(service.fetchOrLoad(AAPL, TUESDAY))).toMatchObject({ tooRecent: true, knownEmpty: false })
    expect(source.asked()).toEqual([])
  })

  test('is too recent without a source too', async () => {
    const { serviceWith } = await createWorld({ now: '2024-03-05T12:00:00Z' })
    expect(await errorOf(serviceWith(undefined).fetchOrLoad(AAPL, TUESDAY))).toMatchObject({ tooRecent: true })
  })

  test('is loaded when it is stored', async () => {
    const { service, catalog } = await createWorld({ now: '2024-03-05T15:00:30Z' })
    await catalog.write(AAPL, [plainBar('2024-03-05T16:00Z')])
    const { frame } = await service.fetchOrLoad(AAPL, { start: '2024-03-05T16:00:00Z', end: '2024-03-05T17:00:00Z' })
    expect(frame.numRows).toBe(1)
  })
})

describe('daily bars', () => {
  const week = { start: '2024-03-04', end: '2024-03-09' } as const

  test("today's bar is not asked for or claimed before the close", async () => {
    const { service, source, catalog } = await createWorld({ now: '2024-03-05T20:59:59Z' })
    source.script = onlyBars([plainBar('2024-03-04'), plainBar('2024-03-05')])
    const { frame, report } = await service.fetchOrLoad(AAPL_DAILY, week)
    expect(source.asked()).toEqual(['2024-03-04T00:00:00Z..2024-03-05T00:00:00Z'])
    expect(stamps(frame)).toEqual(['2024-03-04T00:00:00Z'])
    expect(await coverageText(catalog, AAPL_DAILY)).toEqual(['data 2024-03-04T00:00:00Z..2024-03-05T00:00:00Z'])
    expect(report.missing).toEqual([])
  })

  test("today's bar is asked for and claimed after the close", async () => {
    const { service, source, catalog } = await createWorld({ now: '2024-03-05T21:00:00Z' })
    source.script = onlyBars([plainBar('2024-03-04'), plainBar('2024-03-05')])
    const { frame } = await service.fetchOrLoad(AAPL_DAILY, week)
    expect(frame.numRows).toBe(2)
    expect(await coverageText(catalog, AAPL_DAILY)).toEqual(['data 2024-03-04T00:00:00Z..2024-03-06T00:00:00Z'])
  })

  test("a source that does not have today's bar yet does not make today empty", async () => {
    const { service, source, catalog } = await createWorld({ now: '2024-03-05T21:00:00Z' })
    source.script = onlyBars([plainBar('2024-03-04')])
    const { report } = await service.fetchOrLoad(AAPL_DAILY, week)
    expect(await coverageText(catalog, AAPL_DAILY)).toEqual(['data 2024-03-04T00:00:00Z..2024-03-05T00:00:00Z'])
    expect(report.missing).toEqual([{ start: '2024-03-05T00:00:00Z', end: '2024-03-06T00:00:00Z' }])
    source.asked()
    await service.fetchOrLoad(AAPL_DAILY, week)
    expect(source.asked()).toEqual(['2024-03-05T00:00:00Z..2024-03-06T00:00:00Z'])
  })

  test('a date is settled once the next session has opened: no bar then means empty', async () => {
    const { service, source, catalog } = await createWorld({ now: '2024-03-06T14:30:01Z' })
    source.script = onlyBars([plainBar('2024-03-04')])
    await service.fetchOrLoad(AAPL_DAILY, week)
    expect(await coverageText(catalog, AAPL_DAILY)).toEqual([
      'data 2024-03-04T00:00:00Z..2024-03-05T00:00:00Z',
      'empty 2024-03-05T00:00:00Z..2024-03-06T00:00:00Z',
    ])
  })
})

test('hours under way are not asked for', async () => {
  const { service, source } = await createWorld({ now: '2024-03-05T15:59:59Z' })
  await service.fetchOrLoad(BTC_HOURLY, TUESDAY)
  expect(source.asked()).toEqual(['2024-03-05T00:00:00Z..2024-03-05T15:00:00Z'])
})

describe('lateEdgeNs', () => {
  test.each([
    ['1-MINUTE-LAST', '2024-03-05T15:00:59.999Z', '2024-03-05T15:00:00Z'],
    ['1-MINUTE-LAST', '2024-03-05T15:01:00Z', '2024-03-05T15:01:00Z'],
    ['5-MINUTE-LAST', '2024-03-05T15:04:59Z', '2024-03-05T15:00:00Z'],
    ['4-HOUR-LAST', '2024-03-05T15:59:59Z', '2024-03-05T12:00:00Z'],
    // The close of the half day after Thanksgiving is 18:00 UTC.
    ['1-DAY-LAST', '2024-11-29T17:59:59Z', '2024-11-29T00:00:00Z'],
    ['1-DAY-LAST', '2024-11-29T18:00:00Z', '2024-11-30T00:00:00Z'],
    // In summer the close is 20:00 UTC.
    ['1-DAY-LAST', '2024-07-02T20:00:00Z', '2024-07-03T00:00:00Z'],
    ['1-WEEK-LAST', '2024-03-08T20:59:59Z', '2024-03-04T00:00:00Z'],
    ['1-WEEK-LAST', '2024-03-08T21:00:00Z', '2024-03-11T00:00:00Z'],
    // Good Friday: the week ends with Thursday's close.
    ['1-WEEK-LAST', '2024-03-28T20:00:00Z', '2024-04-01T00:00:00Z'],
    ['1-MONTH-LAST', '2024-03-28T19:59:59Z', '2024-03-01T00:00:00Z'],
    ['1-MONTH-LAST', '2024-03-28T20:00:00Z', '2024-04-01T00:00:00Z'],
  ])('of %s at %s is %s', (barType, now, edge) => {
    expect(formatInstant(lateEdgeNs(parseSeries(bars(barType)), XNYS, parseInstant(now)))).toBe(edge)
  })

  test('of ticks is now', () => {
    const trades = parseSeries({ type: 'trades', instrument: 'AAPL.NASDAQ' })
    expect(lateEdgeNs(trades, XNYS, 17n)).toBe(17n)
  })

  test('of daily bars of an unknown venue is the end of the last whole UTC day', () => {
    const now = parseInstant('2024-03-05T23:59:59Z')
    expect(formatInstant(lateEdgeNs(parseSeries(bars('1-DAY-LAST')), NO_CALENDAR, now))).toBe('2024-03-05T00:00:00Z')
  })
})

describe('settledNs', () => {
  test.each([
    ['1-MINUTE-LAST', '2024-03-05T15:00:00Z', undefined, '2024-03-05T14:30:00Z'],
    ['1-MINUTE-LAST', '2024-03-05T15:00:00Z', 7n * MINUTE_NS, '2024-03-05T14:53:00Z'],
    ['1-HOUR-LAST', '2024-03-05T15:29:59Z', undefined, '2024-03-05T14:00:00Z'],
    ['1-HOUR-LAST', '2024-03-05T15:30:00Z', undefined, '2024-03-05T15:00:00Z'],
    // Friday's close ended the week, and one session later it is settled.
    ['1-WEEK-LAST', '2024-03-09T12:00:00Z', undefined, '2024-03-04T00:00:00Z'],
    ['1-WEEK-LAST', '2024-03-11T15:00:00Z', undefined, '2024-03-11T00:00:00Z'],
    ['1-DAY-LAST', '2024-03-05T22:00:00Z', undefined, '2024-03-05T00:00:00Z'],
    // Before Tuesday's open, Monday is the last session that opened.
    ['1-DAY-LAST', '2024-03-05T14:00:00Z', undefined, '2024-03-04T00:00:00Z'],
    ['1-DAY-LAST', '2024-03-10T12:00:00Z', undefined, '2024-03-08T00:00:00Z'],
  ])('of %s at %s with a lag of %s is %s', (barType, now, lagNs, settled) => {
    expect(formatInstant(settledNs(parseSeries(bars(barType)), XNYS, parseInstant(now), lagNs))).toBe(settled)
  })

  test.each([
    ['2024-03-05T22:00:00Z', '2024-03-05T00:00:00Z'],
    ['2024-03-05T00:30:00Z', '2024-03-05T00:00:00Z'],
    ['2024-03-05T00:29:59Z', '2024-03-04T00:00:00Z'],
  ])('of daily bars where every day is open, at %s, is %s', (now, settled) => {
    const series = parseSeries(bars('1-DAY-LAST'))
    expect(formatInstant(settledNs(series, NO_CALENDAR, parseInstant(now), undefined))).toBe(settled)
  })
})

test.each([
  [100n, undefined, 100n],
  [100n, 90n, 100n],
  [100n, 110n, 110n],
])('claimEndNs of settled %s and last row end %s is %s', (settled, lastRowEnd, expected) => {
  expect(claimEndNs(settled, lastRowEnd)).toBe(expected)
})
