import type { Calendar, SessionKind, TradingDay } from '../../calendar/calendar.js'
import { openIntervals } from '../../calendar/sessions.js'
import { type BarType, tradeDateStampNs } from '../../model/bar-type.js'
import type { Interval } from '../../model/interval.js'
import { dayOf, floorTo } from '../../model/time.js'
import type { BarSlot } from '../market.js'
import type { BarSize } from './bar-size.js'
import { localDayOf } from './date-time.js'
import { before, type Duration } from './duration.js'

/** When a contract trades, and how far what is known of it reaches. */
export interface Trading {
  readonly calendar: Calendar
  readonly kind: SessionKind
  /** From the first instant there is data of to the last: its end, or now. */
  readonly life: Interval
}

/**
 * Where bars are due: those that begin before `endNs` and not before the duration says.
 *
 * - `S`, and for bars of less than a day `W`, `M`, `Y`: so long before the end, on the clock or in the calendar
 * - `D`: the last so many trade dates whose session has begun before the end. On CME, after the evening's opening,
 *   `1 D` is that evening alone.
 * - the first week or month is whole, whatever the duration says
 *
 * A bar begins with its session or on the grid of its length. One that reaches over the end, or over now, is cut there.
 */
export function slotsOf(asked: Trading, size: BarSize, duration: Duration, endNs: bigint): readonly BarSlot[] {
  const { startNs, endNs: lastNs } = asked.life
  if (startNs >= endNs) return []
  const trading = { ...asked, life: { startNs, endNs: earlier(lastNs, endNs) } }
  if (size.lengthNs === undefined) return datedSlots(trading, size, duration, endNs)
  return intradaySlots(trading, size.lengthNs, spanOf(trading, duration, endNs))
}

function spanOf(trading: Trading, duration: Duration, endNs: bigint): Interval {
  if (duration.unit !== 'D') return { startNs: before(endNs, duration), endNs }
  const first = lastTradingDays(trading, duration.count, endNs)[0]
  return { startNs: first === undefined ? endNs : openOf(first, trading.kind), endNs }
}

function intradaySlots({ calendar, kind, life }: Trading, lengthNs: bigint, span: Interval): readonly BarSlot[] {
  const slots: BarSlot[] = []
  const fromNs = later(span.startNs, life.startNs)
  const toNs = earlier(span.endNs, life.endNs)
  if (fromNs >= toNs) return []
  // A bar that begins before the end may reach beyond it, and one on the grid begins before its session.
  const wide = { startNs: fromNs - lengthNs, endNs: toNs + lengthNs }
  for (const session of openIntervals(calendar, wide, kind)) {
    for (let gridNs = floorTo(session.startNs, lengthNs); gridNs < session.endNs; gridNs += lengthNs) {
      const startNs = later(gridNs, session.startNs)
      if (startNs < fromNs) continue
      if (startNs >= toNs) break
      const endNs = earlier(earlier(gridNs + lengthNs, session.endNs), life.endNs)
      slots.push({ startNs, endNs, stampNs: startNs, lastDay: dayOf(startNs) })
    }
  }
  return slots
}

function datedSlots(trading: Trading, size: BarSize, duration: Duration, endNs: bigint): readonly BarSlot[] {
  const periods = new Map<bigint, TradingDay[]>()
  for (const day of wholePeriods(trading, size, daysWithin(trading, duration, endNs))) {
    const stampNs = tradeDateStampNs(barTypeOf(size), day.day)
    const period = periods.get(stampNs)
    if (period === undefined) periods.set(stampNs, [day])
    else period.push(day)
  }
  return [...periods].map(([stampNs, days]) => {
    const [first, last] = [days[0] as TradingDay, days.at(-1) as TradingDay]
    const endNs = earlier((last[trading.kind].at(-1) as Interval).endNs, trading.life.endNs)
    return { startNs: later(openOf(first, trading.kind), trading.life.startNs), endNs, stampNs, lastDay: last.day }
  })
}

function daysWithin(trading: Trading, duration: Duration, endNs: bigint): readonly TradingDay[] {
  if (duration.unit === 'D') return lastTradingDays(trading, duration.count, endNs)
  const zone = trading.calendar.timeZone
  // The last instant before the end: at midnight the end's own date has not begun.
  const fromDay = localDayOf(before(endNs - 1n, duration), zone) + 1
  return tradingDaysFrom(trading, fromDay, endNs)
}

/** With the days before the first one that belong to its week or month. */
function wholePeriods(trading: Trading, size: BarSize, days: readonly TradingDay[]): readonly TradingDay[] {
  const first = days[0]
  if (first === undefined) return []
  const opens = openOf(first, trading.kind)
  const periodDay = dayOf(tradeDateStampNs(barTypeOf(size), first.day))
  return [...tradingDaysFrom(trading, periodDay, opens), ...days]
}

/** Trade dates from a day on whose session begins before an instant, as far as the contract lives. */
function tradingDaysFrom(trading: Trading, fromDay: number, endNs: bigint): readonly TradingDay[] {
  const days: TradingDay[] = []
  const toDay = dayOf(earlier(endNs, trading.life.endNs)) + OPENS_DAYS_BEFORE
  for (let day = Math.max(fromDay, dayOf(trading.life.startNs) - 1); day <= toDay; day++) {
    const found = trading.calendar.tradingDay(day)
    if (found !== undefined && isWithin(found, trading, endNs)) days.push(found)
  }
  return days
}

/** The last `count` trade dates whose session begins before an instant, ascending. */
function lastTradingDays(trading: Trading, count: number, endNs: bigint): readonly TradingDay[] {
  const days: TradingDay[] = []
  const firstDay = dayOf(trading.life.startNs) - 1
  for (let day = dayOf(earlier(endNs, trading.life.endNs)) + OPENS_DAYS_BEFORE; day >= firstDay; day--) {
    if (days.length === count) break
    const found = trading.calendar.tradingDay(day)
    if (found !== undefined && isWithin(found, trading, endNs)) days.unshift(found)
  }
  return days
}

/** How far before its trade date a session may open: over a holiday and a weekend, for CME. */
const OPENS_DAYS_BEFORE = 4

function isWithin(day: TradingDay, { kind, life }: Trading, endNs: bigint): boolean {
  const opensNs = openOf(day, kind)
  const closesNs = day[kind].at(-1)?.endNs ?? opensNs
  return opensNs < endNs && opensNs < life.endNs && closesNs > life.startNs
}

function openOf(day: TradingDay, kind: SessionKind): bigint {
  return (day[kind][0] as Interval).startNs
}

function barTypeOf({ step, unit }: BarSize): BarType {
  return { step, unit, priceType: 'LAST', origin: 'EXTERNAL' }
}

function later(a: bigint, b: bigint): bigint {
  return a > b ? a : b
}

function earlier(a: bigint, b: bigint): bigint {
  return a < b ? a : b
}
