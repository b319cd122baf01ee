import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { InvalidRequestError } from '../model/errors.js'
import type { Frame } from '../model/frame.js'
import { type Interval, type IntervalSet, subtract } from '../model/interval.js'
import { type Log, silentLog } from '../model/log.js'
import { RECORD_TYPES, type RecordType } from '../model/schema.js'
import { formatSeries, parseSeries, type SeriesInput } from '../model/series.js'
import { type Clock, systemClock } from '../model/time.js'
import { LocalStorage } from '../storage/local.js'
import type { Storage } from '../storage/storage.js'
import { VERSION } from '../version.js'
import type {
  AsOfOption,
  CatalogOptions,
  CommitOptions,
  GapOptions,
  MissingOptions,
  QueryOptions,
  SeriesChoice,
  Transaction,
  WriteReport,
} from './catalog-types.js'
import { answered, type Coverage } from './coverage.js'
import { type HistoryEntry, historyOf, type SeriesInfo, seriesInfo } from './listing.js'
import { coverageOf, type LiveFile, liveFilesOf, seriesIn, seriesKey } from './live-file.js'
import { columnsToRead, incompleteError, knownCalendarOf, type Lookup, lookUp, missingIn } from './lookup.js'
import type { ConsolidateOptions, ConsolidateReport, VerifyOptions, VerifyReport } from './maintenance.js'
import { parseRange, type RangeInput } from './range.js'
import { checkColumns, pickColumns, readRange, streamRange } from './read.js'
import { checkSession, filterSession, gapsIn, requiredSessions } from './required.js'
import { checkRoot } from './root.js'
import type { RowsInput } from './rows-input.js'
import { Tables } from './tables.js'
import type { TransactionContext } from './transaction.js'
import type { VersionToken } from './version-token.js'
import type { WriteOptions } from './write-input.js'

const LOCK_TIMEOUT_MS = 60_000

/**
 * A market-data catalog in one directory: Parquet files partitioned by instrument, bar type and day, under a
 * transaction log in the open Delta format.
 *
 * Any number of processes may read and write at once. A reader sees a whole commit or nothing of it; two writers never
 * undo each other; an acknowledged write is on disk.
 *
 * @example
 * ```ts
 * const catalog = await DataCatalog.open('./catalog')
 * const aapl = { type: 'bars', instrument: 'AAPL.NASDAQ', barType: '1-MINUTE-LAST' } as const
 * const frame = await catalog.query(aapl, { start: '2024-01-02', end: '2024-02-01' })
 * console.log(frame.numRows, frame.column('close')[0])
 * await catalog.close()
 * ```
 */
export class DataCatalog implements AsyncDisposable {
  readonly #storage: Storage
  readonly #tables: Tables
  readonly #options: CatalogOptions
  readonly #log: Log
  readonly #running = new Set<Promise<unknown>>()

  private constructor(storage: Storage, options: CatalogOptions) {
    this.#storage = storage
    this.#options = options
    this.#log = options.log ?? silentLog
    this.#tables = new Tables(storage)
  }

  /**
   * Opens the catalog at `root`; the directory is created by the first write.
   *
   * @throws InvalidRequestError when the directory holds something else
   * @throws CatalogCorruptionError, UnsupportedFormatError when its log cannot be read
   */
  static async open(root: string, options: CatalogOptions = {}): Promise<DataCatalog> {
    const onWarning = (message: string): void => {
      process.emitWarning(message)
      options.log?.warn({ root }, message)
    }
    const storage = new LocalStorage(root, { onWarning })
    await checkRoot(storage)
    const catalog = new DataCatalog(storage, options)
    await catalog.#tables.look()
    return catalog
  }

  /** Opens `$NTRADER_CATALOG`, else `$NAUTILUS_PATH/catalog`. @throws InvalidRequestError when neither is set */
  static async fromEnv(options: CatalogOptions = {}): Promise<DataCatalog> {
    const { NTRADER_CATALOG, NAUTILUS_PATH } = process.env
    // A variable that is set to nothing names nothing: it must not make the current directory a catalog.
    const root = NTRADER_CATALOG || (NAUTILUS_PATH && join(NAUTILUS_PATH, 'catalog'))
    if (root) return DataCatalog.open(root, options)
    throw new InvalidRequestError('no catalog is named by the environment', {
      steps: ['Set NTRADER_CATALOG to the directory of the catalog, or NAUTILUS_PATH to the one above it.'],
    })
  }

