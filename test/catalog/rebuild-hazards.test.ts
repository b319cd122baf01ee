import { copyFileSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { DeltaTable } from '../../src/delta/table.js'
import { CatalogCorruptionError } from '../../src/model/errors.js'
import { LocalStorage } from '../../src/storage/local.js'
import { logPath } from '../delta/log-folder.js'
import { AAPL, MSFT, minuteBars } from '../support/bars.js'
import type { TestCatalog } from '../support/catalog.js'
import { contentOf, LOG, rebuilt, world } from './rebuild-world.js'

describe('a log that was rebuilt before', () => {
  async function rebuiltWorld(): Promise<TestCatalog> {
    const it = await world()
    writeFileSync(logPath(it.root, 2), 'damaged')
    await rebuilt(it)
    it.clock.set('2024-06-02')
    return it
  }

  test('and lost the commit of that rebuild: no file is taken for one of a crashed writer', async () => {
    const it = await rebuiltWorld()
    const catalog = await it.another()
    // Versions begin at 0 again: they soon pass the write sequences of the files from before.
    for (const day of ['05', '06', '07', '08', '09', '10', '11']) {
      await catalog.write(MSFT, minuteBars(`2024-01-${day}T14:30Z`, 2))
    }
    const before = await contentOf(catalog)
    writeFileSync(logPath(it.root, 0), 'damaged')
    const { catalog: again } = await rebuilt(it)
    expect(await contentOf(again)).toEqual(before)
  })

  test('and is lost: the log that was kept says nothing of what came after', async () => {
    const it = await rebuiltWorld()
    const catalog = await it.another()
    await catalog.write(AAPL, minuteBars('2024-01-03T14:30Z', 30, 2))
    await catalog.vacuum({ retain: '0d' })
    const before = await contentOf(catalog)
    rmSync(join(it.root, LOG), { recursive: true })
    const { report, catalog: again } = await rebuilt(it)
    expect(report).toMatchObject({ log: 'lost', unreadable: [], missing: [] })
    expect(await contentOf(again)).toEqual(before)
  })
})

describe('what a rebuild has left out', () => {
  test('is kept by vacuum as long as what was replaced: with a backup of the commit the old log reads again', async () => {
    const it = await world()
    const before = await contentOf(it.catalog)
    const backup = readFileSync(logPath(it.root, 2))
    writeFileSync(logPath(it.root, 2), 'damaged')
    const { catalog, report } = await rebuilt(it)
    expect(report.leftOut).toHaveLength(1)
    it.clock.set('2024-06-07')
    expect(await catalog.vacuum({ retain: '7d' })).toMatchObject({ files: 0 })
    rmSync(join(it.root, LOG), { recursive: true })
    renameSync(join(it.root, report.keptLog ?? ''), join(it.root, LOG))
    writeFileSync(logPath(it.root, 2), backup)
    const old = await it.another()
    expect(await contentOf(old)).toEqual(before)
    expect((await old.query(AAPL, { asOf: 'bars@2' })).numRows).toBe(90)
  })

  test('goes after that', async () => {
    const it = await world()
    writeFileSync(logPath(it.root, 2), 'damaged')
    const { catalog } = await rebuilt(it)
    it.clock.set('2024-06-09')
    expect(await catalog.vacuum({ retain: '7d' })).toMatchObject({ files: 1, orphans: 0 })
  })
})

describe('a clock that was set back between two rebuilds', () => {
  test('does not put the older log before the newer: an interrupted rebuild goes on from the one put aside last', async () => {
    const it = await world()
    writeFileSync(logPath(it.root, 2), 'damaged')
    const { catalog } = await rebuilt(it)
    await catalog.deleteRange(AAPL, { start: '2024-01-02', end: '2024-01-03' })
    await catalog.write(MSFT, minuteBars('2024-01-09T14:30Z', 3))
    const before = await contentOf(catalog)
    writeFileSync(logPath(it.root, 2), 'damaged')
    it.clock.set('2024-05-31')
    await rebuilt(it)
    renameSync(join(it.root, LOG), join(it.root, `${LOG}.rebuilding`))
    const { catalog: again, report } = await rebuilt(it)
    expect(report.unreadable).toEqual([2])
    expect(await contentOf(again)).toEqual(before)
  })
})

describe('a damaged commit that a checkpoint covers', () => {
  test('stops history and vacuum; a rebuild gives exactly what the checkpoint says, deletions too', async () => {
    const it = await world()
    await it.catalog.deleteRange(AAPL, { start: '2024-01-02', end: '2024-01-03' })
    await it.catalog.write(MSFT, minuteBars('2024-01-05T14:30Z', 2))
    await new DeltaTable(new LocalStorage(it.root), 'bars').checkpoint()
    const before = await contentOf(it.catalog)
    writeFileSync(logPath(it.root, 5), 'damaged')
    const fresh = await it.another()
    expect(await contentOf(fresh)).toEqual(before)
    await expect(fresh.history()).rejects.toThrow(CatalogCorruptionError)
    const { report, catalog } = await rebuilt(it)
    expect(report).toMatchObject({ log: 'history-damaged', unreadable: [5], files: 4 })
    expect(await contentOf(catalog)).toEqual(before)
    expect(await catalog.history()).toHaveLength(1)
  })
})

describe('a stray log file of a huge version', () => {
  test.each(['00000000001000000000', '99999999999999999999'])(
    '%s is named, and a rebuild leaves it behind',
    async (name) => {
      const it = await world()
      const before = await contentOf(it.catalog)
      copyFileSync(logPath(it.root, 2), join(it.root, LOG, `${name}.json`))
      const { report, catalog } = await rebuilt(it)
      expect(report).toMatchObject({ log: 'damaged', unreadable: [Number(name)], files: 4 })
      expect(await contentOf(catalog)).toEqual(before)
    },
  )
})

describe('a damaged log', () => {
  test('is rebuilt once by two at once: the second finds a log that reads', async () => {
    const it = await world()
    writeFileSync(logPath(it.root, 2), 'damaged')
    const both = await Promise.allSettled([rebuilt(it), rebuilt(it)])
    expect(both.map((outcome) => outcome.status).sort()).toEqual(['fulfilled', 'rejected'])
    const kept = readdirSync(join(it.root, 'bars')).filter((name) => name.startsWith('_delta_log.kept-'))
    expect(kept).toHaveLength(1)
  })
})
