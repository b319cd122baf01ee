import type { Storage } from '../storage/storage.js'
import type { Action } from './actions.js'
import { sealCommit } from './commit-seal.js'
import { commitPath, keptLogPath, keptLogs, logDirectory, stagedCommitPath, stagedLogDirectory } from './log-names.js'
import { serializeActions } from './serialize.js'

/**
 * Puts a log of one commit in the place of the one that is there, which is kept beside it. The new one is whole and
 * durable before anything is moved. A crash between the two moves leaves a table whose log is staged: it says so to
 * whoever opens it, and the rebuild can be run again.
 *
 * For a caller that holds the table's lock.
 *
 * @param stamp names where the old log is kept, unless one of a later name is there
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
  const kept = await newestKeptPath(storage, table, stamp)
  const hadOne = await storage.move(logDirectory(table), kept)
  await storage.move(stagedLogDirectory(table), logDirectory(table))
  return hadOne ? kept : undefined
}

/**
 * After all that are there, also when the clock was set back, or stood still: a rebuild that was interrupted goes on from
 * the log that was put aside last.
 */
async function newestKeptPath(storage: Storage, table: string, stamp: string): Promise<string> {
  const path = keptLogPath(table, stamp)
  const [newest] = await keptLogs(storage, table)
  return newest === undefined || newest < path ? path : `${newest}+`
}

/** Whether a rebuild was interrupted when the old log had been moved away, and the new one was not in its place. */
export async function isReplacing(storage: Storage, table: string): Promise<boolean> {
  return (await storage.exists(stagedCommitPath(table))) && !(await storage.exists(commitPath(table, 0)))
}
