import type { DeltaTable } from '../delta/table.js'
import { CatalogCorruptionError, VersionExpiredError } from '../model/errors.js'
import { livePaths } from './named-snapshots.js'

/**
 * Whether a file could not be read because it is no longer part of the table: a commit has replaced it since the
 * snapshot was taken, and vacuum or quarantine took it away. Then nothing is damaged, and the newest snapshot has what
 * there is.
 */
export async function isOvertaken(table: DeltaTable, error: unknown): Promise<boolean> {
  if (!(error instanceof CatalogCorruptionError) || error.files.length === 0) return false
  const newest = await table.snapshot()
  const live = new Set(newest === undefined ? [] : livePaths(newest).map((it) => `${table.name}/${it}`))
  return error.files.some((it) => !live.has(it.file))
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
