import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Snapshot } from '../../src/delta/snapshot.js'
import { DeltaTable } from '../../src/delta/table.js'
import { LocalStorage } from '../../src/storage/local.js'
import type { Storage } from '../../src/storage/storage.js'
import { add, type LogFolder, logFolder, logPath, METADATA, protocol, remove } from './log-folder.js'

/** Commits 0 to `last`: each adds a file, and from 2 on each removes the one added two commits before. */
export async function sampleLog(last: number): Promise<LogFolder> {
  const log = await logFolder()
  for (let version = 0; version <= last; version++) writeSample(log, version)
  return log
}

export function writeSample(log: LogFolder, version: number): void {
  const tags = {
    coverage: `[{"start":"1704205800000000${String(version).padStart(3, '0')}"}]`,
    sha256: 'ab'.repeat(32),
  }
  log.write(
    version,
    { commitInfo: { timestamp: version, operation: 'WRITE', txnId: `${log.root} ${version}` } },
    ...(version === 0 ? [protocol(), METADATA] : []),
    add(`${version}.parquet`, { tags, stats: `{"numRecords":${version}}` }),
    ...(version < 2 ? [] : [remove(`${version - 2}.parquet`)]),
  )
}

export function checkpointFile(root: string, version: number): string {
  return logPath(root, version).replace(/json$/, 'checkpoint.parquet')
}

export function pointerFile(root: string): string {
  return join(root, 'bars/_delta_log/_last_checkpoint')
}

export function pointer(root: string): Record<string, unknown> {
  return JSON.parse(readFileSync(pointerFile(root), 'utf8')) as Record<string, unknown>
}

/** What a table says that has never seen a checkpoint: a copy of the log's JSON, replayed. */
export async function replayed(log: LogFolder, upTo: number): Promise<Snapshot | undefined> {
  const copy = await logFolder()
  for (let version = 0; version <= upTo; version++) {
    writeFileSync(logPath(copy.root, version), readFileSync(logPath(log.root, version)))
  }
  return copy.open().snapshot()
}

/** Takes the commits below a version away, as the cleaning of other engines does. */
export function cleanBelow(log: LogFolder, version: number): void {
  for (let it = 0; it < version; it++) rmSync(logPath(log.root, it))
}

export interface RecordedTable {
  readonly table: DeltaTable
  /** Every call of the storage since the last look, as `read bars/…`. */
  calls(): readonly string[]
}

/** A table that has seen nothing yet, on a storage that remembers what it was asked. */
export function recorded(log: LogFolder): RecordedTable {
  const seen: string[] = []
  const storage: Storage = new Proxy(new LocalStorage(log.root), {
    get(target, name: keyof Storage) {
      const member = target[name]
      if (typeof member !== 'function') return member
      return (...given: unknown[]) => {
        seen.push(`${name} ${String(given[0])}`)
        return Reflect.apply(member, target, given) as unknown
      }
    },
  })
  return { table: new DeltaTable(storage, 'bars'), calls: () => seen.splice(0) }
}
