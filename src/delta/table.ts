import { UnsupportedFormatError, VersionExpiredError } from '../model/errors.js'
import type { Storage } from '../storage/storage.js'
import { type Action, PROTOCOL } from './actions.js'
import { parseActions } from './parse.js'
import { serializeActions } from './serialize.js'
import { type Commit, hole, replay, type Snapshot } from './snapshot.js'

const VERSION_DIGITS = 20
const OLDER_KEPT = 4

/**
 * One Delta table: its log, and the newest snapshot seen of it. Readers never lock: a log file never changes once it
 * is there, so a snapshot is as good as a copy.
 */
export class DeltaTable {
  /** Directory of the table below the storage's root, which is also its name: `bars`. */
  readonly name: string
  readonly #storage: Storage
  #latest: Snapshot | undefined
  /** Snapshots of older versions that were asked for, or have just been overtaken: a backtest asks for one again and again. */
  readonly #older = new Map<number, Snapshot>()

  constructor(storage: Storage, name: string) {
    this.#storage = storage
    this.name = name
  }

  /** The newest snapshot seen so far, without looking at the disk. */
  get seen(): Snapshot | undefined {
    return this.#latest
  }

  /**
   * The table as it is now; `undefined` when it was never written.
   *
   * @throws CatalogCorruptionError for a damaged log, UnsupportedFormatError for a table of a newer kind
   */
  async snapshot(): Promise<Snapshot | undefined> {
    const base = this.#latest
    const commits = await this.commitsAfter(base?.version ?? -1)
    const snapshot = checked(replay(base, commits, this.name), this.name)
    // Another call may have come further while this one was reading: never go back behind it.
    if ((snapshot?.version ?? -1) > (this.#latest?.version ?? -1)) {
      if (this.#latest !== undefined) this.#keep(this.#latest)
      this.#latest = snapshot
    }
    return this.#latest
  }

  /** The table as it was right after commit `version`. @throws VersionExpiredError when there is no such commit */
  async snapshotAt(version: number): Promise<Snapshot> {
    const known = this.#latest?.version === version ? this.#latest : this.#older.get(version)
    if (known !== undefined) return known
    const commits: Commit[] = []
    for (let next = 0; next <= version; next++) {
      const commit = await this.#read(next)
      if (commit === undefined) {
        throw new VersionExpiredError(`${this.name} has no version ${version}`, {
          steps: ['List the versions there are: ntrader data history', 'Use one of them, or leave asOf out.'],
        })
      }
      commits.push(commit)
    }
    const snapshot = checked(replay(undefined, commits, this.name), this.name) as Snapshot
    this.#keep(snapshot)
    return snapshot
  }

  /** Every commit after `version`, oldest first. @throws CatalogCorruptionError for a damaged log */
  async commitsAfter(version: number): Promise<readonly Commit[]> {
    const commits: Commit[] = []
    for (let next = version + 1; ; next++) {
      const commit = await this.#read(next)
      if (commit === undefined) break
      commits.push(commit)
    }
    // A first load must see a hole, a refresh (which runs before every query) must stay one failed look-up.
    if (version < 0) await this.#refuseHole(commits.length)
    return commits
  }

  /**
   * Commits `actions` as `version`, if no one else has: the file of that version is created only if absent, whole and
   * durable. Of two racing writers exactly one gets `true`; the other reads what was committed and plans again.
   * A reader sees all of a commit or nothing of it.
   */
  async commit(version: number, actions: readonly Action[]): Promise<boolean> {
    return this.#storage.putIfAbsent(this.#path(version), new TextEncoder().encode(serializeActions(actions)))
  }

  #keep(snapshot: Snapshot): void {
    this.#older.set(snapshot.version, snapshot)
    const [oldest] = this.#older.keys()
    if (this.#older.size > OLDER_KEPT && oldest !== undefined) this.#older.delete(oldest)
  }

  async #read(version: number): Promise<Commit | undefined> {
    const path = this.#path(version)
    const bytes = await this.#storage.read(path)
    return bytes && { version, actions: parseActions(new TextDecoder().decode(bytes), path) }
  }

  async #refuseHole(nextVersion: number): Promise<void> {
    const names = await this.#storage.list(`${this.name}/_delta_log`)
    const later = names.find((it) => /^\d{20}\.json$/.test(it) && Number(it.slice(0, VERSION_DIGITS)) >= nextVersion)
    // A commit may have come between reading and listing: only one that does not follow on leaves a hole.
    if (later !== undefined && Number(later.slice(0, VERSION_DIGITS)) !== nextVersion)
      throw hole(this.name, nextVersion)
  }

  #path(version: number): string {
    return `${this.name}/_delta_log/${String(version).padStart(VERSION_DIGITS, '0')}.json`
  }
}

function checked(snapshot: Snapshot | undefined, table: string): Snapshot | undefined {
  if (snapshot === undefined) return undefined
  const { minReaderVersion, minWriterVersion } = snapshot.protocol
  if (minReaderVersion > PROTOCOL.minReaderVersion || minWriterVersion > PROTOCOL.minWriterVersion) {
    throw new UnsupportedFormatError(
      `${table} was written by a newer version: it needs a Delta reader ${minReaderVersion} and writer ${minWriterVersion}`,
      { steps: ['Update this program: npm install @ntrader/catalog@latest'] },
    )
  }
  return snapshot
}
