import { rmSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import type { Snapshot } from '../../src/delta/snapshot.js'
import { CatalogCorruptionError, UnsupportedFormatError, VersionExpiredError } from '../../src/model/errors.js'
import { add, logFolder, logPath, METADATA, protocol, remove } from './log-folder.js'

const FIRST = [protocol(), METADATA, add('a.parquet'), add('b.parquet')] as const

function live(snapshot: Snapshot | undefined): readonly string[] {
  return [...(snapshot?.partitions.values() ?? [])].flatMap((it) => [...it.files.keys()])
}

describe('a Delta table', () => {
  test('the newest state is what replaying the log gives, and any older one stays readable', async () => {
    const log = await logFolder()
    log.write(0, ...FIRST)
    log.write(1, remove('a.parquet'), add('c.parquet'))
    const table = log.open()
    expect(live(await table.snapshot())).toEqual(['b.parquet', 'c.parquet'])
    expect(live(await table.snapshotAt(0))).toEqual(['a.parquet', 'b.parquet'])
    await expect(table.snapshotAt(2)).rejects.toThrow(VersionExpiredError)
  })

  test('without a log there is no table', async () => {
    const log = await logFolder()
    expect(await log.open().snapshot()).toBeUndefined()
  })

  test('a remove of another writer, without partition values, removes all the same', async () => {
    const log = await logFolder()
    log.write(0, ...FIRST)
    log.write(1, remove('a.parquet', {}))
    expect(live(await log.open().snapshot())).toEqual(['b.parquet'])
  })

  test('a file that was removed and added again is live and not removed', async () => {
    const log = await logFolder()
    log.write(0, ...FIRST)
    log.write(1, remove('a.parquet'))
    log.write(2, add('a.parquet'))
    const snapshot = await log.open().snapshot()
    expect(live(snapshot)).toContain('a.parquet')
    expect([...(snapshot?.removed.keys() ?? [])]).toEqual([])
  })

  test('a version that is missing between others is named', async () => {
    const log = await logFolder()
    for (const version of [0, 1, 2, 3]) log.write(version, ...(version === 0 ? FIRST : [add(`${version}.parquet`)]))
    rmSync(logPath(log.root, 2))
    await expect(log.open().snapshot()).rejects.toThrow(CatalogCorruptionError)
    await expect(log.open().snapshot()).rejects.toThrow(/bars has no version 2/)
  })

  test('a lost first version is damage, not an empty catalog', async () => {
    const log = await logFolder()
    log.write(0, ...FIRST)
    log.write(1, add('c.parquet'))
    log.write(2, add('d.parquet'))
    rmSync(logPath(log.root, 0))
    await expect(log.open().snapshot()).rejects.toThrow(/bars has no version 0/)
  })

  test.each([[[METADATA, add('a.parquet')]], [[protocol(), add('a.parquet')]]])(
    'a first version without protocol or schema is damage',
    async (lines) => {
      const log = await logFolder()
      log.write(0, ...lines)
      await expect(log.open().snapshot()).rejects.toThrow(CatalogCorruptionError)
    },
  )

  test.each([
    [2, 2],
    [3, 7],
    [1, 3],
  ])('a table that needs reader %i and writer %i is of a newer kind, not damaged', async (reader, writer) => {
    const log = await logFolder()
    log.write(0, protocol(reader, writer), METADATA, add('a.parquet'))
    await expect(log.open().snapshot()).rejects.toThrow(UnsupportedFormatError)
  })

  test.each([
    ['protocol', protocol(3, 7)],
    ['format', { metaData: { ...METADATA.metaData, configuration: { 'ntrader.format': '2' } } }],
  ])('an upgrade of the %s that comes while the table is open is noticed', async (_what, upgrade) => {
    const log = await logFolder()
    log.write(0, ...FIRST)
    const table = log.open()
    await table.snapshot()
    log.write(1, upgrade)
    await expect(table.snapshot()).rejects.toThrow(UnsupportedFormatError)
  })

  test('many readers of one table object see a commit that comes between them, none a hole', async () => {
    const log = await logFolder()
    log.write(0, ...FIRST)
    const table = log.open()
    await table.snapshot()
    for (let version = 1; version <= 5; version++) {
      log.write(version, add(`${version}.parquet`))
      const snapshots = await Promise.all(Array.from({ length: 20 }, () => table.snapshot()))
      expect(snapshots.map((it) => it?.version)).toEqual(Array.from({ length: 20 }, () => version))
      expect(table.seen?.version).toBe(version)
    }
  })

  test('of two commits of one version the first stands, whole', async () => {
    const log = await logFolder()
    log.write(0, ...FIRST)
    const [one, other] = [log.open(), log.open()]
    const action = (path: string) =>
      ({
        kind: 'remove',
        remove: { path, partitionValues: {}, sizeBytes: 1, deletionTimestampMs: 0, dataChange: true, tags: {} },
      }) as const
    expect(await one.commit(1, [action('a.parquet')])).toBe(true)
    expect(await other.commit(1, [action('b.parquet')])).toBe(false)
    expect(live(await other.snapshot())).toEqual(['b.parquet'])
  })
})
