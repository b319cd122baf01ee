import { HOUR_NS, MINUTE_NS } from '../model/time.js'
import type { Calendar } from './calendar.js'
import { civilDay } from './civil.js'
import { createCmeCalendar } from './cme.js'
import { closeNsOf, type EarlyCloses, type OneOff } from './cme-close.js'
import { CLOSES_NS } from './cme-days.js'
import { words } from './words.js'

/**
 * The calendar of a future on CME, CBOT, NYMEX or COMEX by its symbol: `ESZ4`, `ESZ24`, `ES Z4`, `ES=F`, `ES`.
 * `undefined` for a product whose hours are not known (grains, livestock, crypto, …).
 *
 * Hours of all of them: 17:00 of the evening before to 16:00 Chicago time. They differ in their early closes, held
 * against Lean's market hours, 2009 to 2026. Where those and exchange_calendars (see `cme.ts`) disagree:
 * - Early closes of a product, and the short sessions of Good Fridays with an employment report, are Lean's: the
 *   other record has one table for all of CME.
 * - Trade dates and evenings are exchange_calendars': Lean's closed days (until 2023) lose the evening that opens the next
 *   date and keep the one that would open the closed one; its early closes on July 3 (but 2025) lose that evening too.
 * - Days of mourning are CME's notices: equity index futures traded until 08:30, interest rates were closed in 2018
 *   and closed at 12:15 in 2025, all others were open. Lean has all closed in 2018; 2025 differs by exchange.
 * - Lean leaves out the day after Thanksgiving of 2024 and, for equities, July 3 of 2023 and 2024: the rules stand.
 * - Lean's 10:30 for interest rates on 2011-05-30 is that day's time of equities: noon, as on every other holiday.
 * - Christmas of 2025, on which Lean has some products open until 16:00, is closed.
 * - Hurricane Sandy, a closure in Lean, counts as open.
 * - Gold, silver, copper and platinum of full size keep the hours of crude oil and of the micro metals: for them Lean
 *   has whole days closed on holidays until 2020 to 2023, and the same times as for crude oil since.
 */
export function cmeCalendarOf(symbol: string): Calendar | undefined {
  const continuous = BY_ROOT.get(symbol)
  if (continuous !== undefined) return continuous
  const root = SYMBOL.exec(symbol)?.[1]
  return root === undefined ? undefined : BY_ROOT.get(root)
}

/** Root, then month letter and year, or Yahoo's `=F` for the front month. */
const SYMBOL = /^([A-Z0-9]{1,3}?)(?:=F| ?[FGHJKMNQUVXZ]\d{1,2})$/

const at = (hour: number, minute = 0): bigint => BigInt(hour) * HOUR_NS + BigInt(minute) * MINUTE_NS

/** The beginning of the record. */
const FIRST = civilDay(2009, 1, 1)
/** Until then index futures stopped for holidays before noon. */
const NOON_HOLIDAYS = civilDay(2014, 5, 26)
const YEAR_2022 = civilDay(2022, 1, 1)
const YEAR_2024 = civilDay(2024, 1, 1)
const YEAR_2025 = civilDay(2025, 1, 1)
const MOURNING_2018 = { day: civilDay(2018, 12, 5), why: 'Mourning for President George H. W. Bush' }
const MOURNING_2025 = { day: civilDay(2025, 1, 9), why: 'Mourning for President Carter' }

const EQUITY_INDEX: EarlyCloses = {
  holidays: [
    { sinceDay: FIRST, closesNs: at(10, 30) },
    { sinceDay: NOON_HOLIDAYS, closesNs: at(12) },
  ],
  dayAfterThanksgiving: [{ sinceDay: FIRST, closesNs: at(12, 15) }],
  christmasEve: [{ sinceDay: FIRST, closesNs: at(12, 15) }],
  eveOfIndependenceDay: at(12, 15),
  reportFriday: at(8, 15),
  oneOffs: [
    { ...MOURNING_2018, closesNs: at(8, 30) },
    { ...MOURNING_2025, closesNs: at(8, 30) },
  ],
}

/** Days before 2016 on which floor products closed early with no Monday holiday after them. */
const FLOOR_CLOSES: readonly OneOff[] = [
  { day: civilDay(2009, 4, 9), closesNs: at(15, 15), why: 'Eve of Good Friday' },
  { day: civilDay(2009, 10, 9), closesNs: at(15, 15), why: 'Friday before Columbus Day' },
  { day: civilDay(2010, 10, 8), closesNs: at(15, 15), why: 'Friday before Columbus Day' },
  { day: civilDay(2010, 12, 31), closesNs: at(12, 15), why: "New Year's Eve" },
  { day: civilDay(2011, 10, 7), closesNs: at(15, 15), why: 'Friday before Columbus Day' },
  { day: civilDay(2012, 10, 5), closesNs: at(15, 15), why: 'Friday before Columbus Day' },
]

const FLOOR_FRIDAYS = { fromDay: FIRST, toDay: civilDay(2015, 6, 1), closesNs: at(15, 15) }

