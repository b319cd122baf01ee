import { expect, test } from 'vitest'
import { easterSunday, lastWeekdayOf31, MONDAY, nthWeekday, THURSDAY, weekdayOf } from '../../src/calendar/civil.js'
import { dayOf, formatDay, parseInstant } from '../../src/model/time.js'

test.each([
  ['1818-03-22', 'the earliest there is'],
  ['1943-04-25', 'the latest there is'],
  ['1954-04-18', 'one of the exceptions of the Gauss rule'],
  ['1981-04-19', 'the other'],
  ['2000-04-23', 'a century that is a leap year'],
  ['2038-04-25', 'the latest, again'],
  ['2100-03-28', 'a century that is not'],
])('Easter fell or falls on %s, %s', (date) => {
  expect(formatDay(easterSunday(Number(date.slice(0, 4))))).toBe(date)
})

test('the weekday is right before 1970 too', () => {
  for (const date of ['1969-12-28', '1969-12-31', '1970-01-01', '2024-02-29']) {
    expect([date, weekdayOf(dayOf(parseInstant(date)))]).toEqual([date, new Date(date).getUTCDay()])
  }
})

test('the nth weekday counts a first of the month that is one', () => {
  expect(formatDay(nthWeekday(1, MONDAY, 2025, 9))).toBe('2025-09-01')
  expect(formatDay(nthWeekday(4, THURSDAY, 2029, 11))).toBe('2029-11-22')
  expect(formatDay(nthWeekday(4, THURSDAY, 2028, 11))).toBe('2028-11-23')
})

test('the last Monday may be the 31st', () => {
  expect(formatDay(lastWeekdayOf31(MONDAY, 2027, 5))).toBe('2027-05-31')
  expect(formatDay(lastWeekdayOf31(MONDAY, 2026, 5))).toBe('2026-05-25')
})
