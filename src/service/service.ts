import { randomUUID } from 'node:crypto'
import type { DataCatalog } from '../catalog/catalog.js'
import { checkSession, type Session } from '../catalog/coverage/required.js'
import { coverageOf } from '../catalog/files/live-file.js'
import { parseRange } from '../catalog/range.js'
import { waysToGet } from '../catalog/read/lookup.js'
import type { VersionToken } from '../catalog/versions/version-token.js'
import { throwIfAborted } from '../model/abort.js'
import { AbortedError, DataNotFoundError, VersionExpiredError } from '../model/errors.js'
import type { Frame } from '../model/frame.js'
import { type IntervalSet, toIso } from '../model/interval.js'
import { type Log, silentLog } from '../model/log.js'
import { formatSeries, parseSeries, type Series, type SeriesInput, seriesInputOf } from '../model/series.js'
import { type Clock, systemClock } from '../model/time.js'
import { Downloader, type Job } from './downloader.js'
import type { HistoricalSource } from './historical-source.js'
import { oneAtATime } from './one-at-a-time.js'
import { nothingThereError, refuseContradiction } from './outcome.js'
import { rowsBySource } from './report.js'
import { gapsOf, type Standing, standingOf, type Wanted } from './standing.js'
import type {
  FetchOptions,
  FetchPlan,
  FetchReport,
  FetchResult,
  SeriesUpdate,
  UpdateOptions,
  UpdateReport,
} from './types.js'
import { isBroughtBy, updateGaps } from './update.js'

export interface ServiceOptions {
  readonly catalog: DataCatalog
  /** Asked on a miss. Without one, what is missing is an error. */
  readonly source?: HistoricalSource
  readonly clock?: Clock
  readonly log?: Log
}

/**
 * Complete data by one call: what the catalog has is read, what is missing is asked of the source, stored, and never
 * asked again.
 *
 * @example
 * ```ts
 * const service = new DataCatalogService({ catalog, source: new SimSource() })
 * const { frame, report } = await service.fetchOrLoad(
 *   { type: 'bars', instrument: 'AAPL.SIM', barType: '1-MINUTE-LAST' },
 *   { start: '2024-01-02', end: '2024-02-01' },
 * )
 * console.log(frame.numRows, report.requests)
 * ```
 */
export class DataCatalogService {
  readonly #catalog: DataCatalog
  readonly #source: HistoricalSource | undefined
  readonly #clock: Clock
  readonly #log: Log
  readonly #downloader: Downloader
  /** Downloads of this service under way, or waiting for another's of the same series. */
  readonly #flights = new Set<Promise<void>>()

  constructor(options: ServiceOptions) {
    this.#catalog = options.catalog
    this.#source = options.source
    this.#clock = options.clock ?? systemClock
    this.#log = options.log ?? silentLog
    this.#downloader = new Downloader(this.#catalog, this.#source, this.#clock)
  }

  /**
   * The rows of a range, complete as far as anyone has them.
   *
   * @throws DataNotFoundError when something is missing and there is no source (`missing`), when all of it is closed or
   * known to be empty (`knownEmpty`), or when the range lies after the last complete bar (`tooRecent`)
   * @throws ConnectionError naming what is still missing; what arrived is kept
   * @throws AdjustmentChangedError when the source's prices differ by a common factor from the stored ones they would
   * join; nothing of the download is kept
   * @throws SourceRejectedError, PacingError, SettingsConflictError, AbortedError
   * @throws CatalogCorruptionError when a damaged file could not be fetched again
   */
  async fetchOrLoad<S extends SeriesInput>(input: S, options: FetchOptions): Promise<FetchResult<S['type']>> {
    throwIfAborted(options.signal)
    refuseContradiction(options)
    const { correlationId, ...fetch } = this.#fetch(input, options)
    const { series, range, counts, log } = fetch
    log.info({ series: formatSeries(series), ...toIso(range) }, 'fetchOrLoad')
    const kept = options.refresh === true ? await this.#refresh(fetch) : []
    const loaded = options.asOf === undefined ? await this.#fillAndLoad(fetch) : await this.#load(fetch, options.asOf)
    const { frame, coverage, missing, knownEmpty, asOf } = loaded
    const report: FetchReport = {
      asOf,
      ...counts,
      missing: missing.map(toIso),
      knownEmpty: knownEmpty.map(toIso),
      kept: kept.map(toIso),
      bySource: rowsBySource(frame.column('ts_event'), coverage),
      correlationId,
    }
    log.info({ rows: frame.numRows, requests: report.requests, fetchedRows: report.fetchedRows }, 'loaded')
    return { frame: frame as Frame<S['type']>, report }
  }

