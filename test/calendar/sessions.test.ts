import { describe, expect, test } from 'vitest'
import { ALWAYS_OPEN, NO_CALENDAR } from '../../src/calendar/always-open.js'
import { createCalendar, sessionAt } from '../../src/calendar/calendar.js'
import { lastCloseNs, openIntervals, sessionsIn, tradeDatesIn } from '../../src/calendar/sessions.js'
import { XNYS } from '../../src/calendar/xnys.js'
import { type Interval, toIso } from '../../src/model/interval.js'
import { dayOf, formatDay, formatInstant, HOUR_NS, MAX_NS, MIN_NS, parseInstant } from '../../src/model/time.js'
import { EVENING } from './evening.js'

const range = (start: string, end: string): Interval => ({ startNs: parseInstant(start), endNs: parseInstant(end) })
const day = (date: string): number => dayOf(parseInstant(date))
const text = (intervals: readonly Interval[]): string[] => intervals.map(toIso).map((it) => `${it.start}/${it.end}`)

describe('openIntervals', () => {
  test('are cut to the range at both ends', () => {
    expect(text(openIntervals(XNYS, range('2024-01-02T15:00:00Z', '2024-01-03T15:00:00Z'), 'regular'))).toEqual([
      '2024-01-02T15:00:00Z/2024-01-02T21:00:00Z',
      '2024-01-03T14:30:00Z/2024-01-03T15:00:00Z',
    ])
  })

  test('are none over a weekend', () => {
    expect(openIntervals(XNYS, range('2024-01-06T02:00:00Z', '2024-01-08T09:00:00Z'), 'extended')).toEqual([])
  })

  test('hold the evening whose trade date is the day before in UTC', () => {
    expect(text(openIntervals(XNYS, range('2024-01-03T00:30:00Z', '2024-01-03T08:00:00Z'), 'extended'))).toEqual([
      '2024-01-03T00:30:00Z/2024-01-03T01:00:00Z',
    ])
  })

  test("hold Sunday evening, which opens Monday's trade date", () => {
    expect(text(openIntervals(EVENING, range('2024-01-07', '2024-01-08'), 'extended'))).toEqual([
      '2024-01-07T23:00:00Z/2024-01-08T00:00:00Z',
    ])
  })

  test("hold Sunday evening when it opens Tuesday's trade date, Monday being a holiday", () => {
    expect(text(openIntervals(EVENING, range('2024-01-14', '2024-01-15'), 'extended'))).toEqual([
      '2024-01-14T23:00:00Z/2024-01-15T00:00:00Z',
    ])
  })

  test.each([ALWAYS_OPEN, NO_CALENDAR])('of $name are the range itself, however long', (calendar) => {
    const all = { startNs: MIN_NS, endNs: MAX_NS }
    expect(openIntervals(calendar, all, 'regular')).toEqual([all])
  })

  test('are everything before 1990 and from 2050 on', () => {
    expect(text(openIntervals(XNYS, range('1980-01-05', '1990-01-02T15:00:00Z'), 'regular'))).toEqual([
      '1980-01-05T00:00:00Z/1990-01-01T00:00:00Z',
      '1990-01-02T14:30:00Z/1990-01-02T15:00:00Z',
    ])
    expect(text(openIntervals(XNYS, range('2049-12-31T08:00:00Z', '2060-01-01'), 'extended'))).toEqual([
      '2049-12-31T09:00:00Z/2060-01-01T00:00:00Z',
    ])
  })
})

describe('sessionsIn', () => {
  test('are one entry a session, cut to the range', () => {
    expect(text(sessionsIn(XNYS, range('2024-07-02T15:00:00Z', '2024-07-06'), 'regular'))).toEqual([
      '2024-07-02T15:00:00Z/2024-07-02T20:00:00Z',
      '2024-07-03T13:30:00Z/2024-07-03T17:00:00Z',
      '2024-07-05T13:30:00Z/2024-07-05T20:00:00Z',
    ])
  })

  test('are one entry a UTC day where every day is open, though the days touch', () => {
    expect(text(sessionsIn(ALWAYS_OPEN, range('2024-01-01T12:00:00Z', '2024-01-03'), 'extended'))).toEqual([
      '2024-01-01T12:00:00Z/2024-01-02T00:00:00Z',
      '2024-01-02T00:00:00Z/2024-01-03T00:00:00Z',
    ])
  })

  test('do not overlap where the last known evening meets the open years', () => {
    expect(text(sessionsIn(XNYS, range('2049-12-31T08:00:00Z', '2050-01-02'), 'extended'))).toEqual([
      '2049-12-31T09:00:00Z/2050-01-01T01:00:00Z',
      '2050-01-01T01:00:00Z/2050-01-02T00:00:00Z',
    ])
  })
})

