import { HOUR_NS } from '../model/time.js'
import { yearOf } from './civil.js'
import { closureOf, earlyCloseOf } from './us-holidays.js'

/** What a weekday is to the futures exchanges of CME Group. */
export type CmeDay =
  | 'ordinary'
  /** New Year and Christmas: every product is closed. */
  | 'closed'
  | 'Good Friday'
  /** A national day of mourning. */
  | 'mourning'
  /** A US holiday on which Globex trades into the day. */
  | 'holiday'
  | 'day after Thanksgiving'
  | 'Christmas Eve'
  /** Stocks close at 13:00 New York time. */
  | 'eve of Independence Day'

/** When the daily break begins, nanoseconds since midnight in Chicago, as are all times of these files. */
export const CLOSES_NS: bigint = 16n * HOUR_NS
export const NOON_NS: bigint = 12n * HOUR_NS

const FIRST_YEAR_OF_CLOSE_AFTER_THANKSGIVING = 1993

/** Right for weekdays from 1990 on. */
export function cmeDayOf(day: number): CmeDay {
  const closure = closureOf(day)
  switch (closure) {
    case undefined:
      return halfDayOf(day)
    case "New Year's Day":
    case 'Christmas':
      return 'closed'
    case 'Good Friday':
      return 'Good Friday'
    // Globex was shut, or nearly so, with the stock exchanges; the records have no hours for these days.
    case 'Attacks of September 11':
    case 'Hurricane Sandy':
      return 'ordinary'
    default:
      return closure.startsWith('Mourning') ? 'mourning' : 'holiday'
  }
}

function halfDayOf(day: number): CmeDay {
  switch (earlyCloseOf(day)?.name) {
    case 'Christmas Eve':
      return 'Christmas Eve'
    case 'Day after Thanksgiving':
      return yearOf(day) < FIRST_YEAR_OF_CLOSE_AFTER_THANKSGIVING ? 'ordinary' : 'day after Thanksgiving'
    case 'Eve of Independence Day':
      return 'eve of Independence Day'
    default:
      return 'ordinary'
  }
}

/** The close of a weekday where nothing is known of the product; `undefined` when there is no session. */
export function commonCloseNs(day: number): bigint | undefined {
  switch (cmeDayOf(day)) {
    case 'closed':
    case 'Good Friday':
    case 'mourning':
      return undefined
    case 'holiday':
    case 'day after Thanksgiving':
    case 'Christmas Eve':
      return NOON_NS
    case 'ordinary':
    case 'eve of Independence Day':
      return CLOSES_NS
  }
}
