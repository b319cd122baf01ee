import type { DataCatalog } from '../catalog/catalog.js'
import {
  type Coverage,
  type CoveredBy,
  clipCoverage,
  coverageSet,
  removeCoverage,
  type Setting,
} from '../catalog/coverage/coverage.js'
import { calendarOfSeries } from '../catalog/read/lookup.js'
import type { WriteOptions } from '../catalog/write/write-input.js'
import { AbortedError, type CatalogCorruptionError, ConnectionError } from '../model/errors.js'
import type { Frame } from '../model/frame.js'
import { given } from '../model/given.js'
import { hull, type Interval, type IntervalSet, intersect, normalize, subtract, toIso } from '../model/interval.js'
import type { Log } from '../model/log.js'
import type { Series, SeriesInput } from '../model/series.js'
import type { Clock } from '../model/time.js'
import { isAdjusted, judgeAdjustment } from './adjustment.js'
import type { Digest } from './digest.js'
import { askSource, type Download, type Downloaded, GroupedCommits, planRequests } from './download.js'
import { heal, isCorruption } from './heal.js'
import type { HistoricalSource } from './historical-source.js'
import { settledNs } from './late-edge.js'
import { noSourceError, withMissing } from './outcome.js'
import { type Overlap, planOverlap } from './overlap.js'
import { deletingFirst, keeping, refreshedInterval, replacedSet, replacementOf } from './refresh.js'
import { refuseOtherSetting } from './setting-check.js'
import type { FetchPlan, FetchProgress } from './types.js'

/** One call on its way, whatever it is about. */
export interface Job {
  readonly input: SeriesInput
  readonly series: Series
  /** What of it has to be asked of whom, ascending. */
  readonly gapsIn: (coverage: Coverage, by: CoveredBy) => readonly Interval[]
  readonly options: {
    readonly allOrNothing?: boolean
    readonly signal?: AbortSignal
    readonly onProgress?: (progress: FetchProgress) => void
  }
  readonly counts: Downloaded
  /** What was lost with a damaged file, and the source no longer has: not asked again by this call. */
  readonly gone: Interval[]
  readonly log: Log
}

/** Asks a source for what jobs miss, and stores what it answers. One job of a series at a time is the caller's care. */
export class Downloader {
  readonly #catalog: DataCatalog
  readonly #source: HistoricalSource | undefined
  readonly #clock: Clock

  constructor(catalog: DataCatalog, source: HistoricalSource | undefined, clock: Clock) {
    this.#catalog = catalog
    this.#source = source
    this.#clock = clock
  }

