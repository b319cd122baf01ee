import type { Snapshot } from '../../delta/snapshot.js'
import { throwIfAborted } from '../../model/abort.js'
import { CatalogCorruptionError, type CorruptFile } from '../../model/errors.js'
import type { TableType } from '../../model/schema.js'
import { formatSeries, type StoredSeries } from '../../model/series.js'
import type { SeriesChoice, StepProgress } from '../catalog-types.js'
import { corruptionError } from '../files/integrity.js'
import { liveFilesOf, seriesKey } from '../files/live-file.js'
import type { OpenCatalog } from '../open-catalog.js'
import { TICK_PART_ROWS_MAX } from '../write/tick-parts.js'
import { type CommitResult, runTransaction, type TransactionContext } from '../write/transaction.js'
import { type ConsolidationPlan, planConsolidation } from './consolidation-plan.js'

/** Periods, and rows unless one has more, consolidated in one commit: bounds how many rows are in memory at once. */
const PERIODS_PER_COMMIT = 6
const ROWS_PER_COMMIT = TICK_PART_ROWS_MAX

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

function joinConsolidateReports(reports: readonly ConsolidateReport[]): ConsolidateReport {
  return {
    periods: reports.flatMap((it) => it.periods),
    filesRemoved: reports.reduce((sum, it) => sum + it.filesRemoved, 0),
    filesAdded: reports.reduce((sum, it) => sum + it.filesAdded, 0),
  }
}
