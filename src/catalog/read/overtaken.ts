import type { Snapshot } from '../../delta/snapshot.js'
import type { DeltaTable } from '../../delta/table.js'
import { CatalogCorruptionError, VersionExpiredError } from '../../model/errors.js'
import { livePaths } from '../versions/named-snapshots.js'

/**
 * Whether a file could not be read because it is no longer part of the table: a commit has replaced it since the
 * snapshot was taken, and vacuum or quarantine took it away. Then nothing is damaged, and the newest snapshot has what
 * there is.
 *
 * @param base the snapshot, where files of earlier ones may have been read too, which no newer one gives back
 */
export async function isOvertaken(table: DeltaTable, error: unknown, base?: Snapshot): Promise<boolean> {
  if (!(error instanceof CatalogCorruptionError) || error.files.length === 0) return false
  const live = new Set(storedPaths(table, await table.snapshot()))
  const gone = error.files.filter((it) => !live.has(it.file))
  if (base === undefined || gone.length === 0) return gone.length > 0
  const before = new Set(storedPaths(table, base))
  return gone.some((it) => before.has(it.file))
}

function storedPaths({ name }: DeltaTable, snapshot: Snapshot | undefined): readonly string[] {
  return snapshot === undefined ? [] : livePaths(snapshot).map((path) => `${name}/${path}`)
}

/** A stream had begun on a state whose files vacuum has taken since. */
export function streamedStateGone(cause: unknown): VersionExpiredError {
  return new VersionExpiredError('the state that was being streamed has been taken by vacuum', {
    steps: [
      'Start the stream again: it will read the newest state.',
      'Let vacuum retain states for longer than a stream takes, or name the state first: catalog.snapshot(name).',
    ],
    cause,
  })
}
