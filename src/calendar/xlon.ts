import { HOUR_NS, MINUTE_NS } from '../model/time.js'
import { type Calendar, createCalendar, sessionAt, type TradingDay } from './calendar.js'
import { isWeekend } from './civil.js'
import { isUkHalfDay, ukClosureOf } from './uk-holidays.js'

const TIME_ZONE = 'Europe/London'

/** On the London clock. */
const OPENS_NS = 8n * HOUR_NS
const CLOSES_NS = 16n * HOUR_NS + 30n * MINUTE_NS
const HALF_DAY_CLOSES_NS = 12n * HOUR_NS + 30n * MINUTE_NS

/**
 * After the close there is an auction of five minutes (the uncrossing prints up to 30 s later) and five minutes of
 * trading at its price: the day's largest print comes after 16:30. Before the open nothing trades. The record has no such
 * times: these are the exchange's own, of today, in all years.
 */
const CLOSING_AUCTION_NS = 10n * MINUTE_NS

/**
 * The London Stock Exchange (SETS): 08:00 to 16:30 London time, 12:30 on the last trading days before Christmas and New
 * Year; extended goes on through the closing auction and the closing price crossing, ten minutes more.
 *
 * Years from 1990, where the record it is tested against begins, to 2049: one-off bank holidays are proclaimed a year or
 * two ahead, beyond that the rules are today's. The hours are today's in all years, as in that record.
 */
export const XLON: Calendar = createCalendar({
  name: 'XLON',
  timeZone: TIME_ZONE,
  years: { first: 1990, last: 2049 },
  tradingDay,
})

function tradingDay(day: number): TradingDay | undefined {
  if (isWeekend(day) || ukClosureOf(day) !== undefined) return undefined
  const regular = sessionAt(TIME_ZONE, day, {
    opensNs: OPENS_NS,
    closesNs: isUkHalfDay(day) ? HALF_DAY_CLOSES_NS : CLOSES_NS,
  })
  const extended = { startNs: regular.startNs, endNs: regular.endNs + CLOSING_AUCTION_NS }
  return { day, regular: [regular], extended: [extended] }
}
