import { randomUUID } from 'node:crypto'
import type { DataCatalog } from '../catalog/catalog.js'
import { answered } from '../catalog/coverage.js'
import { calendarOfSeries } from '../catalog/lookup.js'
import { parseRange } from '../catalog/range.js'
import { gapsIn, requiredSessions, type Session } from '../catalog/required.js'
import { DataNotFoundError } from '../model/errors.js'
import type { Frame } from '../model/frame.js'
import { type Interval, intersect, toIso } from '../model/interval.js'
import { type Log, silentLog } from '../model/log.js'
import { formatSeries, parseSeries, type Series, type SeriesInput } from '../model/series.js'
import { type Clock, MIN_NS, systemClock } from '../model/time.js'
import { askSource, type Download, type Downloaded, GroupedCommits } from './download.js'
import { heal, isCorruption } from './heal.js'
import type { HistoricalSource } from './historical-source.js'
import { lateEdgeNs, settledNs } from './late-edge.js'
import { noSourceError, nothingThereError, withMissing } from './outcome.js'
import { rowsBySource } from './report.js'
import type { FetchOptions, FetchPlan, FetchReport, FetchResult } from './types.js'

export interface ServiceOptions {
  readonly catalog: DataCatalog
  /** Asked on a miss. Without one, what is missing is an error. */
  readonly source?: HistoricalSource
  readonly clock?: Clock
  readonly log?: Log
}

