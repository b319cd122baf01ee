import type { Snapshot } from '../delta/snapshot.js'
import { throwIfAborted } from '../model/abort.js'
import { CatalogCorruptionError, type CorruptFile } from '../model/errors.js'
import type { RecordType } from '../model/schema.js'
import { formatSeries, type Series } from '../model/series.js'
import { type MonthPlan, planConsolidation } from './consolidation.js'
import { corruptionError } from './integrity.js'
import { type LiveFile, liveFilesOf, seriesKey } from './live-file.js'
import type { Operation } from './operations.js'
import { finishInterruptedMoves, moveToQuarantine } from './quarantine.js'
import { type CommitResult, runTransaction, type TransactionContext } from './transaction.js'
import { orphansOf, overlappingFiles, type VerifyProblem, verifyFile } from './verify.js'

/** Months consolidated in one commit: bounds how many rows are in memory at once. */
const MONTHS_PER_COMMIT = 6

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

/** Verifies the live files of some series of one table. */
export async function verifyTable(
  context: TransactionContext,
  type: RecordType,
  series: readonly Series[],
  snapshot: Snapshot | undefined,
  options: VerifyOptions,
): Promise<VerifyReport> {
  if (snapshot !== undefined && options.dryRun !== true) await finishInterruptedMoves(context.storage, type, snapshot)
  const work = series.flatMap((it) => liveFilesOf(snapshot, it).map((file) => ({ series: it, file })))
  const found: { readonly series: Series; readonly file: LiveFile; readonly problem: VerifyProblem }[] = []
  for (const [index, { series: it, file }] of work.entries()) {
    throwIfAborted(options.signal)
    options.onProgress?.({ done: index, total: work.length, current: file.path })
    const problem = await verifyFile(context.storage, it, file)
    if (problem !== undefined) found.push({ series: it, file, problem })
  }
  const orphans = await orphansOf(context.storage, type, snapshot)
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
  type: RecordType,
  operations: readonly Operation[],
): Promise<readonly string[]> {
  await runTransaction(context, { type, operation: 'QUARANTINE', parameters: {}, operations })
  const after = await context.table.snapshot()
  return after === undefined ? [] : moveToQuarantine(context.storage, type, after)
}

export interface ConsolidateReport {
  /** What was, or in a dry run would be, brought together. */
  readonly months: readonly MonthPlan[]
  readonly filesRemoved: number
  readonly filesAdded: number
}

export interface ConsolidateOptions {
  readonly dryRun?: boolean
  readonly onProgress?: (progress: StepProgress) => void
  readonly signal?: AbortSignal
}

/**
 * Brings the closed months of some series together, a month a file. Running it again plans nothing.
 *
 * @throws CatalogCorruptionError naming the damaged files that stood in the way, once all else is done
 */
export async function consolidateTable(
  context: TransactionContext,
  type: RecordType,
  series: readonly Series[],
  snapshot: Snapshot | undefined,
  options: ConsolidateOptions,
): Promise<ConsolidateReport> {
  const months = series.flatMap((it) => planConsolidation(it, liveFilesOf(snapshot, it), context.clock()))
  let [filesRemoved, filesAdded] = [0, 0]
  if (options.dryRun === true) return { months, filesRemoved, filesAdded }
  const damaged: CorruptFile[] = []
  for (const [index, batch] of batches(months).entries()) {
    throwIfAborted(options.signal)
    const first = batch[0] as MonthPlan
    const current = `${formatSeries(first.series)} ${first.name}`
    options.onProgress?.({ done: index * MONTHS_PER_COMMIT, total: months.length, current })
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
  return { months, filesRemoved, filesAdded }
}

function consolidateBatch(
  context: TransactionContext,
  type: RecordType,
  batch: readonly MonthPlan[],
): Promise<CommitResult> {
  const series = [...new Set(batch.map((it) => formatSeries(it.series)))].join(', ')
  return runTransaction(context, {
    type,
    operation: 'CONSOLIDATE',
    parameters: { series, months: batch.map((it) => it.name).join(' ') },
    operations: batch.map((it) => ({ kind: 'consolidate', series: it.series, month: it.month })),
    keepsRows: true,
  })
}

/** Neighbouring months of one series, a few at a time. */
function batches(months: readonly MonthPlan[]): readonly (readonly MonthPlan[])[] {
  const out: MonthPlan[][] = []
  for (const month of months) {
    const last = out.at(-1)
    const isFull = last === undefined || last.length === MONTHS_PER_COMMIT
    if (isFull || seriesKey((last[0] as MonthPlan).series) !== seriesKey(month.series)) out.push([month])
    else last.push(month)
  }
  return out
}

export function joinVerifyReports(reports: readonly VerifyReport[]): VerifyReport {
  return {
    ok: reports.every((it) => it.ok),
    files: reports.reduce((sum, it) => sum + it.files, 0),
    orphans: reports.reduce((sum, it) => sum + it.orphans, 0),
    problems: reports.flatMap((it) => it.problems),
    quarantined: reports.flatMap((it) => it.quarantined),
  }
}

export function joinConsolidateReports(reports: readonly ConsolidateReport[]): ConsolidateReport {
  return {
    months: reports.flatMap((it) => it.months),
    filesRemoved: reports.reduce((sum, it) => sum + it.filesRemoved, 0),
    filesAdded: reports.reduce((sum, it) => sum + it.filesAdded, 0),
  }
}
