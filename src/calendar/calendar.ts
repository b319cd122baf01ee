import type { Interval, IntervalSet } from '../model/interval.js'
import { epochDay, formatDay, MINUTE_NS, startOfDayNs } from '../model/time.js'
import { zoneOf } from '../model/zone.js'

/** `regular` is the core session; `extended` adds what trades before and after it. */
export type SessionKind = 'regular' | 'extended'

/** One trade date of a venue. */
export interface TradingDay {
  /** The trade date, days since 1970-01-01. Its session may open on an earlier date (CME: the evening before). */
  readonly day: number
  readonly regular: IntervalSet
  /** A superset of `regular`. */
  readonly extended: IntervalSet
}

/** Trade dates `[fromDay, toDay)`, days since 1970-01-01. */
export interface DayRange {
  readonly fromDay: number
  readonly toDay: number
}

/** When a venue trades. */
export interface Calendar {
  readonly name: string
  /** IANA name of the venue's zone. */
  readonly timeZone: string
  /** The trade dates the calendar has rules for. Every UTC day outside them counts as open throughout. */
  readonly known: DayRange
  /** The sessions of a trade date (days since 1970-01-01); `undefined` when the venue is closed that date. */
  tradingDay(day: number): TradingDay | undefined
}

/** What one venue says about itself; {@link createCalendar} makes a {@link Calendar} of it. */
export interface CalendarRules {
  readonly name: string
  readonly timeZone: string
  /** First and last year, both included, for which `tradingDay` is right. */
  readonly years: { readonly first: number; readonly last: number }
  /** Asked once for each trade date of those years. */
  readonly tradingDay: (day: number) => TradingDay | undefined
}

/**
 * A calendar that remembers the days it worked out and is open on every day outside the years it knows: a gap nobody
 * can explain is asked about, never explained away.
 */
export function createCalendar(rules: CalendarRules): Calendar {
  const known = { fromDay: firstDayOf(rules.years.first), toDay: firstDayOf(rules.years.last + 1) }
  const remembered = new Map<number, TradingDay | undefined>()

  function tradingDay(day: number): TradingDay | undefined {
    if (day < known.fromDay || day >= known.toDay) return openAllDay(day)
    const before = remembered.get(day)
    if (before !== undefined || remembered.has(day)) return before
    const found = rules.tradingDay(day)
    remembered.set(day, found)
    return found
  }

  return { name: rules.name, timeZone: rules.timeZone, known, tradingDay }
}

/** A UTC day without a closed minute. */
export function openAllDay(day: number): TradingDay {
  const all = [{ startNs: startOfDayNs(day), endNs: startOfDayNs(day + 1) }]
  return { day, regular: all, extended: all }
}

/**
 * The instants between two times on the venue's clock, given as nanoseconds since the midnight that begins `day`;
 * negative ones lie on the date before.
 *
 * @throws RangeError for a time that the zone's clocks skip that day
 * @example
 * ```ts
 * sessionAt('America/New_York', day, { opensNs: 9n * HOUR_NS, closesNs: 16n * HOUR_NS })
 * ```
 */
export function sessionAt(timeZone: string, day: number, hours: SessionHours): Interval {
  return {
    startNs: instantAt(timeZone, day, hours.opensNs),
    endNs: instantAt(timeZone, day, hours.closesNs),
  }
}

/** Opening and closing time, nanoseconds since local midnight. */
export interface SessionHours {
  readonly opensNs: bigint
  readonly closesNs: bigint
}

function instantAt(timeZone: string, day: number, timeNs: bigint): bigint {
  const [instantNs] = zoneOf(timeZone).instantsOf(startOfDayNs(day) + timeNs)
  if (instantNs === undefined) {
    throw new RangeError(`the clocks of ${timeZone} skip ${formatDay(day)} ${timeNs / MINUTE_NS} min after midnight`)
  }
  return instantNs
}

function firstDayOf(year: number): number {
  const day = epochDay(year, 1, 1)
  if (day === undefined) throw new RangeError(`no such year: ${year}`)
  return day
}
