import { HOUR_NS } from '../model/time.js'
import {
  civilDay,
  easterSunday,
  isWeekend,
  lastWeekdayOf31,
  MONDAY,
  nearestWorkday,
  nthWeekday,
  sundayToMonday,
  THURSDAY,
  weekdayOf,
  yearOf,
} from './civil.js'

/** Why the US stock exchanges are closed on a weekday, or `undefined` when they are not. Right from 1990 on. */
export function closureOf(day: number): UsClosure | undefined {
  return specialDaysOf(yearOf(day)).closures.get(day)
}

export type UsClosure = UsHoliday | `Mourning for President ${string}` | 'Attacks of September 11' | 'Hurricane Sandy'

export type UsHoliday =
  | "New Year's Day"
  | 'Martin Luther King Jr. Day'
  | "Washington's Birthday"
  | 'Good Friday'
  | 'Memorial Day'
  | 'Juneteenth'
  | 'Independence Day'
  | 'Labor Day'
  | 'Thanksgiving'
  | 'Christmas'

export type UsHalfDay =
  | 'Eve of Independence Day'
  | 'Day after Thanksgiving'
  | 'Christmas Eve'
  | 'Friday after Christmas'
  | 'Eve of the year 2000'

export interface EarlyClose {
  readonly name: UsHalfDay
  /** Nanoseconds since midnight in New York. */
  readonly closesNs: bigint
}

/** Why and when a trading day ends before 16:00. Right from 1990 on. */
export function earlyCloseOf(day: number): EarlyClose | undefined {
  const year = yearOf(day)
  const name = specialDaysOf(year).halfDays.get(day)
  if (name === undefined) return undefined
  return { name, closesNs: year < FIRST_YEAR_OF_ONE_OCLOCK ? TWO_OCLOCK_NS : ONE_OCLOCK_NS }
}

/** When half days close; until 1992 they closed an hour later. */
export const ONE_OCLOCK_NS: bigint = 13n * HOUR_NS
const TWO_OCLOCK_NS = 14n * HOUR_NS
const FIRST_YEAR_OF_ONE_OCLOCK = 1993

interface YearlyDay<Name extends string> {
  readonly name: Name
  readonly sinceYear: number
  readonly dayIn: (year: number) => number
}

const ALWAYS = 0

/** The names of a year's weekdays that differ, by day. */
interface SpecialDays {
  readonly closures: ReadonlyMap<number, UsClosure>
  readonly halfDays: ReadonlyMap<number, UsHalfDay>
}

const byYear = new Map<number, SpecialDays>()

/** Worked out once a year: asking every rule for every day of a year took 4 ms. */
function specialDaysOf(year: number): SpecialDays {
  const before = byYear.get(year)
  if (before !== undefined) return before
  const closures = daysOf<UsClosure>(year, HOLIDAYS, ONE_OFF_CLOSURES)
  const halfDays = daysOf<UsHalfDay>(year, HALF_DAYS, ONE_OFF_HALF_DAYS)
  // Christmas Eve on a Friday is the holiday itself: closed wins.
  for (const day of closures.keys()) halfDays.delete(day)
  const found = { closures, halfDays }
  byYear.set(year, found)
  return found
}

function daysOf<Name extends string>(
  year: number,
  rules: readonly YearlyDay<Name>[],
  oneOffs: ReadonlyMap<number, Name>,
): Map<number, Name> {
  const days = new Map<number, Name>()
  for (const it of rules) if (year >= it.sinceYear) days.set(it.dayIn(year), it.name)
  for (const [day, name] of oneOffs) if (yearOf(day) === year) days.set(day, name)
  for (const day of days.keys()) if (isWeekend(day)) days.delete(day)
  return days
}

const HOLIDAYS: readonly YearlyDay<UsHoliday>[] = [
  // On a Saturday it is not made up for: Friday, December 31 closes the books of the year (NYSE Rule 7.2).
  { name: "New Year's Day", sinceYear: ALWAYS, dayIn: (year) => sundayToMonday(civilDay(year, 1, 1)) },
  { name: 'Martin Luther King Jr. Day', sinceYear: 1998, dayIn: (year) => nthWeekday(3, MONDAY, year, 1) },
  { name: "Washington's Birthday", sinceYear: ALWAYS, dayIn: (year) => nthWeekday(3, MONDAY, year, 2) },
  { name: 'Good Friday', sinceYear: ALWAYS, dayIn: (year) => easterSunday(year) - 2 },
  { name: 'Memorial Day', sinceYear: ALWAYS, dayIn: (year) => lastWeekdayOf31(MONDAY, year, 5) },
  { name: 'Juneteenth', sinceYear: 2022, dayIn: (year) => nearestWorkday(civilDay(year, 6, 19)) },
  { name: 'Independence Day', sinceYear: ALWAYS, dayIn: (year) => nearestWorkday(civilDay(year, 7, 4)) },
  { name: 'Labor Day', sinceYear: ALWAYS, dayIn: (year) => nthWeekday(1, MONDAY, year, 9) },
  { name: 'Thanksgiving', sinceYear: ALWAYS, dayIn: thanksgiving },
  { name: 'Christmas', sinceYear: ALWAYS, dayIn: (year) => nearestWorkday(civilDay(year, 12, 25)) },
]

const ONE_OFF_CLOSURES: ReadonlyMap<number, UsClosure> = new Map<number, UsClosure>([
  [civilDay(1994, 4, 27), 'Mourning for President Nixon'],
  [civilDay(2001, 9, 11), 'Attacks of September 11'],
  [civilDay(2001, 9, 12), 'Attacks of September 11'],
  [civilDay(2001, 9, 13), 'Attacks of September 11'],
  [civilDay(2001, 9, 14), 'Attacks of September 11'],
  [civilDay(2004, 6, 11), 'Mourning for President Reagan'],
  [civilDay(2007, 1, 2), 'Mourning for President Ford'],
  [civilDay(2012, 10, 29), 'Hurricane Sandy'],
  [civilDay(2012, 10, 30), 'Hurricane Sandy'],
  [civilDay(2018, 12, 5), 'Mourning for President George H. W. Bush'],
  [civilDay(2025, 1, 9), 'Mourning for President Carter'],
])

const HALF_DAYS: readonly YearlyDay<UsHalfDay>[] = [
  { name: 'Eve of Independence Day', sinceYear: 1995, dayIn: independenceHalfDay },
  { name: 'Day after Thanksgiving', sinceYear: 1992, dayIn: (year) => thanksgiving(year) + 1 },
  { name: 'Christmas Eve', sinceYear: ALWAYS, dayIn: (year) => civilDay(year, 12, 24) },
]

const ONE_OFF_HALF_DAYS: ReadonlyMap<number, UsHalfDay> = new Map<number, UsHalfDay>([
  [civilDay(1997, 12, 26), 'Friday after Christmas'],
  [civilDay(1999, 12, 31), 'Eve of the year 2000'],
  [civilDay(2003, 12, 26), 'Friday after Christmas'],
])

function thanksgiving(year: number): number {
  return nthWeekday(4, THURSDAY, year, 11)
}

/** July 3; while the 4th was a Thursday, the Friday after it until 2002, and the Wednesday before it since 2013. */
function independenceHalfDay(year: number): number {
  const fourth = civilDay(year, 7, 4)
  return weekdayOf(fourth) === THURSDAY && year < 2013 ? fourth + 1 : fourth - 1
}