  /** What a job has to ask for as things stand. */
  async gaps({ input, series, gapsIn, gone }: Job): Promise<readonly Interval[]> {
    const asker = this.#source === undefined ? {} : askerOf(this.#source, series)
    const gaps = gapsIn(await this.#catalog.coverage(input), { ...asker, nowNs: this.#clock() })
    return gone.length === 0 ? gaps : gaps.flatMap((it) => subtract([it], normalize(gone)))
  }

  /** What would be asked, without asking. */
  async plan(job: Job, gaps: readonly Interval[]): Promise<FetchPlan> {
    const source = this.#source
    if (gaps.length === 0 || source === undefined) return { gaps: gaps.map(toIso), requests: [] }
    const { requests } = planRequests(await this.#download(source, job, gaps))
    return {
      gaps: gaps.map(toIso),
      requests: requests.map((it) => toIso(it.interval)),
      ...given('estimate', source.estimate?.(requests)),
    }
  }

  /**
   * Asks for everything that is missing. Complete answers are committed as they come; `allOrNothing`: all of them in one
   * commit at the end.
   *
   * @throws DataNotFoundError without a source
   * @throws ConnectionError naming what is still missing, AdjustmentChangedError, SettingsConflictError, AbortedError
   */
  async fill(job: Job): Promise<void> {
    const { input, series, counts, options } = job
    const gaps = await this.gaps(job)
    if (gaps.length === 0) return
    const source = this.#source
    if (source === undefined) throw noSourceError(series, gaps)
    refuseOtherSetting(series, source, await this.#catalog.coverage(input))
    const isWhole = options.allOrNothing === true
    const mode = { mode: 'fill', asker: askerOf(source, series) } as const
    const commits = new GroupedCommits((rows, coverage) => this.#store(job, rows, { ...mode, coverage }), isWhole)
    try {
      await askSource(await this.#download(source, job, gaps), counts, (digest) => commits.take(digest))
    } catch (error) {
      if (!isWhole) await this.#keep(job, commits, error)
      throw error instanceof ConnectionError ? withMissing(error, await this.gaps(job)) : error
    }
    await commits.commit()
  }

  /** Commits what is complete after `failure`. An abort stays one when that fails too: its caller asked for it. */
  async #keep({ log }: Job, commits: GroupedCommits, failure: unknown): Promise<void> {
    try {
      await commits.commit()
    } catch (error) {
      if (!(failure instanceof AbortedError)) throw error
      log.warn({ err: error }, 'what had been downloaded before the abort could not be stored')
    }
  }

  /** What {@link refresh} would ask for again. */
  refreshed({ series }: Job, range: Interval): readonly Interval[] {
    const interval = refreshedInterval(series, range, calendarOfSeries(series), this.#clock())
    return interval === undefined ? [] : [interval]
  }

  /**
   * Asks for a whole range again and replaces it in one commit; any error leaves everything as it was. Sessions that
   * have rows and of which the source says nothing, or that there is nothing, stay as they are.
   *
   * @returns those sessions
   * @throws like {@link fill}
   */
  async refresh(job: Job, range: Interval): Promise<IntervalSet> {
    const { input, series, counts } = job
    const refreshed = this.refreshed(job, range)
    if (refreshed.length === 0) return []
    const source = this.#source
    if (source === undefined) throw noSourceError(series, refreshed)
    refuseOtherSetting(series, source, removeCoverage(await this.#catalog.coverage(input), refreshed))
    const digests: Digest[] = []
    const take = async (digest: Digest): Promise<void> => void digests.push(digest)
    try {
      await askSource(await this.#download(source, job, refreshed), counts, take)
    } catch (error) {
      throw error instanceof ConnectionError ? withMissing(error, await this.gaps(job)) : error
    }
    // What somebody imported during the download is live too.
    const coverage = await this.#catalog.coverage(input)
    const data = intersect(coverageSet(coverage, 'data'), refreshed)
    const replacement = replacementOf(series.type, digests, data)
    const kept = await this.#withRows(job, replacement.unanswered)
    const claims = keeping(replacement, normalize(kept))
    if (kept.length > 0) {
      // Rows that stay have to go with those that come.
      const steps = deletingFirst(series, kept)
      refuseOtherSetting(series, source, clipCoverage(coverage, normalize(kept)), steps)
      const replaced = intersect(data, replacedSet(claims))
      const read = this.#reader(job)
      const overlap = await this.#overlap(source, job, kept, { read, stored: replaced, first: steps })
      for (const it of overlap?.sessions ?? []) await overlap?.judge(it, replacement.rows)
    }
    await this.#store(job, replacement.rows, { mode: 'replace', coverage: claims })
    return normalize(kept)
  }

  /** Takes damaged files out once all they held was answered again. @throws CatalogCorruptionError */
  async heal(job: Job, damage: CatalogCorruptionError): Promise<void> {
    const source = this.#source
    if (source === undefined) throw damage
    job.log.warn({ files: damage.files }, 'damaged files: asking the source again')
    // What there is to compare is not healed on the way: two damaged neighbours would wait for each other for ever.
    const read: Read = (stretch, columns) => this.#query(job, stretch, columns)
    const downloadOf = (gaps: Download['gaps']): Promise<Download> => this.#download(source, job, gaps, read)
    job.gone.push(...(await heal(this.#catalog, job.input, damage, downloadOf, job.counts)))
  }

  /**
   * Does the work again after each damage it meets was healed: a healed file may have hidden another, and a write names
   * one at a time. Meeting the same file twice means that healing does not help.
   */
  async healing<T>(work: () => Promise<T>, heal: (damage: CatalogCorruptionError) => Promise<void>): Promise<T> {
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

  /** One commit. A damaged file of the same days is healed first. */
  async #store(job: Job, rows: Frame, options: WriteOptions): Promise<void> {
    const { input, log } = job
    const { signal } = job.options
    // After an abort what is complete is still stored; only a wait for the lock that is under way ends by it.
    const stop = signal === undefined || signal.aborted ? {} : { signal }
    await this.healing(
      () => this.#catalog.write(input, rows, { ...options, sort: true, log, ...stop }),
      (damage) => this.heal(job, damage),
    )
  }

  async #download(
    source: HistoricalSource,
    job: Job,
    gaps: readonly Interval[],
    read: Read = this.#reader(job),
  ): Promise<Download> {
    const { series, options, log } = job
    const calendar = calendarOfSeries(series)
    const nowNs = this.#clock()
    const overlap = await this.#overlap(source, job, gaps, { read })
    return {
      source,
      instruments: {
        get: (id) => this.#catalog.instrument(id),
        put: (definition) => this.#catalog.putInstrument(definition, { log }),
      },
      series,
      calendar,
      gaps,
      ...(overlap === undefined ? {} : { overlap }),
      nowNs,
      settledNs: settledNs(series, calendar, nowNs, source.settleLagNs?.(series)),
      signal: options.signal ?? new AbortController().signal,
      onProgress: options.onProgress ?? (() => undefined),
      log,
    }
  }

  /**
   * The stored sessions beside some gaps, and how an adjusted source's rows of them are compared; `undefined` where
   * prices do not depend on when they are asked for.
   */
  async #overlap(
    source: HistoricalSource,
    { input, series, log }: Job,
    gaps: readonly Interval[],
    { read, stored, first }: { readonly read: Read; readonly stored?: IntervalSet; readonly first?: readonly string[] },
  ): Promise<Overlap | undefined> {
    if (series.type !== 'bars' || !isAdjusted(source.settingOf(series))) return undefined
    const coverage = await this.#catalog.coverage(input)
    const beside = stored ?? subtract(coverageSet(coverage, 'data'), normalize(gaps))
    const judge = async (stretch: Interval, fetched: Frame): Promise<void> => {
      const rows = { stored: await read(stretch, PRICES), fetched }
      const whole = hull(coverage) ?? stretch
      judgeAdjustment({ series, source: source.name, stretch, ...rows, whole, first: first ?? [], log })
    }
    return { ...planOverlap(series, calendarOfSeries(series), gaps, beside), judge }
  }

  /** Those of some stretches that have a row. */
  async #withRows(job: Job, stretches: readonly Interval[]): Promise<readonly Interval[]> {
    const read = this.#reader(job)
    const found: Interval[] = []
    for (const it of stretches) {
      if ((await read(it, ['ts_event'])).numRows > 0) found.push(it)
    }
    return found
  }

  #reader(job: Job): Read {
    return (stretch, columns) =>
      this.healing(
        () => this.#query(job, stretch, columns),
        (damage) => this.heal(job, damage),
      )
  }

  #query({ input }: Job, { startNs, endNs }: Interval, columns: readonly string[]): Promise<Frame> {
    return this.#catalog.query(input, { start: startNs, end: endNs, columns })
  }
}

/** Reads stored rows. */
type Read = (stretch: Interval, columns: readonly string[]) => Promise<Frame>

/** What a comparison of bars reads. */
const PRICES: readonly string[] = ['ts_event', 'open', 'high', 'low', 'close']

function askerOf(source: HistoricalSource, series: Series): { readonly source: string; readonly setting: Setting } {
  return { source: source.name, setting: source.settingOf(series) }
}
