import { type BarType, barLengthNs, nextBarStartNs, tradeDateStampNs } from '../../../model/bar-type.js'
import { SourceRejectedError } from '../../../model/errors.js'
import type { Interval } from '../../../model/interval.js'
import { formatSeries } from '../../../model/series.js'
import { ceilTo, DAY_NS, dayOf, formatInstant, HOUR_NS, SECOND_NS } from '../../../model/time.js'
import type { IbBarSize } from '../transport/transport.js'
import type { BarSeries } from '../what-to-show.js'

/** @throws SourceRejectedError listing the sizes IB has */
export function barSizeOf(series: BarSeries): IbBarSize {
  const { step, unit, origin } = series.barType
  const size = BAR_SIZES.get(`${step}-${unit}`)
  if (size !== undefined && origin === 'EXTERNAL') return size
  const why =
    size === undefined ? `Interactive Brokers has no bars of ${step}-${unit}` : 'bars of INTERNAL origin are your own'
  throw new SourceRejectedError(`${formatSeries(series)}: ${why}`, {
    steps: [`Ask for one of ${[...BAR_SIZES.keys()].join(' ')}, and of EXTERNAL origin.`],
  })
}

/** IB's exact texts: `1 sec`, which the README of a client library offers, is refused by TWS. */
const BAR_SIZES: ReadonlyMap<string, IbBarSize> = new Map([
  ['1-SECOND', '1 secs'],
  ['5-SECOND', '5 secs'],
  ['10-SECOND', '10 secs'],
  ['15-SECOND', '15 secs'],
  ['30-SECOND', '30 secs'],
  ['1-MINUTE', '1 min'],
  ['2-MINUTE', '2 mins'],
  ['3-MINUTE', '3 mins'],
  ['5-MINUTE', '5 mins'],
  ['10-MINUTE', '10 mins'],
  ['15-MINUTE', '15 mins'],
  ['20-MINUTE', '20 mins'],
  ['30-MINUTE', '30 mins'],
  ['1-HOUR', '1 hour'],
  ['2-HOUR', '2 hours'],
  ['3-HOUR', '3 hours'],
  ['4-HOUR', '4 hours'],
  ['8-HOUR', '8 hours'],
  ['1-DAY', '1 day'],
  ['1-WEEK', '1 week'],
  ['1-MONTH', '1 month'],
])

/** The bars whose pacing is hard: 30 seconds and shorter. */
export function isSmall(barSize: IbBarSize): boolean {
  return barSize.endsWith('secs')
}

/**
 * What has to be asked for so that every bar stamped in an interval comes, and comes whole.
 *
 * A bar that reaches over the end of what is asked comes cut off there. Short bars lie on the UTC grid; those of hours do
 * not everywhere (four hours from 08:00 New York), so one length more is asked for on either side; days, weeks and
 * months to the end of the period and a day on, because a trade date may begin on another UTC date (Sydney's does) or
 * end on the next.
 */
export function askedSpan(barType: BarType, { startNs, endNs }: Interval): Interval {
  const lengthNs = barLengthNs(barType)
  if (lengthNs === undefined) {
    const last = tradeDateStampNs(barType, dayOf(endNs - 1n))
    return {
      startNs: tradeDateStampNs(barType, dayOf(startNs)) - DAY_NS,
      endNs: nextBarStartNs(barType, last) + DAY_NS,
    }
  }
  if (lengthNs >= HOUR_NS) return { startNs: startNs - lengthNs, endNs: ceilTo(endNs, SECOND_NS) + lengthNs }
  const wholeEndNs = ceilTo(endNs, lengthNs)
  const wholeStartNs = ceilTo(startNs, lengthNs)
  // An interval without a stamp in it is still a question.
  return { startNs: wholeStartNs < wholeEndNs ? wholeStartNs : wholeEndNs - lengthNs, endNs: wholeEndNs }
}

/** How far back from its end a request goes. */
export interface IbDuration {
  /** `86400 S`, `1 W` */
  readonly text: string
  /** Elapsed time that it is sure to go back. */
  readonly reachNs: bigint
}

/**
 * The duration that covers a span, whatever IB makes of its unit: seconds are exact, a month may be February's, and a
 * day may be only the evening session that has just begun (CME, ib-scripts#5 and #6), so one more of it is asked for.
 *
 * IB takes 30 to 86,400 seconds, up to 365 days, 52 weeks, 12 months; what is longer has to be in years.
 */
export function durationFor({ startNs, endNs }: Interval, barSize: IbBarSize): IbDuration {
  const lengthNs = endNs - startNs
  if (barSize === '1 day') return daysOrYears(lengthNs)
  if (barSize === '1 week') return units(lengthNs, WEEK, 1n) ?? years(lengthNs)
  if (barSize === '1 month') return units(lengthNs, MONTH, 1n) ?? years(lengthNs)
  if (lengthNs <= DAY_NS) return seconds(lengthNs, barSize)
  if (lengthNs <= 5n * DAY_NS) return units(lengthNs, DAY, 1n) ?? years(lengthNs)
  return units(lengthNs, WEEK, 0n) ?? years(lengthNs)
}

interface Unit {
  readonly letter: string
  /** What it lasts at least. */
  readonly lengthNs: bigint
  readonly most: bigint
}

const DAY: Unit = { letter: 'D', lengthNs: DAY_NS, most: 365n }
const WEEK: Unit = { letter: 'W', lengthNs: 7n * DAY_NS, most: 52n }
const MONTH: Unit = { letter: 'M', lengthNs: 28n * DAY_NS, most: 12n }
const YEAR_NS = 365n * DAY_NS

function daysOrYears(lengthNs: bigint): IbDuration {
  return units(lengthNs, DAY, 0n) ?? years(lengthNs)
}

/** @param spare units more than the length takes, because the first may be cut short */
function units(lengthNs: bigint, { letter, lengthNs: unitNs, most }: Unit, spare: bigint): IbDuration | undefined {
  const needed = ceilTo(lengthNs, unitNs) / unitNs
  const count = needed + spare
  return count > most ? undefined : { text: `${count} ${letter}`, reachNs: needed * unitNs }
}

function years(lengthNs: bigint): IbDuration {
  const count = ceilTo(lengthNs, YEAR_NS) / YEAR_NS
  return { text: `${count} Y`, reachNs: count * YEAR_NS }
}

/** IB takes 30 S at the least, and a duration has room for a bar. */
function seconds(lengthNs: bigint, barSize: IbBarSize): IbDuration {
  const leastNs = leastOf(barSize)
  const count = ceilTo(lengthNs > leastNs ? lengthNs : leastNs, SECOND_NS) / SECOND_NS
  return { text: `${count} S`, reachNs: count * SECOND_NS }
}

function leastOf(barSize: IbBarSize): bigint {
  const [count = '1', unit = ''] = barSize.split(' ')
  const seconds = Number(count) * (unit.startsWith('hour') ? 3600 : unit.startsWith('min') ? 60 : 1)
  return BigInt(Math.max(30, seconds)) * SECOND_NS
}

/**
 * An instant as IB takes it without a zone of its own, in UTC: `20240102-21:00:00`. Rounded up to the second, so that
 * what ends at it is asked for too.
 */
export function endDateTimeOf(ns: bigint): string {
  return formatInstant(ceilTo(ns, SECOND_NS)).replaceAll('-', '').replace('T', '-').replace('Z', '')
}
