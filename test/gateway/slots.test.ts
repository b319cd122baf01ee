import { describe, expect, test } from 'vitest'
import { ALWAYS_OPEN } from '../../src/calendar/always-open.js'
import type { Calendar, SessionKind } from '../../src/calendar/calendar.js'
import { FX } from '../../src/calendar/fx.js'
import { calendarByName } from '../../src/calendar/venues.js'
import { XNYS } from '../../src/calendar/xnys.js'
import { parseBarSize } from '../../src/gateway/answers/bar-size.js'
import { before, parseDuration } from '../../src/gateway/answers/duration.js'
import { slotsOf } from '../../src/gateway/answers/slots.js'
import type { BarSlot } from '../../src/gateway/market.js'
import { formatDay, formatInstant, parseInstant } from '../../src/model/time.js'

const ES = calendarByName('CME-ES')

interface Question {
  readonly calendar?: Calendar
  readonly kind?: SessionKind
  readonly end: string
  readonly now?: string
  readonly head?: string
}

function slots(duration: string, barSize: string, question: Question): readonly BarSlot[] {
  const { calendar = XNYS, kind = 'regular', end, now = '2025-01-01', head = '2000-01-01' } = question
  const size = parseBarSize(barSize)
  const life = { startNs: parseInstant(head), endNs: parseInstant(now) }
  return slotsOf({ calendar, kind, life }, size, parseDuration(duration, size), parseInstant(end))
}

const minute = (ns: bigint): string => formatInstant(ns).slice(0, 16)
const span = (it: BarSlot): string => `${minute(it.startNs)} ${minute(it.endNs).slice(11)}`
const days = (of: readonly BarSlot[]): readonly string[] => of.map((it) => formatDay(it.lastDay))
/** First and last slot with their number: `2024-01-09T14:30 14:31 .. 2024-01-09T20:59 21:00, 390`. */
function summary(of: readonly BarSlot[]): string {
  const [first, last] = [of[0], of.at(-1)]
  return first === undefined || last === undefined ? 'none' : `${span(first)} .. ${span(last)}, ${of.length}`
}

describe('seconds go back from the end on the clock', () => {
  test.each([
    ['all of them open', '3600 S', '2024-01-09T16:00:00Z', '2024-01-09T15:00 15:01 .. 2024-01-09T15:59 16:00, 60'],
    ['into the night', '86400 S', '2024-01-09T16:00:00Z', '2024-01-08T16:00 16:01 .. 2024-01-09T15:59 16:00, 390'],
    ['all of them closed', '3600 S', '2024-01-07T16:00:00Z', 'none'],
    ['a half day', '86400 S', '2023-11-25T00:00:00Z', '2023-11-24T14:30 14:31 .. 2023-11-24T17:59 18:00, 210'],
    ['a holiday', '86400 S', '2023-11-24T00:00:00Z', 'none'],
    ['summer time', '86400 S', '2024-03-12T00:00:00Z', '2024-03-11T13:30 13:31 .. 2024-03-11T19:59 20:00, 390'],
  ])('%s', (_, duration, end, expected) => {
    expect(summary(slots(duration, '1 min', { end }))).toBe(expected)
  })

  test('extended hours begin at 04:00 and end at 20:00', () => {
    expect(summary(slots('86400 S', '1 min', { end: '2024-01-10T09:00:00Z', kind: 'extended' }))).toBe(
      '2024-01-09T09:00 09:01 .. 2024-01-10T00:59 01:00, 960',
    )
  })
})

describe('days are the last trade dates whose session has begun before the end', () => {
  test.each([
    ['in the session', '1 D', '2024-01-09T16:00:00Z', '2024-01-09T14:30 14:31 .. 2024-01-09T15:59 16:00, 90'],
    [
      'before it opens: the day before',
      '1 D',
      '2024-01-09T14:30:00Z',
      '2024-01-08T14:30 14:31 .. 2024-01-08T20:59 21:00, 390',
    ],
    ['on a Sunday: Friday', '1 D', '2024-01-07T20:00:00Z', '2024-01-05T14:30 14:31 .. 2024-01-05T20:59 21:00, 390'],
    ['over a weekend', '2 D', '2024-01-09T00:00:00Z', '2024-01-05T14:30 14:31 .. 2024-01-08T20:59 21:00, 780'],
    [
      'over Thanksgiving and the half day',
      '2 D',
      '2023-11-25T00:00:00Z',
      '2023-11-22T14:30 14:31 .. 2023-11-24T17:59 18:00, 600',
    ],
  ])('%s', (_, duration, end, expected) => {
    expect(summary(slots(duration, '1 min', { end }))).toBe(expected)
  })

  test('on CME one day is the evening alone, once it has begun', () => {
    // 00:00 UTC is 18:00 in Chicago, an hour into the next trade date.
    const question = { calendar: ES, end: '2024-01-10T00:00:00Z' }
    expect(summary(slots('1 D', '1 min', question))).toBe('2024-01-09T23:00 23:01 .. 2024-01-09T23:59 00:00, 60')
    expect(summary(slots('86400 S', '1 min', question))).toBe('2024-01-09T00:00 00:01 .. 2024-01-09T23:59 00:00, 1380')
    expect(summary(slots('2 D', '1 min', question))).toBe('2024-01-08T23:00 23:01 .. 2024-01-09T23:59 00:00, 1440')
  })

  test('on CME the week opens on Sunday evening', () => {
    expect(summary(slots('1 D', '1 hour', { calendar: ES, end: '2024-01-08T02:00:00Z' }))).toBe(
      '2024-01-07T23:00 00:00 .. 2024-01-08T01:00 02:00, 3',
    )
  })

  test('of currencies begin at 17:00 in New York', () => {
    expect(summary(slots('1 D', '1 hour', { calendar: FX, end: '2024-01-09T22:00:00Z' }))).toBe(
      '2024-01-08T22:00 23:00 .. 2024-01-09T21:00 22:00, 24',
    )
  })
})

