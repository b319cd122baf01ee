import { writeFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import type { SchemaElement } from 'hyparquet'
import { ByteWriter, ParquetWriter, parquetWriteBuffer } from 'hyparquet-writer'
import { describe, expect, test } from 'vitest'
import { CHECKPOINT_SCHEMA } from '../../src/delta/checkpoint-schema.js'
import { CatalogCorruptionError, UnsupportedFormatError } from '../../src/model/errors.js'
import { checkpointFile, cleanBelow, replayed, sampleLog } from './checkpoint-log.js'
import { type LogFolder, logPath, METADATA, VALUES } from './log-folder.js'

type Row = Readonly<Record<string, unknown>>
interface Checkpoint {
  readonly rows: readonly Row[]
  readonly schema?: readonly SchemaElement[]
  readonly codec?: 'GZIP' | 'UNCOMPRESSED'
  readonly rowGroupSize?: number
  readonly pageSize?: number
}

const PROTOCOL_ROW = { protocol: { minReaderVersion: 1, minWriterVersion: 2 } }
const METADATA_ROW = { metaData: { ...METADATA.metaData, createdTime: 7n } }
const file = (path: string, more: Row = {}): Row => ({
  path,
  partitionValues: VALUES,
  size: 1n,
  modificationTime: 2n,
  dataChange: false,
  ...more,
})
const ROWS = [
  PROTOCOL_ROW,
  { add: file('x', { tags: { t: 'x' } }) },
  METADATA_ROW,
  { add: file('y', { stats: '{"numRecords":1}' }) },
]

/** The schema, changed: `undefined` takes an element and what is below it away. */
function withSchema(change: (element: SchemaElement, path: string) => SchemaElement | undefined): SchemaElement[] {
  let at = 0
  const visit = (prefix: string, keep: boolean): SchemaElement[] => {
    const element = CHECKPOINT_SCHEMA[at++] as SchemaElement
    const path = prefix === '' ? element.name : `${prefix}.${element.name}`
    const changed = at === 1 ? element : change(element, path)
    const below = Array.from({ length: element.num_children ?? 0 }, () =>
      visit(at === 1 ? '' : path, keep && changed !== undefined),
    )
    if (!keep || changed === undefined) return []
    return [
      { ...changed, ...(element.num_children && { num_children: below.filter((it) => it.length > 0).length }) },
      ...below.flat(),
    ]
  }
  return visit('', true)
}

function encode({ rows, schema = CHECKPOINT_SCHEMA, codec, ...options }: Checkpoint): Uint8Array {
  const names = topLevel(schema)
  return new Uint8Array(
    parquetWriteBuffer({
      schema: [...schema],
      columnData: names.map((name) => ({ name, data: rows.map((it) => it[name]) })),
      compressors: { GZIP: (bytes) => gzipSync(bytes) },
      ...(codec && { codec }),
      ...options,
    }),
  )
}

function topLevel(schema: readonly SchemaElement[]): readonly string[] {
  const names: string[] = []
  const skip = (at: number): number => {
    let next = at + 1
    for (let i = 0; i < (schema[at]?.num_children ?? 0); i++) next = skip(next)
    return next
  }
  for (let at = 1; at < schema.length; at = skip(at)) names.push(schema[at]?.name ?? '')
  return names
}

/** A log of four commits with a checkpoint of version 3 that another engine wrote. */
async function withForeign(checkpoint: Checkpoint): Promise<LogFolder> {
  const log = await sampleLog(3)
  writeFileSync(checkpointFile(log.root, 3), encode(checkpoint))
  return log
}

async function livePaths(log: LogFolder): Promise<readonly string[]> {
  const snapshot = await log.open().snapshot()
  return [...(snapshot?.partitions.values() ?? [])].flatMap((it) => [...it.files.keys()])
}

const V2_SCHEMA: readonly SchemaElement[] = [
  ...withSchema((element) => element).map((it, index) => (index === 0 ? { ...it, num_children: 6 } : it)),
  { name: 'sidecar', repetition_type: 'OPTIONAL', num_children: 1 },
  { name: 'path', type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'OPTIONAL' },
]

const READABLE: readonly (readonly [string, Checkpoint])[] = [
  ['with all columns', { rows: ROWS }],
  ['without compression', { rows: ROWS, codec: 'UNCOMPRESSED' }],
  ['in many row groups', { rows: ROWS, rowGroupSize: 1 }],
  [
    'in many pages',
    { rows: [...ROWS, ...Array.from({ length: 50 }, (_, i) => ({ remove: file(`r${i}`) }))], pageSize: 8 },
  ],
  [
    'without txn and remove',
    { rows: ROWS, schema: withSchema((it, path) => (/^(?:txn|remove)$/.test(path) ? undefined : it)) },
  ],
  [
    'without tags and statistics',
    { rows: ROWS, schema: withSchema((it, path) => (/\.(?:tags|stats)$/.test(path) ? undefined : it)) },
  ],
  [
    'with maps whose entries have another name',
    { rows: ROWS, schema: withSchema((it) => (it.name === 'key_value' ? { ...it, name: 'entries' } : it)) },
  ],
  [
    'with required fields',
    {
      rows: ROWS,
      schema: withSchema((it, path) =>
        /^add\.(?:path|size)$/.test(path) ? { ...it, repetition_type: 'REQUIRED' } : it,
      ),
    },
  ],
  ['that has a column for sidecars, unused', { rows: ROWS, schema: V2_SCHEMA }],
]

describe('a checkpoint of another engine', () => {
  test.each(READABLE)('%s is passed over while the log is whole', async (_what, checkpoint) => {
    const log = await withForeign(checkpoint)
    expect(await log.open().snapshot()).toEqual(await replayed(log, 3))
  })

  test.each(READABLE)('%s serves when the log is cleaned', async (_what, checkpoint) => {
    const log = await withForeign(checkpoint)
    cleanBelow(log, 3)
    expect(await livePaths(log)).toEqual(['x', 'y'])
  })

  test('is replaced by one of ours, which keeps the tags', async () => {
    const log = await withForeign({ rows: ROWS })
    const expected = await replayed(log, 3)
    expect(await log.open().checkpoint()).toBe(true)
    cleanBelow(log, 3)
    expect(await log.open().snapshot()).toEqual(expected)
  })

  test('gives tags, statistics, removed files, properties', async () => {
    const log = await withForeign({ rows: [...ROWS, { remove: file('r', { deletionTimestamp: 9n }) }] })
    cleanBelow(log, 3)
    const snapshot = await log.open().snapshot()
    const files = [...(snapshot?.partitions.values() ?? [])][0]?.files
    expect(files?.get('x')).toMatchObject({ tags: { t: 'x' }, sizeBytes: 1, modificationTimeMs: 2, stats: undefined })
    expect(files?.get('y')).toMatchObject({ tags: {}, stats: { numRecords: 1 } })
    expect(snapshot?.removed.get('r')).toMatchObject({ deletionTimestampMs: 9, sizeBytes: 1, tags: {} })
    expect(snapshot?.metadata).toMatchObject({ createdTimeMs: 7, partitionColumns: ['instrument_id', 'bar_type'] })
  })
})

const FOREIGN_KINDS: readonly (readonly [string, Checkpoint])[] = [
  ['compressed with a codec that is not read here', { rows: ROWS, codec: 'GZIP' }],
  [
    'of V2, whose files stand elsewhere',
    { rows: [PROTOCOL_ROW, METADATA_ROW, { sidecar: { path: 'p' } }], schema: V2_SCHEMA },
  ],
  ['of a table of a newer kind', { rows: [{ protocol: { minReaderVersion: 3, minWriterVersion: 7 } }, METADATA_ROW] }],
  ['that names a file outside', { rows: [...ROWS, { add: file('../z') }] }],
]
const BROKEN: readonly (readonly [string, Checkpoint])[] = [
  ['without protocol', { rows: [METADATA_ROW, { add: file('x') }] }],
  ['without a schema', { rows: [PROTOCOL_ROW, { add: file('x') }] }],
  ['with two schemas', { rows: [...ROWS, METADATA_ROW] }],
  ['with a file twice', { rows: [...ROWS, { add: file('x') }] }],
  ['with a file both live and removed', { rows: [...ROWS, { remove: file('x') }] }],
  ['with a file without path', { rows: [...ROWS, { add: { size: 1n } }] }],
  ['with a file without partition values', { rows: [...ROWS, { add: { path: 'z', size: 1n } }] }],
  ['with a size that is no number', { rows: [...ROWS, { add: file('z', { size: 2n ** 60n }) }] }],
  [
    'whose maps hold numbers',
    {
      rows: [PROTOCOL_ROW, METADATA_ROW, { add: file('x', { partitionValues: { instrument_id: 1n } }) }],
      schema: withSchema((it) =>
        it.name === 'value' ? { name: 'value', type: 'INT64', repetition_type: 'OPTIONAL' } : it,
      ),
    },
  ],
]

describe('what is no classic checkpoint of one file', () => {
  test.each([...FOREIGN_KINDS, ...BROKEN])('%s: the log is read', async (_what, checkpoint) => {
    const log = await withForeign(checkpoint)
    expect(await log.open().snapshot()).toEqual(await replayed(log, 3))
  })

  test.each(FOREIGN_KINDS)(
    '%s, and the log is cleaned: not read here, which is no damage',
    async (_what, checkpoint) => {
      const log = await withForeign(checkpoint)
      cleanBelow(log, 3)
      await expect(log.open().snapshot()).rejects.toThrow(UnsupportedFormatError)
    },
  )

  test.each(BROKEN)('%s, and the log is cleaned: damage', async (_what, checkpoint) => {
    const log = await withForeign(checkpoint)
    cleanBelow(log, 3)
    await expect(log.open().snapshot()).rejects.toThrow(CatalogCorruptionError)
  })

  test.each([10n ** 9n, 10n ** 15n])('whose footer promises %i rows: refused before any is made', async (numRows) => {
    const log = await sampleLog(3)
    const writer = new ByteWriter()
    const file = new ParquetWriter({ writer, schema: [...CHECKPOINT_SCHEMA] })
    file.write({
      columnData: topLevel(CHECKPOINT_SCHEMA).map((name) => ({ name, data: ROWS.map((it: Row) => it[name]) })),
    })
    file.num_rows = numRows
    for (const group of file.row_groups) group.num_rows = numRows
    file.finish()
    writeFileSync(checkpointFile(log.root, 3), writer.getBytes())
    cleanBelow(log, 3)
    const refusal = await log
      .open()
      .snapshot()
      .catch((error: unknown) => error)
    expect(refusal).toBeInstanceOf(CatalogCorruptionError)
    expect(refusal).toMatchObject({ cause: { message: expect.stringContaining('number of rows cannot be right') } })
  })

  test.each([
    'checkpoint.0000000001.0000000002.parquet',
    'checkpoint.80a083e8-7026-4e79-81be-64bd76c43a11.json',
    'checkpoint.80a083e8-7026-4e79-81be-64bd76c43a11.parquet',
  ])('a file named %s is left alone', async (name) => {
    const log = await sampleLog(3)
    writeFileSync(logPath(log.root, 3).replace('json', name), 'anything')
    const expected = await replayed(log, 3)
    expect(await log.open().snapshot()).toEqual(expected)
    cleanBelow(log, 3)
    await expect(log.open().snapshot()).rejects.toThrow(UnsupportedFormatError)
    await expect(log.open().snapshot()).rejects.toThrow(/bars begins at version 3/)
    expect((await log.open().commitsAfter(-1)).map((it) => it.version)).toEqual([3])
  })
})
