import { claimOfRows, claimOfSpans, DEFAULT_MAX_HOLE_NS } from '../catalog/coverage/claim.js'
import { calendarOfSeries } from '../catalog/read/lookup.js'
import { collapseEqualBars, inOrder } from '../catalog/write/check-rows.js'
import { sliceRows } from '../catalog/write/cut-rows.js'
import { mergeAll } from '../catalog/write/merge.js'
import { badRowsError, type CsvFileOptions, readCsvFile } from '../importers/csv-file.js'
import { throwIfAborted } from '../model/abort.js'
import { InvalidDataError, InvalidRequestError } from '../model/errors.js'
import type { Frame } from '../model/frame.js'
import { concatFrames, emptyFrame, lowerBound } from '../model/frame-edit.js'
import { hull, type Interval, type IntervalSet, intersect, normalize, overlaps } from '../model/interval.js'
import type { Series } from '../model/series.js'
import { formatInstant } from '../model/time.js'
import { readUserFile } from '../storage/user-files.js'
import type { UserFile } from '../storage/user-folder.js'
import { OPTIONS_FILE } from './file-options.js'
import type { KeptRows } from './kept-rows.js'

/** What a file covers by the rows it has: what stays known of it when its rows are forgotten. */
interface KnownFile {
  readonly file: UserFile
  readonly claimed: IntervalSet
}

interface Part {
  readonly file: UserFile
  readonly frame: Frame
}

/** What the files of a series say to a question. */
export interface FilesAnswer {
  readonly rows: Frame
  readonly answered: IntervalSet
}

/** The CSV files of one series, each read once; big ones again when their turn comes again. */
export class SeriesFiles {
  readonly #series: Series
  readonly #kept: KeptRows
  readonly #known = new Map<string, KnownFile>()

  /** @param kept where the rows are kept, along with those of other series */
  constructor(series: Series, kept: KeptRows) {
    this.#series = series
    this.#kept = kept
  }

  /**
   * The rows of an interval, and what of it the files together speak for: the rule of an import, applied to all of their
   * rows. Reads what is new or has changed, and forgets what is gone. What is claimed is always told from the very rows
   * that are returned, also when a file changes meanwhile or another question has its files forgotten.
   *
   * @throws InvalidDataError naming the file and its bad lines, or two files that disagree
   * @throws InvalidRequestError, StorageError
   */
  async answer(
    files: readonly UserFile[],
    interval: Interval,
    options: CsvFileOptions,
    signal: AbortSignal,
  ): Promise<FilesAnswer> {
    const series = this.#series
    const looked = await this.#look(files, options, signal)
    const parts: Part[] = []
    for (const [key, { file, claimed }] of looked) {
      const span = hull(claimed)
      if (span === undefined || !overlaps(span, interval)) continue
      let frame = this.#kept.get(key)
      if (frame === undefined) {
        frame = await this.#read(key, file, options, signal)
        looked.set(key, { file, claimed: this.#claimedBy(frame) })
      }
      parts.push({ file, frame: sliceRows(frame, interval) })
    }
    const spans = normalize([...looked.values()].flatMap((it) => it.claimed))
    const { claimed } = claimOfSpans(series, spans, calendarOfSeries(series), DEFAULT_MAX_HOLE_NS)
    const rows = series.type === 'bars' ? joinBars(series, parts) : joinTicks(series.type, parts)
    return { rows, answered: intersect(claimed, [interval]) }
  }

  /** What each file covers, by a key that changes with the file. */
  async #look(
    files: readonly UserFile[],
    options: CsvFileOptions,
    signal: AbortSignal,
  ): Promise<Map<string, KnownFile>> {
    const keys = new Map(files.map((file) => [keyOf(file, options), file]))
    for (const key of this.#known.keys()) if (!keys.has(key)) this.#forget(key)
    const looked = new Map<string, KnownFile>()
    for (const [key, file] of keys) {
      const known = this.#known.get(key) ?? {
        file,
        claimed: this.#claimedBy(await this.#read(key, file, options, signal)),
      }
      this.#known.set(key, known)
      looked.set(key, known)
    }
    return looked
  }

  #claimedBy(frame: Frame): IntervalSet {
    const series = this.#series
    return claimOfRows(series, frame.column('ts_event'), calendarOfSeries(series), DEFAULT_MAX_HOLE_NS).claimed
  }

  async #read(key: string, file: UserFile, options: CsvFileOptions, signal: AbortSignal): Promise<Frame> {
    const frame = await readFile(this.#series, file.path, options, signal)
    this.#kept.set(key, frame)
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
