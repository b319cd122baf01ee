import { collapseEqualBars, inOrder } from '../catalog/check-rows.js'
import { claimOfRows, claimOfSpans, DEFAULT_MAX_HOLE_NS } from '../catalog/claim.js'
import { sliceRows } from '../catalog/cut-rows.js'
import { calendarOfSeries } from '../catalog/lookup.js'
import { mergeAll } from '../catalog/merge.js'
import { badRowsError, type CsvFileOptions, readCsvFile } from '../importers/csv-file.js'
import { throwIfAborted } from '../model/abort.js'
import { InvalidDataError, InvalidRequestError } from '../model/errors.js'
import type { Frame } from '../model/frame.js'
import { concatFrames, emptyFrame, lowerBound } from '../model/frame-edit.js'
import { hull, type Interval, type IntervalSet, normalize, overlaps } from '../model/interval.js'
import type { Series } from '../model/series.js'
import { formatInstant } from '../model/time.js'
import { readUserFile } from '../storage/user-files.js'
import type { UserFile } from '../storage/user-folder.js'
import { OPTIONS_FILE } from './file-options.js'

/** Rows of a series kept in memory, about 100 bytes each; of the file read last all of them, whatever its size. */
const KEPT_ROWS_MAX = 2_000_000

/** What a file covers by the rows it has: what stays known of it when its rows are forgotten. */
interface KnownFile {
  readonly file: UserFile
  readonly claimed: IntervalSet
}

interface Part {
  readonly file: UserFile
  readonly frame: Frame
}

/** The CSV files of one series, each read once; big ones again when their turn comes again. */
export class SeriesFiles {
  readonly #series: Series
  readonly #known = new Map<string, KnownFile>()
  readonly #kept = new Map<string, Frame>()

  constructor(series: Series) {
    this.#series = series
  }

  /**
   * Reads what is new or has changed, and forgets what is gone. Returns what the files together speak for: the rule of an
   * import, applied to all of their rows.
   *
   * @throws InvalidDataError naming the file and its bad lines, InvalidRequestError, StorageError
   */
  async look(files: readonly UserFile[], options: CsvFileOptions, signal: AbortSignal): Promise<IntervalSet> {
    const series = this.#series
    const calendar = calendarOfSeries(series)
    const keys = new Map(files.map((file) => [keyOf(file, options), file]))
    for (const key of this.#known.keys()) if (!keys.has(key)) this.#forget(key)
    for (const [key, file] of keys) {
      if (this.#known.has(key)) continue
      const frame = await this.#read(key, file, options, signal)
      const { claimed } = claimOfRows(series, frame.column('ts_event'), calendar, DEFAULT_MAX_HOLE_NS)
      this.#known.set(key, { file, claimed })
    }
    const spans = normalize([...this.#known.values()].flatMap((it) => it.claimed))
    return claimOfSpans(series, spans, calendar, DEFAULT_MAX_HOLE_NS).claimed
  }

  /** The rows of an interval from all files that were looked at. @throws InvalidDataError when two of them disagree */
  async rowsIn(interval: Interval, options: CsvFileOptions, signal: AbortSignal): Promise<Frame> {
    const parts: Part[] = []
    for (const [key, { file, claimed }] of this.#known) {
      const span = hull(claimed)
      if (span === undefined || !overlaps(span, interval)) continue
      const frame = this.#kept.get(key) ?? (await this.#read(key, file, options, signal))
      parts.push({ file, frame: sliceRows(frame, interval) })
    }
    return this.#series.type === 'bars' ? joinBars(this.#series, parts) : joinTicks(this.#series.type, parts)
  }

  async #read(key: string, file: UserFile, options: CsvFileOptions, signal: AbortSignal): Promise<Frame> {
    const frame = await readFile(this.#series, file.path, options, signal)
    this.#kept.set(key, frame)
    let rows = [...this.#kept.values()].reduce((sum, it) => sum + it.numRows, 0)
    for (const [other, { numRows }] of this.#kept) {
      if (rows <= KEPT_ROWS_MAX || other === key) break
      this.#kept.delete(other)
      rows -= numRows
    }
    return frame
  }

  #forget(key: string): void {
    this.#known.delete(key)
    this.#kept.delete(key)
  }
}

/** A file that was written again, or is to be read in another way, is another one. */
function keyOf({ path, sizeBytes, modifiedMs }: UserFile, options: CsvFileOptions): string {
  return JSON.stringify([path, sizeBytes, modifiedMs, { ...options, columns: [...(options.columns ?? [])] }])
}

async function readFile(series: Series, path: string, options: CsvFileOptions, signal: AbortSignal): Promise<Frame> {
  const { chunks } = await readUserFile(path)
  try {
    const { frame, problems, problemCount } = await readCsvFile(series, untilAborted(chunks, signal), options)
    if (problemCount === 0) return frame
    throw badRowsError('bad rows', problems, problemCount, ['Correct the file, or take it away, and fetch again.'])
  } catch (error) {
    throw about(path, error)
  }
}

async function* untilAborted(chunks: AsyncIterable<Uint8Array>, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    throwIfAborted(signal)
    yield chunk
  }
}

/** What is wrong with a file has to name it: its user named only the folder. */
function about(path: string, error: unknown): unknown {
  const message = error instanceof Error ? `${path}: ${error.message}` : path
  if (error instanceof InvalidDataError) {
    return new InvalidDataError(message, { problems: error.problems, steps: error.steps, cause: error })
  }
  if (!(error instanceof InvalidRequestError)) return error
  // Its own steps name the options of an import.
  const steps = [
    `Say it in ${OPTIONS_FILE} beside the file: {"timeZone": "America/New_York"}, {"dateFormat": "D/M/Y"}, {"columns": {"close": "Last"}}.`,
  ]
  return new InvalidRequestError(message, { steps, cause: error })
}

/** Files may overlap by equal bars. Of two different ones nobody can tell which is true. */
function joinBars(series: Series, parts: readonly Part[]): Frame {
  const frames: readonly Frame[] = [emptyFrame('bars'), ...parts.map((it) => it.frame)]
  const ordered = inOrder(series, concatFrames<Frame['type']>('bars', frames), true)
  const { frame, contradictions } = collapseEqualBars(ordered)
  const [first] = contradictions
  if (first === undefined) return frame
  const ns = ordered.column('ts_event')[first.row] as bigint
  const names = parts.filter((it) => hasStamp(it.frame, ns)).map((it) => it.file.path)
  throw new InvalidDataError(`${names.join(' and ')} hold different bars for ${formatInstant(ns)}`, {
    steps: ['Correct one of the files, or take it away, and fetch again.'],
  })
}

function hasStamp(frame: Frame, ns: bigint): boolean {
  const times = frame.column('ts_event')
  return times[lowerBound(times, ns)] === ns
}

/** Ticks that two files share are one; identical ones within a file stay as many as they are. */
function joinTicks(type: 'quotes' | 'trades', parts: readonly Part[]): Frame {
  return mergeAll(
    type,
    parts.map((it) => it.frame),
  )
}
