import type { Storage } from '../storage/storage.js'
import type { Action } from './actions.js'
import { sealCommit } from './commit-seal.js'
import { commitPath, keptLogPath, logDirectory, stagedCommitPath, stagedLogDirectory } from './log-names.js'
import { serializeActions } from './serialize.js'

/**
 * Puts a log of one commit in the place of the one that is there, which is kept beside it. The new one is whole and
 * durable before anything is moved. A crash between the two moves leaves a table whose log is staged: it says so to
 * whoever opens it, and the rebuild can be run again.
 *
 * For a caller that holds the table's lock.
 *
 * @param stamp names where the old log is kept
 * @returns where the old log is; `undefined` when there was none
 * @throws StorageError
 */
export async function replaceLog(
  storage: Storage,
  table: string,
  actions: readonly Action[],
  stamp: string,
): Promise<string | undefined> {
  const bytes = sealCommit(serializeActions(actions), { table, version: 0 })
  await storage.replace(stagedCommitPath(table), bytes)
  const kept = keptLogPath(table, stamp)
  const hadOne = await storage.move(logDirectory(table), kept)
  await storage.move(stagedLogDirectory(table), logDirectory(table))
  return hadOne ? kept : undefined
}

/** Whether a rebuild was interrupted when the old log had been moved away, and the new one was not in its place. */
export async function isReplacing(storage: Storage, table: string): Promise<boolean> {
  return (await storage.exists(stagedCommitPath(table))) && !(await storage.exists(commitPath(table, 0)))
}
