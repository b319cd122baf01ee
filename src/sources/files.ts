import { join } from 'node:path'
import type { Setting } from '../catalog/coverage/coverage.js'
import type { CsvFileOptions } from '../importers/csv-file.js'
import { SourceRejectedError } from '../model/errors.js'
import type { Interval } from '../model/interval.js'
import { formatSeries, type Series } from '../model/series.js'
import { DAY_NS } from '../model/time.js'
import {
  type FetchContext,
  groupGaps,
  type HistoricalSource,
  type SourceAnswer,
  type SourceRequest,
} from '../service/historical-source.js'
import { listUserFolder, type UserFile } from '../storage/user-folder.js'
import { folderOf, isFileOf, namesOf } from './file-names.js'
import { readFileOptions } from './file-options.js'
import { KeptRows } from './kept-rows.js'
import { SeriesFiles } from './series-files.js'

/** Longest stretch one answer holds, and how far apart gaps may lie to share it. A day of ticks can be millions. */
const BARS_SPAN_NS = 366n * DAY_NS
const TICKS_SPAN_NS = DAY_NS

/** The options of an import, for all files of the source. They beat those in its `options.json`. */
export type FilesSourceOptions = CsvFileOptions

/**
 * Serves CSV files that lie in `DIR/<instrument id, percent-encoded>/`, named `<bar type>*.csv`, `trades*.csv` or
 * `quotes*.csv`, also with `.gz`. How they are to be read (time zone, …) stands in `options.json` of the folder, and of
 * the instrument's where that differs. Files that are added or change are seen by the next fetch.
 *
 * It answers for what its rows cover by the rule of an import, and for nothing else: what lies outside of the files, and
 * longer holes in them, stay missing and are asked for again. It never says that there is nothing.
 */
export class FilesSource implements HistoricalSource {
  readonly name = 'files'
  readonly #folder: string
  readonly #options: FilesSourceOptions
  readonly #kept = new KeptRows()
  readonly #series = new Map<string, SeriesFiles>()

  constructor(folder: string, options: FilesSourceOptions = {}) {
    this.#folder = folder
    this.#options = options
  }

  settingOf(): Setting {
    return {}
  }

  plan(series: Series, gaps: readonly Interval[]): readonly SourceRequest[] {
    const spanNs = series.type === 'bars' ? BARS_SPAN_NS : TICKS_SPAN_NS
    return groupGaps(gaps, spanNs, spanNs).map((interval) => ({ series, interval }))
  }

  /**
   * @throws SourceRejectedError when there is no file of the series
   * @throws InvalidDataError naming file and line of rows that are bad, or two files that disagree
   * @throws InvalidRequestError when a file needs an option that nobody gave
   */
  async fetch({ series, interval }: SourceRequest, { signal }: FetchContext): Promise<SourceAnswer> {
    const found = await this.#filesOf(series)
    const options = this.#optionsOf(series)
    return this.#known(series).answer(found, interval, options, signal)
  }

  async #filesOf(series: Series): Promise<readonly UserFile[]> {
    const folder = join(this.#folder, folderOf(series))
    const listed = await listUserFolder(folder)
    const found = listed?.filter((it) => isFileOf(series, it.name)) ?? []
    if (found.length > 0) return found
    const known = (await listUserFolder(this.#folder)) !== undefined
    const why = known
      ? `${this.#folder} has no file of ${formatSeries(series)}`
      : `there is no directory ${this.#folder}`
    throw new SourceRejectedError(why, {
      steps: [
        `Put its files at ${join(this.#folder, namesOf(series))} (or .csv.gz); * is any text.`,
        'Or name another directory: --source files:DIR',
      ],
    })
  }

  #optionsOf(series: Series): CsvFileOptions {
    const ofInstrument = readFileOptions(join(this.#folder, folderOf(series)))
    const { stamp, ...options } = { ...readFileOptions(this.#folder), ...ofInstrument, ...this.#options }
    // One folder serves bars and ticks, and only bars are stamped at their close.
    return series.type === 'bars' && stamp !== undefined ? { ...options, stamp } : options
  }

  #known(series: Series): SeriesFiles {
    const key = formatSeries(series)
    const known = this.#series.get(key) ?? new SeriesFiles(series, this.#kept)
    this.#series.set(key, known)
    return known
  }
}