const CURRENCIES: EarlyCloses = {
  holidays: [
    { sinceDay: FIRST, closesNs: at(12) },
    { sinceDay: YEAR_2022, closesNs: CLOSES_NS },
  ],
  // 2024 is in no record: the later of the times before and after it, so that nothing is taken for closed.
  dayAfterThanksgiving: [
    { sinceDay: FIRST, closesNs: at(12, 15) },
    { sinceDay: YEAR_2024, closesNs: at(13, 45) },
  ],
  christmasEve: [
    { sinceDay: FIRST, closesNs: at(12, 15) },
    { sinceDay: YEAR_2025, closesNs: at(12, 45) },
  ],
  reportFriday: at(10, 15),
  fridayBefore: FLOOR_FRIDAYS,
  oneOffs: FLOOR_CLOSES,
}

const INTEREST_RATES: EarlyCloses = {
  holidays: [{ sinceDay: FIRST, closesNs: at(12) }],
  dayAfterThanksgiving: [{ sinceDay: FIRST, closesNs: at(12, 15) }],
  christmasEve: [{ sinceDay: FIRST, closesNs: at(12, 15) }],
  reportFriday: at(10, 15),
  fridayBefore: FLOOR_FRIDAYS,
  oneOffs: [...FLOOR_CLOSES, { ...MOURNING_2018, closesNs: undefined }, { ...MOURNING_2025, closesNs: at(12, 15) }],
}

const ENERGY_AND_METALS: EarlyCloses = {
  holidays: [
    { sinceDay: FIRST, closesNs: at(12, 15) },
    { sinceDay: NOON_HOLIDAYS, closesNs: at(12) },
    { sinceDay: YEAR_2022, closesNs: at(13, 30) },
  ],
  dayAfterThanksgiving: [
    { sinceDay: FIRST, closesNs: at(12, 45) },
    { sinceDay: YEAR_2024, closesNs: at(13, 45) },
  ],
  christmasEve: [{ sinceDay: FIRST, closesNs: at(12, 45) }],
  fridayBefore: { fromDay: civilDay(2009, 5, 1), toDay: civilDay(2011, 2, 1), closesNs: at(15, 15) },
  oneOffs: [
    { day: civilDay(2009, 1, 19), closesNs: CLOSES_NS, why: 'Holidays were still traded through' },
    { day: civilDay(2009, 2, 16), closesNs: CLOSES_NS, why: 'Holidays were still traded through' },
    { day: civilDay(2009, 7, 3), closesNs: at(12, 30), why: 'Independence Day' },
    { day: civilDay(2009, 10, 9), closesNs: at(15, 15), why: 'Friday before Columbus Day' },
    { day: civilDay(2010, 10, 8), closesNs: at(15, 15), why: 'Friday before Columbus Day' },
    { day: civilDay(2010, 12, 31), closesNs: at(15, 15), why: "New Year's Eve" },
  ],
}

/** First trade dates of the closes at 16:15 (equities) and at 16:00, as brokers relayed CME's notices. */
const AT_1615 = civilDay(2012, 11, 19)
const AT_1600 = civilDay(2015, 9, 21)

/**
 * What traded after 16:00 in earlier years is `extended`: Lean's hours, which `regular` is held to, are today's. No record
 * confirms the 16:30 of equities before 2012, nor the 16:15 of energy and metals in all years before 2015.
 */
const equityExtendedNs = (day: number): bigint =>
  day >= AT_1600 ? CLOSES_NS : day >= AT_1615 ? at(16, 15) : at(16, 30)
const energyExtendedNs = (day: number): bigint => (day >= AT_1600 ? CLOSES_NS : at(16, 15))

/** A calendar for each group whose early closes are the same, named by its best known product, with its roots. */
const PRODUCTS: readonly (readonly [Calendar, readonly string[]])[] = [
  [
    calendarOf('CME-ES', EQUITY_INDEX, equityExtendedNs),
    words('ES MES NQ MNQ RTY M2K EMD SDA ESG E3G ENY RS1 BIO EI IBV FTU FT1 FT5 NKD NIY TPD TPY YM MYM'),
  ],
  [
    calendarOf('CME-6E', CURRENCIES),
    words(`
      6A 6B 6C 6E 6J 6L 6M 6N 6R 6S 6Z E7 J7 M6A M6B M6C M6E M6J M6S MCD MIR MJY MNH MSF
      ACD AJY ANE CJY CNH EAD ECD ESK
    `),
  ],
  [calendarOf('CME-ZN', INTEREST_RATES), words('ZT ZF ZN TN ZB UB 2YY 5YY 10Y 30Y')],
  [
    calendarOf('CME-CL', ENERGY_AND_METALS, energyExtendedNs),
    words('CL MCL BZ HO RB NG HH HP GC MGC MGT SI SIL HG PL PA'),
  ],
]

/** The calendars of the products, for those who name one. */
export const CME_PRODUCT_CALENDARS: readonly Calendar[] = PRODUCTS.map(([calendar]) => calendar)

const BY_ROOT: ReadonlyMap<string, Calendar> = new Map(
  PRODUCTS.flatMap(([calendar, roots]) => roots.map((root) => [root, calendar] as const)),
)

function calendarOf(name: string, rules: EarlyCloses, extendedCloseNs?: (day: number) => bigint): Calendar {
  const closeNs = (day: number): bigint | undefined => closeNsOf(rules, day)
  return createCmeCalendar(extendedCloseNs === undefined ? { name, closeNs } : { name, closeNs, extendedCloseNs })
}
