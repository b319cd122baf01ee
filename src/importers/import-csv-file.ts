import type { DataCatalog } from '../catalog/catalog.js'
import type { WriteReport } from '../catalog/catalog-types.js'
import { claimOfRows, DEFAULT_MAX_HOLE_NS } from '../catalog/coverage/claim.js'
import { parseRange, type RangeInput } from '../catalog/range.js'
import { calendarOfSeries } from '../catalog/read/lookup.js'
import { refuseOutsideCoverage } from '../catalog/write/check-rows.js'
import { mergeFrames } from '../catalog/write/merge.js'
import type { WriteMode } from '../catalog/write/operations.js'
import { formatBarType, nextBarStartNs } from '../model/bar-type.js'
import { InvalidRequestError } from '../model/errors.js'
import type { Frame } from '../model/frame.js'
import { lowerBound } from '../model/frame-edit.js'
import { type Interval, type IntervalSet, normalize, subtract } from '../model/interval.js'
import { parseSeries, type Series, type SeriesInput } from '../model/series.js'
import { formatInstant, systemClock } from '../model/time.js'
import type { CsvProblem } from './csv/fault.js'
import { badRowsError, type CsvFileOptions, readCsvFile } from './csv-file.js'

export interface CsvImportOptions extends CsvFileOptions {
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

const BAD_ROWS_STEPS: readonly string[] = [
  'Correct the file and import it again.',
  'Or store the good rows and leave these out: --skip-bad-rows',
]

/**
 * Stores the bars, quotes or trades of one CSV file as one commit. Importing the same file again commits nothing.
 * Identical ticks are all kept, so a file of ticks must be cut between stamps: the ticks of a stamp that are in two
 * files cannot be told from the same ticks given twice.
 *
 * @param chunks the file's bytes, plain or gzip
 * @throws InvalidDataError listing `line N: …` when rows are bad and `skipBadRows` is not set; nothing was written
 * @throws InvalidRequestError when the file needs an option that was not given (a zone, a column's name)
 */
export async function importCsv(
  catalog: DataCatalog,
  input: SeriesInput,
  chunks: AsyncIterable<Uint8Array>,
  options: CsvImportOptions = {},
): Promise<CsvImportReport> {
  const series = parseSeries(input)
  const { skipBadRows, complete, maxHoleNs, mode, dryRun, ...reading } = options
  const parsed = await readCsvFile(series, chunks, reading)
  const { frame, rowsRead, problems, problemCount, ignoredColumns, collapsed } = parsed
  if (problemCount > 0 && skipBadRows !== true) {
    throw badRowsError('bad rows, nothing was written', problems, problemCount, BAD_ROWS_STEPS)
  }
  const times = frame.column('ts_event')
  const claim = claimOfRows(series, times, calendarOfSeries(series), maxHoleNs ?? DEFAULT_MAX_HOLE_NS)
  const stated = complete === undefined ? claim.claimed : upToNow(parseRange(complete))
  const claimed = subtract(stated, skippedSpans(series, parsed.problemTimes, times))
  refuseOutsideCoverage(series, frame, claimed)
  const target: SeriesInput = series.type === 'bars' ? { ...series, barType: formatBarType(series.barType) } : series
  const written =
    dryRun === true
      ? await rehearse(catalog, target, frame)
      : await catalog.write(target, frame, {
          mode: mode ?? 'merge',
          coverage: claimed.map(({ startNs, endNs }) => ({ start: startNs, end: endNs })),
          provenance: { source: 'csv', fetchedAt: formatInstant(systemClock()) },
        })
  const holes = complete === undefined ? claim.holes : []
  return { ...written, collapsed, rowsRead, problems, problemCount, ignoredColumns, holes }
}

/** A skipped row leaves its own span open, so that it is asked for again; unless another row of that stamp is sound. */
function skippedSpans(series: Series, skipped: readonly bigint[], times: BigInt64Array): IntervalSet {
  const spans = skipped.map((startNs) => {
    const endNs = series.type === 'bars' ? nextBarStartNs(series.barType, startNs) : startNs + 1n
    const next = times[lowerBound(times, startNs)]
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

/** What a write of the rows would add to those that are stored. */
async function rehearse(catalog: DataCatalog, target: SeriesInput, frame: Frame): Promise<WriteReport> {
  const times = frame.column('ts_event')
  const [first, last] = [times[0], times.at(-1)]
  const isKnown = (await catalog.files(target)).length > 0
  let rowsAdded = frame.numRows
  if (isKnown && first !== undefined && last !== undefined) {
    // A bar is known by its stamp alone, a tick by all there is of it.
    const columns = target.type === 'bars' ? { columns: ['ts_event'] } : {}
    const stored: Frame = await catalog.query(target, { start: first, end: last + 1n, ...columns })
    rowsAdded = mergeFrames(stored, frame, 'new').numRows - stored.numRows
  }
  const rows = frame.numRows
  return { committed: false, asOf: catalog.version(), rows, collapsed: 0, rowsAdded, filesAdded: 0, filesRemoved: 0 }
}