  get root(): string {
    return this.#storage.location
  }

  /** The newest state this object has seen; hand it to `asOf` later to read exactly that again. */
  version(): VersionToken {
    return this.#tables.version()
  }

  /**
   * The rows of a range, with the parts of it that are required and not covered in `frame.missing`.
   *
   * @throws DataNotFoundError for a series the catalog does not know, or parts missing with `requireComplete`
   * @throws CatalogCorruptionError naming every damaged file in the range
   */
  async query<S extends SeriesInput>(input: S, options: QueryOptions = {}): Promise<Frame<S['type']>> {
    const found = await this.#lookUp(input, options)
    const rows = await readRange(this.#storage, { ...found, columns: columnsToRead(found, options) })
    const frame = pickColumns(filterSession(rows, found.series, found.session, found.calendar), options.columns)
    if (options.requireComplete === true) this.#refuseMissing(found)
    return frame.withMissing(missingIn(found, this.#clock())) as Frame<S['type']>
  }

  /** The rows of a range, a row group at a time: memory stays bounded by one file. @throws like {@link query} */
  async *stream<S extends SeriesInput>(input: S, options: QueryOptions = {}): AsyncGenerator<Frame<S['type']>, void> {
    const found = await this.#lookUp(input, options)
    if (options.requireComplete === true) this.#refuseMissing(found)
    for await (const part of streamRange(this.#storage, { ...found, columns: columnsToRead(found, options) })) {
      const frame = filterSession(part, found.series, found.session, found.calendar)
      if (frame.numRows > 0) yield pickColumns(frame, options.columns) as Frame<S['type']>
    }
  }

  /**
   * Writes rows as one commit. Writing the same again commits nothing.
   *
   * @throws InvalidDataError naming row and value; nothing was written
   * @throws WriteConflictError (mode `error`), SettingsConflictError, CatalogLockedError, StorageError
   */
  async write<S extends SeriesInput>(
    series: S,
    rows: RowsInput<S['type']>,
    options?: WriteOptions,
  ): Promise<WriteReport> {
    return this.#transact(parseSeries(series).type, 'WRITE', async (tx) => tx.write(series, rows, options), options)
  }

  /** Removes rows and coverage of a range; outside coverage it changes nothing and commits nothing. */
  async deleteRange(series: SeriesInput, range: RangeInput): Promise<WriteReport> {
    return this.#transact(parseSeries(series).type, 'DELETE', async (tx) => tx.deleteRange(series, range))
  }

  /** Several changes to series of one type as one commit: a reader sees all of them or none. */
  async transaction(
    type: RecordType,
    steps: (tx: Transaction) => Promise<void> | void,
    options?: CommitOptions,
  ): Promise<WriteReport> {
    return this.#transact(type, 'WRITE', async (tx) => steps(tx), options)
  }

  /**
   * What of a range was never asked for: the range minus data, and minus what the source said was empty. Raw: no
   * calendar is consulted.
   */
  async missing(input: SeriesInput, range: RangeInput, options: MissingOptions = {}): Promise<IntervalSet> {
    const coverage = await this.coverage(input)
    return subtract([parseRange(range)], answered(coverage, { ...options, nowNs: this.#clock() }))
  }

  /**
   * What of a range is required and not covered, cut at session open and close (daily and longer bars: one entry a
   * trade date). A minute without a trade inside coverage is no gap.
   *
   * @throws InvalidRequestError for a venue without a known calendar, unless one is given
   */
  async gaps(input: SeriesInput, range: RangeInput, options: GapOptions = {}): Promise<readonly Interval[]> {
    const series = parseSeries(input)
    const calendar = options.calendar ?? knownCalendarOf(series)
    const required = requiredSessions(series, parseRange(range), checkSession(options.session ?? 'regular'), calendar)
    return gapsIn(required, answered(await this.coverage(input), { ...options, nowNs: this.#clock() }))
  }

  /** Everything the catalog knows of what it covers, ascending. Empty for a series it does not know. */
  async coverage(input: SeriesInput, options: AsOfOption = {}): Promise<Coverage> {
    return coverageOf(await this.files(input, options))
  }

  /** Every series with its rows, files and bytes, from the log alone. */
  async list(): Promise<readonly SeriesInfo[]> {
    const infos: SeriesInfo[] = []
    for (const type of RECORD_TYPES) {
      const snapshot = await this.#tables.of(type).snapshot()
      for (const series of seriesIn(type, snapshot)) infos.push(seriesInfo(series, liveFilesOf(snapshot, series)))
    }
    return infos.sort((a, b) => (formatSeries(a.series) < formatSeries(b.series) ? -1 : 1))
  }

  /** The data files of a series that the log names: what an outside reader should read. */
  async files(input: SeriesInput, options: AsOfOption = {}): Promise<readonly LiveFile[]> {
    const series = parseSeries(input)
    return liveFilesOf(await this.#tables.snapshot(series.type, options.asOf), series)
  }

  /** Every commit, oldest first; only those that changed `input`, when it is given. */
  async history(input?: SeriesInput): Promise<readonly HistoryEntry[]> {
    const series = input === undefined ? undefined : parseSeries(input)
    const entries: HistoryEntry[] = []
    for (const type of series === undefined ? RECORD_TYPES : [series.type]) {
      entries.push(...historyOf(type, await this.#tables.of(type).commitsAfter(-1), series && seriesKey(series)))
    }
    return entries
  }

  /**
   * Checks every live file in full: presence, size, sha256, decode, rows, order and coverage. With `quarantine`, files
   * that are not what was written leave the catalog, with a copy kept.
   *
   * @param options.series one series or several; all of them when absent
   */
  async verify(options: VerifyOptions & SeriesChoice = {}): Promise<VerifyReport> {
    const { joinVerifyReports, verifyTable } = await import('./maintenance.js')
    const reports = await this.#tables.each(options.series, (type, series, snapshot) =>
      this.#track(verifyTable(this.#context(type, options), type, series, snapshot, options)),
    )
    return joinVerifyReports(reports)
  }

  /** Brings each closed month of bars together in one file. A dry run returns the plan that would run. */
  async consolidate(options: ConsolidateOptions & SeriesChoice = {}): Promise<ConsolidateReport> {
    const { consolidateTable, joinConsolidateReports } = await import('./maintenance.js')
    const reports = await this.#tables.each(options.series, (type, series, snapshot) =>
      this.#track(consolidateTable(this.#context(type, options), type, series, snapshot, options)),
    )
    return joinConsolidateReports(reports)
  }

  /** Waits for what is running, then refuses everything. Closing twice is fine. */
  async close(): Promise<void> {
    this.#tables.close()
    await Promise.allSettled(this.#running)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  async #lookUp(input: SeriesInput, options: QueryOptions): Promise<Lookup> {
    const series = parseSeries(input)
    checkColumns(series.type, options.columns)
    return lookUp(series, await this.#tables.snapshot(series.type, options.asOf), options)
  }

  #refuseMissing(found: Lookup): void {
    const missing = missingIn(found, this.#clock())
    if (missing.length > 0) throw incompleteError(found.series, missing)
  }

  /** Tracked from the first moment, so that {@link close} also waits for a write that is still reading its rows. */
  #transact(
    type: RecordType,
    operation: string,
    steps: (tx: Transaction) => Promise<void> | void,
    options: CommitOptions = {},
  ): Promise<WriteReport> {
    const commit = async (): Promise<WriteReport> => {
      const context = this.#context(type, options)
      const { log } = context
      const { commitSteps } = await import('./writing.js')
      const { version, ...counts } = await commitSteps(context, { type, operation }, steps)
      log.info({ type, operation, version, ...counts }, version === undefined ? 'nothing to commit' : 'committed')
      return { committed: version !== undefined, asOf: this.version(), ...counts }
    }
    return this.#track(commit())
  }

  #context(type: RecordType, { log, signal }: CommitOptions): TransactionContext {
    const { lock, lockTimeoutMs, codec, onLockWait } = this.#options
    return {
      storage: this.#storage,
      table: this.#tables.of(type),
      clock: this.#clock,
      codec: codec ?? 'snappy',
      engineInfo: `ntrader-catalog/${VERSION}`,
      lockTimeoutMs: lock === false ? undefined : (lockTimeoutMs ?? LOCK_TIMEOUT_MS),
      signal,
      log: log ?? this.#log.child({ correlationId: randomUUID() }),
      onLockWait,
    }
  }

  get #clock(): Clock {
    return this.#options.clock ?? systemClock
  }

  #track<R>(work: Promise<R>): Promise<R> {
    this.#running.add(work)
    const done = (): boolean => this.#running.delete(work)
    work.then(done, done)
    return work
  }
}
