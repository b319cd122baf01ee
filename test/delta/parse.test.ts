import { describe, expect, test } from 'vitest'
import { parseActions } from '../../src/delta/parse.js'
import { CatalogCorruptionError, UnsupportedFormatError } from '../../src/model/errors.js'
import { add, remove } from './log-folder.js'

const parse = (...lines: readonly (object | string)[]) =>
  parseActions(lines.map((it) => (typeof it === 'string' ? it : JSON.stringify(it))).join('\n'), 'bars/0.json')

describe('reading a log file', () => {
  test('unknown actions and unknown fields are passed over, as the protocol asks', () => {
    const actions = parse(
      { txn: { appId: 'a', version: 1 } },
      { domainMetadata: { domain: 'd', configuration: '' } },
      add('a.parquet', { baseRowId: 7, clusteringProvider: 'x' }),
    )
    expect(actions.map((it) => it.kind)).toEqual(['add'])
  })

  test('a commit of nothing but unknown actions is a commit', () => {
    expect(parse({ txn: { appId: 'a', version: 1 } })).toEqual([])
  })

  test.each([
    ['nothing at all', ''],
    ['half a line', '{"add":{"path":"a'],
    ['a number', '7'],
    ['an add without a path', '{"add":{"partitionValues":{},"size":1}}'],
    ['an add without partition values', '{"add":{"path":"a","size":1}}'],
    ['an add without a size', '{"add":{"path":"a","partitionValues":{}}}'],
    ['statistics that are no JSON', '{"add":{"path":"a","partitionValues":{},"size":1,"stats":"{"}}'],
    ['a path that is no URI', '{"add":{"path":"a%ZZ","partitionValues":{},"size":1}}'],
  ])('%s is damage, named by file', (_what, text) => {
    expect(() => parse(text)).toThrow(CatalogCorruptionError)
    expect(() => parse(text)).toThrow(/bars\/0\.json/)
  })

  test.each([
    '../outside.parquet',
    'a/../../outside.parquet',
    '%2E%2E/outside.parquet',
    'a/%2e%2e%2foutside.parquet',
    '/etc/passwd',
    '%2Fetc/passwd',
    'file:///etc/passwd',
    's3://bucket/a.parquet',
    'C:\\a.parquet',
    'a%5C..%5Cb.parquet',
    'a//b.parquet',
    './a.parquet',
    'a%00.parquet',
    '',
  ])('the path %j, which is not inside the table, is refused in add and in remove', (path) => {
    expect(() => parse(add(path))).toThrow(UnsupportedFormatError)
    expect(() => parse(remove(path))).toThrow(UnsupportedFormatError)
  })

  test('a path is a URI: what is decoded once names the file', () => {
    const [action] = parse(add('instrument_id=ES%2520Z4.CME/2024-01-02.parquet'))
    expect(action).toMatchObject({ add: { path: 'instrument_id=ES%20Z4.CME/2024-01-02.parquet' } })
  })

  test('statistics of other engines: exact nanoseconds beside prices of 17 digits', () => {
    const stats =
      '{"numRecords":2,"minValues":{"ts_event":1704205800000000601,"ts_init":0,"low":0.30000000000000004},' +
      '"maxValues":{"ts_event":1704205800000000602,"ts_init":1,"low":0.30000000000000004}}'
    const [action] = parse(add('a.parquet', { stats }))
    expect(action).toMatchObject({
      add: {
        stats: {
          numRecords: 2,
          tsEvent: { minNs: 1_704_205_800_000_000_601n, maxNs: 1_704_205_800_000_000_602n },
          tsInit: { minNs: 0n, maxNs: 1n },
        },
      },
    })
  })
})
