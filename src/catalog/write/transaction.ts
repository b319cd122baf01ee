import { randomUUID } from 'node:crypto'
import { type Action, type AddFile, PROTOCOL, type RemoveFile } from '../../delta/actions.js'
import { FORMAT_KEY, FORMAT_VERSION, nextWriteSequence } from '../../delta/format.js'
import { schemaString } from '../../delta/schema.js'
import type { Snapshot } from '../../delta/snapshot.js'
import type { DeltaTable } from '../../delta/table.js'
import type { Log } from '../../model/log.js'
import type { TableType } from '../../model/schema.js'
import { partitionColumns, type StoredSeries } from '../../model/series.js'
import { type Clock, MS_NS } from '../../model/time.js'
import type { Codec } from '../../parquet/encode.js'
import type { Storage } from '../../storage/storage.js'
import { settingsOf } from '../coverage/coverage.js'
import { writeDataFile } from '../files/data-files.js'
import { seriesKey } from '../files/live-file.js'
import { refuseLostLog } from '../lost-log.js'
import { isOvertaken } from '../read/overtaken.js'
import type { Properties } from '../versions/table-properties.js'
import type { NewFile, RemovedFile } from './bucket.js'
import { commitInfoOf, untilCommitted } from './commit-race.js'
import { conflicts, type Footprint } from './conflict.js'
import type { Operation } from './operations.js'
import type { SeriesEdit } from './series-edit.js'
import { isEmptyPlan, planTransaction, rowsAddedBy, type TransactionPlan } from './transaction-plan.js'

/** Data files written at once: enough to keep the disk busy with fsync, few enough to stay far from EMFILE. */
const WRITES_AT_ONCE = 8

export interface TransactionContext {
  readonly storage: Storage
  readonly table: DeltaTable
  readonly clock: Clock
  readonly codec: Codec
  readonly engineInfo: string
  /** `undefined`: no lock at all; the put-if-absent of the log alone decides. */
  readonly lockTimeoutMs: number | undefined
  readonly onLockWait: ((holder: string) => void) | undefined
  /** Ends the wait for the lock. */
  readonly signal: AbortSignal | undefined
  readonly log: Log
  /** Told of each commit, once it stands. */
  readonly onCommitted: () => void
}

export interface CommitRequest {
  readonly type: TableType
  /** What history shows: `WRITE`, `RESTORE`. */
  readonly operation: string
  readonly parameters: Readonly<Record<string, string>>
  /** What to do; where the newest snapshot decides which series that is about, a function of it. */
  readonly operations: readonly Operation[] | ((base: Snapshot | undefined) => readonly Operation[])
  /** Plans and counts, writes nothing. */
  readonly dryRun?: boolean
  /** Rows stay the same: outside readers of the change feed may skip the commit. */
  readonly keepsRows?: boolean
}

export interface CommitResult {
  /** The version committed; `undefined` when there was nothing to change. */
  readonly version: number | undefined
  readonly rowsAdded: number
  readonly filesAdded: number
  readonly filesRemoved: number
}

const NOTHING: CommitResult = { version: undefined, rowsAdded: 0, filesAdded: 0, filesRemoved: 0 }

/**
 * Runs operations as one commit. They are planned on the newest snapshot, the new files are written and verified, and
 * the commit is put in place only if no one else took its version. On a lost race: when the newer commits do not touch
 * what this one read or writes, the same plan is committed one version later; else everything is planned again from the
 * newer snapshot. So two writers never undo each other, with or without the lock, and a reader sees all or nothing.
 *
 * @throws CatalogLockedError, WriteConflictError, SettingsConflictError, CatalogCorruptionError, StorageError
 */
export async function runTransaction(context: TransactionContext, request: CommitRequest): Promise<CommitResult> {
  // Nothing can be taken from a table that does not exist, and no lock directory has to be made for it.
  const { operations } = request
  const canCreate =
    typeof operations !== 'function' && operations.some((it) => it.kind === 'write' || it.kind === 'record')
  if (!canCreate && (await context.table.snapshot()) === undefined) return NOTHING
  // Who only looks keeps nobody waiting, and waits for nobody.
  const locking = request.dryRun === true ? { ...context, lockTimeoutMs: undefined } : context
  const result = await untilCommitted(locking, request.type, () => attemptCommit(context, request))
  if (result.version !== undefined) context.onCommitted()
  return result
}

async function attemptCommit(context: TransactionContext, request: CommitRequest): Promise<CommitResult | 'conflict'> {
  const base = await context.table.snapshot()
  if (base === undefined) await refuseLostLog(context.storage, request.type)
  const plan = await planOrYield(context, request, base)
  if (plan === 'conflict') return plan
  if (isEmptyPlan(plan)) return NOTHING
  const { removed, readded } = plan
  const counts = {
    rowsAdded: rowsAddedBy(plan),
    filesAdded: plan.written.length + readded.length,
    filesRemoved: removed.length,
  }
  if (request.dryRun === true) return { version: undefined, ...counts }
  const written = await writeFiles(context, nextWriteSequence(base), plan.written)
  const adds = [...readded.map((it) => it.add), ...written]
  const actions = commitActions(context, request, base, adds, removed)
  const version = await commitOrRebase(context, request, base, actions, plan.edits).catch(async (error: unknown) => {
    // A full disk leaves nothing behind; but files of a commit that may stand are not ours to take back.
    if (!(await mayBeCommitted(context, base, actions))) await discard(context, request.type, written)
    throw error
  })
  if (version === undefined) {
    await discard(context, request.type, written)
    return 'conflict'
  }
  return { version, ...counts }
}