describe('tradeDatesIn', () => {
  const dates = (start: string, end: string): string[] => tradeDatesIn(XNYS, range(start, end)).map(formatDay)

  test('are the weekdays that are not holidays', () => {
    expect(dates('2025-01-08', '2025-01-14')).toEqual(['2025-01-08', '2025-01-10', '2025-01-13'])
  })

  test('belong to the range by their 00:00 UTC stamp alone', () => {
    expect(dates('2024-01-02T00:00:00.000000001Z', '2024-01-03')).toEqual([])
    expect(dates('2024-01-02', '2024-01-02T00:00:00.000000001Z')).toEqual(['2024-01-02'])
  })

  test('are every day for a market that never closes', () => {
    expect(tradeDatesIn(ALWAYS_OPEN, range('2024-01-01', '2025-01-01'))).toHaveLength(366)
  })
})

describe('lastCloseNs', () => {
  const close = (from: string, to: string): string | undefined => {
    const ns = lastCloseNs(XNYS, day(from), day(to))
    return ns === undefined ? undefined : formatInstant(ns)
  }

  test('is the regular close of a single date, though it trades on after it', () => {
    expect(close('2024-07-03', '2024-07-04')).toBe('2024-07-03T17:00:00Z')
  })

  test("is Thursday's close in the week of Good Friday", () => {
    expect(close('2024-03-25', '2024-04-01')).toBe('2024-03-28T20:00:00Z')
  })

  test('is the last trade date of a month that ends on a weekend', () => {
    expect(close('2024-03-01', '2024-04-01')).toBe('2024-03-28T20:00:00Z')
    expect(close('2024-06-01', '2024-07-01')).toBe('2024-06-28T20:00:00Z')
  })

  test('is undefined when no date of them has a session', () => {
    expect(close('2024-01-06', '2024-01-08')).toBeUndefined()
    expect(close('2024-01-05', '2024-01-05')).toBeUndefined()
  })

  test('is the end of the last UTC day for a market that never closes', () => {
    expect(lastCloseNs(ALWAYS_OPEN, day('2024-01-01'), day('2024-02-01'))).toBe(parseInstant('2024-02-01'))
  })

  test('skips a date that has only extended hours', () => {
    const calendar = createCalendar({
      name: 'half-open',
      timeZone: 'UTC',
      years: { first: 2024, last: 2024 },
      tradingDay: (it) => {
        const open = sessionAt('UTC', it, { opensNs: 8n * HOUR_NS, closesNs: 9n * HOUR_NS })
        return { day: it, regular: it === day('2024-01-02') ? [] : [open], extended: [open] }
      },
    })
    expect(lastCloseNs(calendar, day('2024-01-01'), day('2024-01-03'))).toBe(parseInstant('2024-01-01T09:00:00Z'))
  })
})

describe('createCalendar', () => {
  test('asks its rules once for each day, open or closed, and never outside its years', () => {
    const asked: string[] = []
    const calendar = createCalendar({
      name: 'counted',
      timeZone: 'UTC',
      years: { first: 2024, last: 2024 },
      tradingDay: (it) => {
        asked.push(formatDay(it))
        return it === day('2024-12-31') ? undefined : { day: it, regular: [], extended: [] }
      },
    })
    for (let round = 0; round < 2; round++) {
      for (let it = day('2024-12-30'); it <= day('2025-01-02'); it++) calendar.tradingDay(it)
    }
    expect(asked).toEqual(['2024-12-30', '2024-12-31'])
  })

  test('refuses a session at a time that the clocks skip', () => {
    const hours = { opensNs: (5n * HOUR_NS) / 2n, closesNs: 16n * HOUR_NS }
    expect(() => sessionAt('America/New_York', day('2024-03-10'), hours)).toThrow(RangeError)
  })
})
