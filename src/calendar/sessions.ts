import { type Interval, type IntervalSet, intersect, normalize } from '../model/interval.js'
import { ceilTo, DAY_NS, dayOf, startOfDayNs } from '../model/time.js'
import type { Calendar, DayRange, SessionKind } from './calendar.js'

/**
 * How far from its trade date a session may lie, in UTC days. Tuesday's CME session opens on Sunday evening when
 * Monday is a holiday, and one that follows a closed Friday and Monday still begins within four days; the date's
 * last minute west of Greenwich is in the next UTC day.
 */
const OPENS_DAYS_BEFORE = 4
const CLOSES_DAYS_AFTER = 1

/** No venue is closed for longer: any stretch of this length holds a session. */
export const CLOSED_MAX_NS: bigint = 14n * DAY_NS

/** The open time inside `range`, cut to it, as a set: sessions that touch are one interval. */
export function openIntervals(calendar: Calendar, range: Interval, kind: SessionKind): IntervalSet {
  const { fromDay, toDay } = calendar.known
  const days = daysAround(range)
  const known = { fromDay: Math.max(days.fromDay, fromDay), toDay: Math.min(days.toDay, toDay) }
  const open = normalize([
    { startNs: range.startNs, endNs: startOfDayNs(fromDay) },
    ...sessionsOfDays(calendar, known, kind),
    { startNs: startOfDayNs(toDay), endNs: range.endNs },
  ])
  return intersect(open, [range])
}

/**
 * The sessions inside `range`, each cut to it, ascending: they never overlap but may touch, because they are not
 * joined across days. A session with a break in it counts once for each part. Where every day is open throughout
 * (24/7, none, years the calendar does not know), each UTC day is one session.
 */
export function sessionsIn(calendar: Calendar, range: Interval, kind: SessionKind): readonly Interval[] {
  return intersect(sessionsOfDays(calendar, daysAround(range), kind), [range])
}

/** The trade dates (days since 1970-01-01) that have a session and whose 00:00 UTC stamp lies in `range`. */
export function tradeDatesIn(calendar: Calendar, range: Interval): readonly number[] {
  const toDay = firstStampFrom(range.endNs)
  const out: number[] = []
  for (let day = firstStampFrom(range.startNs); day < toDay; day++) {
    if (calendar.tradingDay(day) !== undefined) out.push(day)
  }
  return out
}

/**
 * The close (nanoseconds UTC) of the last regular session among the trade dates `[fromDay, toDayExclusive)`:
 * `ts_init` of a daily, weekly or monthly bar. `undefined` when none of the dates has one.
 */
export function lastCloseNs(calendar: Calendar, fromDay: number, toDayExclusive: number): bigint | undefined {
  for (let day = toDayExclusive - 1; day >= fromDay; day--) {
    const last = calendar.tradingDay(day)?.regular.at(-1)
    if (last !== undefined) return last.endNs
  }
  return undefined
}

/** Every trade date that can have a session in `range`. */
function daysAround(range: Interval): DayRange {
  return {
    fromDay: dayOf(range.startNs) - CLOSES_DAYS_AFTER,
    toDay: dayOf(range.endNs - 1n) + OPENS_DAYS_BEFORE + 1,
  }
}

/**
 * Sessions of the trade dates, ascending and without overlap: the last evening a calendar knows (2049-12-31 ends at
 * 01:00 UTC) reaches into a day that is open throughout, and is counted once.
 */
function sessionsOfDays(calendar: Calendar, days: DayRange, kind: SessionKind): readonly Interval[] {
  const out: Interval[] = []
  let reachedNs = startOfDayNs(days.fromDay - OPENS_DAYS_BEFORE)
  for (let day = days.fromDay; day < days.toDay; day++) {
    for (const it of calendar.tradingDay(day)?.[kind] ?? []) {
      if (it.endNs <= reachedNs) continue
      out.push(it.startNs < reachedNs ? { startNs: reachedNs, endNs: it.endNs } : it)
      reachedNs = it.endNs
    }
  }
  return out
}

function firstStampFrom(ns: bigint): number {
  return Number(ceilTo(ns, DAY_NS) / DAY_NS)
}