/** Files that turn out damaged while others are being healed; more rounds than this mean the disk is going. */
const HEAL_ROUNDS_MAX = 3

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
  /** The last download of each series in this process; the next one waits for it and plans from what it left. */
  readonly #flights = new Map<string, Promise<unknown>>()

  constructor(options: ServiceOptions) {
    this.#catalog = options.catalog
    this.#source = options.source
    this.#clock = options.clock ?? systemClock
    this.#log = options.log ?? silentLog
  }

  /**
   * The rows of a range, complete as far as anyone has them.
   *
   * @throws DataNotFoundError when something is missing and there is no source (`missing`), when all of it is closed or
   * known to be empty (`knownEmpty`), or when the range lies after the last complete bar (`tooRecent`)
   * @throws ConnectionError naming what is still missing; what arrived is kept
   * @throws SourceRejectedError, PacingError, SettingsConflictError, AbortedError
   * @throws CatalogCorruptionError when a damaged file could not be fetched again
   */
  async fetchOrLoad<S extends SeriesInput>(input: S, options: FetchOptions): Promise<FetchResult<S['type']>> {
    const correlationId = randomUUID()
    const log = this.#log.child({ correlationId })
    const series = parseSeries(input)
    const range = parseRange(options)
    const counts: Downloaded = { requests: 0, fetchedRows: 0, rejected: [] }
    const fetch: Fetch = { input, series, range, session: options.session ?? 'regular', options, counts, log }
    log.info({ series: formatSeries(series), ...toIso(range) }, 'fetchOrLoad')
    const frame = options.asOf === undefined ? await this.#fillAndLoad(fetch) : await this.#load(fetch)
    const report: FetchReport = {
      asOf: options.asOf ?? this.#catalog.version(),
      ...counts,
      missing: frame.missing.map(toIso),
      bySource: rowsBySource(frame.column('ts_event'), await this.#catalog.coverage(input)),
      correlationId,
    }
    log.info({ rows: frame.numRows, requests: report.requests, fetchedRows: report.fetchedRows }, 'loaded')
    return { frame: frame as Frame<S['type']>, report }
  }

  /** What {@link fetchOrLoad} would ask the source for. Nothing is asked, nothing is written. */
  async plan(input: SeriesInput, options: FetchOptions): Promise<FetchPlan> {
    const series = parseSeries(input)
    const gaps = await this.#gaps({ input, series, range: parseRange(options), session: options.session ?? 'regular' })
    const requests = gaps.length === 0 ? [] : (this.#source?.plan(series, gaps) ?? [])
    return { gaps: gaps.map(toIso), requests: requests.map((it) => toIso(it.interval)) }
  }

  /** Waits for downloads under way and closes the source. The catalog is its owner's. */
  async close(): Promise<void> {
    await Promise.allSettled(this.#flights.values())
    await this.#source?.close?.()
  }

  /** Fills and reads until no damaged file is in the way; a healed file may have hidden another. */
  async #fillAndLoad(fetch: Fetch): Promise<Frame> {
    for (let round = 0; ; round++) {
      try {
        await this.#fill(fetch)
        return await this.#load(fetch)
      } catch (error) {
        if (!isCorruption(error) || this.#source === undefined || round === HEAL_ROUNDS_MAX) throw error
        fetch.log.warn({ files: error.files }, 'damaged files: asking the source again')
        const source = this.#source
        const downloadOf = (gaps: Download['gaps']): Download => this.#download(source, fetch, gaps)
        await this.#oneAtATime(fetch.series, () => heal(this.#catalog, fetch.input, error, downloadOf, fetch.counts))
      }
    }
  }

  /** Asks the source for what is missing, if anything is. */
  async #fill(fetch: Fetch): Promise<void> {
    if ((await this.#gaps(fetch)).length === 0) return
    const source = this.#source
    await this.#oneAtATime(fetch.series, async () => {
      const gaps = await this.#gaps(fetch)
      if (gaps.length === 0) return
      if (source === undefined) throw noSourceError(fetch.series, gaps)
      const commits = new GroupedCommits(this.#catalog, fetch.input, source.name, source.settingOf(fetch.series))
      try {
        await askSource(this.#download(source, fetch, gaps), fetch.counts, (digest) => commits.take(digest))
      } catch (error) {
        await commits.commit()
        throw withMissing(error, await this.#gaps(fetch))
      }
      await commits.commit()
    })
  }

  /** @throws DataNotFoundError when there is not one row */
  async #load({ input, series, range, session, options }: Fetch): Promise<Frame> {
    const asOf = options.asOf === undefined ? {} : { asOf: options.asOf }
    try {
      const frame = await this.#catalog.query(input, { start: range.startNs, end: range.endNs, session, ...asOf })
      if (frame.numRows > 0 || options.asOf !== undefined) return frame
    } catch (error) {
      if (!(error instanceof DataNotFoundError) || options.asOf !== undefined) throw error
    }
    throw nothingThereError(series, range, lateEdgeNs(series, calendarOfSeries(series), this.#clock()))
  }

  /** Required, not covered, and not after the last complete bar; one entry a session. */
  async #gaps({
    input,
    series,
    range,
    session,
  }: Pick<Fetch, 'input' | 'series' | 'range' | 'session'>): Promise<readonly Interval[]> {
    const nowNs = this.#clock()
    const calendar = calendarOfSeries(series)
    const edge = { startNs: MIN_NS, endNs: lateEdgeNs(series, calendar, nowNs) }
    const source = this.#source
    const asker = source === undefined ? {} : { source: source.name, setting: source.settingOf(series) }
    const covered = answered(await this.#catalog.coverage(input), { ...asker, nowNs })
    return intersect([range], [edge]).flatMap((capped) =>
      gapsIn(requiredSessions(series, capped, session, calendar), covered),
    )
  }

  #download(source: HistoricalSource, { series, options, log }: Fetch, gaps: Download['gaps']): Download {
    const calendar = calendarOfSeries(series)
    const nowNs = this.#clock()
    return {
      source,
      series,
      calendar,
      gaps,
      nowNs,
      settledNs: settledNs(series, calendar, nowNs, source.settleLagNs?.(series)),
      signal: options.signal ?? new AbortController().signal,
      onProgress: options.onProgress ?? (() => undefined),
      log,
    }
  }

  /** Runs downloads of one series one after another; each plans from what the one before left. */
  async #oneAtATime(series: Series, work: () => Promise<void>): Promise<void> {
    const key = `${series.type} ${formatSeries(series)}`
    const before = this.#flights.get(key) ?? Promise.resolve()
    const flight = before.then(work, work)
    this.#flights.set(key, flight)
    try {
      await flight
    } finally {
      if (this.#flights.get(key) === flight) this.#flights.delete(key)
    }
  }
}

/** One call on its way. */
interface Fetch {
  readonly input: SeriesInput
  readonly series: Series
  readonly range: Interval
  readonly session: Session
  readonly options: FetchOptions
  readonly counts: Downloaded
  readonly log: Log
}
