import { FRIDAY, weekdayOf, yearOf } from './civil.js'
import { CLOSES_NS, cmeDayOf, commonCloseNs, NOON_NS } from './cme-days.js'

/** From `sinceDay` on (days since 1970-01-01), closes at `closesNs` (nanoseconds since midnight in Chicago). */
export interface Since {
  readonly sinceDay: number
  readonly closesNs: bigint
}

/** One day on which a product did not follow its rules. `closesNs: undefined` is a day without a session. */
export interface OneOff {
  readonly day: number
  readonly closesNs: bigint | undefined
  readonly why: string
}

/** When the session of a group of products ends before 16:00, from the year on that the record begins. */
export interface EarlyCloses {
  /** US holidays on which Globex trades; ascending. From 2022 on those that are a Friday end at noon all the same. */
  readonly holidays: readonly Since[]
  readonly dayAfterThanksgiving: readonly Since[]
  readonly christmasEve: readonly Since[]
  /** July 3 when stocks close early too. */
  readonly eveOfIndependenceDay?: bigint
  /** Good Friday when the employment report comes out that morning; closed where it is not given. */
  readonly reportFriday?: bigint
  /** Fridays before a Monday holiday, in the years when products traded by open outcry closed early. */
  readonly fridayBefore?: { readonly fromDay: number; readonly toDay: number; readonly closesNs: bigint }
  readonly oneOffs: readonly OneOff[]
}

/** The year in which the record of each product's early closes (Lean's) begins; before it, {@link commonCloseNs}. */
const FIRST_YEAR = 2009

/** The close of a weekday, nanoseconds since midnight in Chicago; `undefined` when there is no session. */
export function closeNsOf(rules: EarlyCloses, day: number): bigint | undefined {
  if (yearOf(day) < FIRST_YEAR) return commonCloseNs(day)
  const oneOff = rules.oneOffs.find((it) => it.day === day)
  if (oneOff !== undefined) return oneOff.closesNs
  switch (cmeDayOf(day)) {
    case 'closed':
      return undefined
    case 'Good Friday':
      return isReportFriday(day) ? rules.reportFriday : undefined
    case 'holiday':
      return holidayCloseNs(rules, day)
    case 'day after Thanksgiving':
      return inForce(rules.dayAfterThanksgiving, day)
    case 'Christmas Eve':
      return inForce(rules.christmasEve, day)
    case 'eve of Independence Day':
      return rules.eveOfIndependenceDay ?? CLOSES_NS
    case 'mourning':
    case 'ordinary':
      return fridayCloseNs(rules, day)
  }
}

/** Globex trades through most holidays since 2022, but not into a weekend. */
const FIRST_YEAR_OF_NOON_FRIDAYS = 2022

function holidayCloseNs(rules: EarlyCloses, day: number): bigint {
  if (weekdayOf(day) === FRIDAY && yearOf(day) >= FIRST_YEAR_OF_NOON_FRIDAYS) return NOON_NS
  return inForce(rules.holidays, day)
}

function fridayCloseNs({ fridayBefore }: EarlyCloses, day: number): bigint {
  if (fridayBefore === undefined || weekdayOf(day) !== FRIDAY) return CLOSES_NS
  if (day < fridayBefore.fromDay || day >= fridayBefore.toDay) return CLOSES_NS
  return cmeDayOf(day + 3) === 'holiday' ? fridayBefore.closesNs : CLOSES_NS
}

/** The report comes out on the first Friday of the month. */
function isReportFriday(day: number): boolean {
  const date = new Date(day * 86_400_000).getUTCDate()
  return date <= 7
}

function inForce(times: readonly Since[], day: number): bigint {
  return times.findLast((it) => it.sinceDay <= day)?.closesNs ?? CLOSES_NS
}
