import type { Action, AddFile, RemoveFile } from '../../delta/actions.js'
import { WRITE_SEQUENCE_BASE_KEY } from '../../delta/format.js'
import { replaceLog } from '../../delta/replace-log.js'
import { newestVersion, type Salvage, salvage } from '../../delta/salvage.js'
import type { Snapshot } from '../../delta/snapshot.js'
import { DeltaTable } from '../../delta/table.js'
import { CatalogCorruptionError, type CorruptFile, InvalidRequestError } from '../../model/errors.js'
import { subtract } from '../../model/interval.js'
import type { TableType } from '../../model/schema.js'
import { formatInstant, MAX_NS, MIN_NS, MS_NS } from '../../model/time.js'
import type { CommitOptions, StepProgress } from '../catalog-types.js'
import { clipCoverage } from '../coverage/coverage.js'
import { writeDataFile } from '../files/data-files.js'
import { corruptFile, readBytes } from '../files/integrity.js'
import { type LiveFile, liveFile } from '../files/live-file.js'
import { loadRows } from '../files/load-rows.js'
import type { OpenCatalog } from '../open-catalog.js'
import { SNAPSHOT_PREFIX } from '../versions/named-snapshots.js'
import { commitInfoOf, untilCommitted } from '../write/commit-race.js'
import { dropRows } from '../write/cut-rows.js'
import { genesisActions, type TransactionContext } from '../write/transaction.js'
import { type LeftOut, planRebuild, type RebuildPlan } from './rebuild-plan.js'
import { hasDataFiles, type Scan, scanTable } from './scan.js'

export interface RebuildOptions extends CommitOptions {
  /** One table; every table whose log is lost or damaged when absent. */
  readonly type?: TableType | undefined
  /** Also where the log reads: its history, earlier versions and named snapshots are given up. Needs `type`. */
  readonly evenIfSound?: boolean | undefined
  /** Returns what would be done; changes nothing. */
  readonly dryRun?: boolean | undefined
  readonly onProgress?: ((progress: StepProgress) => void) | undefined
}

/**
 * What a log was before a rebuild.
 * - `history-damaged`: a commit that a checkpoint covers is damaged. The table reads as it is now, and is made anew
 *   exactly so; older versions do not read, and neither history nor vacuum works.
 */
export type LogState = 'sound' | 'history-damaged' | 'damaged' | 'lost'

interface OldLog {
  readonly state: LogState
  /** The newest state, where it reads. */
  readonly head?: Snapshot
}

export interface RebuildReport {
  readonly type: TableType
  readonly log: LogState
  /** Commits of the old log that could not be read: what they deleted or replaced may have come back. */
  readonly unreadable: readonly number[]
  readonly files: number
  readonly rows: number
  /** Files written anew without the parts that newer files hold. */
  readonly cut: readonly string[]
  readonly leftOut: readonly { readonly file: string; readonly why: LeftOut }[]
  /** Files that are not what was written; they go to `_quarantine/`. */
  readonly damaged: readonly CorruptFile[]
  /** Files that the old log names, and that are not there. */
  readonly missing: readonly CorruptFile[]
  /** Files without the footer of this program: in no log, so that a vacuum takes them like any orphan. */
  readonly unknown: readonly string[]
  /** Named snapshots that are given up with the history. */
  readonly lostNames: readonly string[]
  /** Where the old log is kept, below the root. */
  readonly keptLog?: string
}

/**
 * Makes the logs of tables anew from their data files, under a new table id, and keeps the old ones beside them. See
 * `DataCatalog.repair`. A crash leaves the old log, or a table that says that a rebuild was interrupted, or the new log.
 *
 * @throws InvalidRequestError when the log reads and `evenIfSound` is not given
 * @throws UnsupportedFormatError for a table or a file of a newer format, StorageError, CatalogLockedError
 */
export async function rebuild(open: OpenCatalog, options: RebuildOptions): Promise<readonly RebuildReport[]> {
  const { type: only } = options
  const reports: RebuildReport[] = []
  for (const type of only === undefined ? open.tables.types : [only]) {
    const context = open.context(type, options)
    // Sound tables, and those that are not there, are not locked.
    if ((await logToRebuild(context, type, options)) === undefined) continue
    // Who only looks keeps nobody waiting, and waits for nobody.
    const locking = options.dryRun === true ? { ...context, lockTimeoutMs: undefined } : context
    const report = await untilCommitted(locking, type, async () => {
      // While this waited, another rebuild may have been done.
      const log = await logToRebuild(context, type, options)
      return log && rebuildTable(context, type, log, options)
    })
    if (report !== undefined) reports.push(report)
  }
  if (reports.length === 0) throw nothingToRebuild(only)
  return reports
}

