import { NO_CALENDAR } from '../calendar/always-open.js'
import { calendarOfSeries } from '../catalog/read/lookup.js'
import { initOf } from '../catalog/write/write-input.js'
import { InvalidDataError, InvalidRequestError } from '../model/errors.js'
import { formatSeries, type Series } from '../model/series.js'
import type { CsvProblem } from './csv/fault.js'
import { type CsvReadOptions, type CsvRows, readCsv } from './csv/read-csv.js'

/** What has to be said of a file that it does not say itself. */
export type CsvFileOptions = Pick<CsvReadOptions, 'timeZone' | 'stamp' | 'dateFormat' | 'columns'>

/**
 * Reads a CSV file of one series: dates are those of the venue, and a day ends with its session.
 *
 * @param chunks the file's bytes, plain or gzip
 * @throws InvalidRequestError when the file needs an option that was not given, or has no use for one that was
 * @throws InvalidDataError when the bytes are no CSV file, or hold more than one instrument
 */
export async function readCsvFile(
  series: Series,
  chunks: AsyncIterable<Uint8Array>,
  options: CsvFileOptions,
): Promise<CsvRows> {
  refuseBarOptions(series, options)
  const calendar = calendarOfSeries(series)
  return readCsv(chunks, {
    ...options,
    series,
    // A venue without a calendar has no zone either: then the file's own dates are the trade dates.
    ...(calendar === NO_CALENDAR ? {} : { venueTimeZone: calendar.timeZone }),
    closeOfNs: (ns) => initOf(series, ns, calendar),
  })
}

/** @throws InvalidRequestError: a tick happens at an instant, and has neither start nor end */
export function refuseBarOptions(series: Series, { stamp }: CsvFileOptions): void {
  if (series.type === 'bars' || stamp === undefined) return
  throw new InvalidRequestError(`a stamp at the ${stamp} is for bars: ${formatSeries(series)} have one instant each`, {
    steps: ['Leave out --stamp.', 'Or, if the file holds bars, import it with --type bars --bar-type 1m.'],
  })
}

/** @param what goes before the first of them: `bad rows` */
export function badRowsError(
  what: string,
  problems: readonly CsvProblem[],
  count: number,
  steps: readonly string[],
): InvalidDataError {
  const named = problems.map(formatProblem)
  const more = count > 1 ? ` and ${count - 1} more` : ''
  return new InvalidDataError(`${what}: ${named[0]}${more}`, { problems: named, steps })
}

/** `line 33: open 191.4 is above high 191.25` */
export function formatProblem({ line, message }: CsvProblem): string {
  return `line ${line}: ${message}`
}
