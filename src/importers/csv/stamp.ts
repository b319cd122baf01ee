import { epochDay, MAX_NS, MS_NS, offsetNs, SECOND_NS, startOfDayNs, timeOfDayNs } from '../../model/time.js'
import type { Fault } from './fault.js'

export const DATE_FORMATS = ['M/D/Y', 'D/M/Y', 'Y/M/D'] as const
export type DateFormat = (typeof DATE_FORMATS)[number]

/** What a stamp's text says by itself, before any time zone or bar type. */
export interface Stamp {
  /** `date`: a day. `local`: a date and time of day on some clock. `instant`: it has its own offset, or is an epoch. */
  readonly kind: 'date' | 'local' | 'instant'
  /** Nanoseconds since 1970: of the instant; of a `date` or `local`, read as if it were UTC. */
  readonly ns: bigint
  /** Of an `instant` written with an offset other than UTC: the date-time as written, read as if it were UTC. */
  readonly writtenNs?: bigint
}

/** Years whose every instant is a 64-bit count of nanoseconds. */
const FIRST_YEAR = 1678
const LAST_YEAR = 2261

const EPOCH = /^(\d{9,19})(?:\.(\d{1,9}))?$/
const ISO_DATE = /^(\d{4})-(\d\d)-(\d\d)$/
const COMPACT_DATE = /^(\d{4})(\d\d)(\d\d)$/
const OTHER_DATE = /^(\d{1,4})([/.-])(\d{1,2})\2(\d{1,4})$/
const COMPACT_DATE_TIME = /^(\d{8})(\d{6})$/
/** `170000065`: a time of day with milliseconds, as HistData and Nautilus's test files run it together. */
const RUN_TOGETHER = /^(\d{6})(\d{3})$/
const TIME =
  /^(\d{1,2}):?(\d\d)(?::?(\d\d)(?:[.,](\d{1,9}))?)?(?:\s*([AP])\.?M\.?)?\s*(Z|UTC|GMT|[+-]\d\d(?::?\d\d)?)?$/i

/**
 * Makes a reader of the stamps of one file: ISO with `T` or a space, `20250102`, `20250102 09:30:12`,
 * `11/5/2019 9:30:00 AM` in the given order of month and day, and epochs, whose number of digits tells their unit.
 */
export function createStampReader(dateFormat: DateFormat): (text: string) => Stamp | Fault {
  // Rows come in runs of one date, so each date is read once a run.
  let lastText: string | undefined
  let lastDay: number | Fault = 0

  function readDate(text: string): number | Fault {
    if (text !== lastText) {
      lastDay = parseDate(text, dateFormat)
      lastText = text
    }
    return lastDay
  }

  return (text) => {
    const trimmed = text.trim()
    const cut = dateEnd(trimmed)
    if (cut !== undefined) return joinStamp(readDate(trimmed.slice(0, cut)), trimmed.slice(cut + 1), trimmed)
    const epoch = parseEpoch(trimmed)
    if (epoch !== undefined) return epoch
    const [, date, time] = COMPACT_DATE_TIME.exec(trimmed) ?? []
    if (date !== undefined && time !== undefined) return joinStamp(readDate(date), time, trimmed)
    const day = readDate(trimmed)
    return typeof day === 'number' ? { kind: 'date', ns: startOfDayNs(day) } : day
  }
}

/** Whether a text is a day without a time of day, in any of the spellings read here. */
export function isDateText(text: string): boolean {
  return [ISO_DATE, COMPACT_DATE, OTHER_DATE].some((it) => it.test(text.trim()))
}

/** Whether a text is a time of day. A bare number is not taken for one. */
export function isTimeText(text: string): boolean {
  return text.includes(':') && TIME.test(text.trim())
}

