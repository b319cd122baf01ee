import { describe, expect, test } from 'vitest'
import type { SessionKind } from '../../src/calendar/calendar.js'
import { ukClosureOf } from '../../src/calendar/uk-holidays.js'
import { XLON } from '../../src/calendar/xlon.js'
import { toIso } from '../../src/model/interval.js'
import { dayOf, parseInstant } from '../../src/model/time.js'

const day = (date: string): number => dayOf(parseInstant(date))

function hours(date: string, kind: SessionKind = 'regular'): string | undefined {
  const sessions = XLON.tradingDay(day(date))?.[kind].map(toIso)
  return sessions?.map((it) => `${it.start.slice(5, 16)} ${it.end.slice(5, 16)}`).join(' | ')
}

describe('sessions', () => {
  test('open at 08:00 London time before and after the clocks go forward, three weeks later than in New York', () => {
    expect(hours('2024-03-11')).toBe('03-11T08:00 03-11T16:30')
    expect(hours('2024-03-28')).toBe('03-28T08:00 03-28T16:30')
    expect(hours('2024-04-02')).toBe('04-02T07:00 04-02T15:30')
  })

  test('open at 08:00 London time before and after the clocks go back, a week earlier than in New York', () => {
    expect(hours('2024-10-25')).toBe('10-25T07:00 10-25T15:30')
    expect(hours('2024-10-28')).toBe('10-28T08:00 10-28T16:30')
  })

  test('go on for ten minutes of closing auction when extended, on half days too', () => {
    expect(hours('2024-01-02', 'extended')).toBe('01-02T08:00 01-02T16:40')
    expect(hours('2024-12-24', 'extended')).toBe('12-24T08:00 12-24T12:40')
  })

  test('end at 12:30 on the last trading days before Christmas and New Year, a Friday when those are a weekend', () => {
    expect([hours('2028-12-22'), hours('2028-12-29')]).toEqual(['12-22T08:00 12-22T12:30', '12-29T08:00 12-29T12:30'])
    expect([hours('2024-12-23'), hours('2024-12-31')]).toEqual(['12-23T08:00 12-23T16:30', '12-31T08:00 12-31T12:30'])
  })

  test('are whole UTC days outside 1990 to 2049', () => {
    expect(hours('1989-12-31')).toBe('12-31T00:00 01-01T00:00')
    expect(hours('1990-01-01')).toBeUndefined()
    expect(hours('2049-12-31')).toBe('12-31T08:00 12-31T12:30')
    expect(hours('2050-01-01')).toBe('01-01T00:00 01-02T00:00')
  })
})

describe('bank holidays', () => {
  test.each([
    ['1999-12-31', 'Millennium'],
    ['2002-06-03', 'Golden Jubilee of Elizabeth II'],
    ['2002-06-04', 'Spring bank holiday, joined to the Golden Jubilee'],
    ['2011-04-29', 'Wedding of Prince William'],
    ['2020-05-08', 'Early May bank holiday, 75 years of peace in Europe'],
    ['2022-06-02', 'Spring bank holiday, joined to the Platinum Jubilee'],
    ['2022-09-19', 'Funeral of Elizabeth II'],
    ['2023-05-08', 'Coronation of Charles III'],
    ['2024-04-01', 'Easter Monday'],
    ['2025-08-25', 'Summer bank holiday'],
  ])('%s: %s', (date, name) => {
    expect(ukClosureOf(day(date))).toBe(name)
    expect(XLON.tradingDay(day(date))).toBeUndefined()
  })

  test.each(['1995-05-01', '2002-05-27', '2012-05-28', '2020-05-04', '2022-05-30'])('%s was moved away', (date) => {
    expect(hours(date)).toBeDefined()
  })

  test.each([
    ['2026', '2026-12-25 2026-12-28'], // Friday
    ['2027', '2027-12-27 2027-12-28'], // Saturday
    ['2033', '2033-12-26 2033-12-27'], // Sunday
    ['2029', '2029-12-25 2029-12-26'],
  ])('Christmas and Boxing Day of %s are both made up for', (year, closed) => {
    const dates = Array.from({ length: 8 }, (_, i) => `${year}-12-${24 + i}`)
    const weekdays = dates.filter((it) => new Date(it).getUTCDay() % 6 !== 0)
    expect(weekdays.filter((it) => hours(it) === undefined).join(' ')).toBe(closed)
  })

  test('New Year is made up for on Monday', () => {
    expect([ukClosureOf(day('2028-01-03')), hours('2028-01-04')]).toEqual(["New Year's Day", '01-04T08:00 01-04T16:30'])
  })
})
