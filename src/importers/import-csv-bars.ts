import type { DataCatalog } from '../catalog/catalog.js'
import type { WriteReport } from '../catalog/catalog-types.js'
import { claimOfRows, DEFAULT_MAX_HOLE_NS } from '../catalog/claim.js'
import { calendarOfSeries } from '../catalog/lookup.js'
import type { WriteMode } from '../catalog/operations.js'
import { parseRange, type RangeInput } from '../catalog/range.js'
import { initOf } from '../catalog/write-input.js'
import { formatBarType } from '../model/bar-type.js'
import { InvalidDataError, InvalidRequestError } from '../model/errors.js'
import type { Interval } from '../model/interval.js'
import { parseSeries, type SeriesInput } from '../model/series.js'
import { formatInstant } from '../model/time.js'
import type { CsvProblem } from './csv/fault.js'
import { type CsvBarOptions, readCsvBars } from './csv/import-csv.js'

export interface CsvImportOptions extends Pick<CsvBarOptions, 'timeZone' | 'dateFormat' | 'columns'> {
  /** Whether intraday bars are stamped at their start or at their end. `open` by default. */
  readonly stamp?: 'open' | 'close'
  /** `merge` by default. */
  readonly mode?: WriteMode
  /** Open time without a row that is still claimed as covered, in nanoseconds. 30 min by default. */
  readonly maxHoleNs?: bigint
  /** Claims exactly this range as covered, whatever holes the rows have. */
  readonly complete?: RangeInput
  /** Stores the good rows of a file that has bad ones; they are in the report. */
  readonly skipBadRows?: boolean
}

export interface CsvImportReport extends WriteReport {
  readonly rowsRead: number
  /** Rows that were left out, first ones named. */
  readonly problems: readonly CsvProblem[]
  readonly problemCount: number
  readonly ignoredColumns: readonly string[]
  /** Longer stretches of open time without a row, not claimed as covered. */
  readonly holes: readonly Interval[]
}

/**
 * Stores the bars of one CSV file as one commit. Importing the same file again commits nothing.
 *
 * @param chunks the file's bytes, plain or gzip
 * @throws InvalidDataError listing `line N: …` when rows are bad and `skipBadRows` is not set; nothing was written
 * @throws InvalidRequestError when the file needs an option that was not given (a zone, a column's name)
 */
export async function importCsvBars(
  catalog: DataCatalog,
  input: SeriesInput,
  chunks: AsyncIterable<Uint8Array>,
  options: CsvImportOptions = {},
): Promise<CsvImportReport> {
  const series = parseSeries(input)
  if (series.type !== 'bars') throw new InvalidRequestError(`CSV files of ${series.type} cannot be imported`)
  const calendar = calendarOfSeries(series)
  const { skipBadRows, complete, maxHoleNs, mode, ...reading } = options
  const parsed = await readCsvBars(chunks, {
    stamp: 'open',
    ...reading,
    series,
    venueTimeZone: calendar.timeZone,
    closeOfNs: (ns) => initOf(series, ns, calendar),
  })
  if (parsed.problemCount > 0 && skipBadRows !== true) throw badRows(parsed.problems, parsed.problemCount)
  const times = parsed.frame.column('ts_event')
  const claim = claimOfRows(series, times, calendar, maxHoleNs ?? DEFAULT_MAX_HOLE_NS)
  const claimed = complete === undefined ? claim.claimed : [parseRange(complete)]
  const written = await catalog.write(
    { type: 'bars', instrument: series.instrument, barType: formatBarType(series.barType) },
    parsed.frame,
    {
      mode: mode ?? 'merge',
      coverage: claimed.map(({ startNs, endNs }) => ({ start: startNs, end: endNs })),
      provenance: { source: 'csv', fetchedAt: formatInstant(BigInt(Date.now()) * 1_000_000n) },
    },
  )
  const { rowsRead, problems, problemCount, ignoredColumns, collapsed } = parsed
  const holes = complete === undefined ? claim.holes : []
  return { ...written, collapsed, rowsRead, problems, problemCount, ignoredColumns, holes }
}

function badRows(problems: readonly CsvProblem[], count: number): InvalidDataError {
  const named = problems.map(formatProblem)
  const more = count > 1 ? ` and ${count - 1} more` : ''
  return new InvalidDataError(`bad rows, nothing was written: ${named[0]}${more}`, {
    problems: named,
    steps: ['Correct the file and import it again.', 'Or store the good rows and leave these out: --skip-bad-rows'],
  })
}

/** `line 33: open 191.4 is above high 191.25` */
export function formatProblem({ line, message }: CsvProblem): string {
  return message.startsWith('line ') ? message : `line ${line}: ${message}`
}
