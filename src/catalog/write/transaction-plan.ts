import type { Snapshot } from '../../delta/snapshot.js'
import type { StoredSeries } from '../../model/series.js'
import { type LiveFile, liveFilesOf, seriesKey } from '../files/live-file.js'
import { loadRows } from '../files/load-rows.js'
import { refuseExpired } from '../versions/as-of.js'
import { restoreInterval } from '../versions/restore-plan.js'
import { applyOperation } from './apply.js'
import type { NewFile, RemovedFile } from './bucket.js'
import { SeriesEdit } from './series-edit.js'
import type { CommitRequest, TransactionContext } from './transaction.js'

/** What a transaction would change, planned on one snapshot. */
export interface TransactionPlan {
  readonly edits: readonly SeriesEdit[]
  readonly removed: readonly RemovedFile[]
  /** Files of an earlier version that become live again as they are. */
  readonly readded: readonly LiveFile[]
  readonly written: readonly { readonly series: StoredSeries; readonly file: NewFile }[]
}

/**
 * Applies the operations of a transaction to a snapshot, in memory. Files are decoded only where rows have to be put
 * together anew.
 *
 * @throws what the operations throw; VersionExpiredError for a restore of a version that can no longer be read
 */
export async function planTransaction(
  context: TransactionContext,
  { type, operations }: CommitRequest,
  base: Snapshot | undefined,
): Promise<TransactionPlan> {
  const { storage, table } = context
  const edits = new Map<string, SeriesEdit>()
  for (const operation of typeof operations === 'function' ? operations(base) : operations) {
    const { series } = operation
    const key = seriesKey(series)
    const load = (file: LiveFile): ReturnType<typeof loadRows> => loadRows(storage, series, file)
    const edit = edits.get(key) ?? new SeriesEdit(series, liveFilesOf(base, series), load)
    edits.set(key, edit)
    if (operation.kind === 'restore') {
      if (base !== undefined) refuseExpired(base, type, operation.version)
      const past = liveFilesOf(await table.snapshotAt(operation.version), series)
      await restoreInterval(edit, operation.interval, past, storage)
    } else {
      await applyOperation(edit, operation)
    }
  }
  const all = [...edits.values()]
  const changes = await Promise.all(all.map(async (edit) => ({ series: edit.series, ...(await edit.finish()) })))
  return {
    edits: all,
    removed: changes.flatMap((it) => it.removed),
    readded: changes.flatMap((it) => it.readded),
    written: changes.flatMap(({ series, written }) => written.map((file) => ({ series, file }))),
  }
}

export function isEmptyPlan({ removed, readded, written }: TransactionPlan): boolean {
  return removed.length + readded.length + written.length === 0
}

/** Rows after the commit, minus before. */
export function rowsAddedBy({ removed, readded, written }: TransactionPlan): number {
  const rowsBefore = removed.reduce((sum, it) => sum + it.file.numRows, 0)
  const rowsAfter = written.reduce((sum, it) => sum + it.file.frame.numRows, 0)
  return readded.reduce((sum, it) => sum + it.numRows, rowsAfter) - rowsBefore
}
