import { type Horizon, horizonOf, withHorizon } from '../../delta/horizon.js'
import type { Commit, Snapshot } from '../../delta/snapshot.js'
import { throwIfAborted } from '../../model/abort.js'
import { parseDuration } from '../../model/duration.js'
import type { TableType } from '../../model/schema.js'
import { DAY_NS, MS_NS } from '../../model/time.js'
import type { StoredFile } from '../../storage/storage.js'
import type { CommitOptions, StepProgress } from '../catalog-types.js'
import { isWritersFile } from '../maintenance/orphans.js'
import { moveToQuarantine, quarantineFile } from '../maintenance/quarantine.js'
import type { OpenCatalog } from '../open-catalog.js'
import type { TransactionContext } from '../write/transaction.js'
import { livePaths, pinnedFiles } from './named-snapshots.js'
import { changeProperties } from './table-properties.js'

/** How far back every state stays readable, unless told otherwise: what Delta's own engines keep. */
const DEFAULT_RETAIN_NS: bigint = 7n * DAY_NS

/**
 * Files that no commit names are left alone for this long: a transaction under way has written them and not committed
 * yet.
 */
const ORPHAN_AGE_MS = 24 * 60 * 60 * 1000

export interface VacuumOptions extends CommitOptions {
  /** How far back every state stays readable: `P7D`, `7d`, or nanoseconds. Seven days by default. */
  readonly retain?: string | bigint
  /** Returns what would be taken; changes nothing. */
  readonly dryRun?: boolean
  readonly onProgress?: (progress: StepProgress) => void
}

export interface VacuumReport {
  /** What was, or in a dry run would be, deleted: superseded files, and files of crashed writers. */
  readonly files: number
  readonly sizeBytes: number
  /** How many of them no commit ever named. */
  readonly orphans: number
  /** Files without a commit that are older than the log: they go to `_quarantine/`, because a log that was lost may have named them. */
  readonly quarantined: number
  /** The oldest version of each table that stays readable, besides the named ones. */
  readonly horizons: Readonly<Partial<Record<TableType, number>>>
}

interface TableVacuum {
  readonly horizonVersion: number
  readonly expired: readonly StoredFile[]
  readonly orphans: readonly StoredFile[]
  /** Orphans from before the log began: it cannot tell whether they were ever acknowledged. */
  readonly older: readonly StoredFile[]
}

/**
 * Vacuums every table. A failure in one leaves what was done in those before.
 *
 * @throws InvalidRequestError for a `retain` that is no duration, and what {@link vacuumTable} throws
 */
export async function vacuum(open: OpenCatalog, options: VacuumOptions): Promise<VacuumReport> {
  const { retain = DEFAULT_RETAIN_NS } = options
  const retainNs = typeof retain === 'string' ? parseDuration(retain, 'retain') : retain
  const done = new Map<TableType, TableVacuum>()
  for (const type of open.tables.types) {
    const result = await vacuumTable(open.context(type, options), type, retainNs, options)
    if (result !== undefined) done.set(type, result)
  }
  return joinVacuums(done)
}

/**
 * Takes away the files of one table that no readable version needs. First the horizon is committed: from then on nothing
 * below it can be read or restored, so whatever the log says after that commit is what has to be kept. Then the files
 * go, and a crash in between leaves only files to be taken the next time.
 *
 * @throws CatalogLockedError, WriteConflictError, CatalogCorruptionError for a damaged log, StorageError, AbortedError
 */
async function vacuumTable(
  context: TransactionContext,
  type: TableType,
  retainNs: bigint,
  options: VacuumOptions,
): Promise<TableVacuum | undefined> {
  const { table, storage } = context
  const before = await table.snapshot()
  if (before === undefined) return undefined
  const nowMs = Number(context.clock() / MS_NS)
  const cutoffMs = nowMs - Number(retainNs / MS_NS)
  if (options.dryRun !== true) await moveToQuarantine(storage, type, before)
  const commits = await table.commitsAfter(-1)
  const horizon = horizonAt(commits, cutoffMs, nowMs)
  const draft = await planVacuum(context, type, commits, horizon.version, { nowMs, cutoffMs })
  // While nothing would be won by it, every state stays readable, and a nightly run commits nothing.
  const isDue = draft.expired.length > 0
  if (options.dryRun === true || !isDue) {
    const horizonVersion = isDue ? draft.horizonVersion : (horizonOf(before.metadata)?.version ?? 0)
    if (options.dryRun !== true) await takeAway(context, type, draft, options)
    return { ...draft, horizonVersion }
  }
  await changeProperties(context, {
    type,
    operation: 'VACUUM',
    parameters: { horizon: `${type}@${horizon.version}` },
    change: (base) => withHorizon(base.metadata, horizon),
  })
  const plan = await planVacuum(context, type, commits, horizon.version, { nowMs, cutoffMs })
  await takeAway(context, type, plan, options)
  return plan
}

