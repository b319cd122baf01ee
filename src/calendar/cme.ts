import { HOUR_NS } from '../model/time.js'
import { type Calendar, createCalendar, type SessionHours, sessionAt } from './calendar.js'
import { isWeekend } from './civil.js'
import { CLOSES_NS, commonCloseNs } from './cme-days.js'

const TIME_ZONE = 'America/Chicago'

/** 17:00 of the evening before, also when that evening is a Sunday or ends a holiday. */
const OPENS_NS = -7n * HOUR_NS

/**
 * The CME Globex day for whatever has no table of its own in `cme-products.ts`: 17:00 of the evening before to 16:00
 * Chicago time, closed on New Year, Good Friday, Christmas and national days of mourning, until noon on the other US
 * holidays, the day after Thanksgiving and Christmas Eve.
 *
 * Trade dates and early closes are those of exchange_calendars' CMES, 1990 to 2027, which keeps one calendar for all
 * of CME and takes noon for every early close. Two things are not taken from it: its day lasts 24 hours, but Globex
 * stops from 16:00 to 17:00; and a holiday with a noon close is a trade date of its own there and here, though the
 * exchange books its trades under the next date: the minutes are the same, and vendors have a daily bar for it.
 *
 * `regular` is the whole session: a future has no core session as a stock has, its prices are made around the clock
 * and settlement is no close. `extended` is the same, but for some products in earlier years.
 *
 * Years from 1990, where that record begins, to 2049; beyond what the exchange has published the rules are today's.
 * The hours are today's in all years: the halt of the equity index futures from 15:15 to 15:30 (until June 2021), and
 * the pit hours before Globex, count as open.
 */
export const CME: Calendar = createCmeCalendar({ name: 'CME', closeNs: commonCloseNs })

export interface CmeRules {
  readonly name: string
  /** When a weekday's session ends, nanoseconds since midnight in Chicago; `undefined` when it has none. */
  readonly closeNs: (day: number) => bigint | undefined
  /** When extended trading ends on a day without an early close; the regular close where it is not given. */
  readonly extendedCloseNs?: (day: number) => bigint
}

export function createCmeCalendar({ name, closeNs, extendedCloseNs }: CmeRules): Calendar {
  return createCalendar({
    name,
    timeZone: TIME_ZONE,
    years: { first: 1990, last: 2049 },
    tradingDay: (day) => {
      const closesNs = isWeekend(day) ? undefined : closeNs(day)
      if (closesNs === undefined) return undefined
      const hours: SessionHours = { opensNs: OPENS_NS, closesNs }
      const regular = [sessionAt(TIME_ZONE, day, hours)]
      if (extendedCloseNs === undefined || closesNs < CLOSES_NS) return { day, regular, extended: regular }
      const extended = [sessionAt(TIME_ZONE, day, { opensNs: OPENS_NS, closesNs: extendedCloseNs(day) })]
      return { day, regular, extended }
    },
  })
}