/** A file that vacuum took while it was being read is no damage: a newer snapshot does without it. */
async function planOrYield(
  context: TransactionContext,
  request: CommitRequest,
  base: Snapshot | undefined,
): Promise<TransactionPlan | 'conflict'> {
  try {
    return await planTransaction(context, request, base)
  } catch (error) {
    if (await isOvertaken(context.table, error, base)) return 'conflict'
    throw error
  }
}

/** Writes all new files; when one fails, those written are taken back: they would only be orphans. */
async function writeFiles(
  context: TransactionContext,
  writeSequence: number,
  planned: readonly { readonly series: StoredSeries; readonly file: NewFile }[],
): Promise<readonly AddFile[]> {
  const write = { ...context, nowMs: Number(context.clock() / MS_NS), writeSequence }
  const adds: AddFile[] = []
  const queue = [...planned]
  const worker = async (): Promise<void> => {
    try {
      for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
        adds.push(await writeDataFile(write, next.series, next.file))
      }
    } catch (error) {
      queue.length = 0
      throw error
    }
  }
  const outcomes = await Promise.allSettled(Array.from({ length: WRITES_AT_ONCE }, worker))
  const failure = outcomes.find((it) => it.status === 'rejected')
  const type = planned[0]?.series.type
  if (failure !== undefined && type !== undefined) {
    await discard(context, type, adds)
    throw failure.reason
  }
  const directories = new Set(adds.map((it) => `${type}/${it.path.slice(0, it.path.lastIndexOf('/'))}`))
  for (const directory of directories) await context.storage.syncDirectory(directory)
  return adds.sort((a, b) => (a.path < b.path ? -1 : 1))
}

async function discard({ storage }: TransactionContext, type: TableType, adds: readonly AddFile[]): Promise<void> {
  for (const add of adds) await storage.remove(`${type}/${add.path}`)
}

function commitActions(
  context: TransactionContext,
  request: CommitRequest,
  base: Snapshot | undefined,
  adds: readonly AddFile[],
  removed: readonly RemovedFile[],
): readonly Action[] {
  const timestampMs = Number(context.clock() / MS_NS)
  const dataChange = request.keepsRows !== true
  const genesis = base === undefined ? genesisActions(request.type, timestampMs) : []
  return [
    commitInfoOf(context, request.operation, request.parameters),
    ...genesis,
    ...removed.map((it): Action => ({ kind: 'remove', remove: { ...removeOf(it, timestampMs), dataChange } })),
    ...adds.map((add): Action => ({ kind: 'add', add: { ...add, dataChange } })),
  ]
}

/** What makes a table, with an id of its own. */
export function genesisActions(type: TableType, createdTimeMs: number, properties: Properties = {}): readonly Action[] {
  const metaData = {
    id: randomUUID(),
    schemaString: schemaString(type),
    partitionColumns: partitionColumns(type),
    configuration: { [FORMAT_KEY]: FORMAT_VERSION, ...properties },
    createdTimeMs,
  }
  return [
    { kind: 'protocol', protocol: PROTOCOL },
    { kind: 'metaData', metaData },
  ]
}

function removeOf({ file, reason }: RemovedFile, deletionTimestampMs: number): RemoveFile {
  const { path, partitionValues, sizeBytes } = file.add
  const tags = reason === undefined ? {} : { reason, coverage: file.add.tags['coverage'] ?? '[]' }
  return { path, partitionValues, sizeBytes, deletionTimestampMs, dataChange: true, tags }
}

/** The version committed, or `undefined` when someone else changed what this plan stands on. */
async function commitOrRebase(
  { storage, table }: TransactionContext,
  { type, operations }: CommitRequest,
  base: Snapshot | undefined,
  actions: readonly Action[],
  edits: readonly SeriesEdit[],
): Promise<number | undefined> {
  const footprints = new Map(edits.map((edit): [string, Footprint] => [seriesKey(edit.series), footprintOf(edit)]))
  let version = (base?.version ?? -1) + 1
  for (;;) {
    if (!(await areThere(storage, type, actions))) return undefined
    if (await table.commit(version, actions)) return version
    // The first commit of a table is never moved: it carries the schema. And a series may have come that is meant, too.
    if (base === undefined || typeof operations === 'function') return undefined
    const newer = await table.commitsAfter(base.version)
    const last = newer.at(-1)
    if (last === undefined || conflicts(type, base, newer, footprints)) return undefined
    version = last.version + 1
  }
}

/**
 * Whether every file that a commit would name is there. A machine that slept for days over a write may wake up to a
 * vacuum that took its new files for those of a crashed writer.
 */
async function areThere(storage: Storage, type: TableType, actions: readonly Action[]): Promise<boolean> {
  for (const action of actions) {
    if (action.kind === 'add' && !(await storage.exists(`${type}/${action.add.path}`))) return false
  }
  return true
}

/** Whether the commit is in the log, told by its txnId, or the log cannot be asked. */
async function mayBeCommitted(
  { table }: TransactionContext,
  base: Snapshot | undefined,
  actions: readonly Action[],
): Promise<boolean> {
  const txnIdOf = (all: readonly Action[]): string | undefined =>
    all.find((it) => it.kind === 'commitInfo')?.commitInfo.txnId
  try {
    const newer = await table.commitsAfter(base?.version ?? -1)
    return newer.some((it) => txnIdOf(it.actions) === txnIdOf(actions))
  } catch {
    return true
  }
}

function footprintOf(edit: SeriesEdit): Footprint {
  return { touched: edit.touched(), settings: settingsOf(edit.coverage()) }
}