/**
 * Every state that was the newest one at some time after the cutoff stays readable: the horizon is the last commit before
 * the first younger one.
 *
 * Clocks are not trusted to agree. A commit whose clock ran behind makes no commit before it older. One of the future
 * with one of the past after it came from a clock that ran ahead, and would hold the horizon up for years; without such
 * a witness it may be the vacuum's own clock that is wrong.
 */
export function horizonAt(commits: readonly Commit[], cutoffMs: number, nowMs: number): Horizon {
  const times = commits.map(timeOf)
  const witness = times.findLastIndex((ms) => ms <= nowMs)
  const firstYoung = times.findIndex((ms, i) => ms > cutoffMs && (ms <= nowMs || i > witness))
  const at = Math.max(0, firstYoung < 0 ? commits.length - 1 : firstYoung - 1)
  // No commit that follows has an earlier time: checkpoints leave out what was removed before it.
  const timestampMs = times.slice(at).reduce((least, ms) => Math.min(least, ms), nowMs)
  return { version: commits[at]?.version ?? 0, timestampMs }
}

/** Other engines may leave out when they committed; their actions then say it. */
function timeOf({ actions }: Commit): number {
  let latestMs = 0
  for (const action of actions) {
    if (action.kind === 'commitInfo' && isTime(action.commitInfo.timestampMs)) return action.commitInfo.timestampMs
    if (action.kind === 'remove') latestMs = Math.max(latestMs, action.remove.deletionTimestampMs)
    if (action.kind === 'add') latestMs = Math.max(latestMs, action.add.modificationTimeMs)
  }
  return latestMs
}

function isTime(ms: number): boolean {
  return Number.isSafeInteger(ms) && ms > 0
}

/** @param before the log as it was read first; what has come since is read here, after the snapshot and so beyond it */
async function planVacuum(
  { table, storage }: TransactionContext,
  type: TableType,
  before: readonly Commit[],
  wantedVersion: number,
  { nowMs, cutoffMs }: { readonly nowMs: number; readonly cutoffMs: number },
): Promise<TableVacuum> {
  const snapshot = (await table.snapshot()) as Snapshot
  const horizonVersion = Math.max(wantedVersion, horizonOf(snapshot.metadata)?.version ?? 0)
  const commits = [...before, ...(await table.commitsAfter(before.at(-1)?.version ?? -1))]
  const kept = new Set([...livePaths(snapshot), ...livePaths(await table.snapshotAt(horizonVersion))])
  for (const path of await pinnedFiles(table, snapshot)) kept.add(path)
  const added = new Set<string>()
  for (const { version, actions } of commits) {
    for (const action of actions) {
      if (action.kind !== 'add') continue
      added.add(action.add.path)
      if (version > horizonVersion) kept.add(action.add.path)
    }
  }
  const known = new Set([...snapshot.removed.keys(), ...added])
  // What a rebuild left out was of states that its own log does not have; the log that it kept aside does.
  for (const [path, { deletionTimestampMs }] of snapshot.removed) {
    if (!added.has(path) && deletionTimestampMs > cutoffMs) kept.add(path)
  }
  const expired: StoredFile[] = []
  const orphans: StoredFile[] = []
  const older: StoredFile[] = []
  for (const file of await storage.listFiles(type)) {
    const path = file.path.slice(type.length + 1)
    if (kept.has(path) || snapshot.removed.get(path)?.tags['reason'] !== undefined) continue
    if (known.has(path)) expired.push(file)
    else if (isWritersFile(path) && nowMs - file.modifiedMs > ORPHAN_AGE_MS) {
      const isOlder = file.modifiedMs < snapshot.metadata.createdTimeMs && !path.startsWith('_tmp/')
      if (isOlder) older.push(file)
      else orphans.push(file)
    }
  }
  return { horizonVersion, expired, orphans, older }
}

async function takeAway(
  { storage, clock }: TransactionContext,
  type: TableType,
  { expired, orphans, older }: TableVacuum,
  { signal, onProgress }: VacuumOptions,
): Promise<void> {
  const files = [...expired, ...orphans]
  for (const [done, { path }] of files.entries()) {
    throwIfAborted(signal)
    onProgress?.({ done, total: files.length, current: path })
    await storage.remove(path)
  }
  const tags = { reason: 'no commit names it, and it is older than the log: one that was lost may have named it' }
  const deletionTimestampMs = Number(clock() / MS_NS)
  for (const { path } of older) {
    throwIfAborted(signal)
    await quarantineFile(storage, type, { path: path.slice(type.length + 1), deletionTimestampMs, tags })
  }
}

function joinVacuums(tables: ReadonlyMap<TableType, TableVacuum>): VacuumReport {
  const files = [...tables.values()].flatMap((it) => [...it.expired, ...it.orphans])
  return {
    files: files.length,
    sizeBytes: files.reduce((sum, it) => sum + it.sizeBytes, 0),
    orphans: [...tables.values()].reduce((sum, it) => sum + it.orphans.length, 0),
    quarantined: [...tables.values()].reduce((sum, it) => sum + it.older.length, 0),
    horizons: Object.fromEntries([...tables].map(([type, it]) => [type, it.horizonVersion])),
  }
}
