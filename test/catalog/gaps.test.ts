import { describe, expect, test } from 'vitest'
import { calendarByName } from '../../src/calendar/venues.js'
import { InvalidRequestError } from '../../src/model/errors.js'
import { AAPL, bar, minuteBars, spans } from '../support/bars.js'
import { testCatalog } from '../support/catalog.js'

const HOURLY = { ...AAPL, barType: '1-HOUR-LAST' }
const DAILY = { ...AAPL, barType: '1-DAY-LAST' }

describe('gaps of minute bars', () => {
  test('are one for each session: a half day is short, holidays and weekends are none', async () => {
    const { catalog } = await testCatalog()
    // Thanksgiving 2024-11-28 is closed, the Friday after closes at 13:00 New York.
    expect(spans(await catalog.gaps(AAPL, { start: '2024-11-27', end: '2024-12-03' }))).toEqual([
      '2024-11-27T14:30:00Z..2024-11-27T21:00:00Z',
      '2024-11-29T14:30:00Z..2024-11-29T18:00:00Z',
      '2024-12-02T14:30:00Z..2024-12-02T21:00:00Z',
    ])
  })

  test('of a weekend are none', async () => {
    const { catalog } = await testCatalog()
    expect(await catalog.gaps(AAPL, { start: '2024-01-06', end: '2024-01-08' })).toEqual([])
  })

  test('with session extended include what trades before and after', async () => {
    const { catalog } = await testCatalog()
    const range = { start: '2024-11-29', end: '2024-11-30' }
    expect(spans(await catalog.gaps(AAPL, range, { session: 'extended' }))).toEqual([
      '2024-11-29T09:00:00Z..2024-11-29T22:00:00Z',
    ])
  })

  test('are what is left of a session; a minute without a trade inside coverage is none', async () => {
    const { catalog } = await testCatalog()
    const rows = [...minuteBars('2024-01-02T14:30Z', 10), ...minuteBars('2024-01-02T14:50Z', 10)]
    await catalog.write(AAPL, rows)
    expect(spans(await catalog.gaps(AAPL, { start: '2024-01-02', end: '2024-01-03' }))).toEqual([
      '2024-01-02T15:00:00Z..2024-01-02T21:00:00Z',
    ])
  })

  test('are cut to the range asked for', async () => {
    const { catalog } = await testCatalog()
    const range = { start: '2024-01-02T20:00Z', end: '2024-01-03T15:00Z' }
    expect(spans(await catalog.gaps(AAPL, range))).toEqual([
      '2024-01-02T20:00:00Z..2024-01-02T21:00:00Z',
      '2024-01-03T14:30:00Z..2024-01-03T15:00:00Z',
    ])
  })

  test('follow the clocks of New York through the change in March', async () => {
    const { catalog } = await testCatalog()
    expect(spans(await catalog.gaps(AAPL, { start: '2024-03-08', end: '2024-03-12' }))).toEqual([
      '2024-03-08T14:30:00Z..2024-03-08T21:00:00Z',
      '2024-03-11T13:30:00Z..2024-03-11T20:00:00Z',
    ])
  })
})

describe('gaps of hour bars', () => {
  test('are widened to the grid of the bars: the hour that holds the open is required', async () => {
    const { catalog } = await testCatalog()
    expect(spans(await catalog.gaps(HOURLY, { start: '2024-01-02', end: '2024-01-03' }))).toEqual([
      '2024-01-02T14:00:00Z..2024-01-02T21:00:00Z',
    ])
  })

  test('are none when every bar that touches the session is there', async () => {
    const { catalog } = await testCatalog()
    const hours = Array.from({ length: 7 }, (_, i) => bar(`2024-01-02T${14 + i}:00:00Z`))
    await catalog.write(HOURLY, hours)
    expect(await catalog.gaps(HOURLY, { start: '2024-01-02', end: '2024-01-03' })).toEqual([])
  })

  test('a session filter keeps the bar that begins before the open and reaches into it', async () => {
    const { catalog } = await testCatalog()
    const hours = Array.from({ length: 12 }, (_, i) => bar(`2024-01-02T${String(9 + i).padStart(2, '0')}:00:00Z`))
    await catalog.write(HOURLY, hours)
    const frame = await catalog.query(HOURLY, { session: 'regular' })
    expect(frame.numRows).toBe(7)
    expect(frame.column('ts_event')[0]).toBe(bar('2024-01-02T14:00Z').ts_event)
  })
})

describe('gaps of daily and longer bars', () => {
  test('are trade dates: one for each date that has a session', async () => {
    const { catalog } = await testCatalog()
    await catalog.write(DAILY, [bar('2024-11-27')], { coverage: { start: '2024-11-27', end: '2024-11-28' } })
    expect(spans(await catalog.gaps(DAILY, { start: '2024-11-27', end: '2024-12-03' }))).toEqual([
      '2024-11-29T00:00:00Z..2024-11-30T00:00:00Z',
      '2024-12-02T00:00:00Z..2024-12-03T00:00:00Z',
    ])
  })

  test('a bar covers its whole date, whatever the session', async () => {
    const { catalog } = await testCatalog()
    await catalog.write(DAILY, [bar('2024-01-02'), bar('2024-01-03')])
    const range = { start: '2024-01-02', end: '2024-01-04' }
    for (const session of ['regular', 'extended', 'all'] as const) {
      expect(await catalog.gaps(DAILY, range, { session })).toEqual([])
      expect((await catalog.query(DAILY, { ...range, session })).numRows).toBe(2)
    }
  })

  test('of weeks are Mondays, also when the Monday is a holiday', async () => {
    const { catalog } = await testCatalog()
    const weekly = { ...AAPL, barType: '1-WEEK-LAST' }
    // Monday 2024-01-15 is Martin Luther King day.
    expect(spans(await catalog.gaps(weekly, { start: '2024-01-08', end: '2024-01-22' }))).toEqual([
      '2024-01-08T00:00:00Z..2024-01-15T00:00:00Z',
      '2024-01-15T00:00:00Z..2024-01-22T00:00:00Z',
    ])
  })
})

describe('venues', () => {
  const UNKNOWN = { ...AAPL, instrument: 'X.TEST' }
  const RANGE = { start: '2024-01-06', end: '2024-01-08' }

  test('an unknown one needs a calendar', async () => {
    const { catalog } = await testCatalog()
    await expect(catalog.gaps(UNKNOWN, RANGE)).rejects.toThrow(InvalidRequestError)
    await expect(catalog.gaps(UNKNOWN, RANGE)).rejects.toThrow(/no calendar is known for the venue of X\.TEST/)
    expect(await catalog.gaps(UNKNOWN, RANGE, { calendar: calendarByName('XNYS') })).toEqual([])
    expect(spans(await catalog.gaps(UNKNOWN, RANGE, { calendar: calendarByName('none') }))).toEqual([
      '2024-01-06T00:00:00Z..2024-01-08T00:00:00Z',
    ])
  })

  test('one that never closes has gaps on Sundays', async () => {
    const { catalog } = await testCatalog()
    expect(spans(await catalog.gaps({ ...AAPL, instrument: 'BTCUSDT.BINANCE' }, RANGE))).toEqual([
      '2024-01-06T00:00:00Z..2024-01-08T00:00:00Z',
    ])
  })
})
