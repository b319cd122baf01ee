import { findBrokenRows } from '../../catalog/write/check-rows.js'
import { isIntraday, nextBarStartNs } from '../../model/bar-type.js'
import type { Frame } from '../../model/frame.js'
import type { Series } from '../../model/series.js'
import { dayOf, formatDay } from '../../model/time.js'
import { formatInZone, zoneOf } from '../../model/zone.js'
import { arrange, type Conflict, inOrderOf } from './arrange.js'
import { plainBytes } from './bytes.js'
import { createEventTime, createInitTime } from './event-time.js'
import { resolveFallBack } from './fall-back.js'
import { type CsvProblem, OPEN_QUOTE, PROBLEMS_KEPT, Problems } from './fault.js'
import { FileRows } from './file-rows.js'
import { HeaderReader } from './layout.js'
import { forEachRecord } from './records.js'
import { RowReader } from './row-reader.js'
import { createStampReader, type DateFormat } from './stamp.js'

export interface CsvReadOptions {
  readonly series: Series
  /** IANA zone of stamps that have no offset of their own. Dates without a time of day need none. */
  readonly timeZone?: string
  /** For daily and longer bars: the zone whose date an instant becomes. UTC when not known. */
  readonly venueTimeZone?: string
  /** Whether an intraday bar is stamped at its start (default) or at its end. */
  readonly stamp?: 'open' | 'close'
  /** Order of dates like `11/5/2019` and `01.02.2012`; `M/D/Y` by default. A year of four digits may always lead. */
  readonly dateFormat?: DateFormat
  /** Our column to the file's header name, where the usual names do not tell: `close` to `Last`. */
  readonly columns?: ReadonlyMap<string, string>
  /** `ts_init` of a daily or longer bar by its `ts_event`, from the venue's calendar; the end of its period by default. */
  readonly closeOfNs?: (tsEventNs: bigint) => bigint
}

export interface CsvRows {
  /** Ascending by `ts_event`; of bars one row a stamp. */
  readonly frame: Frame
  /** The file's line of each row of the frame. */
  readonly lines: Uint32Array
  /** Rows that are not in the frame, by line: the first thousand. */
  readonly problems: readonly CsvProblem[]
  readonly problemCount: number
  /** Stamps of rows that are not in the frame, as far as they could be read, in the order of the file. */
  readonly problemTimes: readonly bigint[]
  /** Rows below the header. Each is in the frame, a problem or collapsed. */
  readonly rowsRead: number
  /** Bars equal to one before them, stamp and all. */
  readonly collapsed: number
  /** Names of the file's columns that are not stored. */
  readonly ignoredColumns: readonly string[]
}

/**
 * Reads the bars, quotes or trades of a CSV file, plain or gzip, as programs and vendors write them. Rows that break a
 * rule are returned as problems and not thrown: whether they refuse the file is the caller's to say.
 *
 * @param chunks the file's bytes; closed also when reading fails, and its own errors pass through
 * @throws InvalidRequestError when an option is missing or wrong: no zone for naive stamps, no column for a price
 * @throws InvalidDataError when the bytes are no CSV file, or hold more than one instrument
 * @example
 * ```ts
 * const { frame, problems } = await readCsv(createReadStream('aapl.csv.gz'), { series, timeZone: 'America/New_York' })
 * ```
 */
export async function readCsv(chunks: AsyncIterable<Uint8Array>, options: CsvReadOptions): Promise<CsvRows> {
  const rows = new FileRows(options.series.type)
  const problems = new Problems()
  const read = await readRows(chunks, options, rows, problems)

  const undecided = new Set(resolveFallBack(rows, read.reader.ambiguous).map((it) => it.row))
  const whole = rows.toFrame(initOf(options))
  // Of bars every row was judged as it was read.
  const broken =
    whole.type === 'bars' ? [] : findBrokenRows(options.series, whole).filter((it) => !undecided.has(it.row))
  const dropped = new Set([...undecided, ...broken.map((it) => it.row)])
  const { order, collapsed, conflicts } = arrange(
    whole,
    (row) => dropped.has(row),
    (a, b) => rows.isSame(a, b),
  )
  const later = [
    ...laterProblems(options, rows, [...undecided], conflicts),
    ...broken.slice(0, PROBLEMS_KEPT).map(({ row, reason }) => ({ line: rows.lineOf(row), message: reason })),
  ]
  return {
    frame: inOrderOf(whole, order),
    lines: order.map((row) => rows.lineOf(row)),
    problems: problems.mergedWith(later),
    problemTimes: [...problems.times, ...[...dropped].map((row) => rows.tsEventNsOf(row))],
    problemCount: problems.count + dropped.size + conflicts.length,
    rowsRead: read.rowsRead,
    collapsed,
    ignoredColumns: read.ignoredColumns,
  }
}

interface ReadRows {
  readonly reader: RowReader
  readonly rowsRead: number
  readonly ignoredColumns: readonly string[]
}

async function readRows(
  chunks: AsyncIterable<Uint8Array>,
  options: CsvReadOptions,
  rows: FileRows,
  problems: Problems,
): Promise<ReadRows> {
  const { series } = options
  const header = new HeaderReader()
  const readStamp = createStampReader(options.dateFormat ?? 'M/D/Y')
  const [eventTime, initTime] = [createEventTime(options), createInitTime(options)]
  let reader: RowReader | undefined
  let ignoredColumns: readonly string[] = []
  let rowsRead = 0

  const begin = (firstRow?: readonly string[]): RowReader => {
    const layout = header.layout(series.type, firstRow, options.columns)
    ignoredColumns = layout.columns.ignored
    return new RowReader({ series, layout, readStamp, eventTime, initTime, rows })
  }
  await forEachRecord(plainBytes(chunks), (fields, line) => {
    if (reader === undefined && header.take(fields, line)) return
    rowsRead++
    if (fields === undefined) return problems.add(line, OPEN_QUOTE)
    reader ??= begin(fields)
    const fault = reader.read(fields, line)
    if (fault !== undefined) problems.add(line, fault)
  })
  return { reader: reader ?? begin(), rowsRead, ignoredColumns }
}

/** `ts_init` of rows whose file has none: a tick's own time, the end of a bar. */
function initOf({ series, closeOfNs }: CsvReadOptions): (tsEventNs: bigint) => bigint {
  if (series.type !== 'bars') return (ns) => ns
  const { barType } = series
  return (!isIntraday(barType) && closeOfNs) || ((ns) => nextBarStartNs(barType, ns))
}

/** Problems that only the whole file shows: they come in line order, and only those that can be kept get a text. */
function laterProblems(
  { series, timeZone }: CsvReadOptions,
  rows: FileRows,
  undecidedRows: readonly number[],
  conflicts: readonly Conflict[],
): readonly CsvProblem[] {
  const zone = zoneOf(timeZone ?? 'UTC')
  const stampOf = (row: number): string => {
    const ns = rows.tsEventNsOf(row)
    return series.type === 'bars' && !isIntraday(series.barType) ? formatDay(dayOf(ns)) : formatInZone(ns, zone)
  }
  return [
    ...undecidedRows.slice(0, PROBLEMS_KEPT).map((row) => ({
      line: rows.lineOf(row),
      message: `${stampOf(row)} is in an hour that ${zone.name} has twice, and the order of the file does not tell which`,
    })),
    ...conflicts.slice(0, PROBLEMS_KEPT).map(({ row, keptRow }) => ({
      line: rows.lineOf(row),
      message: `another bar for ${stampOf(row)} is on line ${rows.lineOf(keptRow)}`,
    })),
  ]
}
