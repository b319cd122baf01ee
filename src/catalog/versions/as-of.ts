import { horizonOf } from '../../delta/horizon.js'
import type { Snapshot } from '../../delta/snapshot.js'
import type { DeltaTable } from '../../delta/table.js'
import { VersionExpiredError } from '../../model/errors.js'
import type { TableType } from '../../model/schema.js'
import { namedVersions } from './named-snapshots.js'
import { checkTableId, type TableVersion } from './version-token.js'

/**
 * A table as it was at a version that can still be read.
 *
 * @throws VersionExpiredError for a version of another table, of none, or one that vacuum has let go
 */
export async function snapshotAsOf(table: DeltaTable, type: TableType, wanted: TableVersion): Promise<Snapshot> {
  const snapshot = await table.snapshotAt(wanted.version)
  checkTableId(snapshot, wanted, type)
  const newest = await table.snapshot()
  if (newest !== undefined) refuseExpired(newest, type, wanted.version)
  return snapshot
}

/** @throws VersionExpiredError when the files of a version may be gone */
export function refuseExpired(newest: Snapshot, type: TableType, version: number): void {
  const horizon = horizonOf(newest.metadata)
  if (horizon === undefined || version >= horizon.version || [...namedVersions(newest).values()].includes(version))
    return
  throw new VersionExpiredError(
    `${type}@${version} can no longer be read: vacuum has taken its files, the oldest version kept is ${type}@${horizon.version}`,
    {
      steps: [
        `Read a version from ${type}@${horizon.version} on, or leave asOf out: ntrader data history`,
        'Give versions that must stay readable a name before vacuum runs: ntrader data snapshot NAME',
        'Or keep more of them: ntrader data vacuum --retain 30d',
      ],
    },
  )
}
