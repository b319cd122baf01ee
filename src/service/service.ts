import { randomUUID } from 'node:crypto'
import type { DataCatalog } from '../catalog/catalog.js'
import { answered, type Coverage } from '../catalog/coverage.js'
import { coverageOf } from '../catalog/live-file.js'
import { calendarOfSeries } from '../catalog/lookup.js'
import { parseRange } from '../catalog/range.js'
import { checkSession, gapsIn, requiredSessions, requiredSet, type Session } from '../catalog/required.js'
import type { VersionToken } from '../catalog/version-token.js'
import { throwIfAborted } from '../model/abort.js'
import { type CatalogCorruptionError, ConnectionError } from '../model/errors.js'
import type { Frame } from '../model/frame.js'
import { type Interval, type IntervalSet, intersect, normalize, subtract, toIso, union } from '../model/interval.js'
import { type Log, silentLog } from '../model/log.js'
import { formatSeries, parseSeries, type Series, type SeriesInput } from '../model/series.js'
import { type Clock, MIN_NS, systemClock } from '../model/time.js'
import { askSource, type Download, type Downloaded, GroupedCommits } from './download.js'
import { heal, isCorruption } from './heal.js'
import type { HistoricalSource } from './historical-source.js'
import { lateEdgeNs, settledNs } from './late-edge.js'
import { oneAtATime } from './one-at-a-time.js'
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
  /** Downloads of this service under way, or waiting for another's of the same series. */
  readonly #flights = new Set<Promise<void>>()

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
    throwIfAborted(options.signal)
    const correlationId = randomUUID()
    const log = this.#log.child({ correlationId })
    const series = parseSeries(input)
    const range = parseRange(options)
    const counts: Downloaded = { requests: 0, fetchedRows: 0, rejected: [] }
    const session = checkSession(options.session ?? 'regular')
    const fetch: Fetch = { input, series, range, session, options, counts, gone: [], log }
    log.info({ series: formatSeries(series), ...toIso(range) }, 'fetchOrLoad')
    const loaded = options.asOf === undefined ? await this.#fillAndLoad(fetch) : await this.#load(fetch)
    const { frame, coverage, missing, knownEmpty, asOf } = loaded
    const report: FetchReport = {
      asOf,
      ...counts,
      missing: missing.map(toIso),
      knownEmpty: knownEmpty.map(toIso),
      bySource: rowsBySource(frame.column('ts_event'), coverage),
      correlationId,
    }
    log.info({ rows: frame.numRows, requests: report.requests, fetchedRows: report.fetchedRows }, 'loaded')
    return { frame: frame as Frame<S['type']>, report }
  }

  /** What {@link fetchOrLoad} would ask the source for. Nothing is asked, nothing is written. */
  async plan(input: SeriesInput, options: FetchOptions): Promise<FetchPlan> {
    const series = parseSeries(input)
    const range = parseRange(options)
    const gaps = await this.#gaps({
      input,
      series,
      range,
      session: checkSession(options.session ?? 'regular'),
      gone: [],
    })
    const requests = gaps.length === 0 ? [] : (this.#source?.plan(series, gaps) ?? [])
    return { gaps: gaps.map(toIso), requests: requests.map((it) => toIso(it.interval)) }
  }

  /** Waits for downloads under way and closes the source. The catalog is its owner's. */
  async close(): Promise<void> {
    await Promise.allSettled(this.#flights)
    await this.#source?.close?.()
  }

  /** Fills, then reads until no damaged file is in the way. */
  async #fillAndLoad(fetch: Fetch): Promise<Loaded> {
    await this.#fill(fetch)
    return this.#healing(
      () => this.#load(fetch),
      async (damage) => {
        await this.#oneAtATime(fetch, () => this.#heal(fetch, damage))
        // Another process may have taken the file out without asking anyone: then its content is missing.
        await this.#fill(fetch)
      },
    )
  }

  /**
   * Does the work again after each damage it meets was healed: a healed file may have hidden another, and a write names
   * one at a time. Meeting the same file twice means that healing does not help.
   */
  async #healing<T>(work: () => Promise<T>, heal: (damage: CatalogCorruptionError) => Promise<void>): Promise<T> {
    const met = new Set<string>()
    for (;;) {
      try {
        return await work()
      } catch (error) {
        const isNew = isCorruption(error) && error.files.some((it) => !met.has(it.file))
        if (!isNew || this.#source === undefined) throw error
        for (const { file } of error.files) met.add(file)
        await heal(error)
      }
    }
  }

  async #heal(fetch: Fetch, damage: CatalogCorruptionError): Promise<void> {
    const source = this.#source
    if (source === undefined) throw damage
    fetch.log.warn({ files: damage.files }, 'damaged files: asking the source again')
    const downloadOf = (gaps: Download['gaps']): Download => this.#download(source, fetch, gaps)
    fetch.gone.push(...(await heal(this.#catalog, fetch.input, damage, downloadOf, fetch.counts)))
  }

  /** Asks the source for what is missing, if anything is. */
  async #fill(fetch: Fetch): Promise<void> {
    if ((await this.#gaps(fetch)).length === 0) return
    const source = this.#source
    await this.#oneAtATime(fetch, async () => {
      const gaps = await this.#gaps(fetch)
      if (gaps.length === 0) return
      if (source === undefined) throw noSourceError(fetch.series, gaps)
      const commits = new GroupedCommits((rows, claims) => this.#store(fetch, source, rows, claims))
      try {
        await askSource(this.#download(source, fetch, gaps), fetch.counts, (digest) => commits.take(digest))
      } catch (error) {
        await commits.commit()
        throw error instanceof ConnectionError ? withMissing(error, await this.#gaps(fetch)) : error
      }
      await commits.commit()
    })
  }

  /** One commit, that fills only what is still missing then. A damaged file of the same days is healed first. */
  async #store(fetch: Fetch, source: HistoricalSource, rows: Frame, coverage: Coverage): Promise<void> {
    const { input, series, log } = fetch
    const asker = { source: source.name, setting: source.settingOf(series) }
    const { signal } = fetch.options
    // After an abort what is complete is still stored; only a wait for the lock that is under way ends by it.
    const stop = signal === undefined || signal.aborted ? {} : { signal }
    await this.#healing(
      () => this.#catalog.write(input, rows, { mode: 'fill', coverage, sort: true, asker, log, ...stop }),
      (damage) => this.#heal(fetch, damage),
    )
  }

  /** @throws DataNotFoundError when there is not one row */
  async #load(fetch: Fetch): Promise<Loaded> {
    const { input, series, range, session, options, counts } = fetch
    if (options.asOf === undefined) await this.#catalog.files(input)
    // Rows, coverage and report are of one state, whoever commits meanwhile.
    const asOf = options.asOf ?? this.#catalog.version()
    const files = await this.#catalog.files(input, { asOf })
    const standing = this.#standing(fetch, coverageOf(files))
    const isKnown = files.length > 0 || options.asOf !== undefined
    if (isKnown) {
      const frame = await this.#catalog.query(input, { start: range.startNs, end: range.endNs, session, asOf })
      if (frame.numRows > 0 || options.asOf !== undefined) {
        return { ...standing, asOf, frame: frame.withMissing(standing.missing) }
      }
    }
    throw nothingThereError(series, { ...standing, range, rejected: counts.rejected })
  }

  #standing({ series, range, session }: Fetch, coverage: Coverage): Standing {
    const nowNs = this.#clock()
    const calendar = calendarOfSeries(series)
    const edgeNs = lateEdgeNs(series, calendar, nowNs)
    const required = requiredSet(series, range, session, calendar)
    const complete = intersect(required, [{ startNs: MIN_NS, endNs: edgeNs }])
    const empty = coverage.filter((it) => it.state === 'empty')
    return {
      coverage,
      edgeNs,
      required,
      missing: subtract(complete, answered(coverage, { nowNs })),
      knownEmpty: intersect(complete, answered(empty, { nowNs })),
    }
  }

  /** Required, not covered, and not after the last complete bar; one entry a session. */
  async #gaps({ input, series, range, session, gone }: Question): Promise<readonly Interval[]> {
    const nowNs = this.#clock()
    const calendar = calendarOfSeries(series)
    const edge = { startNs: MIN_NS, endNs: lateEdgeNs(series, calendar, nowNs) }
    const source = this.#source
    const asker = source === undefined ? {} : { source: source.name, setting: source.settingOf(series) }
    const covered = union(answered(await this.#catalog.coverage(input), { ...asker, nowNs }), normalize(gone))
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

  /** Runs downloads of one series one after another; each plans from what the one before left. @throws AbortedError */
  async #oneAtATime({ series, options: { signal } }: Fetch, work: () => Promise<void>): Promise<void> {
    const flight = oneAtATime(`${this.#catalog.root} ${series.type} ${formatSeries(series)}`, signal, work)
    this.#flights.add(flight)
    try {
      await flight
    } finally {
      this.#flights.delete(flight)
    }
  }
}

/** What a call requires. */
interface Question {
  readonly input: SeriesInput
  readonly series: Series
  readonly range: Interval
  readonly session: Session
  /** What was lost with a damaged file, and the source no longer has: not asked again by this call. */
  readonly gone: Interval[]
}

/** One call on its way. */
interface Fetch extends Question {
  readonly options: FetchOptions
  readonly counts: Downloaded
  readonly log: Log
}

/** How much of what a call requires is there. */
interface Standing {
  readonly coverage: Coverage
  readonly edgeNs: bigint
  /** Also what lies after the late edge. */
  readonly required: IntervalSet
  /** Required, before the late edge, and not covered. */
  readonly missing: IntervalSet
  readonly knownEmpty: IntervalSet
}

interface Loaded extends Standing {
  readonly frame: Frame
  readonly asOf: VersionToken | string
}
