import { describe, expect, test } from 'vitest'
import type { Setting } from '../../src/catalog/coverage/coverage.js'
import { coverageToText } from '../../src/catalog/coverage/coverage-text.js'
import { conflicts } from '../../src/catalog/write/conflict.js'
import type { Action } from '../../src/delta/actions.js'
import { partitionKey, replay } from '../../src/delta/snapshot.js'
import { parseInstant } from '../../src/model/time.js'
import { VALUES } from '../delta/log-folder.js'
import { AAPL, MSFT, minuteBars, stamps } from '../support/bars.js'
import { testCatalog } from '../support/catalog.js'

const OTHER_VALUES = { ...VALUES, instrument_id: 'MSFT.NASDAQ' }

function added(path: string, date: string, { values = VALUES, setting = {} as Setting } = {}): Action {
  const startNs = parseInstant(date)
  const coverage = coverageToText([{ startNs, endNs: startNs + 1n, state: 'data', provenance: { setting } }])
  const stats = { numRecords: 0, tsEvent: undefined, tsInit: undefined }
  const add = { path, partitionValues: values, sizeBytes: 1, modificationTimeMs: 0, dataChange: true, stats }
  return { kind: 'add', add: { ...add, tags: { coverage } } }
}

function removed(path: string, partitionValues: Record<string, string> = VALUES): Action {
  return {
    kind: 'remove',
    remove: { path, partitionValues, sizeBytes: 1, deletionTimestampMs: 0, dataChange: true, tags: {} },
  }
}

const TABLE: readonly Action[] = [
  { kind: 'protocol', protocol: { minReaderVersion: 1, minWriterVersion: 2 } },
  {
    kind: 'metaData',
    metaData: { id: 'x', schemaString: '{}', partitionColumns: [], configuration: {}, createdTimeMs: 0 },
  },
]
const BASE = replay(
  undefined,
  [{ version: 0, actions: [...TABLE, added('a', '2024-01-02'), added('z', '2024-01-09')] }],
  'bars',
)

/** A transaction that read or writes 2 January of AAPL; does the commit that came first get in its way? */
function conflictsWith(actions: readonly Action[], settings: readonly Setting[] = []): boolean {
  const day = { startNs: parseInstant('2024-01-02'), endNs: parseInstant('2024-01-03') }
  return conflicts(
    'bars',
    BASE,
    [{ version: 1, actions }],
    new Map([[partitionKey(VALUES), { touched: [day], settings }]]),
  )
}

describe('whether a newer commit can be passed over', () => {
  test.each<[string, readonly Action[], boolean]>([
    ['another day of the series', [added('b', '2024-01-03')], false],
    ['the same day of another series', [added('b', '2024-01-02', { values: OTHER_VALUES })], false],
    ['the same day', [added('b', '2024-01-02T23:59:59.999999999Z')], true],
    ['a file of the day goes', [removed('a')], true],
    ['a file of another day goes', [removed('z')], false],
    ['a file comes and goes between', [added('b', '2024-01-03'), removed('b')], false],
    ['a file nobody has heard of goes', [removed('?')], true],
    ['another writer removes without partition values', [removed('a', {})], true],
    ['the schema changes', [TABLE[1] as Action], true],
    ['the protocol changes', [TABLE[0] as Action], true],
    ['nothing but a note', [], false],
  ])('%s', (_what, actions, expected) => {
    expect(conflictsWith(actions)).toBe(expected)
  })

  test('another setting, stated anywhere in the series, is a conflict: a series holds one', () => {
    const elsewhere = added('b', '2024-03-01', { setting: { useRTH: true } })
    expect(conflictsWith([elsewhere], [{ useRTH: false }])).toBe(true)
    expect(conflictsWith([elsewhere], [{ useRTH: true }])).toBe(false)
  })
})

describe('writers without a lock', () => {
  test('ten of them at once, some on the same day: every acknowledged row is there', async () => {
    const { catalog, another } = await testCatalog({ lock: false })
    const writers = await Promise.all(Array.from({ length: 10 }, () => another()))
    const starts = writers.map((_, i) => `2024-01-0${2 + (i % 3)}T${10 + i}:00:00Z`)
    await Promise.all(writers.map((it, i) => it.write(i % 2 === 0 ? AAPL : MSFT, minuteBars(starts[i] as string, 1))))
    const rows = async (series: typeof AAPL | typeof MSFT) => stamps(await catalog.query(series))
    expect([...(await rows(AAPL)), ...(await rows(MSFT))].sort()).toEqual([...starts].sort())
    expect(await catalog.history()).toHaveLength(10)
  })

  test('two that consolidate the same month at once: it is done once', async () => {
    const { catalog, another } = await testCatalog({ lock: false })
    for (const date of ['2024-01-02', '2024-01-03']) await catalog.write(AAPL, minuteBars(`${date}T10:00Z`, 3))
    const [one, other] = [await another(), await another()]
    const reports = await Promise.all([one.consolidate(), other.consolidate()])
    expect(reports.map((it) => it.filesAdded).sort()).toEqual([0, 1])
    expect(await catalog.history()).toHaveLength(3)
    expect((await catalog.query(AAPL)).numRows).toBe(6)
  })
})
