import { CatalogCorruptionError, VersionExpiredError } from '../model/errors.js'
import { isDirectoryInstead } from '../storage/os-error.js'
import type { Storage } from '../storage/storage.js'
import type { Action } from './actions.js'
import type { LoadedCheckpoint } from './checkpoints.js'
import { identityOf, isBroken, sealCommit } from './commit-seal.js'
import { refuseNewer } from './format.js'
import { checkpointPath, commitPath, type LogListing, logDirectory, readLogNames } from './log-names.js'
import { damagedLog, parseActions } from './parse.js'
import { isReplacing } from './replace-log.js'
import { serializeActions } from './serialize.js'
import { hole, replay, type Snapshot, type StoredCommit } from './snapshot.js'
import { Tail } from './tail.js'

const OLDER_KEPT = 4
const IDENTITIES_KEPT = 16

/**
 * One Delta table: its log, and the newest snapshot seen of it. Readers never lock: a log file never changes once it
 * is there, so a snapshot is as good as a copy.
 */
export class DeltaTable {
  /** Directory of the table below the storage's root, which is also its name: `bars`. */
  readonly name: string
  readonly #storage: Storage
  #latest: Snapshot | undefined
  #opening: Promise<void> | undefined
  #tail = new Tail()
  /** Snapshots of older versions that were asked for, or have just been overtaken: a backtest asks for one again and again. */
  readonly #older = new Map<number, Snapshot>()
  /** What the newest commits read were, by version. */
  readonly #identities = new Map<number, string>()

  constructor(storage: Storage, name: string) {
    this.#storage = storage
    this.name = name
  }

  /** The newest snapshot seen so far, without looking at the disk. */
  get seen(): Snapshot | undefined {
    return this.#latest
  }

