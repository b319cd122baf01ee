import { type Commit, partitionKey, type Snapshot } from '../../delta/snapshot.js'
import { type IntervalSet, intersect, normalize } from '../../model/interval.js'
import type { TableType } from '../../model/schema.js'
import { type Coverage, type Setting, sameSetting, settingsOf } from '../coverage/coverage.js'
import { wholeDays } from '../coverage/period.js'
import { extentOf, type LiveFile, liveFile } from '../files/live-file.js'

/** What a transaction read or writes of one series: the periods it took in, also those it found empty. */
export interface Footprint {
  readonly touched: IntervalSet
  /** The settings its own rows state. */
  readonly settings: readonly Setting[]
}

/**
 * Whether commits that came in between can be passed over: they must not touch an interval of a series that
 * the transaction read or writes, state another setting for such a series, or change the table itself. When in doubt
 * there is a conflict: it costs a second planning, never data.
 */
export function conflicts(
  type: TableType,
  base: Snapshot | undefined,
  newer: readonly Commit[],
  footprints: ReadonlyMap<string, Footprint>,
): boolean {
  const added = new Map<string, LiveFile>()
  for (const action of newer.flatMap((it) => it.actions)) {
    if (action.kind === 'protocol' || action.kind === 'metaData') return true
    if (action.kind !== 'add' && action.kind !== 'remove') continue
    const { path, partitionValues } = action.kind === 'add' ? action.add : action.remove
    // Other writers may leave them out of a remove: whose file it was is not worth finding out here.
    if (Object.keys(partitionValues).length === 0) return true
    const key = partitionKey(partitionValues)
    const footprint = footprints.get(key)
    if (action.kind === 'add') added.set(path, liveFile(type, action.add))
    if (footprint === undefined) continue
    const before = base?.partitions.get(key)?.files.get(path)
    const file = added.get(path) ?? (before && liveFile(type, before))
    if (file === undefined || touches(file, footprint)) return true
  }
  return false
}

function touches(file: LiveFile, { touched, settings }: Footprint): boolean {
  const extent = normalize(extentOf(file).map(wholeDays))
  return intersect(extent, touched).length > 0 || statesOther(file.coverage, settings)
}

function statesOther(coverage: Coverage, settings: readonly Setting[]): boolean {
  return settingsOf(coverage).some((it) => settings.some((own) => !sameSetting(it, own)))
}
