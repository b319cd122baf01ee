import { type BarType, barLengthNs, formatBarType, isIntraday, tradeDateStampNs } from '../../model/bar-type.js'
import type { Series } from '../../model/series.js'
import { DAY_NS, dayOf, formatDay, formatInstant, startOfDayNs } from '../../model/time.js'
import { type Zone, zoneOf } from '../../model/zone.js'
import type { Fault } from './fault.js'
import type { Stamp } from './stamp.js'

export interface EventTimeOptions {
  readonly series: Series
  readonly timeZone?: string | undefined
  readonly venueTimeZone?: string | undefined
  /** Of intraday bars: whether they are stamped at their start or at their end. */
  readonly stamp?: 'open' | 'close' | undefined
}

/** A local time in a fall-back hour: the clocks showed it twice. The file's order decides, once all of it is read. */
export interface TwoInstants {
  readonly earlierNs: bigint
  readonly laterNs: bigint
}

/** A stamp's `ts_event`. */
export type EventTime = bigint | TwoInstants | Fault

/**
 * Makes the reading of stamps as `ts_event`: a tick's own time, an intraday bar's start, a longer bar's trade date.
 *
 * @throws InvalidRequestError for an unknown zone
 */
export function createEventTime(options: EventTimeOptions): (stamp: Stamp) => EventTime {
  const { series } = options
  if (series.type === 'bars' && !isIntraday(series.barType)) return tradeDate(series.barType, options)
  const lengthNs = series.type === 'bars' && options.stamp === 'close' ? barLengthNs(series.barType) : undefined
  return timeOfDay(options, lengthNs ?? 0n)
}

/**
 * Makes the reading of stamps of receipt. They come in no order that could tell the two passes of a fall-back hour.
 *
 * @throws InvalidRequestError for an unknown zone
 */
export function createInitTime({ series, timeZone }: EventTimeOptions): (stamp: Stamp) => bigint | Fault {
  const read = timeOfDay({ series, timeZone }, 0n)
  return (stamp) => {
    const time = read(stamp)
    if (typeof time === 'bigint' || 'message' in time) return time
    return { message: `${formatLocal(stamp.ns)} is in an hour that ${timeZone} has twice` }
  }
}

/** @param backNs how long before its stamp a row's time is */
function timeOfDay({ series, timeZone }: EventTimeOptions, backNs: bigint): (stamp: Stamp) => EventTime {
  const local = timeZone === undefined ? undefined : localTime(zoneOf(timeZone))
  let isFirst = true
  return (stamp) => {
    const isFileOfDays = isFirst && stamp.kind === 'date'
    isFirst = false
    if (stamp.kind === 'instant') return stamp.ns - backNs
    if (stamp.kind === 'date') return noTimeOfDay(stamp.ns, series, isFileOfDays)
    if (local === undefined) return noZone(stamp.ns)
    const instant = local(stamp.ns)
    if (typeof instant === 'bigint') return instant - backNs
    if ('message' in instant) return instant
    return { earlierNs: instant.earlierNs - backNs, laterNs: instant.laterNs - backNs }
  }
}

/** One day among instants is a bad row. A file that begins with one has days throughout, and was called something else. */
function noTimeOfDay(dayNs: bigint, series: Series, isFileOfDays: boolean): Fault {
  const what = series.type === 'bars' ? `a bar of ${formatBarType(series.barType)}` : 'a tick'
  const message = `${formatDay(dayOf(dayNs))} has no time of day, as ${what} must`
  if (!isFileOfDays) return { message }
  const daily = series.type === 'bars' ? ['Import daily bars with --bar-type 1d.'] : []
  return { message, steps: [...daily, 'Name the column of the time of day: --map time=NAME.'] }
}

function noZone(localNs: bigint): Fault {
  return {
    message: `${formatLocal(localNs)} has no UTC offset, and no time zone is given`,
    steps: ["Say which clock the file's times are on: --tz America/New_York (or UTC, Europe/London, ...)."],
  }
}

/** Reads a zone's local times. Days without a clock change, nearly all, are one subtraction. */
function localTime(zone: Zone): (localNs: bigint) => EventTime {
  let [dayStartNs, dayEndNs] = [0n, 0n]
  let offset: bigint | undefined

  return (localNs) => {
    if (localNs < dayStartNs || localNs >= dayEndNs) {
      dayStartNs = startOfDayNs(dayOf(localNs))
      dayEndNs = dayStartNs + DAY_NS
      offset = steadyOffset(zone, dayStartNs, dayEndNs)
    }
    if (offset !== undefined) return localNs - offset
    const [earlierNs, laterNs] = zone.instantsOf(localNs)
    if (earlierNs === undefined) return { message: `${formatLocal(localNs)} does not exist in ${zone.name}` }
    return laterNs === undefined ? earlierNs : { earlierNs, laterNs }
  }
}

/** The one offset in force throughout a local day, or `undefined` when the clocks change on it. */
function steadyOffset(zone: Zone, dayStartNs: bigint, dayEndNs: bigint): bigint | undefined {
  const offsetsOf = (localNs: bigint): readonly bigint[] => zone.instantsOf(localNs).map((ns) => localNs - ns)
  const [first, ...others] = [...offsetsOf(dayStartNs), ...offsetsOf(dayEndNs - 1n)]
  return others.length === 1 && others[0] === first ? first : undefined
}

function tradeDate(barType: BarType, { venueTimeZone, timeZone }: EventTimeOptions): (stamp: Stamp) => EventTime {
  const known = venueTimeZone ?? timeZone
  const zone = known === undefined ? undefined : zoneOf(known)
  return (stamp) => tradeDateStampNs(barType, dayOf(dateOf(stamp, zone)))
}

/**
 * Midnight UTC is how catalogs, pandas and Yahoo write a bare date; west of Greenwich the venue's clock would make the
 * day before of it. Of a venue whose zone is not known the date is the one written: 00:00+01:00 is midnight there.
 */
function dateOf({ kind, ns, writtenNs }: Stamp, zone: Zone | undefined): bigint {
  if (kind !== 'instant' || ns % DAY_NS === 0n) return ns
  return zone === undefined ? (writtenNs ?? ns) : ns + zone.offsetAtNs(ns)
}

/** A local time as its clock shows it: `2024-03-10 02:30:00`. */
function formatLocal(localNs: bigint): string {
  return formatInstant(localNs).replace('T', ' ').replace('Z', '')
}
