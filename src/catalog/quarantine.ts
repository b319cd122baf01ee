import type { RemoveFile } from '../delta/actions.js'
import type { Snapshot } from '../delta/snapshot.js'
import { StorageError } from '../model/errors.js'
import { hull, toIso } from '../model/interval.js'
import type { TableType } from '../model/schema.js'
import { formatInstant, MS_NS } from '../model/time.js'
import type { Storage } from '../storage/storage.js'
import { coverageSet } from './coverage.js'
import { coverageFromText } from './coverage-text.js'

/**
 * Moves every file that a commit took out as damaged to `_quarantine/`, beside a JSON that says why, when, and which
 * interval was lost. The log is the truth, so this can be done at any time after the commit, by anyone, again and
 * again: a move that a crash interrupted is simply finished, and one that is done costs two looks.
 *
 * @returns the paths moved, below the catalog's root
 */
export async function moveToQuarantine(
  storage: Storage,
  type: TableType,
  snapshot: Snapshot,
): Promise<readonly string[]> {
  const moved: string[] = []
  for (const remove of snapshot.removed.values()) {
    if (remove.tags['reason'] === undefined) continue
    const path = `${type}/${remove.path}`
    const target = `${type}/_quarantine/${remove.path.slice(remove.path.lastIndexOf('/') + 1)}`
    if (!(await storage.exists(path)) && (await storage.exists(`${target}.json`))) continue
    await storage.putIfAbsent(`${target}.json`, new TextEncoder().encode(`${noteOf(remove, path)}\n`))
    if (await storage.move(path, target)) moved.push(path)
  }
  return moved
}

/** {@link moveToQuarantine} for callers that only came to look: read-only media are no error. */
export async function finishInterruptedMoves(storage: Storage, type: TableType, snapshot: Snapshot): Promise<void> {
  try {
    await moveToQuarantine(storage, type, snapshot)
  } catch (error) {
    if (!(error instanceof StorageError) || !['EROFS', 'EACCES', 'EPERM'].includes(error.errno)) throw error
  }
}

function noteOf(remove: RemoveFile, path: string): string {
  const coverage = coverageFromText(remove.tags['coverage'] ?? '[]', path)
  const span = hull(coverageSet(coverage))
  const note = {
    file: path,
    reason: remove.tags['reason'],
    quarantinedAt: formatInstant(BigInt(remove.deletionTimestampMs) * MS_NS),
    interval: span === undefined ? null : toIso(span),
    lost: coverageSet(coverage).map(toIso),
  }
  return JSON.stringify(note, undefined, 2)
}
