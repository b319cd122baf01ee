import { existsSync, readFileSync } from 'node:fs'
import fc from 'fast-check'
import { parquetMetadata } from 'hyparquet'
import { describe, expect, test } from 'vitest'
import type { Action, AddFile, RemoveFile } from '../../src/delta/actions.js'
import { serializeActions } from '../../src/delta/serialize.js'
import { checkpointFile, cleanBelow, replayed } from './checkpoint-log.js'
import { add, type LogFolder, logFolder, METADATA, protocol, remove, unsealed } from './log-folder.js'

/** The state read from the checkpoint of the newest version alone. */
async function throughCheckpoint(log: LogFolder, version: number) {
  expect(await log.open().checkpoint()).toBe(true)
  cleanBelow(log, version)
  return log.open().snapshot()
}

describe('a checkpoint gives back what the log says', () => {
  test.each([
    ['nanoseconds of 19 digits', add('a', { stats: STATS })],
    ['statistics of ts_event only', add('a', { stats: STATS.replaceAll(/"ts_init":\d+,/g, '') })],
    ['the statistics of a file without rows', add('a', { stats: '{"numRecords":0}' })],
    ['no statistics, no tags', add('a')],
    ['no tags and an empty tag', add('a', { tags: { empty: '' } })],
    ['a path whose directories are encoded twice', add('instrument_id=EUR%252FUSD/%C3%A9%20%3D%2525.parquet')],
    [
      'letters beyond ASCII',
      add('a', { tags: { 'ключ\u{1f511}': 'ценá \u0000 "\\ 日本' }, partitionValues: { b: '¥' } }),
    ],
    ['no partition values', add('a', { partitionValues: {} })],
    ['a partition value that is null', add('a', { partitionValues: { bar_type: null } })],
    ['a size of 2^53 − 1', add('a', { size: Number.MAX_SAFE_INTEGER, modificationTime: -1 })],
    ['rows that did not change', add('a', { dataChange: false })],
    [
      'a removed file with a reason',
      remove('a', { partitionValues: {}, size: 7, tags: { reason: 'sha256', coverage: '[]' } }),
    ],
    ['a removed file that says no more than its path', remove('a', {})],
  ])('%s', async (_what, action) => {
    const log = await logFolder()
    log.write(0, protocol(), METADATA)
    log.write(1, action, add('other.parquet'))
    const expected = await replayed(log, 1)
    expect(await throughCheckpoint(log, 1)).toEqual(expected)
  })

  test("a table's properties, and its schema with every letter", async () => {
    const log = await logFolder()
    const configuration = { 'ntrader.snapshot.é': '12', 'delta.appendOnly': '', '': 'no name' }
    const metaData = {
      ...METADATA.metaData,
      configuration,
      createdTime: 1732147200000,
      schemaString: '{"fields":["€\\n"]}',
    }
    log.write(0, protocol(1, 1), { metaData })
    const snapshot = await throughCheckpoint(log, 0)
    const { schemaString, id, partitionColumns } = metaData
    expect(snapshot?.metadata).toEqual({
      id,
      schemaString,
      partitionColumns,
      configuration,
      createdTimeMs: 1732147200000,
    })
    expect(snapshot?.protocol).toEqual({ minReaderVersion: 1, minWriterVersion: 1 })
  })

  test('property: any table', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(change(), { maxLength: 6 }), { maxLength: 4 }), async (commits) => {
        const log = await logFolder()
        log.write(0, protocol(), METADATA)
        for (const [index, actions] of commits.entries()) {
          const padding = { kind: 'commitInfo', commitInfo: COMMIT_INFO } as const
          log.write(index + 1, unsealed(serializeActions([padding, ...actions])))
        }
        const expected = await replayed(log, commits.length)
        expect(await throughCheckpoint(log, commits.length)).toEqual(expected)
      }),
      { numRuns: 60 },
    )
  })

  test('the order of partitions and of their files', async () => {
    const log = await logFolder()
    const of = (path: string, instrument_id: string) => add(path, { partitionValues: { instrument_id } })
    log.write(0, protocol(), METADATA, of('z', 'B'), of('a', 'A'), of('y', 'B'))
    const expected = await replayed(log, 0)
    const snapshot = await throughCheckpoint(log, 0)
    expect([...(snapshot?.partitions.keys() ?? [])]).toEqual([...(expected?.partitions.keys() ?? [])])
    expect([...(snapshot?.partitions.values() ?? [])].map((it) => [...it.files.keys()])).toEqual([['z', 'y'], ['a']])
  })
})

describe('what a checkpoint cannot tell is left to the log, and reading goes on', () => {
  test.each([
    ['half a surrogate pair in a tag', [add('a', { tags: { half: '\ud83d' } })]],
    ['half a surrogate pair in a path', [add('a\ud83d')]],
    ['one file in two partitions, and removed', [add('a'), add('a', { partitionValues: { other: '' } }), remove('a')]],
  ])('%s', async (_what, actions) => {
    const log = await logFolder()
    log.write(0, protocol(), METADATA, ...actions)
    const before = await log.open().snapshot()
    expect(await log.open().checkpoint()).toBe(false)
    expect(existsSync(checkpointFile(log.root, 0))).toBe(false)
    expect(await log.open().snapshot()).toEqual(before)
  })
})