describe('weeks, months and years go back in the calendar', () => {
  test.each([
    ['1 W', '2024-01-09T16:00:00Z', '2024-01-02T16:00 16:01 .. 2024-01-09T15:59 16:00, 1950'],
    ['1 M', '2024-01-09T00:00:00Z', '2023-12-11T14:30 14:31 .. 2024-01-08T20:59 21:00, 7410'],
  ])('%s', (duration, end, expected) => {
    expect(summary(slots(duration, '1 min', { end }))).toBe(expected)
  })

  test.each([
    ['2024-03-31T12:00:00Z', '1 M', '2024-02-29T12:00:00Z'],
    ['2023-03-31T12:00:00Z', '1 M', '2023-02-28T12:00:00Z'],
    ['2024-02-29T00:00:00Z', '1 Y', '2023-02-28T00:00:00Z'],
    ['2024-01-15T00:00:00Z', '12 M', '2023-01-15T00:00:00Z'],
    ['2024-01-15T00:00:00Z', '2 W', '2024-01-01T00:00:00Z'],
  ])('%s less %s is %s', (end, duration, expected) => {
    const parsed = parseDuration(duration, parseBarSize('1 day'))
    expect(formatInstant(before(parseInstant(end), parsed))).toBe(expected)
  })
})

describe('bars of hours', () => {
  test('begin with the session, then keep to the hour, and end with it', () => {
    const day = slots('1 D', '1 hour', { end: '2023-11-25T00:00:00Z' })
    expect(day.map(span)).toEqual([
      '2023-11-24T14:30 15:00',
      '2023-11-24T15:00 16:00',
      '2023-11-24T16:00 17:00',
      '2023-11-24T17:00 18:00',
    ])
  })

  test('that reach over the end are cut there', () => {
    expect(slots('3600 S', '1 hour', { end: '2024-01-09T16:30:00Z' }).map(span)).toEqual(['2024-01-09T16:00 16:30'])
  })
})

describe('daily bars', () => {
  test('are a trade date each, whose session has begun before the end', () => {
    expect(days(slots('3 D', '1 day', { end: '2024-01-09T14:30:00Z' }))).toEqual([
      '2024-01-04',
      '2024-01-05',
      '2024-01-08',
    ])
    expect(days(slots('3 D', '1 day', { end: '2024-01-09T14:30:01Z' }))).toEqual([
      '2024-01-05',
      '2024-01-08',
      '2024-01-09',
    ])
  })

  test('of a month are those after the same date of the month before', () => {
    const month = days(slots('1 M', '1 day', { end: '2024-02-01T05:00:00Z' }))
    expect([month[0], month.at(-1), month.length]).toEqual(['2024-01-02', '2024-01-31', 21])
  })

  test('hold the session, with the evening before it on CME', () => {
    expect(slots('1 D', '1 day', { end: '2024-01-09T22:00:00Z', calendar: ES }).map(span)).toEqual([
      '2024-01-08T23:00 22:00',
    ])
    expect(slots('1 D', '1 day', { end: '2024-01-10T00:00:00Z', kind: 'extended' }).map(span)).toEqual([
      '2024-01-09T09:00 00:00',
    ])
  })

  test('have a bar for every day where nothing ever closes', () => {
    expect(slots('10 D', '1 day', { end: '2024-01-11', calendar: ALWAYS_OPEN })).toHaveLength(10)
  })
})

describe('weekly and monthly bars', () => {
  test('hold the whole of their first week, whatever the duration', () => {
    const [first] = slots('1 W', '1 week', { end: '2024-01-10T22:00:00Z' })
    expect(first && span(first)).toBe('2024-01-02T14:30 21:00')
    expect(formatInstant(first?.stampNs ?? 0n)).toBe('2024-01-01T00:00:00Z')
  })

  test('end with the last trade date of theirs that has begun', () => {
    expect(days(slots('2 W', '1 week', { end: '2024-04-03T22:00:00Z' }))).toEqual([
      '2024-03-22',
      '2024-03-28',
      '2024-04-03',
    ])
    expect(days(slots('2 M', '1 month', { end: '2024-04-03T22:00:00Z' }))).toEqual([
      '2024-02-29',
      '2024-03-28',
      '2024-04-03',
    ])
  })
})

describe('the life of a contract', () => {
  test('before its first data there is nothing', () => {
    const question = { end: '2024-01-10T00:00:00Z', head: '2024-01-08' }
    expect(days(slots('1 M', '1 day', question))).toEqual(['2024-01-08', '2024-01-09'])
    expect(summary(slots('1 M', '30 mins', question))).toBe('2024-01-08T14:30 15:00 .. 2024-01-09T20:30 21:00, 26')
    expect(slots('1 M', '1 day', { ...question, end: '2024-01-05' })).toEqual([])
  })

  test('after now, or after it was delisted, there is nothing, and the bar under way ends there', () => {
    const question = { end: '2024-02-01', now: '2024-01-09T15:10:30Z' }
    const minutes = slots('1 M', '1 min', question)
    expect(minutes).toHaveLength(5 * 390 + 41)
    expect(formatInstant(minutes.at(-1)?.endNs ?? 0n)).toBe('2024-01-09T15:10:30Z')
    const [last] = slots('1 M', '1 day', question).slice(-1)
    expect(last && span(last)).toBe('2024-01-09T14:30 15:10')
  })
})
