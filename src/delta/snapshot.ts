import { CatalogCorruptionError } from '../model/errors.js'
import type { PartitionValues } from '../model/series.js'
import type { Action, AddFile, Protocol, RemoveFile, TableMetadata } from './actions.js'
import { REBUILD_STEP } from './rebuild-step.js'

/** The live files of one partition, by path. */
export interface Partition {
  readonly values: PartitionValues
  readonly files: ReadonlyMap<string, AddFile>
}

/** A table as of one version: what replaying its log from the first commit gives. Never changes once made. */
export interface Snapshot {
  readonly version: number
  readonly protocol: Protocol
  readonly metadata: TableMetadata
  readonly partitions: ReadonlyMap<string, Partition>
  /** Files that were live once, by path: what quarantine has to move and vacuum may take. */
  readonly removed: ReadonlyMap<string, RemoveFile>
}

/** One log file, parsed. */
export interface Commit {
  readonly version: number
  readonly actions: readonly Action[]
}

export interface StoredCommit extends Commit {
  /** Length of the log file. */
  readonly sizeBytes: number
}

/**
 * Replays commits on top of a snapshot, or from nothing.
 *
 * @param commits contiguous, starting at `base.version + 1` (or 0)
 * @throws CatalogCorruptionError when the versions have a hole or the first commit lacks protocol or metadata
 */
export function replay(base: Snapshot | undefined, commits: readonly Commit[], table: string): Snapshot | undefined {
  if (commits.length === 0) return base
  const draft = new Draft(base)
  let next = (base?.version ?? -1) + 1
  for (const commit of commits) {
    if (commit.version !== next) throw hole(table, next)
    for (const action of commit.actions) draft.apply(action)
    next++
  }
  return draft.finish(next - 1, table)
}

/**
 * A snapshot from the actions that make it up, as a checkpoint lists them.
 *
 * @throws CatalogCorruptionError unless there is one protocol, one schema, and each file once
 */
export function assemble(version: number, actions: readonly Action[], table: string): Snapshot {
  const draft = new Draft(undefined)
  for (const action of actions) draft.apply(action)
  const snapshot = draft.finish(version, table)
  if (countActions(snapshot) !== actions.length) {
    throw new CatalogCorruptionError(`a checkpoint of ${table} at version ${version} names something twice`)
  }
  return snapshot
}

/** How many actions make up a snapshot. */
export function countActions({ partitions, removed }: Snapshot): number {
  let count = 2 + removed.size
  for (const { files } of partitions.values()) count += files.size
  return count
}

export function partitionKey(values: PartitionValues): string {
  return JSON.stringify(Object.entries(values).sort(([a], [b]) => (a < b ? -1 : 1)))
}

function sameValues(a: PartitionValues, b: PartitionValues): boolean {
  const names = Object.keys(a)
  return names.length === Object.keys(b).length && names.every((it) => a[it] === b[it])
}

/** Copies only the partitions that the commits touch. */
class Draft {
  readonly #partitions: Map<string, Partition>
  readonly #removed: Map<string, RemoveFile>
  readonly #editable = new Map<string, Map<string, AddFile>>()
  #last: { readonly values: PartitionValues; readonly files: Map<string, AddFile> } | undefined
  #protocol: Protocol | undefined
  #metadata: TableMetadata | undefined

  constructor(base: Snapshot | undefined) {
    this.#partitions = new Map(base?.partitions)
    this.#removed = new Map(base?.removed)
    this.#protocol = base?.protocol
    this.#metadata = base?.metadata
  }

  apply(action: Action): void {
    if (action.kind === 'add') {
      this.#files(action.add.partitionValues).set(action.add.path, action.add)
      this.#removed.delete(action.add.path)
    } else if (action.kind === 'remove') {
      this.#remove(action.remove)
    } else if (action.kind === 'protocol') {
      this.#protocol = action.protocol
    } else if (action.kind === 'metaData') {
      this.#metadata = action.metaData
    }
  }

  finish(version: number, table: string): Snapshot {
    if (this.#protocol === undefined || this.#metadata === undefined) {
      throw new CatalogCorruptionError(`the transaction log of ${table} does not begin with a protocol and a schema`, {
        steps: ['Restore the first log file from a backup of the catalog.', REBUILD_STEP],
      })
    }
    for (const [key, files] of this.#editable) if (files.size === 0) this.#partitions.delete(key)
    return {
      version,
      protocol: this.#protocol,
      metadata: this.#metadata,
      partitions: this.#partitions,
      removed: this.#removed,
    }
  }

  #files(values: PartitionValues): Map<string, AddFile> {
    // Files of one partition often follow one another, and its key takes longer to write than all the rest.
    if (this.#last !== undefined && sameValues(this.#last.values, values)) return this.#last.files
    const key = partitionKey(values)
    let files = this.#editable.get(key)
    if (files === undefined) {
      files = new Map(this.#partitions.get(key)?.files)
      this.#editable.set(key, files)
      this.#partitions.set(key, { values, files })
    }
    this.#last = { values, files }
    return files
  }

  /** Other writers may leave the partition values out of a remove: then the file is looked for everywhere. */
  #remove(remove: RemoveFile): void {
    this.#removed.set(remove.path, remove)
    if (this.#partitions.get(partitionKey(remove.partitionValues))?.files.has(remove.path)) {
      this.#files(remove.partitionValues).delete(remove.path)
      return
    }
    for (const { values, files } of this.#partitions.values()) {
      if (files.has(remove.path)) {
        this.#files(values).delete(remove.path)
        return
      }
    }
  }
}

/** The error for a log whose versions are not contiguous. */
export function hole(table: string, version: number): CatalogCorruptionError {
  return new CatalogCorruptionError(`the transaction log of ${table} has no version ${version}, but later ones`, {
    steps: ['Restore the missing log file from a backup of the catalog.', REBUILD_STEP],
  })
}
