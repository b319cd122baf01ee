import type { Frame } from '../model/frame.js'
import { type Interval, type IntervalSet, subtract } from '../model/interval.js'
import type { RecordType, TableType } from '../model/schema.js'
import { parseSeries, type SeriesInput } from '../model/series.js'
import type { HeldLock, LeaseRequest } from '../storage/storage.js'
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
import { answered, type Coverage } from './coverage/coverage.js'
import { gapsIn } from './coverage/required.js'
import { coverageOf, type LiveFile, liveFilesOf } from './files/live-file.js'
import type { InstrumentDefinition, InstrumentRecord } from './instruments/instrument-record.js'
import type { PutInstrumentOptions } from './instruments/instruments.js'
import { leasePath } from './lease-path.js'
import { type HistoryEntry, history, listSeries, type SeriesInfo } from './listing.js'
import type { ConsolidateOptions, ConsolidateReport } from './maintenance/consolidate.js'
import type { RepairOptions, RepairReport } from './maintenance/repair.js'
import type { VerifyOptions, VerifyReport } from './maintenance/verify.js'
import { OpenCatalog } from './open-catalog.js'
import { parseRange, type RangeInput } from './range.js'
import { requiredOf } from './read/lookup.js'
import { queryRows, streamRows } from './read/read-rows.js'
import { rootFromEnv } from './root.js'
import type { RestoreOptions, RestoreReport } from './versions/restore.js'
import type { DropSnapshotOptions, NamedSnapshot, SnapshotOptions } from './versions/snapshots.js'
import type { VacuumOptions, VacuumReport } from './versions/vacuum.js'
import type { VersionToken } from './versions/version-token.js'
import type { RowsInput } from './write/rows-input.js'
import type { WriteOptions } from './write/write-input.js'

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
  readonly #open: OpenCatalog

  private constructor(open: OpenCatalog) {
    this.#open = open
  }

  /**
   * Opens the catalog at `root`; the directory is created by the first write.
   *
   * @throws InvalidRequestError when the directory holds something else
   * @throws CatalogCorruptionError, UnsupportedFormatError when its log cannot be read
   */
  static async open(root: string, options: CatalogOptions = {}): Promise<DataCatalog> {
    return new DataCatalog(await OpenCatalog.at(root, options))
  }

  /**
   * Opens a catalog whose log may be damaged, for {@link repair} with `rebuild`. Everything else works as far as its log
   * reads: what would not have opened throws when it is asked.
   *
   * @throws InvalidRequestError when the directory holds something else
   */
  static async openDamaged(root: string, options: CatalogOptions = {}): Promise<DataCatalog> {
    return new DataCatalog(await OpenCatalog.at(root, options, false))
  }

  /** Opens `$NTRADER_CATALOG`, else `$NAUTILUS_PATH/catalog`. @throws InvalidRequestError when neither is set */
  static async fromEnv(options: CatalogOptions = {}): Promise<DataCatalog> {
    return DataCatalog.open(rootFromEnv(process.env), options)
  }

  get root(): string {
    return this.#open.storage.location
  }

  /** The newest state this object has seen; hand it to `asOf` later to read exactly that again. */
  version(): VersionToken {
    return this.#open.tables.version()
  }

  /**
   * The rows of a range, with the parts of it that are required and not covered in `frame.missing`.
   *
   * @throws DataNotFoundError for a series the catalog does not know, or parts missing with `requireComplete`
   * @throws CatalogCorruptionError naming every damaged file in the range
   */
  async query<S extends SeriesInput>(input: S, options: QueryOptions = {}): Promise<Frame<S['type']>> {
    return (await queryRows(this.#open, input, options)) as Frame<S['type']>
  }

  /** The rows of a range, a row group at a time: memory stays bounded by one file. @throws like {@link query} */
  stream<S extends SeriesInput>(input: S, options: QueryOptions = {}): AsyncGenerator<Frame<S['type']>, void> {
    return streamRows(this.#open, input, options) as AsyncGenerator<Frame<S['type']>, void>
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
    return subtract([parseRange(range)], answered(coverage, { ...options, nowNs: this.#open.clock() }))
  }

  /**
   * What of a range is required and not covered, cut at session open and close (daily and longer bars: one entry a
   * trade date). A minute without a trade inside coverage is no gap.
   *
   * @throws InvalidRequestError for a venue without a known calendar, unless one is given
   */
  async gaps(input: SeriesInput, range: RangeInput, options: GapOptions = {}): Promise<readonly Interval[]> {
    const series = parseSeries(input)
    const required = requiredOf(series, parseRange(range), options)
    return gapsIn(required, answered(await this.coverage(input), { ...options, nowNs: this.#open.clock() }))
  }

  /** Everything the catalog knows of what it covers, ascending. Empty for a series it does not know. */
  async coverage(input: SeriesInput, options: AsOfOption = {}): Promise<Coverage> {
    return coverageOf(await this.files(input, options))
  }

  /** Every series with its rows, files and bytes, from the log alone. */
  async list(): Promise<readonly SeriesInfo[]> {
    return listSeries(this.#open.tables)
  }

  /** The data files of a series that the log names: what an outside reader should read. */
  async files(input: SeriesInput, options: AsOfOption = {}): Promise<readonly LiveFile[]> {
    const series = parseSeries(input)
    return liveFilesOf(await this.#open.tables.snapshot(series.type, options.asOf), series)
  }

  /** Every commit, oldest first; only those that changed `input`, when it is given. */
  async history(input?: SeriesInput): Promise<readonly HistoryEntry[]> {
    return history(this.#open.tables, input === undefined ? undefined : parseSeries(input))
  }

  /**
   * Checks every live file in full: presence, size, sha256, decode, rows, order and coverage. With `quarantine`, files
   * that are not what was written leave the catalog, with a copy kept.
   */
  async verify(options: VerifyOptions & SeriesChoice = {}): Promise<VerifyReport> {
    const { verify } = await import('./maintenance/verify.js')
    return this.#open.track(verify(this.#open, options))
  }

  /** Brings closed months of bars and the parts of closed days of ticks together. A dry run returns the plan that would run. */
  async consolidate(options: ConsolidateOptions & SeriesChoice = {}): Promise<ConsolidateReport> {
    const { consolidate } = await import('./maintenance/consolidate.js')
    return this.#open.track(consolidate(this.#open, options))
  }

  /**
   * Commits what a series, or a range of it, was at an earlier version; with `all` a whole table. The versions in
   * between stay readable, so that a restore can be undone.
   *
   * @throws DataNotFoundError when there was no such series then, VersionExpiredError
   * @throws CatalogCorruptionError naming the files that are no longer there as they were written; nothing was changed
   */
  async restore(target: SeriesInput | TableType, options: RestoreOptions): Promise<RestoreReport> {
    const { restore } = await import('./versions/restore.js')
    return this.#open.track(restore(this.#open, target, options))
  }

  /**
   * Deletes the files that no state of the last `retain` (seven days) and no named snapshot needs, and those of writers
   * that crashed more than a day ago. Older states can no longer be read. A dry run returns what would go.
   */
  async vacuum(options: VacuumOptions = {}): Promise<VacuumReport> {
    const { vacuum } = await import('./versions/vacuum.js')
    return this.#open.track(vacuum(this.#open, options))
  }

  /**
   * Finishes what a crash interrupted: moves to quarantine, temporary files, checkpoints. Only to be tidy.
   *
   * With `rebuild`, a log that is lost or damaged is first made anew from the data files, under a new table id: what the
   * rest of the old log says, and where it says nothing, for each interval the file written last. History, earlier
   * versions and named snapshots are given up, and what unreadable commits deleted or replaced may come back; the report
   * says which. The old log is kept beside the new one. No other process may write meanwhile.
   *
   * @throws InvalidRequestError with `rebuild`: when no log needs it, or a sound one was named without `evenIfSound`
   * @throws UnsupportedFormatError with `rebuild`: for a data file that only another program reads
   * @throws CatalogCorruptionError for a damaged log, without `rebuild`; CatalogLockedError, StorageError, AbortedError
   */
  async repair(options: RepairOptions = {}): Promise<RepairReport> {
    const { repair } = await import('./maintenance/repair.js')
    return this.#open.track(repair(this.#open, options))
  }

  /**
   * Gives a state of the catalog a name that `asOf` takes; vacuum spares what it needs until the name is dropped.
   *
   * @param options.asOf the state to name; the newest when absent
   * @throws InvalidRequestError for a name that is bad or taken, VersionExpiredError
   */
  async snapshot(name: string, options: SnapshotOptions = {}): Promise<NamedSnapshot> {
    const { nameSnapshot } = await import('./versions/snapshots.js')
    return this.#open.track(nameSnapshot(this.#open, name, options))
  }

  /** The states that have a name, by name. */
  async snapshots(): Promise<readonly NamedSnapshot[]> {
    const { namedSnapshots } = await import('./versions/snapshots.js')
    return namedSnapshots(this.#open)
  }

  /** Takes a name away: the next vacuum may take what only that state needed. @throws InvalidRequestError */
  async dropSnapshot(name: string, options: DropSnapshotOptions = {}): Promise<void> {
    const { dropSnapshotName } = await import('./versions/snapshots.js')
    await this.#open.track(dropSnapshotName(this.#open, name, options))
  }

  /**
   * Waits until no other process downloads this series, then keeps others waiting until it is released. It saves asking
   * a source twice and nothing else: writes need no lease.
   *
   * @throws AbortedError when the signal fires, StorageError without the right to write: nothing fetched could be stored
   */
  async downloadLease(input: SeriesInput, request: LeaseRequest = {}): Promise<HeldLock> {
    return this.#open.storage.lease(leasePath(parseSeries(input)), request)
  }

  /**
   * Records what an instrument is; what the definition leaves out stays as it was known. Saying what is known already
   * commits nothing.
   *
   * @throws InvalidDataError naming each property that breaks a rule
   * @throws WriteConflictError when a source's contract id has changed, which mostly means another company
   */
  async putInstrument(definition: InstrumentDefinition, options: PutInstrumentOptions = {}): Promise<WriteReport> {
    return this.#open.commit('instruments', 'RECORD', options, async (context) => {
      const { commitInstrument } = await import('./instruments/instruments.js')
      return commitInstrument(context, definition, options)
    })
  }

  /** The newest record of an instrument. @throws InvalidRequestError for an id that is none, CatalogCorruptionError */
  async instrument(id: string, options: AsOfOption = {}): Promise<InstrumentRecord | undefined> {
    const { readInstrument } = await import('./instruments/instruments.js')
    return readInstrument(this.#open.storage, await this.#open.tables.snapshot('instruments', options.asOf), id)
  }

  /** The newest record of every instrument that has one, by id. @throws CatalogCorruptionError */
  async instruments(options: AsOfOption = {}): Promise<readonly InstrumentRecord[]> {
    const { readInstruments } = await import('./instruments/instruments.js')
    return readInstruments(this.#open.storage, await this.#open.tables.snapshot('instruments', options.asOf))
  }

  /** Waits for what is running, then refuses everything. Closing twice is fine. */
  async close(): Promise<void> {
    await this.#open.close()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  #transact(
    type: RecordType,
    operation: string,
    steps: (tx: Transaction) => Promise<void> | void,
    options: CommitOptions = {},
  ): Promise<WriteReport> {
    return this.#open.commit(type, operation, options, async (context) => {
      const { commitSteps } = await import('./write/writing.js')
      return commitSteps(context, { type, operation }, steps)
    })
  }
}
