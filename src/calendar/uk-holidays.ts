import {
  civilDay,
  easterSunday,
  lastWeekdayOf31,
  MONDAY,
  nthWeekday,
  SATURDAY,
  SUNDAY,
  weekdayOf,
  yearOf,
} from './civil.js'

/** Why the London Stock Exchange is closed on a weekday, or `undefined` when it is not. Right from 1990 on. */
export function ukClosureOf(day: number): string | undefined {
  return closuresOf(yearOf(day)).get(day)
}

/** Whether a trading day is the last one before Christmas or before New Year. Right from 1990 on. */
export function isUkHalfDay(day: number): boolean {
  const year = yearOf(day)
  return HALF_DAYS.some((date) => lastWeekdayFrom(civilDay(year, 12, date)) === day)
}

/** Christmas Eve and New Year's Eve. */
const HALF_DAYS: readonly number[] = [24, 31]

/** Bank holidays that were proclaimed for one occasion. */
const ONE_OFFS: ReadonlyMap<number, string> = new Map([
  [civilDay(1999, 12, 31), 'Millennium'],
  [civilDay(2002, 6, 3), 'Golden Jubilee of Elizabeth II'],
  [civilDay(2011, 4, 29), 'Wedding of Prince William'],
  [civilDay(2012, 6, 5), 'Diamond Jubilee of Elizabeth II'],
  [civilDay(2022, 6, 3), 'Platinum Jubilee of Elizabeth II'],
  [civilDay(2022, 9, 19), 'Funeral of Elizabeth II'],
  [civilDay(2023, 5, 8), 'Coronation of Charles III'],
])

/** Yearly bank holidays that were held on another day. */
const MOVED: ReadonlyMap<number, { readonly toDay: number; readonly why: string }> = new Map([
  [civilDay(1995, 5, 1), { toDay: civilDay(1995, 5, 8), why: '50 years of peace in Europe' }],
  [civilDay(2020, 5, 4), { toDay: civilDay(2020, 5, 8), why: '75 years of peace in Europe' }],
  [civilDay(2002, 5, 27), { toDay: civilDay(2002, 6, 4), why: 'joined to the Golden Jubilee' }],
  [civilDay(2012, 5, 28), { toDay: civilDay(2012, 6, 4), why: 'joined to the Diamond Jubilee' }],
  [civilDay(2022, 5, 30), { toDay: civilDay(2022, 6, 2), why: 'joined to the Platinum Jubilee' }],
])

const byYear = new Map<number, ReadonlyMap<number, string>>()

function closuresOf(year: number): ReadonlyMap<number, string> {
  const before = byYear.get(year)
  if (before !== undefined) return before
  const days = new Map<number, string>()
  for (const [day, name] of yearlyDays(year)) {
    const moved = MOVED.get(day)
    days.set(moved?.toDay ?? day, moved === undefined ? name : `${name}, ${moved.why}`)
  }
  for (const [day, name] of ONE_OFFS) if (yearOf(day) === year) days.set(day, name)
  byYear.set(year, days)
  return days
}

function yearlyDays(year: number): readonly (readonly [number, string])[] {
  const easter = easterSunday(year)
  const christmas = nextFreeWeekday(civilDay(year, 12, 25))
  const boxingDay = civilDay(year, 12, 26)
  return [
    [nextFreeWeekday(civilDay(year, 1, 1)), "New Year's Day"],
    [easter - 2, 'Good Friday'],
    [easter + 1, 'Easter Monday'],
    [nthWeekday(1, MONDAY, year, 5), 'Early May bank holiday'],
    [lastWeekdayOf31(MONDAY, year, 5), 'Spring bank holiday'],
    [lastWeekdayOf31(MONDAY, year, 8), 'Summer bank holiday'],
    [christmas, 'Christmas Day'],
    // Both are made up for: on a weekend Christmas may have taken Monday.
    [nextFreeWeekday(Math.max(boxingDay, christmas + 1)), 'Boxing Day'],
  ]
}

/** The day itself, or the Monday after its weekend. */
function nextFreeWeekday(day: number): number {
  const weekday = weekdayOf(day)
  return weekday === SATURDAY ? day + 2 : weekday === SUNDAY ? day + 1 : day
}

/** The day itself, or the Friday before its weekend. */
function lastWeekdayFrom(day: number): number {
  const weekday = weekdayOf(day)
  return weekday === SATURDAY ? day - 1 : weekday === SUNDAY ? day - 2 : day
}
