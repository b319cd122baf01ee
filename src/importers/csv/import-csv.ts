import { isIntraday, nextBarStartNs } from '../../model/bar-type.js'
import type { Frame } from '../../model/frame.js'
import type { Series } from '../../model/series.js'
import { dayOf, formatDay } from '../../model/time.js'
import { formatInZone, zoneOf } from '../../model/zone.js'
import { arrange, type Conflict, toFrame } from './arrange.js'
import { BarColumns } from './bar-columns.js'
import { plainBytes } from './bytes.js'
import { createEventTime } from './event-time.js'
import { resolveFallBack } from './fall-back.js'
import { type CsvProblem, OPEN_QUOTE, PROBLEMS_KEPT, Problems } from './fault.js'
import { HeaderReader } from './layout.js'
import { forEachRecord } from './records.js'
import { RowReader } from './row-reader.js'
import { createStampReader, type DateFormat } from './stamp.js'

export type BarSeries = Extract<Series, { readonly type: 'bars' }>

export interface CsvBarOptions {
  readonly series: BarSeries
  /** IANA zone of stamps that have no offset of their own. Dates without a time of day need none. */
  readonly timeZone?: string
  /** For daily and longer bars: the zone whose date an instant becomes. UTC when not known. */
  readonly venueTimeZone?: string
  /** Whether an intraday bar is stamped at its start or at its end. */
  readonly stamp: 'open' | 'close'
  /** Order of dates like `11/5/2019` and `01.02.2012`; `M/D/Y` by default. A year of four digits may always lead. */
  readonly dateFormat?: DateFormat
  /** Our column to the file's header name, where the usual names do not tell: `close` to `Last`. */
  readonly columns?: ReadonlyMap<string, string>
  /** `ts_init` of a daily or longer bar by its `ts_event`, from the venue's calendar; the end of its period by default. */
  readonly closeOfNs?: (tsEventNs: bigint) => bigint
}

export interface CsvBars {
  /** Ascending by `ts_event`, one row a stamp. */
  readonly frame: Frame<'bars'>
  /** The file's line of each row of the frame. */
  readonly lines: Uint32Array
  /** Rows that are not in the frame, by line: the first thousand. */
  readonly problems: readonly CsvProblem[]
  readonly problemCount: number
  /** Stamps of rows that are not in the frame, as far as they could be read, in the order of the file. */
  readonly problemTimes: readonly bigint[]
  /** Rows below the header. Each is in the frame, a problem or collapsed. */
  readonly rowsRead: number
  /** Rows equal to one before them, stamp and all. */
  readonly collapsed: number
  /** Names of the file's columns that are not stored. */
  readonly ignoredColumns: readonly string[]
}

/**
 * Reads the bars of a CSV file, plain or gzip, as programs and vendors write them. Rows that break a rule are returned
 * as problems and not thrown: whether they refuse the file is the caller's to say.
 *
 * @param chunks the file's bytes; closed also when reading fails, and its own errors pass through
 * @throws InvalidRequestError when an option is missing or wrong: no zone for naive stamps, no column for a price
 * @throws InvalidDataError when the bytes are no CSV file, or hold more than one instrument
 * @example
 * ```ts
 * const { frame, problems } = await readCsvBars(createReadStream('aapl.csv.gz'), {
 *   series, timeZone: 'America/New_York', stamp: 'open',
 * })
 * ```
 */
export async function readCsvBars(chunks: AsyncIterable<Uint8Array>, options: CsvBarOptions): Promise<CsvBars> {
  const { barType } = options.series
  const columns = new BarColumns()
  const problems = new Problems()
  const read = await readRows(chunks, options, columns, problems)

  const undecided = new Set(resolveFallBack(columns, read.rows.ambiguous).map((it) => it.row))
  const { order, collapsed, conflicts } = arrange(columns, (row) => undecided.has(row))
  const later = laterProblems(options, columns, [...undecided], conflicts)
  const closeOfNs = isIntraday(barType) ? undefined : options.closeOfNs
  return {
    frame: toFrame(columns, order, closeOfNs ?? ((ns) => nextBarStartNs(barType, ns))),
    lines: Uint32Array.from(order, (row) => columns.lineOf(row)),
    problems: problems.mergedWith(later),
    problemTimes: [...problems.times, ...[...undecided].map((row) => columns.tsEventNsOf(row))],
    problemCount: problems.count + undecided.size + conflicts.length,
    rowsRead: read.rowsRead,
    collapsed,
    ignoredColumns: read.ignoredColumns,
  }
}

interface ReadRows {
  readonly rows: RowReader
  readonly rowsRead: number
  readonly ignoredColumns: readonly string[]
}

async function readRows(
  chunks: AsyncIterable<Uint8Array>,
  options: CsvBarOptions,
  columns: BarColumns,
  problems: Problems,
): Promise<ReadRows> {
  const { barType } = options.series
  const header = new HeaderReader()
  const readStamp = createStampReader(options.dateFormat ?? 'M/D/Y')
  const eventTime = createEventTime({ ...options, barType })
  let rows: RowReader | undefined
  let ignoredColumns: readonly string[] = []
  let rowsRead = 0

  const begin = (firstRow?: readonly string[]): RowReader => {
    const layout = header.layout(firstRow, options.columns)
    ignoredColumns = layout.columns.ignored
    return new RowReader({ barType, layout, readStamp, eventTime, columns })
  }
  await forEachRecord(plainBytes(chunks), (fields, line) => {
    if (rows === undefined && header.take(fields, line)) return
    rowsRead++
    if (fields === undefined) return problems.add(line, OPEN_QUOTE)
    rows ??= begin(fields)
    const fault = rows.read(fields, line)
    if (fault !== undefined) problems.add(line, fault)
  })
  return { rows: rows ?? begin(), rowsRead, ignoredColumns }
}

/** Problems that only the whole file shows: they come in line order, and only those that can be kept get a text. */
function laterProblems(
  { series, timeZone }: CsvBarOptions,
  columns: BarColumns,
  undecidedRows: readonly number[],
  conflicts: readonly Conflict[],
): readonly CsvProblem[] {
  const zone = zoneOf(timeZone ?? 'UTC')
  const stampOf = (row: number): string => {
    const ns = columns.tsEventNsOf(row)
    return isIntraday(series.barType) ? formatInZone(ns, zone) : formatDay(dayOf(ns))
  }
  return [
    ...undecidedRows.slice(0, PROBLEMS_KEPT).map((row) => ({
      line: columns.lineOf(row),
      message: `${stampOf(row)} is in an hour that ${zone.name} has twice, and the order of the file does not tell which`,
    })),
    ...conflicts.slice(0, PROBLEMS_KEPT).map(({ row, keptRow }) => ({
      line: columns.lineOf(row),
      message: `another bar for ${stampOf(row)} is on line ${columns.lineOf(keptRow)}`,
    })),
  ]
}
