import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Snapshot } from '../../delta/snapshot.js'
import { throwIfAborted } from '../../model/abort.js'
import type { TableType } from '../../model/schema.js'
import type { StoredSeries } from '../../model/series.js'
import type { SeriesChoice, StepProgress } from '../catalog-types.js'
import { type LiveFile, liveFilesOf } from '../files/live-file.js'
import type { OpenCatalog } from '../open-catalog.js'
import { livePaths } from '../versions/named-snapshots.js'
import type { Operation } from '../write/operations.js'
import { runTransaction, type TransactionContext } from '../write/transaction.js'
import { orphansOf } from './orphans.js'
import { finishInterruptedMoves, moveToQuarantine } from './quarantine.js'
import { isTakenByQuarantine, overlappingFiles, type VerifyProblem, verifyFile } from './verify-file.js'

export interface VerifyReport {
  readonly ok: boolean
  /** Live files checked. */
  readonly files: number
  /** Files of crashed writers that no commit names: not problems. */
  readonly orphans: number
  readonly problems: readonly VerifyProblem[]
  /** Files moved to `_quarantine/`, below the catalog's root. */
  readonly quarantined: readonly string[]
}

export interface VerifyOptions {
  /** Takes files that are missing or not what was written out of the catalog, in one commit, and keeps a copy. */
  readonly quarantine?: boolean
  /** Only looks: not even an interrupted move to `_quarantine/` is finished. */
  readonly dryRun?: boolean
  readonly onProgress?: (progress: StepProgress) => void
  readonly signal?: AbortSignal
}

/** Verifies every table, or the chosen series. See `DataCatalog.verify`. */
export async function verify(open: OpenCatalog, options: VerifyOptions & SeriesChoice): Promise<VerifyReport> {
  const reports = await open.tables.each(options.series, (type, series, snapshot) =>
    verifyTable(open.context(type, options), type, series, snapshot, options),
  )
  return joinVerifyReports(reports)
}

async function verifyTable(
  context: TransactionContext,
  type: TableType,
  series: readonly StoredSeries[],
  snapshot: Snapshot | undefined,
  options: VerifyOptions,
): Promise<VerifyReport> {
  if (snapshot !== undefined && options.dryRun !== true) await finishInterruptedMoves(context.storage, type, snapshot)
  const work = series.flatMap((it) => liveFilesOf(snapshot, it).map((file) => ({ series: it, file })))
  const suspects: { readonly series: StoredSeries; readonly file: LiveFile; readonly problem: VerifyProblem }[] = []
  for (const [index, { series: it, file }] of work.entries()) {
    // A signal comes by an event, which reading alone would not let in.
    await nextTurn()
    throwIfAborted(options.signal)
    options.onProgress?.({ done: index, total: work.length, current: file.path })
    const problem = await verifyFile(context.storage, it, file)
    if (problem !== undefined) suspects.push({ series: it, file, problem })
  }
  // A file that was replaced meanwhile, and taken by vacuum, is no problem.
  const newest = await context.table.snapshot()
  const live = new Set(newest === undefined ? [] : livePaths(newest))
  const found = suspects.filter((it) => live.has(it.file.add.path))
  const orphans = await orphansOf(context.storage, context.table, newest)
  const damaged = found.filter(({ problem }) => isTakenByQuarantine(problem))
  const drops = damaged.map(
    (it): Operation => ({
      kind: 'drop',
      series: it.series,
      path: it.file.path,
      reason: `${it.problem.kind}: ${it.problem.reason}`,
    }),
  )
  const isTaken = options.quarantine === true && options.dryRun !== true
  const quarantined = isTaken && drops.length > 0 ? await quarantine(context, type, drops) : []
  const named = new Set(found.map((it) => it.problem.file))
  const overlapping = series.flatMap((it) => overlappingFiles(liveFilesOf(snapshot, it)))
  const problems = [...found.map((it) => it.problem), ...overlapping.filter((it) => !named.has(it.file))]
  return { ok: problems.length === 0, files: work.length, orphans: orphans.length, problems, quarantined }
}

async function quarantine(
  context: TransactionContext,
  type: TableType,
  operations: readonly Operation[],
): Promise<readonly string[]> {
  await runTransaction(context, { type, operation: 'QUARANTINE', parameters: {}, operations })
  const after = await context.table.snapshot()
  return after === undefined ? [] : moveToQuarantine(context.storage, type, after)
}

function joinVerifyReports(reports: readonly VerifyReport[]): VerifyReport {
  return {
    ok: reports.every((it) => it.ok),
    files: reports.reduce((sum, it) => sum + it.files, 0),
    orphans: reports.reduce((sum, it) => sum + it.orphans, 0),
    problems: reports.flatMap((it) => it.problems),
    quarantined: reports.flatMap((it) => it.quarantined),
  }
}