/** Where the date of a date-time ends: at its `T`, its space, or the second dash of `20250102-09:30:12`. */
function dateEnd(text: string): number | undefined {
  // ISO dates are ten characters long, so this is where nearly every stamp is cut.
  if (isSeparator(text.charCodeAt(10))) return 10
  if (text.charCodeAt(8) === DASH && COMPACT_DATE.test(text.slice(0, 8))) return 8
  const cut = text.search(/[ T]/)
  return cut < 0 ? undefined : cut
}

const DASH = 0x2d

function isSeparator(code: number): boolean {
  return code === 0x20 || code === 0x54
}

function joinStamp(day: number | Fault, timeText: string, text: string): Stamp | Fault {
  if (typeof day !== 'number') return day
  const plain = plainTime(day, timeText)
  if (plain !== undefined) return plain
  const match = TIME.exec(timeText.trim().replace(RUN_TOGETHER, '$1.$2'))
  if (match === null) return { message: `'${text}' is not a date-time` }
  const [, hourText, minute, second, fraction, half, offset] = match
  const hour = half === undefined ? Number(hourText) : hourOfHalfDay(Number(hourText), half)
  const timeNs = hour === undefined ? undefined : timeOfDayNs(hour, Number(minute), Number(second ?? 0), fraction)
  if (timeNs === undefined) return { message: `'${text}' names a time that does not exist` }
  const ns = startOfDayNs(day) + timeNs
  if (offset === undefined) return { kind: 'local', ns }
  const eastNs = offsetNsOf(offset)
  return eastNs === 0n ? { kind: 'instant', ns } : { kind: 'instant', ns: ns - eastNs, writtenNs: ns }
}

const COLON = 0x3a
const DOT = 0x2e
const LETTER_Z = 0x5a
const DIGIT_0 = 0x30
/** Nanoseconds in a unit of the last of so many digits below the second. */
const FRACTION_UNITS: readonly number[] = [1e9, 1e8, 1e7, 1e6, 1e5, 1e4, 1e3, 1e2, 10, 1]

/**
 * `14:30:00`, `14:30:00.123456789`, either with a `Z`: how nearly all stamps are written. Without the expression that
 * reads all the others a tick costs half as much.
 */
function plainTime(day: number, text: string): Stamp | undefined {
  if (text.charCodeAt(2) !== COLON || text.charCodeAt(5) !== COLON) return undefined
  const isUtc = text.charCodeAt(text.length - 1) === LETTER_Z
  const digits = text.length - (isUtc ? 1 : 0) - 9
  const [hour, minute, second] = [digitsAt(text, 0, 2), digitsAt(text, 3, 5), digitsAt(text, 6, 8)]
  if (!(hour <= 23 && minute <= 59 && second <= 59)) return undefined
  if (digits !== -1 && (text.charCodeAt(8) !== DOT || digits < 1 || digits > 9)) return undefined
  const fraction = digits === -1 ? 0 : digitsAt(text, 9, 9 + digits)
  if (Number.isNaN(fraction)) return undefined
  const fractionNs = fraction === 0 ? 0 : fraction * (FRACTION_UNITS[digits] as number)
  const ns = BigInt(day * 86_400 + hour * 3600 + minute * 60 + second) * SECOND_NS + BigInt(fractionNs)
  return { kind: isUtc ? 'instant' : 'local', ns }
}

/** The number that the characters `[from, to)` write, NaN when they are not all digits. */
function digitsAt(text: string, from: number, to: number): number {
  let value = 0
  for (let at = from; at < to; at++) {
    const digit = text.charCodeAt(at) - DIGIT_0
    if (!(digit >= 0 && digit <= 9)) return Number.NaN
    value = value * 10 + digit
  }
  return value
}

function hourOfHalfDay(hour: number, half: string): number | undefined {
  if (hour < 1 || hour > 12) return undefined
  return (hour % 12) + (half.toUpperCase() === 'P' ? 12 : 0)
}

function offsetNsOf(text: string): bigint {
  return /^[A-Z]/i.test(text) ? 0n : offsetNs(text)
}

