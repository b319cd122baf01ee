import { randomUUID } from 'node:crypto'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { DeltaTable } from '../delta/table.js'
import { type Log, silentLog } from '../model/log.js'
import type { TableType } from '../model/schema.js'
import { type Clock, systemClock } from '../model/time.js'
import { LocalStorage } from '../storage/local.js'
import type { Storage } from '../storage/storage.js'
import { VERSION } from '../version.js'
import type { CatalogOptions, CommitOptions, WriteReport } from './catalog-types.js'
import { checkRoot } from './root.js'
import { Tables } from './tables.js'
import type { TransactionContext } from './write/transaction.js'
import type { Committed } from './write/writing.js'

const LOCK_TIMEOUT_MS = 60_000

/** What every operation on an open catalog works with: where it lives, its tables, and the work that is under way. */
export class OpenCatalog {
  readonly storage: Storage
  readonly tables: Tables
  readonly clock: Clock
  readonly #options: CatalogOptions
  readonly #log: Log
  readonly #running = new Set<Promise<unknown>>()

  private constructor(storage: Storage, options: CatalogOptions) {
    this.storage = storage
    this.tables = new Tables(storage)
    this.clock = options.clock ?? systemClock
    this.#options = options
    this.#log = options.log ?? silentLog
  }

  /**
   * @param looks whether the logs are read now; without, each when it is first needed
   * @throws InvalidRequestError, CatalogCorruptionError, UnsupportedFormatError
   */
  static async at(root: string, options: CatalogOptions, looks = true): Promise<OpenCatalog> {
    const onWarning = (message: string): void => {
      process.emitWarning(message)
      options.log?.warn({ root }, message)
    }
    const storage = new LocalStorage(root, { onWarning })
    await checkRoot(storage, looks)
    const open = new OpenCatalog(storage, options)
    if (looks) await open.tables.look()
    return open
  }

  /** What a transaction on one table works with. */
  context(type: TableType, { log, signal }: CommitOptions): TransactionContext {
    const { lock, lockTimeoutMs, codec, onLockWait } = this.#options
    const table = this.tables.of(type)
    const ownLog = log ?? this.#log.child({ correlationId: randomUUID() })
    return {
      storage: this.storage,
      table,
      clock: this.clock,
      codec: codec ?? 'snappy',
      engineInfo: `ntrader-catalog/${VERSION}`,
      lockTimeoutMs: lock === false ? undefined : (lockTimeoutMs ?? LOCK_TIMEOUT_MS),
      signal,
      log: ownLog,
      onLockWait,
      onCommitted: () => void this.track(this.#checkpoint(table, ownLog)),
    }
  }

  /** Tracked from the first moment, so that {@link close} also waits for a write that is still reading its rows. */
  commit(
    type: TableType,
    operation: string,
    options: CommitOptions,
    work: (context: TransactionContext) => Promise<Committed>,
  ): Promise<WriteReport> {
    const commit = async (): Promise<WriteReport> => {
      const context = this.context(type, options)
      const { version, ...counts } = await work(context)
      const message = version === undefined ? 'nothing to commit' : 'committed'
      context.log.info({ type, operation, version, ...counts }, message)
      return { committed: version !== undefined, asOf: this.tables.version(), ...counts }
    }
    return this.track(commit())
  }

  /** Work that {@link close} waits for. */
  track<R>(work: Promise<R>): Promise<R> {
    this.#running.add(work)
    const done = (): boolean => this.#running.delete(work)
    work.then(done, done)
    return work
  }

  /** Off the way of the write that made it due: a checkpoint saves work later, and nothing depends on it. */
  async #checkpoint(table: DeltaTable, log: Log): Promise<void> {
    try {
      await nextTurn()
      await table.snapshot()
      if (await table.checkpointIfDue()) log.debug({ table: table.name }, 'checkpoint written')
    } catch (error) {
      log.warn({ table: table.name, err: error }, 'no checkpoint could be written')
    }
  }

  async close(): Promise<void> {
    this.tables.close()
    // Work that ends may have begun other work: a write that made a checkpoint due.
    while (this.#running.size > 0) await Promise.allSettled(this.#running)
  }
}