  /**
   * The table as it is now; `undefined` when it was never written. The first call starts from the newest good
   * checkpoint, every other from the snapshot seen last, unless what follows it was committed to another log, which was
   * put in the place of the one read. Until that one is longer, only {@link commit} finds out.
   *
   * @throws CatalogCorruptionError for a damaged log, UnsupportedFormatError for a table of a newer kind
   */
  async snapshot(): Promise<Snapshot | undefined> {
    if (this.#latest === undefined) {
      // Shared, because many queries may come at once; the look below sees what was committed since it began.
      this.#opening ??= this.#open().finally(() => {
        this.#opening = undefined
      })
      await this.#opening
    }
    const base = this.#latest
    const known = this.#identities.get(base?.version ?? -1)
    const commits = await this.commitsAfter(base?.version ?? -1)
    if (base !== undefined && commits.length > 0 && !(await this.#isSameLog(base.version, known))) {
      this.forget()
      return this.snapshot()
    }
    this.#advance(checked(replay(base, commits, this.name), this.name), commits)
    return this.#latest
  }

  /** The table as it was right after commit `version`. @throws VersionExpiredError when there is no such commit */
  async snapshotAt(version: number): Promise<Snapshot> {
    const known = this.#latest?.version === version ? this.#latest : this.#older.get(version)
    if (known !== undefined) return known
    const listing = await this.#list()
    const base = (await this.#checkpointAt(listing, version))?.snapshot
    const commits = await this.#readFrom((base?.version ?? -1) + 1, version)
    const snapshot = replay(base, commits, this.name)
    if (snapshot?.version !== version) throw expired(this.name, version, listing)
    this.#keep(checked(snapshot, this.name))
    return snapshot
  }

  /**
   * Every commit after `version`, oldest first. After −1: every commit there is, which is from the first one on unless
   * another engine has cleaned away what a checkpoint covers.
   *
   * @throws CatalogCorruptionError for a damaged log
   */
  async commitsAfter(version: number): Promise<readonly StoredCommit[]> {
    // A refresh, which runs before every query, must stay one failed look-up.
    if (version >= 0) return this.#readFrom(version + 1)
    const listing = await this.#list()
    const [first = 0] = listing.commits
    const isCovered = [...listing.checkpoints, ...listing.otherCheckpoints].some((it) => it >= first - 1)
    const start = isCovered ? first : 0
    const commits = await this.#readFrom(start)
    this.#refuseHole(listing, start + commits.length)
    return commits
  }

  /**
   * Commits `actions` as `version`, if no one else has: the file of that version is created only if absent, whole and
   * durable. Of two racing writers exactly one gets `true`; the other reads what was committed and plans again.
   * A reader sees all of a commit or nothing of it.
   *
   * A log that was put in the place of the one read (rebuilt, or taken from a backup) while this object had it open gets
   * no commit that was planned on the other: this object forgets what it saw, and answers `false`.
   */
  async commit(version: number, actions: readonly Action[]): Promise<boolean> {
    if (version > 0 && !(await this.#isSameLog(version - 1))) {
      this.forget()
      return false
    }
    const bytes = sealCommit(serializeActions(actions), { table: this.name, version })
    return this.#storage.putIfAbsent(commitPath(this.name, version), bytes)
  }

  /** Begins anew, as an object that has seen nothing: the log has been replaced. */
  forget(): void {
    this.#latest = undefined
    this.#tail = new Tail()
    this.#older.clear()
    this.#identities.clear()
  }

  /**
   * Writes a checkpoint of the newest snapshot, unless a good one is there.
   *
   * @returns whether there is one now: `false` for a table never written, or one whose log holds a text that a
   *   checkpoint would change
   * @throws StorageError when it cannot be written, and what {@link snapshot} throws
   */
  async checkpoint(): Promise<boolean> {
    const snapshot = await this.snapshot()
    if (snapshot === undefined) return false
    // Also when it fails: the next try is due after as many commits again, not after every one.
    this.#tail.restartAfter(snapshot.version)
    const { writeCheckpoint } = await import('./checkpoints.js')
    const sizeBytes = await writeCheckpoint(this.#storage, this.name, await this.#list(), snapshot)
    if (sizeBytes !== undefined) this.#tail.checkpointBytes = sizeBytes
    return sizeBytes !== undefined
  }

  /**
   * {@link checkpoint}, when enough has been committed since the last one. Costs nothing when not.
   *
   * @returns whether one was written, or found, by this call
   */
  async checkpointIfDue(): Promise<boolean> {
    if (!this.#tail.isDue()) return false
    const seen = this.#latest?.version ?? -1
    // Another process may have been first.
    this.#tail.restartAfter((await this.#list()).checkpoints.find((it) => it <= seen) ?? -1)
    return this.#tail.isDue() && this.checkpoint()
  }

  /** Whether the newest checkpoint, or the pointer to it, is damaged or missing. {@link checkpoint} mends both. */
  async needsCheckpoint(): Promise<boolean> {
    const { areCheckpointsSound } = await import('./checkpoints.js')
    return !(await areCheckpointsSound(this.#storage, this.name, await this.#list()))
  }

  async #open(): Promise<void> {
    const listing = await this.#list()
    if (listing.commits.length === 0 && (await isReplacing(this.#storage, this.name))) throw interrupted(this.name)
    const checkpoint = await this.#checkpointAt(listing, Number.POSITIVE_INFINITY)
    const base = checkpoint?.snapshot
    const start = (base?.version ?? -1) + 1
    if (checkpoint?.identity !== undefined) this.#remember(start - 1, checkpoint.identity)
    const commits = await this.#readFrom(start)
    this.#refuseHole(listing, start + commits.length)
    const snapshot = checked(replay(base, commits, this.name), this.name)
    if (this.#latest !== undefined || snapshot === undefined) return
    this.#tail.restartAfter(start - 1)
    this.#tail.checkpointBytes = checkpoint?.bytes.byteLength ?? 0
    this.#advance(snapshot, commits)
  }

  /** What reads checkpoints is loaded by the first one: a young log has none, and starts sooner for it. */
  async #checkpointAt(listing: LogListing, maxVersion: number): Promise<LoadedCheckpoint | undefined> {
    const { commits, checkpoints, otherCheckpoints } = listing
    const isYoung = (commits[0] ?? 0) === 0 && checkpoints.length + otherCheckpoints.length === 0
    if (isYoung) return undefined
    const { findCheckpoint } = await import('./checkpoints.js')
    return findCheckpoint(this.#storage, this.name, listing, maxVersion)
  }

  /** Another call may have come further while this one was reading: never goes back behind it. */
  #advance(snapshot: Snapshot | undefined, commits: readonly StoredCommit[]): void {
    const before = this.#latest?.version ?? -1
    if (snapshot === undefined || snapshot.version <= before) return
    if (this.#latest !== undefined) this.#keep(this.#latest)
    this.#latest = snapshot
    this.#tail.add(commits.filter((it) => it.version > before))
  }

  /** Whether the commit of a version is the one that was read; one that another engine has cleaned away counts too. */
  async #isSameLog(version: number, known = this.#identities.get(version)): Promise<boolean> {
    const bytes = await this.#storage.read(commitPath(this.name, version))
    if (bytes === undefined) return this.#storage.exists(checkpointPath(this.name, version))
    return known === undefined || known === identityOf(bytes)
  }

  #keep(snapshot: Snapshot): void {
    this.#older.set(snapshot.version, snapshot)
    const [oldest] = this.#older.keys()
    if (this.#older.size > OLDER_KEPT && oldest !== undefined) this.#older.delete(oldest)
  }

  async #list(): Promise<LogListing> {
    return readLogNames(await this.#storage.list(logDirectory(this.name)))
  }

  async #readFrom(start: number, end: number = Number.POSITIVE_INFINITY): Promise<readonly StoredCommit[]> {
    const commits: StoredCommit[] = []
    for (let version = start; version <= end; version++) {
      const path = commitPath(this.name, version)
      const bytes = await this.#bytesOf(path)
      if (bytes === undefined) break
      if (isBroken(bytes, { table: this.name, version })) throw damagedLog(`${path} is not what was written there`)
      const actions = parseActions(new TextDecoder().decode(bytes), path)
      this.#remember(version, identityOf(bytes))
      commits.push({ version, actions, sizeBytes: bytes.byteLength })
    }
    return commits
  }

  async #bytesOf(path: string): Promise<Uint8Array | undefined> {
    try {
      return await this.#storage.read(path)
    } catch (error) {
      if (isDirectoryInstead(error)) throw damagedLog(`${path} is a directory`, error)
      throw error
    }
  }

  /** As it was read first, and of the newest versions: also when older ones are read again, in what may be another log. */
  #remember(version: number, identity: string): void {
    if (!this.#identities.has(version)) this.#identities.set(version, identity)
    if (this.#identities.size > IDENTITIES_KEPT) this.#identities.delete(Math.min(...this.#identities.keys()))
  }

  /** Commits may have come since the log was listed, but what was listed must have been read. */
  #refuseHole(listing: LogListing, nextVersion: number): void {
    if ((listing.commits.at(-1) ?? -1) >= nextVersion) throw hole(this.name, nextVersion)
  }
}

function expired(table: string, version: number, listing: LogListing): VersionExpiredError {
  const first = Math.min(listing.commits[0] ?? version, listing.checkpoints.at(-1) ?? version)
  const what =
    first > version ? `${table} no longer has version ${version}: its log begins at version ${first}` : undefined
  return new VersionExpiredError(what ?? `${table} has no version ${version}`, {
    steps: ['List the versions there are: ntrader data history', 'Use one of them, or leave asOf out.'],
  })
}

function interrupted(table: string): CatalogCorruptionError {
  return new CatalogCorruptionError(`a rebuild of the log of ${table} was interrupted before its end`, {
    steps: [`Run it again: ntrader data repair --rebuild --type ${table}`, 'The data files are untouched.'],
  })
}

function checked<S extends Snapshot | undefined>(snapshot: S, table: string): S {
  if (snapshot !== undefined) refuseNewer(snapshot, table)
  return snapshot
}
