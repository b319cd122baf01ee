import { type Calendar, createCalendar, sessionAt } from '../../src/calendar/calendar.js'
import { civilDay, isWeekend } from '../../src/calendar/civil.js'
import { HOUR_NS } from '../../src/model/time.js'

const TIME_ZONE = 'America/Chicago'
const MARTIN_LUTHER_KING_2024 = civilDay(2024, 1, 15)

/**
 * A futures calendar in small: a trade date's session opens at 17:00 Chicago time of the evening before, and a
 * holiday's hours belong to the next trade date, which then opens two evenings before. Regular is 08:30 to 15:00.
 */
export const EVENING: Calendar = createCalendar({
  name: 'EVENING',
  timeZone: TIME_ZONE,
  years: { first: 2023, last: 2024 },
  tradingDay: (day) => {
    if (isWeekend(day) || day === MARTIN_LUTHER_KING_2024) return undefined
    const opensNs = day === MARTIN_LUTHER_KING_2024 + 1 ? -31n * HOUR_NS : -7n * HOUR_NS
    return {
      day,
      regular: [sessionAt(TIME_ZONE, day, { opensNs: (17n * HOUR_NS) / 2n, closesNs: 15n * HOUR_NS })],
      extended: [sessionAt(TIME_ZONE, day, { opensNs, closesNs: 16n * HOUR_NS })],
    }
  },
})
