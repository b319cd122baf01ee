import { epochDay } from '../model/time.js'

/** Days of the week as {@link weekdayOf} counts them. */
export const SUNDAY = 0
export const MONDAY = 1
export const THURSDAY = 4
export const FRIDAY = 5
export const SATURDAY = 6

/** 0 is Sunday. 1970-01-01, day 0, was a Thursday. */
export function weekdayOf(day: number): number {
  return (((day + THURSDAY) % 7) + 7) % 7
}

export function isWeekend(day: number): boolean {
  const weekday = weekdayOf(day)
  return weekday === SATURDAY || weekday === SUNDAY
}

export function yearOf(day: number): number {
  return new Date(day * 86_400_000).getUTCFullYear()
}

/** Days since 1970-01-01 of a date that a rule names. @throws RangeError when there is no such date */
export function civilDay(year: number, month: number, date: number): number {
  const day = epochDay(year, month, date)
  if (day === undefined) throw new RangeError(`no such date: ${year}-${month}-${date}`)
  return day
}

/** The nth Monday, Tuesday, … of a month; n counts from 1. */
export function nthWeekday(n: number, weekday: number, year: number, month: number): number {
  const first = civilDay(year, month, 1)
  return first + ((weekday - weekdayOf(first) + 7) % 7) + (n - 1) * 7
}

/** The last Monday, Tuesday, … of a month that has 31 days. */
export function lastWeekdayOf31(weekday: number, year: number, month: number): number {
  const last = civilDay(year, month, 31)
  return last - ((weekdayOf(last) - weekday + 7) % 7)
}

/** Sunday holidays move to Monday; Saturday ones are lost. */
export function sundayToMonday(day: number): number {
  return weekdayOf(day) === SUNDAY ? day + 1 : day
}

/** Sunday holidays move to Monday, Saturday ones to Friday. */
export function nearestWorkday(day: number): number {
  return weekdayOf(day) === SATURDAY ? day - 1 : sundayToMonday(day)
}

/** Easter Sunday of the Gregorian calendar (the Meeus/Jones/Butcher computus, names as published). */
export function easterSunday(year: number): number {
  const a = year % 19
  const b = Math.floor(year / 100)
  const c = year % 100
  const g = Math.floor((8 * b + 13) / 25)
  const h = (19 * a + b - Math.floor(b / 4) - g + 15) % 30
  const l = (32 + 2 * (b % 4) + 2 * Math.floor(c / 4) - h - (c % 4)) % 7
  const m = Math.floor((a + 11 * h + 22 * l) / 451)
  const n = h + l - 7 * m + 114
  return civilDay(year, Math.floor(n / 31), (n % 31) + 1)
}
