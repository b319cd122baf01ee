import { NO_CALENDAR } from '../calendar/always-open.js'
import type { Calendar } from '../calendar/calendar.js'
import { calendarOfVenue } from '../calendar/venues.js'
import type { Snapshot } from '../delta/snapshot.js'
import { DataNotFoundError } from '../model/errors.js'
import { venueOf } from '../model/instrument.js'
import { hull, type Interval, type IntervalSet, interval, subtract, toIso } from '../model/interval.js'
import { formatSeries, type Series } from '../model/series.js'
import { type InstantInput, MAX_NS, MIN_NS, parseInstant } from '../model/time.js'
import type { QueryOptions } from './catalog-types.js'
import { answered, coverageSet } from './coverage.js'
import { coverageOf, extentOf, type LiveFile, liveFilesOf } from './live-file.js'
import { requiredSet, type Session } from './required.js'

/** A query with everything resolved that does not need a data file. */
export interface Lookup {
  readonly series: Series
  readonly files: readonly LiveFile[]
  readonly range: Interval
  readonly session: Session
  readonly calendar: Calendar
}

/**
 * @throws DataNotFoundError for a series the snapshot does not know
 * @throws InvalidRequestError for a range that is none
 */
export function lookUp(series: Series, snapshot: Snapshot | undefined, options: QueryOptions): Lookup {
  const range = rangeOf(options)
  const files = liveFilesOf(snapshot, series)
  if (files.length === 0) throw unknownSeries(series)
  return {
    series,
    files,
    range: range ?? hull(files.flatMap(extentOf)) ?? { startNs: 0n, endNs: 1n },
    session: options.session ?? 'all',
    calendar: options.calendar ?? calendarOfSeries(series),
  }
}

export function calendarOfSeries(series: Series): Calendar {
  return calendarOfVenue(venueOf(series.instrument)) ?? NO_CALENDAR
}

/** Required and not covered. Coverage that spans the whole range spares the calendar. */
export function missingIn({ series, files, range, session, calendar }: Lookup, nowNs: bigint): IntervalSet {
  const coverage = coverageOf(files)
  if (subtract([range], coverageSet(coverage, 'data')).length === 0) return []
  return subtract(requiredSet(series, range, session, calendar), answered(coverage, { nowNs }))
}

export function incompleteError(series: Series, missing: IntervalSet): DataNotFoundError {
  const [first] = missing.map(toIso)
  const more = missing.length > 1 ? ` and ${missing.length - 1} more` : ''
  return new DataNotFoundError(
    `${formatSeries(series)} is incomplete: nothing is known of ${first?.start} .. ${first?.end}${more}`,
    { missing: missing.map(toIso), steps: waysToGet(series) },
  )
}

function unknownSeries(series: Series): DataNotFoundError {
  return new DataNotFoundError(`the catalog holds nothing of ${formatSeries(series)}`, { steps: waysToGet(series) })
}

/** Ways to get data that is not there, for every DataNotFoundError. */
export function waysToGet(series: Series): readonly string[] {
  return [
    `Fetch it from a source: ntrader data fetch '${series.instrument}' --source SOURCE --start DATE --end DATE`,
    `Or import a file: ntrader data import csv FILE --instrument '${series.instrument}' ...`,
    'See what there is: ntrader data list',
  ]
}

function rangeOf({ start, end }: QueryOptions): Interval | undefined {
  if (start === undefined && end === undefined) return undefined
  const instant = (input: InstantInput | undefined, name: string, other: bigint): bigint =>
    input === undefined ? other : parseInstant(input, name)
  return interval(instant(start, 'start', MIN_NS), instant(end, 'end', MAX_NS))
}
