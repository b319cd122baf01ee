import { randomUUID } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import { CatalogCorruptionError, CatalogError, StorageError, UnsupportedFormatError } from '../model/errors.js'
import { isDirectoryInstead } from '../storage/os-error.js'
import { sha256 } from '../storage/sha256.js'
import type { Storage } from '../storage/storage.js'
import type { RemoveFile } from './actions.js'
import { type DecodedCheckpoint, decodeCheckpoint } from './checkpoint-decode.js'
import { encodeCheckpoint } from './checkpoint-encode.js'
import { sealState } from './checkpoint-seal.js'
import { identityOf } from './commit-seal.js'
import type { CheckpointJob } from './foreign-checkpoint.js'
import { horizonOf } from './horizon.js'
import { checkpointPath, commitPath, isWhole, type LogListing, lastCheckpointPath } from './log-names.js'
import { REBUILD_STEP } from './rebuild-step.js'
import { countActions, hole, type Snapshot } from './snapshot.js'

export interface LoadedCheckpoint {
  readonly snapshot: Snapshot
  readonly bytes: Uint8Array
  /** Of the commit that it was made after; absent where that has been cleaned away. */
  readonly identity: string | undefined
}

/**
 * Finds the newest checkpoint to start reading from, at or below a version; `undefined` when the log is to be replayed
 * from its first commit.
 *
 * A checkpoint only saves work, so it is taken at its word only when that can be checked: it must carry this program's
 * seal, whole, and name the very commit that stands in the log. Whatever is wrong with it, the next older one is tried.
 * Checkpoints of other engines (which need not hold tags, and so no coverage) are read only where the log's first
 * commits have been cleaned away and there is no other way.
 *
 * @throws UnsupportedFormatError, CatalogCorruptionError when the log does not reach back to its first commit and no
 *   checkpoint can be read; StorageError when it is the system that will not read one
 */
export async function findCheckpoint(
  storage: Storage,
  table: string,
  listing: LogListing,
  maxVersion: number,
): Promise<LoadedCheckpoint | undefined> {
  const candidates = listing.checkpoints.filter((it) => it <= maxVersion)
  for (const version of candidates) {
    const loaded = await loadCheckpoint(storage, table, listing, version, false).catch(() => undefined)
    if (loaded !== undefined) return loaded
  }
  if (isWhole(listing)) return undefined
  let cause: unknown
  for (const version of candidates) {
    try {
      const loaded = await loadCheckpoint(storage, table, listing, version, true)
      if (loaded !== undefined) return loaded
    } catch (error) {
      if (cause === undefined || isRefusal(error)) cause = error
    }
  }
  if (isRefusal(cause)) throw cause
  if (maxVersion === Number.POSITIVE_INFINITY) refuseWithoutStart(table, listing, cause)
  return undefined
}

/** Nothing is known of a checkpoint that the system would not hand over: least of all that it is damaged. */
function isRefusal(error: unknown): boolean {
  return error instanceof StorageError && !isDirectoryInstead(error)
}

/** @returns `undefined` for a checkpoint that is not there, not whole, or not of this log */
async function loadCheckpoint(
  storage: Storage,
  table: string,
  listing: LogListing,
  version: number,
  fromOthers: boolean,
): Promise<LoadedCheckpoint | undefined> {
  const path = checkpointPath(table, version)
  const bytes = await storage.read(path)
  const state = bytes && sealState(bytes)
  if (bytes === undefined || state === 'broken' || (state === 'none' && !fromOthers)) return undefined
  const { snapshot, commitSha256 } =
    state === 'intact'
      ? await decodeCheckpoint(bytes, version, table, path)
      : await decodeUnsealed({ bytes, version, table, where: path })
  const commit = await storage.read(commitPath(table, version))
  // Cleaners take the oldest commits first: one that is gone while older ones are there was taken back by hand.
  const belongs =
    commit === undefined
      ? !listing.commits.some((it) => it <= version)
      : commitSha256 === undefined || commitSha256 === sha256(commit)
  return belongs ? { snapshot, bytes, identity: commit && identityOf(commit) } : undefined
}

async function decodeUnsealed(job: CheckpointJob): Promise<DecodedCheckpoint> {
  const { decodeForeignCheckpoint } = await import('./foreign-checkpoint.js')
  return decodeForeignCheckpoint(job)
}

/**
 * Makes sure that there is a good checkpoint of a snapshot, and that `_last_checkpoint` names it or a newer one. Any
 * number of processes may do so at once, and no reader is disturbed: both files appear whole.
 *
 * @returns the checkpoint's length; `undefined` when the snapshot cannot be told in a checkpoint without a change
 * @throws StorageError when it cannot be written
 */
export async function writeCheckpoint(
  storage: Storage,
  table: string,
  listing: LogListing,
  snapshot: Snapshot,
): Promise<number | undefined> {
  const kept = withoutVacuumed(snapshot)
  const { version } = snapshot
  await takeAwayStrays(storage, table, listing, version)
  const load = async (): Promise<Uint8Array | undefined> =>
    (await loadCheckpoint(storage, table, listing, version, false).catch(() => undefined))?.bytes
  let bytes = await load()
  if (bytes === undefined) {
    bytes = await encodeExactly(storage, table, kept)
    if (bytes === undefined) return undefined
    const path = checkpointPath(table, version)
    if (!(await storage.putIfAbsent(path, bytes))) {
      // Another process was first, or what is there is damaged, or another engine's.
      const others = await load()
      if (others === undefined) await replaceAnything(storage, table, path, bytes)
      else bytes = others
    }
  }
  await pointTo(storage, table, kept, bytes)
  return bytes.byteLength
}

/**
 * A log that was taken from an older backup leaves the checkpoints of versions that it no longer has. This program passes
 * them over; other engines would take the newest for the table.
 */