/** `undefined` where there is nothing to do. */
async function logToRebuild(
  context: TransactionContext,
  type: TableType,
  { type: only, evenIfSound }: RebuildOptions,
): Promise<OldLog | undefined> {
  const log = await oldLog(context, type)
  if (log?.state !== 'sound') return log
  if (only === undefined) return undefined
  if (evenIfSound !== true) throw soundLog(type)
  return log
}

/** `undefined` where there is nothing at all. */
async function oldLog({ storage, table }: TransactionContext, type: TableType): Promise<OldLog | undefined> {
  // An object that has seen nothing: what was read before the damage must not count.
  const fresh = new DeltaTable(storage, table.name)
  try {
    const head = await fresh.snapshot()
    if (head === undefined) return (await hasDataFiles(storage, type)) ? { state: 'lost' } : undefined
    return { state: (await hasHistory(fresh)) ? 'sound' : 'history-damaged', head }
  } catch (error) {
    if (!(error instanceof CatalogCorruptionError)) throw error
    return { state: 'damaged' }
  }
}

async function hasHistory(table: DeltaTable): Promise<boolean> {
  try {
    await table.commitsAfter(-1)
    return true
  } catch (error) {
    if (!(error instanceof CatalogCorruptionError)) throw error
    return false
  }
}

async function rebuildTable(
  context: TransactionContext,
  type: TableType,
  { state, head }: OldLog,
  { dryRun, signal, onProgress }: RebuildOptions,
): Promise<RebuildReport | 'conflict'> {
  const { storage, table } = context
  const old = await salvage(storage, type, head)
  const onFile = (done: number, total: number, current: string): void => onProgress?.({ done, total, current })
  const scan = await scanTable(storage, type, old, { signal, onFile })
  const base = sequenceBase(old)
  const plan = planRebuild(scan, old, base)
  const others = await filesOfOthers(context, type, old, scan)
  const report = reportOf(type, state, old, scan, plan, others)
  if (dryRun === true) return report
  const newest = scan.found.reduce((most, it) => Math.max(most, it.writeSequence), base ?? 0)
  const cut = await writeCut(context, type, plan, newest + 1)
  const actions = actionsOf(context, type, { plan, cut, others: others.kept, sequence: newest + 2 })
  // A holder that was stopped for long may have lost its lock, and another have written: what it wrote is to be read too.
  if ((await newestVersion(storage, type)) !== old.newest) return 'conflict'
  const keptLog = await replaceLog(storage, type, actions, stampOf(context))
  table.forget()
  await table.checkpoint()
  return keptLog === undefined ? report : { ...report, keptLog }
}

function sequenceBase({ metadata }: Salvage): number | undefined {
  if (metadata === undefined) return undefined
  const text = metadata.configuration[WRITE_SEQUENCE_BASE_KEY] ?? ''
  return /^\d{1,15}$/.test(text) ? Number(text) : 0
}

/** `2024-06-01T00-00-00Z` */
function stampOf({ clock }: TransactionContext): string {
  return formatInstant(clock()).replaceAll(':', '-')
}

interface OthersFiles {
  /** Added by another engine, and live as far as the old log reads. */
  readonly kept: readonly AddFile[]
  readonly missing: readonly CorruptFile[]
}

/** What the old log names as live and the scan has not met: files of other engines, and files that are gone. */
async function filesOfOthers(
  { storage }: TransactionContext,
  type: TableType,
  { named }: Salvage,
  { found, damaged }: Scan,
): Promise<OthersFiles> {
  const met = new Set([...found, ...damaged].map((it) => it.file.add.path))
  const [kept, missing]: [AddFile[], CorruptFile[]] = [[], []]
  for (const [path, { isLive, add }] of named) {
    if (!isLive || add === undefined || met.has(path)) continue
    if ((await readBytes(storage, `${type}/${path}`)) !== undefined) kept.push(add)
    else missing.push(corruptFile(liveFile(type, add), 'the file is missing'))
  }
  return { kept, missing }
}

