import { describe, expect, test } from 'vitest'
import type { SessionKind } from '../../src/calendar/calendar.js'
import { closureOf, earlyCloseOf } from '../../src/calendar/us-holidays.js'
import { XNYS } from '../../src/calendar/xnys.js'
import { toIso } from '../../src/model/interval.js'
import { dayOf, parseInstant } from '../../src/model/time.js'

const day = (date: string): number => dayOf(parseInstant(date))

function hours(date: string, kind: SessionKind): string | undefined {
  const sessions = XNYS.tradingDay(day(date))?.[kind].map(toIso)
  return sessions?.map((it) => `${it.start.slice(5, 16)} ${it.end.slice(5, 16)}`).join(' | ')
}

describe('sessions', () => {
  test('open at 09:30 New York time before and after the clocks go forward', () => {
    expect(hours('2024-03-08', 'regular')).toBe('03-08T14:30 03-08T21:00')
    expect(hours('2024-03-11', 'regular')).toBe('03-11T13:30 03-11T20:00')
  })

  test('open at 09:30 New York time before and after the clocks go back', () => {
    expect(hours('2024-11-01', 'regular')).toBe('11-01T13:30 11-01T20:00')
    expect(hours('2024-11-04', 'regular')).toBe('11-04T14:30 11-04T21:00')
  })

  test('follow the daylight saving rules of their year: April 2 in 2006, March 11 in 2007', () => {
    expect(hours('2006-03-13', 'regular')).toBe('03-13T14:30 03-13T21:00')
    expect(hours('2007-03-13', 'regular')).toBe('03-13T13:30 03-13T20:00')
  })

  test('follow daylight saving to the last year the calendar knows', () => {
    expect(hours('2049-07-06', 'regular')).toBe('07-06T13:30 07-06T20:00')
  })

  test('reach from 04:00 to 20:00 when extended, into the next UTC day in winter', () => {
    expect(hours('2024-01-02', 'extended')).toBe('01-02T09:00 01-03T01:00')
    expect(hours('2024-07-02', 'extended')).toBe('07-02T08:00 07-03T00:00')
  })

  test('end at 13:00 on half days, extended at 17:00', () => {
    expect(hours('2025-07-03', 'regular')).toBe('07-03T13:30 07-03T17:00')
    expect(hours('2025-07-03', 'extended')).toBe('07-03T08:00 07-03T21:00')
  })

  test('keep the whole evening on the 14:00 closes before 1993', () => {
    expect(hours('1992-11-27', 'regular')).toBe('11-27T14:30 11-27T19:00')
    expect(hours('1992-11-27', 'extended')).toBe('11-27T09:00 11-28T01:00')
  })

  test('are whole UTC days outside 1990 to 2049, weekends and holidays too', () => {
    expect(hours('1989-12-31', 'regular')).toBe('12-31T00:00 01-01T00:00')
    expect(hours('1990-01-01', 'regular')).toBeUndefined()
    expect(hours('2049-12-31', 'regular')).toBe('12-31T14:30 12-31T21:00')
    expect(hours('2050-01-01', 'extended')).toBe('01-01T00:00 01-02T00:00')
  })
})

describe('closures', () => {
  test.each([
    ['2001-09-11', 'Attacks of September 11'],
    ['2012-10-29', 'Hurricane Sandy'],
    ['2025-01-09', 'Mourning for President Carter'],
    ['2026-04-03', 'Good Friday'],
    ['2030-04-19', 'Good Friday'],
  ])('%s: %s', (date, name) => {
    expect(closureOf(day(date))).toBe(name)
    expect(XNYS.tradingDay(day(date))).toBeUndefined()
  })

  test('move from Sunday to Monday and from Saturday to Friday', () => {
    expect(closureOf(day('2033-06-20'))).toBe('Juneteenth') // the 19th is a Sunday
    expect(closureOf(day('2032-06-18'))).toBe('Juneteenth') // the 19th is a Saturday
  })

  test('spare December 31 when New Year is a Saturday', () => {
    expect(hours('2032-12-31', 'regular')).toBeDefined()
    expect(hours('2021-12-31', 'regular')).toBe('12-31T14:30 12-31T21:00')
  })

  test('know Martin Luther King since 1998 and Juneteenth since 2022', () => {
    expect([closureOf(day('1997-01-20')), closureOf(day('1998-01-19'))]).toEqual([
      undefined,
      'Martin Luther King Jr. Day',
    ])
    expect([closureOf(day('2021-06-18')), closureOf(day('2022-06-20'))]).toEqual([undefined, 'Juneteenth'])
  })
})

describe('half days', () => {
  test('fall on the Friday after a Thursday July 4 until 2002, on the Wednesday before since 2013', () => {
    const name = 'Eve of Independence Day'
    expect([earlyCloseOf(day('2002-07-03')), earlyCloseOf(day('2002-07-05'))?.name]).toEqual([undefined, name])
    expect([earlyCloseOf(day('2013-07-03'))?.name, earlyCloseOf(day('2013-07-05'))]).toEqual([name, undefined])
  })

  test('are never a closed day: December 24 on a Friday is Christmas, on a Sunday nothing', () => {
    expect([closureOf(day('2027-12-24')), earlyCloseOf(day('2027-12-24'))]).toEqual(['Christmas', undefined])
    expect([closureOf(day('2028-12-24')), earlyCloseOf(day('2028-12-24'))]).toEqual([undefined, undefined])
  })
})