/**
 * Epochs by their number of digits. One digit less is before 2001-09-09; not so for milliseconds, whose twelve digits
 * could as well be 202501020930.
 */
const EPOCH_UNITS = [
  { digits: [9, 10], ns: SECOND_NS },
  { digits: [13], ns: MS_NS },
  { digits: [15, 16], ns: 1000n },
  { digits: [18, 19], ns: 1n },
]

function parseEpoch(text: string): Stamp | Fault | undefined {
  const match = EPOCH.exec(text)
  if (match === null) return undefined
  const [, whole = '', fraction = ''] = match
  const unit = EPOCH_UNITS.find(({ digits }) => digits.includes(whole.length))
  if (unit === undefined || (fraction !== '' && unit.ns !== SECOND_NS)) return undefined
  const ns = BigInt(whole) * unit.ns + (fraction === '' ? 0n : BigInt(fraction.padEnd(9, '0')))
  return ns > MAX_NS ? outsideYears(text) : { kind: 'instant', ns }
}

function parseDate(text: string, dateFormat: DateFormat): number | Fault {
  const padded = ISO_DATE.exec(text) ?? COMPACT_DATE.exec(text)
  if (padded !== null) return dayOfDate(text, Number(padded[1]), Number(padded[2]), Number(padded[3]))
  const other = OTHER_DATE.exec(text)
  if (other === null) return { message: `'${text}' is not a date` }
  const [, first = '', , second = '', third = ''] = other
  if (first.length === 4) return dayOfDate(text, Number(first), Number(second), Number(third))
  return parseOrderedDate(text, [first, second, third], dateFormat)
}

const ORDERS = {
  'M/D/Y': { year: 2, month: 0, day: 1 },
  'D/M/Y': { year: 2, month: 1, day: 0 },
  'Y/M/D': { year: 0, month: 1, day: 2 },
} as const satisfies Record<DateFormat, unknown>

function parseOrderedDate(text: string, fields: readonly string[], dateFormat: DateFormat): number | Fault {
  const { year, month, day } = ORDERS[dateFormat]
  const numberAt = (index: number): number => Number(fields[index])
  const yearText = fields[year] ?? ''
  if (numberAt(month) >= 1 && numberAt(month) <= 12 && isYear(yearText)) {
    return dayOfDate(text, fullYear(yearText), numberAt(month), numberAt(day))
  }
  const fitting = readings(fields).filter((it) => it !== dateFormat)
  const why = isYear(yearText) ? `${fields[month]} is not a month` : `'${yearText}' is not a year`
  const message = `'${text}' is not a date in the order ${dateFormat}: ${why}`
  // A date that some other order fits says that this order is wrong, for this row and so for all.
  if (fitting.length === 0) return { message }
  return { message, steps: [`Say in which order the file writes dates: --date-format ${fitting.join(' or ')}.`] }
}

function readings(fields: readonly string[]): readonly DateFormat[] {
  return (Object.keys(ORDERS) as DateFormat[]).filter((format) => {
    const { year, month, day } = ORDERS[format]
    const yearText = fields[year] ?? ''
    return isYear(yearText) && epochDay(fullYear(yearText), Number(fields[month]), Number(fields[day])) !== undefined
  })
}

function isYear(text: string): boolean {
  return text.length === 4 || text.length === 2
}

/** Excel's short dates have two digits for the year; POSIX reads 69..99 as the 1900s. */
function fullYear(text: string): number {
  const year = Number(text)
  if (text.length === 4) return year
  return year + (year >= 69 ? 1900 : 2000)
}

function dayOfDate(text: string, year: number, month: number, day: number): number | Fault {
  if (year < FIRST_YEAR || year > LAST_YEAR) return outsideYears(text)
  return epochDay(year, month, day) ?? { message: `'${text}' names a day that does not exist` }
}

function outsideYears(text: string): Fault {
  return { message: `'${text}' lies outside the years ${FIRST_YEAR} to ${LAST_YEAR}` }
}
