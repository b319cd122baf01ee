import type { Snapshot } from '../../delta/snapshot.js'
import type { DeltaTable } from '../../delta/table.js'
import type { Storage } from '../../storage/storage.js'
import { livePaths, pinnedFiles } from '../versions/named-snapshots.js'

/** `instrument_id=…/2024-01-02.<16 hex digits>.parquet`: how this program, and hardly anybody else, names a file. */
const DATA_FILE = /^instrument_id=[^/]+\/(?:bar_type=[^/]+\/)?\d{4}(?:-\d\d){0,2}\.[0-9a-f]{16}\.parquet$/

/**
 * Files below a table that no version of its log names: left by writers that crashed before their commit. They hold
 * nothing that was ever acknowledged.
 */
export async function orphansOf(
  storage: Storage,
  table: DeltaTable,
  snapshot: Snapshot | undefined,
): Promise<readonly string[]> {
  const named = new Set<string>(snapshot?.removed.keys())
  for (const path of snapshot === undefined ? [] : livePaths(snapshot)) named.add(path)
  // What a named snapshot needs may have left the log's tombstones when vacuum passed it by.
  for (const path of snapshot === undefined ? [] : await pinnedFiles(table, snapshot)) named.add(path)
  const files = await storage.listFiles(table.name)
  const paths = files.map((it) => it.path.slice(table.name.length + 1))
  return paths.filter((path) => isWritersFile(path) && !named.has(path))
}

/**
 * Whether a path below a table is one that a writer of this program gives a file. What else lies there and no commit
 * names, a user has put there: a copy, notes, an export. It is not ours to count, let alone to take.
 */
export function isWritersFile(path: string): boolean {
  return path.startsWith('_tmp/') || DATA_FILE.test(path)
}
