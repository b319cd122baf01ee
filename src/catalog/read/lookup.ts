import { NO_CALENDAR } from '../../calendar/always-open.js'
import type { Calendar } from '../../calendar/calendar.js'
import { calendarOfInstrument } from '../../calendar/venues.js'
import type { Snapshot } from '../../delta/snapshot.js'
import { seriesArguments } from '../../model/command-text.js'
import { DataNotFoundError, InvalidRequestError } from '../../model/errors.js'
import { hull, type Interval, type IntervalSet, interval, subtract, toIso } from '../../model/interval.js'
import { formatSeries, type Series } from '../../model/series.js'
import { parseInstant } from '../../model/time.js'
import type { GapOptions, QueryOptions } from '../catalog-types.js'
import { answered, coverageSet } from '../coverage/coverage.js'
import { checkSession, requiredSessions, requiredSet, type Session } from '../coverage/required.js'
import { coverageOf, extentOf, type LiveFile, liveFilesOf } from '../files/live-file.js'

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
  const files = liveFilesOf(snapshot, series)
  const range = rangeOf(options, files)
  if (files.length === 0) throw unknownSeries(series)
  return {
    series,
    files,
    range,
    session: checkSession(options.session ?? 'all'),
    calendar: options.calendar ?? calendarOfSeries(series),
  }
}

export function calendarOfSeries(series: Series): Calendar {
  return calendarOfInstrument(series.instrument) ?? NO_CALENDAR
}

/** What gaps are looked for in. @throws InvalidRequestError where no calendar is known */
export function requiredOf(series: Series, range: Interval, options: GapOptions): readonly Interval[] {
  const { calendar = knownCalendarOf(series), session = 'regular' } = options
  return requiredSessions(series, range, checkSession(session), calendar)
}

/** @throws InvalidRequestError where no calendar is known: "no gaps" of every minute would be no answer */
function knownCalendarOf(series: Series): Calendar {
  const calendar = calendarOfInstrument(series.instrument)
  if (calendar !== undefined) return calendar
  throw new InvalidRequestError(`no calendar is known for the venue of ${series.instrument}`, {
    steps: ['Name one: --calendar XNYS, XLON, CME, FX, 24/7, or none (every minute counts).'],
  })
}

/** A session filter needs the stamps even where the caller does not. */
export function columnsToRead({ session }: Lookup, { columns }: QueryOptions): readonly string[] | undefined {
  return session === 'all' || columns === undefined ? columns : [...columns, 'ts_event']
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
  const named = seriesArguments(series)
  return [
    `Fetch it from a source: ntrader data fetch ${named} --start DATE --end DATE --source SOURCE`,
    `Or import a file: ntrader data import csv FILE --instrument ${named}`,
    'See what there is: ntrader data list',
  ]
}

/** The range asked for; an end left open is that of what is stored. */
function rangeOf({ start, end }: QueryOptions, files: readonly LiveFile[]): Interval {
  const stored = hull(files.flatMap(extentOf)) ?? { startNs: 0n, endNs: 1n }
  const startNs = start === undefined ? undefined : parseInstant(start, 'start')
  const endNs = end === undefined ? undefined : parseInstant(end, 'end')
  if (startNs !== undefined && endNs !== undefined) return interval(startNs, endNs)
  if (startNs !== undefined) return { startNs, endNs: stored.endNs > startNs ? stored.endNs : startNs + 1n }
  if (endNs !== undefined) return { startNs: stored.startNs < endNs ? stored.startNs : endNs - 1n, endNs }
  return stored
}