async function takeAwayStrays(
  storage: Storage,
  table: string,
  { checkpoints }: LogListing,
  head: number,
): Promise<void> {
  for (const version of checkpoints.filter((it) => it > head)) {
    // Committed by somebody else since the look at the directory.
    if (await storage.exists(commitPath(table, version))) continue
    await moveAway(storage, table, checkpointPath(table, version))
  }
}

async function moveAway(storage: Storage, table: string, path: string): Promise<void> {
  const name = path.slice(path.lastIndexOf('/') + 1)
  await storage.move(path, `${table}/_quarantine/${name}.${randomUUID()}`)
}

/**
 * Whether the newest checkpoint is whole and `_last_checkpoint` names it; so is a log without either.
 *
 * @throws StorageError
 */
export async function areCheckpointsSound(storage: Storage, table: string, listing: LogListing): Promise<boolean> {
  const pointer = await readPointer(storage, table)
  const [newest] = listing.checkpoints
  if (newest === undefined) return pointer === undefined
  const loaded = await loadCheckpoint(storage, table, listing, newest, false).catch((error: unknown) => {
    if (isRefusal(error)) throw error
    return undefined
  })
  return loaded !== undefined && pointer !== undefined && new TextDecoder().decode(pointer) === pointerTo(loaded)
}

/**
 * Nothing is written that does not read back the same. What other engines may put into a log and Parquet cannot hold:
 * half a surrogate pair, or one file in two partitions.
 */
async function encodeExactly(storage: Storage, table: string, snapshot: Snapshot): Promise<Uint8Array | undefined> {
  const { version } = snapshot
  const commit = await storage.read(commitPath(table, version))
  try {
    const bytes = await encodeCheckpoint(snapshot, commit === undefined ? '' : sha256(commit))
    const readBack = await decodeCheckpoint(bytes, version, table, checkpointPath(table, version))
    return isDeepStrictEqual(readBack.snapshot, snapshot) ? bytes : undefined
  } catch (error) {
    if (error instanceof CatalogError || error instanceof URIError) return undefined
    throw error
  }
}

/** Vacuum has deleted these files for good. Damaged ones are not its to delete: whether they were moved, only a look tells. */
function withoutVacuumed(snapshot: Snapshot): Snapshot {
  const horizon = horizonOf(snapshot.metadata)
  if (horizon === undefined) return snapshot
  const isKept = (it: RemoveFile): boolean =>
    it.deletionTimestampMs >= horizon.timestampMs || it.tags['reason'] !== undefined
  return { ...snapshot, removed: new Map([...snapshot.removed].filter(([, remove]) => isKept(remove))) }
}

/** For other engines, which find the newest checkpoint by it; this program lists the directory. */
async function pointTo(storage: Storage, table: string, snapshot: Snapshot, bytes: Uint8Array): Promise<void> {
  const path = lastCheckpointPath(table)
  const pointer = pointerTo({ snapshot, bytes })
  const present = await readPointer(storage, table)
  const text = present && new TextDecoder().decode(present)
  if (text === pointer) return
  const other = text === undefined ? undefined : versionIn(text)
  if (other !== undefined && other > snapshot.version && (await storage.exists(checkpointPath(table, other)))) return
  await replaceAnything(storage, table, path, new TextEncoder().encode(pointer))
}

/** A directory in the place of a file cannot be written over; it is moved to quarantine, with what is in it. */
async function replaceAnything(storage: Storage, table: string, path: string, bytes: Uint8Array): Promise<void> {
  try {
    await storage.replace(path, bytes)
  } catch (error) {
    if (!(error instanceof StorageError) || !['EISDIR', 'ENOTEMPTY', 'EEXIST'].includes(error.errno)) throw error
    await moveAway(storage, table, path)
    await storage.replace(path, bytes)
  }
}

/** A directory in its place is no pointer. */
async function readPointer(storage: Storage, table: string): Promise<Uint8Array | undefined> {
  try {
    return await storage.read(lastCheckpointPath(table))
  } catch (error) {
    if (isDirectoryInstead(error)) return new Uint8Array(0)
    throw error
  }
}

function pointerTo({ snapshot, bytes }: Pick<LoadedCheckpoint, 'snapshot' | 'bytes'>): string {
  const size = countActions(snapshot)
  return JSON.stringify({
    version: snapshot.version,
    size,
    sizeInBytes: bytes.byteLength,
    numOfAddFiles: size - snapshot.removed.size - 2,
    sha256: sha256(bytes),
  })
}

function versionIn(pointer: string): number | undefined {
  try {
    const json: unknown = JSON.parse(pointer)
    if (typeof json === 'object' && json !== null && 'version' in json && Number.isSafeInteger(json.version)) {
      return Number(json.version)
    }
  } catch {
    // Half a file: as good as none.
  }
  return undefined
}

function refuseWithoutStart(table: string, listing: LogListing, cause: unknown): void {
  const [first = 0] = listing.commits
  if (first === 0) return
  const steps = ['Restore the missing log files from a backup of the catalog.', REBUILD_STEP]
  const begins = `the transaction log of ${table} begins at version ${first}`
  const isOfOthers = listing.checkpoints.length === 0 && listing.otherCheckpoints.length > 0
  if (isOfOthers || cause instanceof UnsupportedFormatError) {
    throw new UnsupportedFormatError(`${begins}, after a checkpoint of a kind that is not read here`, {
      steps: ['Let the engine that wrote it write a classic checkpoint (one file, V1, snappy).', ...steps],
      cause,
    })
  }
  if (listing.checkpoints.length === 0) throw hole(table, 0)
  throw new CatalogCorruptionError(`${begins}, and none of its checkpoints can be read`, { steps, cause })
}
