import { describe, expect, test } from 'vitest'
import type { Calendar, SessionKind } from '../../src/calendar/calendar.js'
import { CME } from '../../src/calendar/cme.js'
import { openIntervals } from '../../src/calendar/sessions.js'
import { calendarByName } from '../../src/calendar/venues.js'
import { toIso } from '../../src/model/interval.js'
import { dayOf, parseInstant } from '../../src/model/time.js'

const ES = calendarByName('CME-ES')
const E6 = calendarByName('CME-6E')
const ZN = calendarByName('CME-ZN')
const CL = calendarByName('CME-CL')

const day = (date: string): number => dayOf(parseInstant(date))

function hours(calendar: Calendar, date: string, kind: SessionKind = 'regular'): string | undefined {
  const sessions = calendar.tradingDay(day(date))?.[kind].map(toIso)
  return sessions?.map((it) => `${it.start.slice(5, 16)} ${it.end.slice(5, 16)}`).join(' | ')
}

function open(calendar: Calendar, start: string, end: string): readonly string[] {
  const range = { startNs: parseInstant(start), endNs: parseInstant(end) }
  return openIntervals(calendar, range, 'regular')
    .map(toIso)
    .map((it) => `${it.start.slice(5, 16)} ${it.end.slice(5, 16)}`)
}

describe('sessions', () => {
  test('run from 17:00 of the evening before to 16:00 Chicago time, with the break open to nobody', () => {
    expect(open(ES, '2024-02-02T12:00:00Z', '2024-02-06T12:00:00Z')).toEqual([
      '02-02T12:00 02-02T22:00',
      '02-04T23:00 02-05T22:00',
      '02-05T23:00 02-06T12:00',
    ])
  })

  test('open at 17:00 on the Sundays on which the clocks change', () => {
    expect(hours(ES, '2024-03-08')).toBe('03-07T23:00 03-08T22:00')
    expect(hours(ES, '2024-03-11')).toBe('03-10T22:00 03-11T21:00')
    expect(hours(E6, '2024-11-01')).toBe('10-31T22:00 11-01T21:00')
    expect(hours(E6, '2024-11-04')).toBe('11-03T23:00 11-04T22:00')
  })

  test('reopen on the evening of a holiday for the next trade date', () => {
    expect(open(ES, '2025-01-20', '2025-01-21T12:00:00Z')).toEqual([
      '01-20T00:00 01-20T18:00',
      '01-20T23:00 01-21T12:00',
    ])
    expect(open(ES, '2024-12-24', '2024-12-26T12:00:00Z')).toEqual([
      '12-24T00:00 12-24T18:15',
      '12-25T23:00 12-26T12:00',
    ])
  })

  test.each([CME, ES, E6, ZN, CL])('of $name are whole UTC days outside 1990 to 2049', (calendar) => {
    expect(hours(calendar, '1989-12-31')).toBe('12-31T00:00 01-01T00:00')
    expect(hours(calendar, '1990-01-01')).toBeUndefined()
    expect(hours(calendar, '2049-12-31')).toBe('12-30T23:00 12-31T22:00')
    expect(hours(calendar, '2050-01-01')).toBe('01-01T00:00 01-02T00:00')
  })

  test.each([
    ['1990-01-03', '22:30'],
    ['2012-11-16', '22:30'],
    ['2012-11-19', '22:15'],
    ['2015-09-18', '21:15'],
    ['2015-09-21', '21:00'],
  ])('of ES are extended to the close of their time: %s to %s UTC', (date, close) => {
    expect(hours(ES, date, 'extended')?.slice(-5)).toBe(close)
    expect(hours(E6, date, 'extended')).toBe(hours(E6, date))
  })

  test('with an early close are not extended', () => {
    expect(hours(ES, '2014-07-04', 'extended')).toBe('07-03T22:00 07-04T17:00')
  })
})

describe('early closes', () => {
  const closes = (date: string): readonly (string | undefined)[] =>
    [CME, ES, E6, ZN, CL].map((it) => hours(it, date)?.slice(-5))

  test.each([
    ['2008-05-26', 'before the record of the products', ['17:00', '17:00', '17:00', '17:00', '17:00']],
    ['2013-05-27', 'Memorial Day', ['17:00', '15:30', '17:00', '17:00', '17:15']],
    ['2014-05-26', 'Memorial Day', ['17:00', '17:00', '17:00', '17:00', '17:00']],
    ['2024-05-27', 'Memorial Day', ['17:00', '17:00', '21:00', '17:00', '18:30']],
    ['2026-07-03', 'a holiday on a Friday', ['17:00', '17:00', '17:00', '17:00', '17:00']],
    ['2025-07-03', 'the eve of Independence Day', ['21:00', '17:15', '21:00', '21:00', '21:00']],
    ['2025-11-28', 'the day after Thanksgiving', ['18:00', '18:15', '19:45', '18:15', '19:45']],
    ['2025-12-24', 'Christmas Eve', ['18:00', '18:15', '18:45', '18:15', '18:45']],
    ['2023-04-07', 'Good Friday with a report', [undefined, '13:15', '15:15', '15:15', undefined]],
    ['2024-03-29', 'Good Friday without one', [undefined, undefined, undefined, undefined, undefined]],
    ['2018-12-05', 'a day of mourning', [undefined, '14:30', '22:00', undefined, '22:00']],
    ['2025-01-09', 'a day of mourning', [undefined, '14:30', '22:00', '18:15', '22:00']],
    ['2015-05-22', 'the Friday before Memorial Day', ['21:00', '21:00', '20:15', '20:15', '21:00']],
    ['2016-05-27', 'the Friday before Memorial Day', ['21:00', '21:00', '21:00', '21:00', '21:00']],
    ['2010-07-02', 'the Friday before Independence Day', ['21:00', '21:00', '20:15', '20:15', '20:15']],
  ])('%s, %s: CME, ES, 6E, ZN, CL close at %j UTC', (date, _, expected) => {
    expect(closes(date)).toEqual(expected)
  })
})
