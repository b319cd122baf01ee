import type { Storage } from '../storage/storage.js'

const VERSION_DIGITS = 20
const COMMIT = /^\d{20}\.json$/
const CHECKPOINT = /^\d{20}\.checkpoint\.parquet$/
/** In several parts (`N.checkpoint.0000000001.0000000003.parquet`), or of V2 (`N.checkpoint.<uuid>.json`). */
const OTHER_CHECKPOINT = /^\d{20}\.checkpoint\..+\.(?:parquet|json)$/

/** What lies in the log's directory, by version. */
export interface LogListing {
  /** Ascending. */
  readonly commits: readonly number[]
  /** Checkpoints in one file of the classic name, newest first. */
  readonly checkpoints: readonly number[]
  /** Checkpoints of the kinds that only other engines write. */
  readonly otherCheckpoints: readonly number[]
}

export function readLogNames(names: readonly string[]): LogListing {
  const commits: number[] = []
  const checkpoints: number[] = []
  const otherCheckpoints: number[] = []
  for (const name of names) {
    const kind = COMMIT.test(name) ? commits : CHECKPOINT.test(name) ? checkpoints : otherCheckpoints
    if (kind !== otherCheckpoints || OTHER_CHECKPOINT.test(name)) kind.push(Number(name.slice(0, VERSION_DIGITS)))
  }
  return {
    commits: commits.sort((a, b) => a - b),
    checkpoints: checkpoints.sort((a, b) => b - a),
    otherCheckpoints,
  }
}

/** Whether every commit from the first to the newest is there, so that replaying them gives the table. */
export function isWhole({ commits }: LogListing): boolean {
  return commits.length > 0 && commits.every((version, index) => version === index)
}

/** Whether a table has a log. What else lies in its directory (a pointer, a stray file) tells nothing of it. */
export async function hasLogFiles(storage: Pick<Storage, 'exists' | 'list'>, table: string): Promise<boolean> {
  // One look for nearly every log: listing 20,000 commits takes 20 ms, and each catalog that opens comes here.
  if (await storage.exists(commitPath(table, 0))) return true
  const names = await storage.list(logDirectory(table))
  return names.some((it) => COMMIT.test(it) || CHECKPOINT.test(it) || OTHER_CHECKPOINT.test(it))
}

export function logDirectory(table: string): string {
  return `${table}/_delta_log`
}

/** Where a rebuild prepares a new log. */
export function stagedLogDirectory(table: string): string {
  return `${logDirectory(table)}.rebuilding`
}

/** The one commit of a log that is being prepared. */
export function stagedCommitPath(table: string): string {
  return `${stagedLogDirectory(table)}/${digits(0)}.json`
}

/** Where a rebuild keeps the log that it has replaced. */
export function keptLogPath(table: string, stamp: string): string {
  return `${logDirectory(table)}${KEPT}${stamp}`
}

const KEPT = '.kept-'

/** Logs that rebuilds have replaced, the newest first. */
export async function keptLogs(storage: Pick<Storage, 'list'>, table: string): Promise<readonly string[]> {
  const names = await storage.list(table)
  return names
    .map((it) => `${table}/${it}`)
    .filter((it) => it.startsWith(keptLogPath(table, '')))
    .sort()
    .reverse()
}

export function commitPath(table: string, version: number): string {
  return `${logDirectory(table)}/${digits(version)}.json`
}

export function checkpointPath(table: string, version: number): string {
  return `${logDirectory(table)}/${digits(version)}.checkpoint.parquet`
}

export function lastCheckpointPath(table: string): string {
  return `${logDirectory(table)}/_last_checkpoint`
}

function digits(version: number): string {
  return String(version).padStart(VERSION_DIGITS, '0')
}
