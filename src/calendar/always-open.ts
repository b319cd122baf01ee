import { type Calendar, type DayRange, openAllDay } from './calendar.js'

/** No day needs a rule, so every day is open. */
const NO_RULES: DayRange = { fromDay: 0, toDay: 0 }

/** Venues that never close (crypto). The trade date is the UTC day. */
export const ALWAYS_OPEN: Calendar = { name: '24/7', timeZone: 'UTC', known: NO_RULES, tradingDay: openAllDay }

/** For a venue whose hours are not known: nothing may be taken for closed. */
export const NO_CALENDAR: Calendar = { name: 'none', timeZone: 'UTC', known: NO_RULES, tradingDay: openAllDay }
