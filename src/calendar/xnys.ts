import { HOUR_NS, MINUTE_NS } from '../model/time.js'
import { type Calendar, createCalendar, type SessionHours, sessionAt, type TradingDay } from './calendar.js'
import { isWeekend } from './civil.js'
import { closureOf, earlyCloseOf, ONE_OCLOCK_NS } from './us-holidays.js'

const TIME_ZONE = 'America/New_York'

/** The session of an ordinary day, and what trades around it, on the New York clock. */
const REGULAR: SessionHours = { opensNs: 9n * HOUR_NS + 30n * MINUTE_NS, closesNs: 16n * HOUR_NS }
const EXTENDED: SessionHours = { opensNs: 4n * HOUR_NS, closesNs: 20n * HOUR_NS }
const HALF_DAY_EXTENDED_CLOSES_NS = 17n * HOUR_NS

/**
 * The US stock exchanges, which share one calendar: 09:30 to 16:00 New York time, extended 04:00 to 20:00; half days
 * close at 13:00, extended at 17:00.
 *
 * Years from 1990, where the record it is tested against begins, to 2049: the exchanges publish a few years ahead,
 * beyond that the rules are today's. Halts and delayed openings within a day (the storm of 1996-01-08, the noon opening of
 * 2002-09-11) are not closures: such a day keeps its scheduled hours.
 */
export const XNYS: Calendar = createCalendar({
  name: 'XNYS',
  timeZone: TIME_ZONE,
  years: { first: 1990, last: 2049 },
  tradingDay,
})

function tradingDay(day: number): TradingDay | undefined {
  if (isWeekend(day) || closureOf(day) !== undefined) return undefined
  const closesNs = earlyCloseOf(day)?.closesNs ?? REGULAR.closesNs
  // Only the 13:00 closes shorten the evening: the 14:00 ones ended in 1992 and left no record of theirs.
  const extendedClosesNs = closesNs === ONE_OCLOCK_NS ? HALF_DAY_EXTENDED_CLOSES_NS : EXTENDED.closesNs
  return {
    day,
    regular: [sessionAt(TIME_ZONE, day, { opensNs: REGULAR.opensNs, closesNs })],
    extended: [sessionAt(TIME_ZONE, day, { opensNs: EXTENDED.opensNs, closesNs: extendedClosesNs })],
  }
}