  /** What {@link fetchOrLoad} would ask the source for. Nothing is asked, nothing is written. */
  async plan(input: SeriesInput, options: FetchOptions): Promise<FetchPlan> {
    refuseContradiction(options)
    const fetch = this.#fetch(input, options)
    if (options.asOf !== undefined) return { gaps: [], requests: [] }
    const isRefresh = options.refresh === true
    const gaps = isRefresh ? this.#downloader.refreshed(fetch, fetch.range) : await this.#downloader.gaps(fetch)
    return this.#downloader.plan(fetch, gaps)
  }

  /**
   * Brings stored series up to date, one after another: everything from the end of their data to now, and what the
   * source left provisional before ("nothing there" said near the present, refused rows). No rows are loaded. An error of
   * one series does not stop the others.
   *
   * @param input the series to update; when absent, all that the source has brought data of before (others are skipped)
   * @throws DataNotFoundError without a source, InvalidRequestError, AbortedError
   */
  async update(
    input?: SeriesInput | readonly SeriesInput[],
    options: UpdateOptions = {},
  ): Promise<readonly SeriesUpdate[]> {
    const session = checkSession(options.session ?? 'regular')
    const named = input === undefined ? undefined : [input].flat().map(parseSeries)
    const source = this.#source
    if (source === undefined) throw new DataNotFoundError('no source is configured to update from', { steps: ASK })
    const stored = async (): Promise<readonly Series[]> => (await this.#catalog.list()).map((it) => it.series)
    const updates: SeriesUpdate[] = []
    for (const series of named ?? (await stored()).filter(options.among ?? (() => true))) {
      throwIfAborted(options.signal)
      const isOurs =
        named !== undefined || isBroughtBy(await this.#catalog.coverage(seriesInputOf(series)), source.name)
      const update: SeriesUpdate = isOurs
        ? await this.#updateOne(series, session, options)
        : { series, outcome: 'skipped', reason: `${source.name} has brought nothing of it` }
      await options.onUpdated?.(update)
      updates.push(update)
    }
    return updates
  }

  /** Waits for downloads under way and closes the source. The catalog is its owner's. */
  async close(): Promise<void> {
    await Promise.allSettled(this.#flights)
    await this.#source?.close?.()
  }

  async #updateOne(series: Series, session: Session, options: UpdateOptions): Promise<SeriesUpdate> {
    const { signal, onProgress } = options
    const gapsIn: Job['gapsIn'] = (coverage, by) => updateGaps(series, session, coverage, by)
    const { correlationId, ...job } = this.#job(seriesInputOf(series), gapsIn, {
      ...(signal === undefined ? {} : { signal }),
      onProgress: (it) => onProgress?.(it, series),
    })
    try {
      if ((await this.#catalog.coverage(job.input)).length === 0) {
        throw new DataNotFoundError(`the catalog holds nothing of ${formatSeries(series)}`, {
          steps: waysToGet(series),
        })
      }
      if (options.dryRun === true) {
        const plan = await this.#downloader.plan(job, await this.#downloader.gaps(job))
        return { series, outcome: 'planned', plan }
      }
      job.log.info({ series: formatSeries(series) }, 'update')
      await this.#fill(job)
      const files = await this.#catalog.files(job.input)
      const report: UpdateReport = {
        asOf: this.#catalog.version(),
        rows: files.reduce((sum, it) => sum + it.numRows, 0),
        ...job.counts,
        missing: (await this.#downloader.gaps(job)).map(toIso),
        correlationId,
      }
      return { series, outcome: 'updated', report }
    } catch (error) {
      if (error instanceof AbortedError) throw error
      return { series, outcome: 'failed', error }
    }
  }

  #fetch(input: SeriesInput, options: FetchOptions): Fetch & { readonly correlationId: string } {
    const series = parseSeries(input)
    const wanted = { series, range: parseRange(options), session: checkSession(options.session ?? 'regular') }
    const job = this.#job(input, (coverage, by) => gapsOf(wanted, coverage, by), options)
    return { ...job, ...wanted, options }
  }

  #job(input: SeriesInput, gapsIn: Job['gapsIn'], options: Job['options']): Job & { readonly correlationId: string } {
    const correlationId = randomUUID()
    const counts = { requests: 0, fetchedRows: 0, rejected: [] }
    const log = this.#log.child({ correlationId })
    return { input, series: parseSeries(input), gapsIn, options, counts, gone: [], log, correlationId }
  }

