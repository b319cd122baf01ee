import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DeltaTable } from '../../src/delta/table.js'
import { LocalStorage } from '../../src/storage/local.js'
import { temporaryFolder } from '../support/catalog.js'

/** The log of a `bars` table that a test writes line by line, as another engine would. */
export interface LogFolder {
  readonly root: string
  write(version: number, ...lines: readonly (object | string)[]): void
  /** A table object that has seen nothing yet. */
  open(): DeltaTable
}

export async function logFolder(): Promise<LogFolder> {
  const root = await temporaryFolder()
  mkdirSync(join(root, 'bars/_delta_log'), { recursive: true })
  return {
    root,
    write: (version, ...lines) => {
      const text = lines.map((it) => (typeof it === 'string' ? it : JSON.stringify(it))).join('\n')
      writeFileSync(logPath(root, version), `${text}\n`)
    },
    open: () => new DeltaTable(new LocalStorage(root), 'bars'),
  }
}

export function logPath(root: string, version: number): string {
  return join(root, 'bars/_delta_log', `${String(version).padStart(20, '0')}.json`)
}

/** The lines of one log file of a table, parsed. */
export function readLog(root: string, version: number): readonly Record<string, Record<string, unknown>>[] {
  return readFileSync(logPath(root, version), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, Record<string, unknown>>)
}

/** A log text of this program as another engine would have written it: without the seal that an edit would break. */
export function unsealed(text: string): string {
  return text.replace(/"sha256":"[0-9a-f]{64}",("timestamp")/, '$1').replace(',"sealed":"sha256"}}', '}}')
}

export function logNames(root: string): readonly string[] {
  return readdirSync(join(root, 'bars/_delta_log')).sort()
}

export const VALUES = { instrument_id: 'AAPL.NASDAQ', bar_type: '1-MINUTE-LAST-EXTERNAL' }

export function protocol(reader = 1, writer = 2): object {
  return { protocol: { minReaderVersion: reader, minWriterVersion: writer } }
}

export const METADATA = {
  metaData: {
    id: '7f0e36a0-0000-4000-8000-000000000000',
    format: { provider: 'parquet', options: {} },
    schemaString: '{"type":"struct","fields":[]}',
    partitionColumns: ['instrument_id', 'bar_type'],
    configuration: {},
  },
}

export function add(path: string, more: object = {}): object {
  return { add: { path, partitionValues: VALUES, size: 1, modificationTime: 0, dataChange: true, ...more } }
}

export function remove(path: string, more: object = { partitionValues: VALUES }): object {
  return { remove: { path, deletionTimestamp: 0, dataChange: true, ...more } }
}