describe('the file', () => {
  test('has the columns of the protocol, as Parquet spells them', async () => {
    const log = await logFolder()
    log.write(0, protocol(), METADATA)
    await log.open().checkpoint()
    const { schema } = parquetMetadata(readFileSync(checkpointFile(log.root, 0)))
    const lines: string[] = []
    let at = 0
    const visit = (depth: number): void => {
      const { name, type, converted_type, repetition_type = '', num_children = 0 } = schema[at++] ?? { name: '?' }
      lines.push(`${'  '.repeat(depth)}${name} ${converted_type ?? type ?? ''} ${repetition_type}`.trimEnd())
      for (let i = 0; i < num_children; i++) visit(depth + 1)
    }
    visit(0)
    const map = (name: string) => [
      `${name} MAP OPTIONAL`,
      '  key_value  REPEATED',
      '    key UTF8 REQUIRED',
      '    value UTF8 OPTIONAL',
    ]
    const inner = (...names: string[]) => names.map((it) => `    ${it}`)
    expect(lines).toEqual([
      'spark_schema',
      '  txn  OPTIONAL',
      ...inner('appId UTF8 OPTIONAL', 'version INT64 OPTIONAL', 'lastUpdated INT64 OPTIONAL'),
      '  add  OPTIONAL',
      ...inner(
        'path UTF8 OPTIONAL',
        ...map('partitionValues'),
        'size INT64 OPTIONAL',
        'modificationTime INT64 OPTIONAL',
      ),
      ...inner('dataChange BOOLEAN OPTIONAL', ...map('tags'), 'stats UTF8 OPTIONAL'),
      '  remove  OPTIONAL',
      ...inner('path UTF8 OPTIONAL', 'deletionTimestamp INT64 OPTIONAL', 'dataChange BOOLEAN OPTIONAL'),
      ...inner(
        'extendedFileMetadata BOOLEAN OPTIONAL',
        ...map('partitionValues'),
        'size INT64 OPTIONAL',
        ...map('tags'),
      ),
      '  metaData  OPTIONAL',
      ...inner('id UTF8 OPTIONAL', 'name UTF8 OPTIONAL', 'description UTF8 OPTIONAL'),
      ...inner('format  OPTIONAL', '  provider UTF8 OPTIONAL', ...map('options').map((it) => `  ${it}`)),
      ...inner(
        'schemaString UTF8 OPTIONAL',
        'partitionColumns LIST OPTIONAL',
        '  list  REPEATED',
        '    element UTF8 OPTIONAL',
      ),
      ...inner(...map('configuration'), 'createdTime INT64 OPTIONAL'),
      '  protocol  OPTIONAL',
      ...inner('minReaderVersion INT32 OPTIONAL', 'minWriterVersion INT32 OPTIONAL'),
    ])
  })
})

const STATS =
  '{"numRecords":2,"minValues":{"ts_event":1704205800000000601,"ts_init":1704205860000000601,"timestamp":"2024-01-02T14:30:00.000Z"},' +
  '"maxValues":{"ts_event":1704205800000000602,"ts_init":1704205860000000602,"timestamp":"2024-01-02T14:30:00.001Z"},' +
  '"nullCount":{"ts_event":0,"ts_init":0,"timestamp":0}}'

const COMMIT_INFO = { timestampMs: 0, operation: 'WRITE', operationParameters: {}, engineInfo: '', txnId: '' }

function change(): fc.Arbitrary<Action> {
  const anyText = fc.string({ unit: 'grapheme' })
  const anyTexts = fc.dictionary(anyText, anyText, { maxKeys: 3, noNullPrototype: true })
  const anyCount = fc.maxSafeNat()
  const anyNs = fc.bigInt({ min: -(2n ** 62n), max: 2n ** 62n })
  const anyRange = fc.option(fc.record({ minNs: anyNs, maxNs: anyNs }), { nil: undefined })
  // Few names, so that files are removed, and added again. A path is in one partition only.
  const path = fc.constantFrom('a', 'b/%41', 'ü/c=d', 'e f', 'g%2Fh')
  const file = { path, sizeBytes: anyCount, dataChange: fc.boolean(), tags: anyTexts }
  const placed = <F extends { readonly path: string }>(it: F) => ({
    ...it,
    partitionValues: { p: it.path.slice(0, 1) },
  })
  const stats = fc.option(fc.record({ numRecords: anyCount, tsEvent: anyRange, tsInit: anyRange }), { nil: undefined })
  const anyAdd: fc.Arbitrary<AddFile> = fc.record({ ...file, modificationTimeMs: anyCount, stats }).map(placed)
  const anyRemove: fc.Arbitrary<RemoveFile> = fc.record({ ...file, deletionTimestampMs: anyCount }).map(placed)
  return fc.oneof(
    anyAdd.map((it): Action => ({ kind: 'add', add: it })),
    anyRemove.map((it): Action => ({ kind: 'remove', remove: it })),
  )
}