  async #refresh(fetch: Fetch): Promise<IntervalSet> {
    let kept: IntervalSet = []
    await this.#oneAtATime(fetch, async () => {
      kept = await this.#downloader.refresh(fetch, fetch.range)
    })
    return kept
  }

  /** Fills, then reads until no damaged file is in the way. */
  async #fillAndLoad(fetch: Fetch): Promise<Loaded> {
    // A refresh has asked for everything there is.
    if (fetch.options.refresh !== true) await this.#fill(fetch)
    return this.#downloader.healing(
      () => this.#loadNewest(fetch),
      async (damage) => {
        await this.#oneAtATime(fetch, () => this.#downloader.heal(fetch, damage))
        // Another process may have taken the file out without asking anyone: then its content is missing.
        await this.#fill(fetch)
      },
    )
  }

  /** Asks the source for what is missing, if anything is. */
  async #fill(job: Job): Promise<void> {
    if ((await this.#downloader.gaps(job)).length === 0) return
    await this.#oneAtATime(job, () => this.#downloader.fill(job))
  }

  /** Rows, coverage and report are of one state, whoever commits meanwhile. @throws like `#load` */
  async #loadNewest(fetch: Fetch): Promise<Loaded> {
    for (;;) {
      await this.#catalog.files(fetch.input)
      const asOf = this.#catalog.version()
      try {
        return await this.#load(fetch, asOf)
      } catch (error) {
        // Vacuum may let a state go as soon as there is a newer one: then that is read instead.
        if (!(error instanceof VersionExpiredError)) throw error
        await this.#catalog.files(fetch.input)
        if (this.#catalog.version() === asOf) throw error
      }
    }
  }

  /** @throws DataNotFoundError when there is not one row, VersionExpiredError */
  async #load(fetch: Fetch, asOf: VersionToken | string): Promise<Loaded> {
    const { input, series, range, session, options, counts } = fetch
    const files = await this.#catalog.files(input, { asOf })
    const standing = standingOf(fetch, coverageOf(files), this.#clock())
    const isKnown = files.length > 0 || options.asOf !== undefined
    if (isKnown) {
      const frame = await this.#catalog.query(input, { start: range.startNs, end: range.endNs, session, asOf })
      if (frame.numRows > 0 || options.asOf !== undefined) {
        return { ...standing, asOf, frame: frame.withMissing(standing.missing) }
      }
    }
    throw nothingThereError(series, { ...standing, range, session, rejected: counts.rejected })
  }

  /** Runs downloads of one series one after another; each plans from what the one before left. @throws AbortedError */
  async #oneAtATime({ options, counts, ...call }: Job, work: () => Promise<void>): Promise<void> {
    const { signal, onProgress } = options
    const asks = this.#source !== undefined
    const turn = { ...call, catalog: this.#catalog, asks, rows: counts.fetchedRows, signal, onProgress }
    const flight = oneAtATime(turn, work)
    this.#flights.add(flight)
    try {
      await flight
    } finally {
      this.#flights.delete(flight)
    }
  }
}

const ASK: readonly string[] = ['Name one: --source SOURCE, or `source` of DataCatalogService.']

/** One fetch on its way. */
interface Fetch extends Job, Wanted {
  readonly options: FetchOptions
}

interface Loaded extends Standing {
  readonly frame: Frame
  readonly asOf: VersionToken | string
}
