import { CatalogCorruptionError } from '../model/errors.js'
import { isDirectoryInstead } from '../storage/os-error.js'
import type { Storage } from '../storage/storage.js'
import type { Action, AddFile, TableMetadata } from './actions.js'
import { isBroken } from './commit-seal.js'
import { commitPath, keptLogs, logDirectory, readLogNames } from './log-names.js'
import { parseActions } from './parse.js'
import { isReplacing } from './replace-log.js'
import type { Snapshot } from './snapshot.js'

/** What the last commit that names a file, and still reads, said of it. */
export interface Witness {
  readonly isLive: boolean
  readonly version: number
  readonly add: AddFile | undefined
}

/** What is left of a log. */
export interface Salvage {
  /** The newest version whose commit reads; −1 when none does. */
  readonly newestRead: number
  /** Versions whose commit does not read, or that are missing before one that does. */
  readonly unreadable: readonly number[]
  /** By path below the table. */
  readonly named: ReadonlyMap<string, Witness>
  /** The last that reads. */
  readonly metadata: TableMetadata | undefined
  /** Whether the newest state is known as a whole, from a checkpoint: a file that it does not name is not part of it. */
  readonly isHeadKnown: boolean
  /** See {@link newestVersion}. */
  readonly newest: number
}

/**
 * Reads every commit that can still be read, on its own: each is sealed, so what reads is what was committed. Where the
 * log is gone, and a rebuild that was interrupted has put it aside, it is read there; one that a finished rebuild has
 * replaced says nothing of what came after.
 *
 * @param head the newest state, where it reads: it knows what commits that do not read have changed
 * @throws StorageError, UnsupportedFormatError
 */
export async function salvage(storage: Storage, table: string, head?: Snapshot): Promise<Salvage> {
  const newest = await newestVersion(storage, table)
  const directory = await directoryOf(storage, table, newest)
  const listed = readLogNames(await storage.list(directory)).commits
  const commits = new Map<number, readonly Action[]>()
  for (const version of listed) {
    const actions = await readCommit(storage, table, version, directory)
    if (actions !== undefined) commits.set(version, actions)
  }
  const named = new Map<string, Witness>()
  let metadata: TableMetadata | undefined
  for (const [version, actions] of commits) {
    for (const action of actions) {
      if (action.kind === 'add') named.set(action.add.path, { isLive: true, version, add: action.add })
      else if (action.kind === 'remove')
        named.set(action.remove.path, removedAt(version, named.get(action.remove.path)))
      else if (action.kind === 'metaData') metadata = action.metaData
    }
  }
  if (head !== undefined) {
    applyHead(named, head)
    metadata = head.metadata
  }
  const newestRead = listed.findLast((it) => commits.has(it)) ?? -1
  const before = Array.from({ length: newestRead + 1 }, (_, version) => version)
  // A stray file may have any number: what is missing before it is counted only if it reads.
  const unreadable = [...before, ...listed.filter((it) => it > newestRead)].filter((it) => !commits.has(it))
  return { newestRead, unreadable, named, metadata, isHeadKnown: head !== undefined, newest }
}

/** The newest version whose commit stands in the log, read or not; −1 when there is none. @throws StorageError */
export async function newestVersion(storage: Storage, table: string): Promise<number> {
  return readLogNames(await storage.list(logDirectory(table))).commits.at(-1) ?? -1
}

async function directoryOf(storage: Storage, table: string, newest: number): Promise<string> {
  if (newest >= 0 || !(await isReplacing(storage, table))) return logDirectory(table)
  const [kept] = await keptLogs(storage, table)
  return kept ?? logDirectory(table)
}

function applyHead(named: Map<string, Witness>, { version, partitions }: Snapshot): void {
  const live = new Map([...partitions.values()].flatMap(({ files }) => [...files]))
  for (const [path, witness] of named) if (!live.has(path)) named.set(path, { ...witness, isLive: false })
  for (const [path, add] of live) named.set(path, { isLive: true, version, add })
}

function removedAt(version: number, before: Witness | undefined): Witness {
  return { isLive: false, version, add: before?.add }
}

async function readCommit(
  storage: Storage,
  table: string,
  version: number,
  directory: string,
): Promise<readonly Action[] | undefined> {
  const path = commitPath(table, version).replace(logDirectory(table), directory)
  try {
    const bytes = await storage.read(path)
    if (bytes === undefined || isBroken(bytes, { table, version })) return undefined
    return parseActions(new TextDecoder().decode(bytes), path)
  } catch (error) {
    if (error instanceof CatalogCorruptionError || isDirectoryInstead(error)) return undefined
    throw error
  }
}