async function writeCut(
  context: TransactionContext,
  type: TableType,
  { cut }: RebuildPlan,
  writeSequence: number,
): Promise<readonly AddFile[]> {
  const write = { ...context, nowMs: Number(context.clock() / MS_NS), writeSequence }
  const adds: AddFile[] = []
  for (const { found, keep } of cut) {
    const { series, file } = found
    const outside = subtract([{ startNs: MIN_NS, endNs: MAX_NS + 1n }], keep)
    const frame = dropRows(await loadRows(context.storage, series, file), outside)
    adds.push(
      await writeDataFile(write, series, {
        name: stemOf(file.add.path),
        frame,
        coverage: clipCoverage(file.coverage, keep),
      }),
    )
    await context.storage.syncDirectory(`${type}/${file.add.path.slice(0, file.add.path.lastIndexOf('/'))}`)
  }
  return adds
}

/** `2024-01-02` of `…/2024-01-02.<id>.parquet`. */
function stemOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1).split('.', 1)[0] as string
}

interface Content {
  readonly plan: RebuildPlan
  readonly cut: readonly AddFile[]
  readonly others: readonly AddFile[]
  readonly sequence: number
}

function actionsOf(context: TransactionContext, type: TableType, content: Content): readonly Action[] {
  const { plan, cut, others, sequence } = content
  const nowMs = Number(context.clock() / MS_NS)
  const gone = [...plan.left, ...plan.cut.map((it) => it.found)].map(({ file }) => removalOf(file, nowMs, {}))
  const damaged = plan.damaged.map(({ file, corrupt }) => {
    const tags = { reason: `found by a rebuild: ${corrupt.reason}`, coverage: file.add.tags['coverage'] ?? '[]' }
    return removalOf(file, nowMs, tags)
  })
  const adds = [...plan.taken.map((it) => it.file.add), ...cut, ...others]
  return [
    commitInfoOf(context, 'REBUILD', { files: String(adds.length) }),
    ...genesisActions(type, nowMs, { [WRITE_SEQUENCE_BASE_KEY]: String(sequence) }),
    // Named as removed, so that a vacuum keeps them for as long as anything that was replaced.
    ...[...gone, ...damaged].map((remove): Action => ({ kind: 'remove', remove })),
    ...adds.map((add): Action => ({ kind: 'add', add })),
  ]
}

function removalOf({ add }: LiveFile, deletionTimestampMs: number, tags: RemoveFile['tags']): RemoveFile {
  const { path, partitionValues, sizeBytes } = add
  return { path, partitionValues, sizeBytes, deletionTimestampMs, dataChange: true, tags }
}

function reportOf(
  type: TableType,
  log: LogState,
  old: Salvage,
  scan: Scan,
  { taken, cut, left, damaged }: RebuildPlan,
  { kept, missing }: OthersFiles,
): RebuildReport {
  const names = Object.keys(old.metadata?.configuration ?? {}).filter((it) => it.startsWith(SNAPSHOT_PREFIX))
  const rows = [...taken, ...cut.map((it) => it.found)].reduce((sum, it) => sum + it.file.numRows, 0)
  return {
    type,
    log,
    unreadable: old.unreadable,
    files: taken.length + cut.length + kept.length,
    rows: kept.reduce((sum, it) => sum + (it.stats?.numRecords ?? 0), rows),
    cut: cut.map((it) => it.found.file.path),
    leftOut: left.map(({ file, why }) => ({ file: file.path, why })),
    damaged: damaged.map((it) => it.corrupt),
    missing,
    unknown: scan.unknown.filter((path) => !kept.some((it) => path === `${type}/${it.path}`)),
    lostNames: names.map((it) => it.slice(SNAPSHOT_PREFIX.length)),
  }
}

function soundLog(type: TableType): InvalidRequestError {
  return new InvalidRequestError(`the log of ${type} reads: a rebuild would give up its history for nothing`, {
    steps: [
      'Look for damaged data files instead: ntrader data verify',
      `To make it anew all the same (the old log is kept beside it): ntrader data repair --rebuild --type ${type} --yes`,
    ],
  })
}

function nothingToRebuild(type: TableType | undefined): InvalidRequestError {
  if (type !== undefined) {
    return new InvalidRequestError(`there is nothing of ${type} to rebuild a log from`, {
      steps: ['Check the path of the catalog: --catalog PATH'],
    })
  }
  return new InvalidRequestError('every log reads: there is nothing to rebuild', {
    steps: ['To make the log of one table anew all the same: ntrader data repair --rebuild --type bars --yes'],
  })
}
