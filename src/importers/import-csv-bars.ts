import { NO_CALENDAR } from '../calendar/always-open.js'
import type { DataCatalog } from '../catalog/catalog.js'
import type { WriteReport } from '../catalog/catalog-types.js'
import { claimOfRows, DEFAULT_MAX_HOLE_NS } from '../catalog/claim.js'
import { calendarOfSeries } from '../catalog/lookup.js'
import type { WriteMode } from '../catalog/operations.js'
import { parseRange, type RangeInput } from '../catalog/range.js'
import { initOf } from '../catalog/write-input.js'
import { formatBarType, nextBarStartNs } from '../model/bar-type.js'
import { InvalidDataError, InvalidRequestError } from '../model/errors.js'
import type { Frame } from '../model/frame.js'
import { lowerBound } from '../model/frame-edit.js'
import { type Interval, type IntervalSet, normalize, subtract } from '../model/interval.js'
import { parseSeries, type Series, type SeriesInput } from '../model/series.js'
import { formatInstant, systemClock } from '../model/time.js'
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
  /** Reads and checks everything and stores nothing: `rowsAdded` says how many stamps are new. */
  readonly dryRun?: boolean
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
  const { skipBadRows, complete, maxHoleNs, mode, dryRun, ...reading } = options
  const parsed = await readCsvBars(chunks, {
    stamp: 'open',
    ...reading,
    series,
    // A venue without a calendar has no zone either: then the file's own dates are the trade dates.
    ...(calendar === NO_CALENDAR ? {} : { venueTimeZone: calendar.timeZone }),
    closeOfNs: (ns) => initOf(series, ns, calendar),
  })
  if (parsed.problemCount > 0 && skipBadRows !== true) throw badRows(parsed.problems, parsed.problemCount)
  const times = parsed.frame.column('ts_event')
  const claim = claimOfRows(series, times, calendar, maxHoleNs ?? DEFAULT_MAX_HOLE_NS)
  const stated = complete === undefined ? claim.claimed : upToNow(parseRange(complete))
  const claimed = subtract(stated, skippedSpans(series, parsed.problemTimes, times))
  const target = { type: 'bars', instrument: series.instrument, barType: formatBarType(series.barType) } as const
  const written =
    dryRun === true
      ? await rehearse(catalog, target, parsed.frame)
      : await catalog.write(target, parsed.frame, {
          mode: mode ?? 'merge',
          coverage: claimed.map(({ startNs, endNs }) => ({ start: startNs, end: endNs })),
          provenance: { source: 'csv', fetchedAt: formatInstant(systemClock()) },
        })
  const { rowsRead, problems, problemCount, ignoredColumns, collapsed } = parsed
  const holes = complete === undefined ? claim.holes : []
  return { ...written, collapsed, rowsRead, problems, problemCount, ignoredColumns, holes }
}

/** A skipped row leaves its own span open, so that it is asked for again; unless another row of that stamp is sound. */
function skippedSpans(
  series: Series & { readonly type: 'bars' },
  skipped: readonly bigint[],
  times: BigInt64Array,
): IntervalSet {
  const spans = skipped.map((startNs) => {
    const [endNs, next] = [nextBarStartNs(series.barType, startNs), times[lowerBound(times, startNs)]]
    return { startNs, endNs: next !== undefined && next < endNs ? next : endNs }
  })
  return normalize(spans)
}

/** Nothing can be complete before it has happened: a claim on the future would never be asked for. */
function upToNow({ startNs, endNs }: Interval): IntervalSet {
  const nowNs = systemClock()
  if (startNs < nowNs) return [{ startNs, endNs: endNs < nowNs ? endNs : nowNs }]
  throw new InvalidRequestError('--complete claims a range that lies in the future', {
    steps: ['Claim only what the file can hold: a range that has ended.'],
  })
}

/** What a write of the rows would add, from the stamps that are stored. */
async function rehearse(catalog: DataCatalog, target: SeriesInput, frame: Frame): Promise<WriteReport> {
  const times = frame.column('ts_event')
  const [first, last] = [times[0], times.at(-1)]
  const isKnown = (await catalog.files(target)).length > 0
  const stored = new Set<bigint>()
  if (isKnown && first !== undefined && last !== undefined) {
    const range = { start: first, end: last + 1n, columns: ['ts_event'] }
    for (const ns of (await catalog.query(target, range)).column('ts_event')) stored.add(ns)
  }
  const rowsAdded = times.reduce((sum, ns) => sum + (stored.has(ns) ? 0 : 1), 0)
  const rows = frame.numRows
  return { committed: false, asOf: catalog.version(), rows, collapsed: 0, rowsAdded, filesAdded: 0, filesRemoved: 0 }
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
  return `line ${line}: ${message}`
}
