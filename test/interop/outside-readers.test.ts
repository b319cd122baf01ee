import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { DataCatalog } from '../../src/catalog/catalog.js'
import { horizonOf } from '../../src/delta/horizon.js'
import { DeltaTable } from '../../src/delta/table.js'
import { TABLE_TYPES, type TableType } from '../../src/model/schema.js'
import { parseInstant } from '../../src/model/time.js'
import { LocalStorage } from '../../src/storage/local.js'
import { temporaryFolder, testCatalog } from '../support/catalog.js'
import { reportFigures } from '../support/figures.js'
import { randomOf } from '../support/random.js'
import { differences, expectedRows } from './comparison.js'
import { liveThrough } from './random-history.js'
import { type Answer, ask, type Question, READERS } from './witnesses.js'

/** Set by `npm run test:interop`, which has made an environment with the readers in it. */
const PYTHON = process.env['NTRADER_PYTHON'] ?? ''
const SEED = Number(process.env['NTRADER_SEED'] ?? 20_240_601)
const STEPS = 500
const VERSIONS_ASKED = 8

/** What a broken writer would have left, done to a copy that only the others read. */
const FAULTS: readonly { readonly name: string; readonly harm: (table: string) => void }[] = [
  {
    name: 'leaves removes out of the log',
    harm: (table) =>
      editLog(table, (text) =>
        text
          .split('\n')
          .filter((it) => !it.startsWith('{"remove"'))
          .join('\n'),
      ),
  },
  {
    name: 'does not escape the paths in the log',
    harm: (table) => editLog(table, (text) => text.replaceAll('%25', '%')),
  },
  {
    name: 'loses the data files',
    harm: (table) => {
      for (const it of readdirSync(table).filter((name) => name.startsWith('instrument_id=')))
        rmSync(join(table, it), { recursive: true })
    },
  },
]

describe.skipIf(PYTHON === '')('delta-rs and Polars', () => {
  test(`read, at the head and at earlier versions, exactly the rows that query returns (seed ${SEED})`, {
    timeout: 600_000,
  }, async () => {
    const { catalog, clock } = await testCatalog()
    await liveThrough(catalog, clock, STEPS, randomOf(SEED))
    const asked = await momentsOf(catalog)
    const questions = asked.flatMap(({ type, version, range }) =>
      READERS.map((reader) => ({ ...question(reader, join(catalog.root, type)), version, between: betweenOf(range) })),
    )
    const { readers, answers } = ask(PYTHON, await temporaryFolder(), questions)
    let rowsCompared = 0
    for (const [i, { type, version, range }] of asked.entries()) {
      const asOf = version === null ? {} : { asOf: `${type}@${version}` }
      const expected = await expectedRows(catalog, type, { ...asOf, ...range })
      for (const [r, reader] of READERS.entries()) {
        const answer = answers[i * READERS.length + r] as Answer
        expect(differences(type, expected, answer), `${reader}, ${type}@${version ?? 'head'}`).toEqual([])
        rowsCompared += expected.length
      }
    }
    const lived = await livedThrough(catalog)
    for (const [what, count] of Object.entries(lived)) expect(count, what).toBeGreaterThan(0)
    const read = { tablesRead: answers.length, rowsCompared, rowsThatDiffer: 0 }
    reportFigures('outside readers', { ...readers, seed: String(SEED), ...lived, ...read })
  })

  test.each(FAULTS)('disagree with a writer that $name', async ({ harm }) => {
    const { catalog, clock } = await testCatalog()
    await liveThrough(catalog, clock, 60, randomOf(SEED))
    const folder = await temporaryFolder()
    const table = join(folder, 'bars')
    cpSync(join(catalog.root, 'bars'), table, { recursive: true })
    harm(table)
    mkdirSync(join(folder, 'answers'))
    const questions = READERS.map((reader) => question(reader, table))
    const { answers } = ask(PYTHON, join(folder, 'answers'), questions)
    const expected = await expectedRows(catalog, 'bars')
    for (const answer of answers) expect(differences('bars', expected, answer)).not.toEqual([])
  })
})

interface Asked {
  readonly type: TableType
  readonly version: number | null
  readonly range?: { readonly start: bigint; readonly end: bigint }
}

/** Every table at its head, in whole and in part, and at some of the versions that vacuum has left. */
async function momentsOf(catalog: DataCatalog): Promise<readonly Asked[]> {
  const asked: Asked[] = []
  for (const type of TABLE_TYPES) {
    const newest = await new DeltaTable(new LocalStorage(catalog.root), type).snapshot()
    if (newest === undefined) continue
    asked.push({ type, version: null })
    if (type !== 'instruments') asked.push(...RANGES.map((range) => ({ type, version: null, range })))
    const first = horizonOf(newest.metadata)?.version ?? 0
    const stepping = Math.max(1, Math.floor((newest.version - first) / VERSIONS_ASKED))
    for (let version = first; version < newest.version; version += stepping) asked.push({ type, version })
  }
  const named = (await catalog.snapshots())[0]?.asOf ?? ''
  for (const [, type, version] of named.matchAll(/([a-z]+)@(\d+)/g))
    asked.push({ type: TABLE_TYPES.find((it) => it === type) ?? 'bars', version: Number(version) })
  return asked
}

/** Ends beside a stamp, where a statistic that lost a nanosecond would show. */
const RANGES = [
  { start: parseInstant('2023-12-28T00:00:00.000000001Z'), end: parseInstant('2024-01-04T00:00Z') },
  { start: parseInstant('2024-01-01T00:00Z'), end: parseInstant('2024-01-09T00:00:00.000000001Z') },
]

function betweenOf(range: Asked['range']): Question['between'] {
  return range === undefined ? null : [String(range.start), String(range.end)]
}

function question(reader: Question['reader'], table: string): Question {
  return { reader, table, version: null, between: null }
}

/** What the history holds that a reader may stumble over; each must be there. */
async function livedThrough(catalog: DataCatalog): Promise<Readonly<Record<string, number>>> {
  const history = await catalog.history()
  const count = (operation: string): number => history.filter((it) => it.operation === operation).length
  let [checkpoints, zeroRowFiles] = [0, 0]
  for (const type of TABLE_TYPES) {
    const storage = new LocalStorage(catalog.root)
    checkpoints += storage.list(`${type}/_delta_log`).filter((it) => it.endsWith('.checkpoint.parquet')).length
    const snapshot = await new DeltaTable(storage, type).snapshot()
    for (const { files } of snapshot?.partitions.values() ?? [])
      for (const file of files.values()) if (file.stats?.numRecords === 0) zeroRowFiles++
  }
  return {
    commits: history.length,
    deletions: count('DELETE'),
    consolidations: count('CONSOLIDATE'),
    quarantines: count('QUARANTINE'),
    restores: count('RESTORE'),
    vacuums: count('VACUUM'),
    checkpoints,
    zeroRowFilesAtTheHead: zeroRowFiles,
  }
}

/** Rewrites every commit; the checkpoints go, which would tell what was. */
function editLog(table: string, edit: (text: string) => string): void {
  const log = join(table, '_delta_log')
  for (const name of readdirSync(log)) {
    const path = join(log, name)
    if (/^\d{20}\.json$/.test(name)) writeFileSync(path, edit(readFileSync(path, 'utf8')))
    else rmSync(path)
  }
}
