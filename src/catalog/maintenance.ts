import type { Snapshot } from '../delta/snapshot.js'
import { throwIfAborted } from '../model/abort.js'
import { CatalogCorruptionError, type CorruptFile } from '../model/errors.js'
import type { TableType } from '../model/schema.js'
import { formatSeries, type StoredSeries } from '../model/series.js'
import type { SeriesChoice } from './catalog-types.js'
import { type ConsolidationPlan, planConsolidation } from './consolidation.js'
import { corruptionError } from './integrity.js'
import { type LiveFile, liveFilesOf, seriesKey } from './live-file.js'
import { livePaths } from './named-snapshots.js'
import type { OpenCatalog } from './open-catalog.js'
import type { Operation } from './operations.js'
import { orphansOf } from './orphans.js'
import { finishInterruptedMoves, moveToQuarantine } from './quarantine.js'
import { TICK_PART_ROWS_MAX } from './tick-parts.js'
import { type CommitResult, runTransaction, type TransactionContext } from './transaction.js'
import { overlappingFiles, type VerifyProblem, verifyFile } from './verify.js'

/** Periods, and rows unless one has more, consolidated in one commit: bounds how many rows are in memory at once. */
const PERIODS_PER_COMMIT = 6
const ROWS_PER_COMMIT = TICK_PART_ROWS_MAX

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

export interface StepProgress {
  readonly done: number
  readonly total: number
  /** What is being worked on. */
  readonly current: string
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
  // Right bytes that do not decode are not damage: moving them away would lose what an update may read.
  const damaged = found.filter(({ problem }) => ['missing', 'size', 'checksum'].includes(problem.kind))
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

export interface ConsolidateReport {
  /** What was, or in a dry run would be, brought together. */
  readonly periods: readonly ConsolidationPlan[]
  readonly filesRemoved: number
  readonly filesAdded: number
}

export interface ConsolidateOptions {
  readonly dryRun?: boolean
  readonly onProgress?: (progress: StepProgress) => void
  readonly signal?: AbortSignal
}

/** Consolidates every table, or the chosen series. See `DataCatalog.consolidate`. */
export async function consolidate(
  open: OpenCatalog,
  options: ConsolidateOptions & SeriesChoice,
): Promise<ConsolidateReport> {
  const reports = await open.tables.each(options.series, (type, series, snapshot) =>
    consolidateTable(open.context(type, options), type, series, snapshot, options),
  )
  return joinConsolidateReports(reports)
}

/**
 * Brings the files of closed periods of some series together: months of bars, days of ticks. Running it again plans
 * nothing.
 *
 * @throws CatalogCorruptionError naming the damaged files that stood in the way, once all else is done
 */
async function consolidateTable(
  context: TransactionContext,
  type: TableType,
  series: readonly StoredSeries[],
  snapshot: Snapshot | undefined,
  options: ConsolidateOptions,
): Promise<ConsolidateReport> {
  const periods = series.flatMap((it) => planConsolidation(it, liveFilesOf(snapshot, it), context.clock()))
  let [filesRemoved, filesAdded] = [0, 0]
  if (options.dryRun === true) return { periods, filesRemoved, filesAdded }
  const damaged: CorruptFile[] = []
  let done = 0
  for (const batch of batches(periods)) {
    throwIfAborted(options.signal)
    const first = batch[0] as ConsolidationPlan
    const current = `${formatSeries(first.series)} ${first.name}`
    options.onProgress?.({ done, total: periods.length, current })
    done += batch.length
    try {
      const result = await consolidateBatch(context, type, batch)
      filesRemoved += result.filesRemoved
      filesAdded += result.filesAdded
    } catch (error) {
      // One damaged file must not keep every other series from being consolidated, night after night.
      if (!(error instanceof CatalogCorruptionError)) throw error
      damaged.push(...error.files)
    }
  }
  // So that the catalog's version() is the state these commits made.
  await context.table.snapshot()
  if (damaged.length > 0) throw corruptionError(damaged)
  return { periods, filesRemoved, filesAdded }
}

function consolidateBatch(
  context: TransactionContext,
  type: TableType,
  batch: readonly ConsolidationPlan[],
): Promise<CommitResult> {
  const series = [...new Set(batch.map((it) => formatSeries(it.series)))].join(', ')
  return runTransaction(context, {
    type,
    operation: 'CONSOLIDATE',
    parameters: { series, periods: batch.map((it) => it.name).join(' ') },
    operations: batch.map((it) => ({ kind: 'consolidate', series: it.series, interval: it.interval })),
    keepsRows: true,
  })
}

/** Neighbouring periods of one series, a few at a time. */
function batches(plans: readonly ConsolidationPlan[]): readonly (readonly ConsolidationPlan[])[] {
  const out: ConsolidationPlan[][] = []
  let rows = 0
  for (const plan of plans) {
    const [first] = out.at(-1) ?? []
    const hasRoom = (out.at(-1)?.length ?? 0) < PERIODS_PER_COMMIT && rows + plan.rows <= ROWS_PER_COMMIT
    if (first !== undefined && hasRoom && seriesKey(first.series) === seriesKey(plan.series)) {
      out.at(-1)?.push(plan)
      rows += plan.rows
    } else {
      out.push([plan])
      rows = plan.rows
    }
  }
  return out
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

function joinConsolidateReports(reports: readonly ConsolidateReport[]): ConsolidateReport {
  return {
    periods: reports.flatMap((it) => it.periods),
    filesRemoved: reports.reduce((sum, it) => sum + it.filesRemoved, 0),
    filesAdded: reports.reduce((sum, it) => sum + it.filesAdded, 0),
  }
}
