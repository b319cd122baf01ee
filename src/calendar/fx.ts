import { HOUR_NS } from '../model/time.js'
import { type Calendar, createCalendar, sessionAt, type TradingDay } from './calendar.js'
import { isWeekend } from './civil.js'

const TIME_ZONE = 'America/New_York'

/** One trade date ends and the next begins at 17:00 New York time; Sunday's opens Monday's. */
const HOURS = { opensNs: -7n * HOUR_NS, closesNs: 17n * HOUR_NS }

/**
 * Spot foreign exchange, Sunday 17:00 to Friday 17:00 New York time. The trade date is the date of the 17:00 close, so
 * Christmas and New Year are closed from 17:00 of the eve to 17:00 of the day. Extended is the same.
 *
 * That is the week of Interactive Brokers and FXCM in Lean's market hours, and the two days are those on which Lean has
 * OANDA shut from 17:00 to 17:00 (2018 on). What brokers do besides counts as open here, because the others trade then:
 * OANDA's pause from 16:58 to 17:03, FXCM's 14:00 close on Christmas Eve and 02:00 opening on December 26, and the
 * days that each of them made a holiday of its own. Interactive Brokers' record has no holidays at all.
 *
 * Years from 2005, where that record begins, to 2049.
 */
export const FX: Calendar = createCalendar({
  name: 'FX',
  timeZone: TIME_ZONE,
  years: { first: 2005, last: 2049 },
  tradingDay,
})

function tradingDay(day: number): TradingDay | undefined {
  if (isWeekend(day) || isHoliday(day)) return undefined
  const sessions = [sessionAt(TIME_ZONE, day, HOURS)]
  return { day, regular: sessions, extended: sessions }
}

/** Christmas and New Year themselves; on a weekend they are not made up for. */
function isHoliday(day: number): boolean {
  const date = new Date(day * 86_400_000)
  const monthAndDate = `${date.getUTCMonth() + 1}-${date.getUTCDate()}`
  return monthAndDate === '12-25' || monthAndDate === '1-1'
}
