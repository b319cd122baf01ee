import type { Snapshot } from '../../delta/snapshot.js'
import { DataNotFoundError, InvalidRequestError } from '../../model/errors.js'
import type { Interval } from '../../model/interval.js'
import type { TableType } from '../../model/schema.js'
import { distinctSeries, formatSeries, parseSeries, type SeriesInput, type StoredSeries } from '../../model/series.js'
import { MAX_NS, MIN_NS } from '../../model/time.js'
import type { AsOfOption, CommitOptions, WriteReport } from '../catalog-types.js'
import { seriesIn, seriesKey } from '../files/live-file.js'
import type { OpenCatalog } from '../open-catalog.js'
import { parseRange, type RangeInput } from '../range.js'
import type { RestoreOperation } from '../write/operations.js'
import { runTransaction } from '../write/transaction.js'
import { stampsIn } from '../write/transaction-draft.js'
import { snapshotAsOf } from './as-of.js'

export interface RestoreOptions extends Partial<RangeInput>, Required<AsOfOption>, CommitOptions {
  /** Needed to restore a whole table. */
  readonly all?: boolean
  /** Counts what would change; changes nothing. */
  readonly dryRun?: boolean
}

/** What a restore changed, or in a dry run would change. */
export type RestoreReport = Omit<WriteReport, 'rows' | 'collapsed'>

/** Takes in also what a file without statistics may hold. */
const EVERYTHING: Interval = { startNs: MIN_NS, endNs: MAX_NS + 1n }

/**
 * Commits what a series, a range of it, or a whole table was at an earlier version. The versions in between stay
 * readable: a restore can itself be undone.
 *
 * @throws DataNotFoundError when there was no such series then
 * @throws VersionExpiredError, CatalogCorruptionError naming the files that are no longer there, SettingsConflictError
 */
export async function restore(
  open: OpenCatalog,
  target: SeriesInput | TableType,
  options: RestoreOptions,
): Promise<RestoreReport> {
  const type = typeof target === 'string' ? target : parseSeries(target).type
  const wanted = await open.tables.versionIn(type, options.asOf)
  if (wanted === undefined) throw notThen(type, options.asOf)
  const context = open.context(type, options)
  const { table } = context
  const then = seriesIn(type, await snapshotAsOf(table, type, wanted))
  const { version } = wanted
  const steps = (chosen: readonly StoredSeries[], interval: Interval): readonly RestoreOperation[] =>
    chosen.map((series) => ({ kind: 'restore', series, interval, version }))
  if (typeof target === 'string') refuseUnlessAll(options)
  // A series that another writer begins meanwhile is part of the table, too.
  const operations =
    typeof target === 'string'
      ? (base: Snapshot | undefined) => steps(distinctSeries([...then, ...seriesIn(type, base)]), EVERYTHING)
      : seriesSteps(target, then, options, steps)
  const { version: committed, ...counts } = await runTransaction(context, {
    type,
    operation: 'RESTORE',
    parameters: { series: describe(target), version: `${type}@${version}` },
    operations,
    dryRun: options.dryRun === true,
  })
  await open.tables.look()
  return { committed: committed !== undefined, asOf: open.tables.version(), ...counts }
}

function seriesSteps(
  target: SeriesInput,
  then: readonly StoredSeries[],
  options: RestoreOptions,
  steps: (chosen: readonly StoredSeries[], interval: Interval) => readonly RestoreOperation[],
): readonly RestoreOperation[] {
  const series = parseSeries(target)
  if (!then.some((it) => seriesKey(it) === seriesKey(series))) throw notThen(formatSeries(series), options.asOf)
  const { start, end } = options
  if (start === undefined && end === undefined) return steps([series], EVERYTHING)
  const interval = stampsIn(series, parseRange({ start: start ?? MIN_NS, end: end ?? MAX_NS }))
  return interval === undefined ? [] : steps([series], interval)
}

/** @throws InvalidRequestError: a mistyped call must not turn everything back */
function refuseUnlessAll({ all, start, end }: RestoreOptions): void {
  if (all === true && start === undefined && end === undefined) return
  throw new InvalidRequestError('a whole table is restored only when asked for in so many words', {
    steps: ['Add all: true (and no range), or name one series to restore.'],
  })
}

function describe(target: SeriesInput | TableType): string {
  return typeof target === 'string' ? `all ${target}` : formatSeries(parseSeries(target))
}

function notThen(what: string, asOf: string): DataNotFoundError {
  return new DataNotFoundError(`there was nothing of ${what} at ${asOf}`, {
    steps: ['Choose a later version: ntrader data history', 'To take the data out, delete it: ntrader data delete'],
  })
}
