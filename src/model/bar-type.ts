import { InvalidRequestError } from './errors.js'
import { type InstrumentId, symbolOf, venueOf } from './instrument.js'
import { DAY_NS, dayOf, epochDay, floorTo, HOUR_NS, MINUTE_NS, MS_NS, SECOND_NS, startOfDayNs } from './time.js'

export type BarUnit = 'MILLISECOND' | 'SECOND' | 'MINUTE' | 'HOUR' | 'DAY' | 'WEEK' | 'MONTH' | 'YEAR'
export type PriceType = 'BID' | 'ASK' | 'MID' | 'LAST' | 'MARK'
export type BarOrigin = 'EXTERNAL' | 'INTERNAL'

/** How bars are built: `1-MINUTE-LAST-EXTERNAL`. Grammar and step rules are Nautilus's, time aggregations only. */
export interface BarType {
  readonly step: number
  readonly unit: BarUnit
  readonly priceType: PriceType
  readonly origin: BarOrigin
}

const UNITS: Readonly<
  Record<BarUnit, { readonly lengthNs: bigint | undefined; readonly stepDivides: number | undefined }>
> = {
  MILLISECOND: { lengthNs: MS_NS, stepDivides: 1000 },
  SECOND: { lengthNs: SECOND_NS, stepDivides: 60 },
  MINUTE: { lengthNs: MINUTE_NS, stepDivides: 60 },
  HOUR: { lengthNs: HOUR_NS, stepDivides: 24 },
  DAY: { lengthNs: undefined, stepDivides: undefined },
  WEEK: { lengthNs: undefined, stepDivides: undefined },
  MONTH: { lengthNs: undefined, stepDivides: 12 },
  YEAR: { lengthNs: undefined, stepDivides: undefined },
}
const PRICE_TYPES: readonly PriceType[] = ['BID', 'ASK', 'MID', 'LAST', 'MARK']
const SHORT_UNITS: Readonly<Record<string, BarUnit>> = { s: 'SECOND', m: 'MINUTE', h: 'HOUR', d: 'DAY', w: 'WEEK' }

/**
 * Parses `1-MINUTE-LAST-EXTERNAL`, `1-MINUTE-LAST`, `1-MINUTE` or the short `1m 5m 1h 1d 1s 1w`.
 * Without a price type an FX pair is MID, everything else LAST; without an origin it is EXTERNAL.
 *
 * @throws InvalidRequestError
 */
export function parseBarType(text: string, instrument?: InstrumentId): BarType {
  // A capital M is a month in half of the field and a minute in the other: it has to be spelled out.
  const short = /^(\d+)([smhdwSHDW])$/.exec(text.trim())
  const parts = short
    ? [short[1] as string, SHORT_UNITS[(short[2] as string).toLowerCase()] as string]
    : text.trim().toUpperCase().split('-')
  const [stepText = '', unit = '', priceType = isFx(instrument) ? 'MID' : 'LAST', origin = 'EXTERNAL', ...rest] = parts
  const step = /^[1-9]\d{0,5}$/.test(stepText) ? Number(stepText) : undefined
  if (rest.length > 0 || step === undefined || !isUnit(unit) || !isPriceType(priceType) || !isOrigin(origin)) {
    throw new InvalidRequestError(`'${text}' is not a bar type`, {
      steps: [
        'Write STEP-UNIT-PRICE, for example 1-MINUTE-LAST or 1-DAY-BID, or short: 1s 1m 5m 1h 1d 1w.',
        `UNIT is one of ${Object.keys(UNITS).join(' ')}; PRICE is one of ${PRICE_TYPES.join(' ')}.`,
      ],
    })
  }
  const divides = UNITS[unit].stepDivides
  if (divides !== undefined && (step >= divides || divides % step !== 0)) {
    throw new InvalidRequestError(`'${text}' is not a bar type: a ${unit} step must divide ${divides} and be less`, {
      steps: [
        unit === 'MINUTE' && step === 60 ? 'Write 1-HOUR for 60 minutes.' : `Choose a step that divides ${divides}.`,
      ],
    })
  }
  return { step, unit, priceType, origin }
}

/** Spelled in full: `1-MINUTE-LAST-EXTERNAL`. */
export function formatBarType(barType: BarType): string {
  return `${barType.step}-${barType.unit}-${barType.priceType}-${barType.origin}`
}

/** Whether bars live at instants (up to an hour) rather than in trade dates (a day and longer). */
export function isIntraday(barType: BarType): boolean {
  return UNITS[barType.unit].lengthNs !== undefined
}

/** Length of an intraday bar in nanoseconds; `undefined` for daily and longer bars, whose length the calendar decides. */
export function barLengthNs(barType: BarType): bigint | undefined {
  const lengthNs = UNITS[barType.unit].lengthNs
  return lengthNs === undefined ? undefined : lengthNs * BigInt(barType.step)
}

/** Start of the stamp after the one `tsEventNs` belongs to: what a bar covers is `[start, nextBarStart)`. */
export function nextBarStartNs(barType: BarType, tsEventNs: bigint): bigint {
  const lengthNs = barLengthNs(barType)
  if (lengthNs !== undefined) return tsEventNs + lengthNs
  const date = new Date(dayOf(tsEventNs) * 86_400_000)
  const year = date.getUTCFullYear()
  const month = date.getUTCMonth() + 1
  if (barType.unit === 'DAY') return floorTo(tsEventNs, DAY_NS) + BigInt(barType.step) * DAY_NS
  if (barType.unit === 'WEEK') return floorTo(tsEventNs, DAY_NS) + BigInt(barType.step) * 7n * DAY_NS
  return barType.unit === 'MONTH' ? firstOfMonthNs(year, month + barType.step) : firstOfMonthNs(year + barType.step, 1)
}

/**
 * The stamp a trade date's bar carries: the date itself, the Monday of its ISO week, the 1st of its month or year,
 * at 00:00 UTC, whatever the source stamps (IB stamps weeks and months at their end).
 */
export function tradeDateStampNs(barType: BarType, day: number): bigint {
  const date = new Date(day * 86_400_000)
  switch (barType.unit) {
    case 'WEEK':
      return startOfDayNs(day - ((date.getUTCDay() + 6) % 7))
    case 'MONTH':
      return firstOfMonthNs(date.getUTCFullYear(), date.getUTCMonth() + 1)
    case 'YEAR':
      return firstOfMonthNs(date.getUTCFullYear(), 1)
    default:
      return startOfDayNs(day)
  }
}

/** 00:00 UTC of the 1st of a month; months past 12 run into the next years. */
export function firstOfMonthNs(year: number, month: number): bigint {
  const day = epochDay(year + Math.floor((month - 1) / 12), ((month - 1) % 12) + 1, 1)
  if (day === undefined) throw new RangeError(`no such month: ${year}-${month}`)
  return startOfDayNs(day)
}

function isFx(instrument: InstrumentId | undefined): boolean {
  return (
    instrument !== undefined &&
    (venueOf(instrument) === 'IDEALPRO' || /^[A-Z]{3}\/[A-Z]{3}$/.test(symbolOf(instrument)))
  )
}

function isUnit(text: string): text is BarUnit {
  return Object.hasOwn(UNITS, text)
}

function isPriceType(text: string): text is PriceType {
  return PRICE_TYPES.some((it) => it === text)
}

function isOrigin(text: string): text is BarOrigin {
  return text === 'EXTERNAL' || text === 'INTERNAL'
}
