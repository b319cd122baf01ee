import { cpSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { DataCatalog } from '../../src/catalog/catalog.js'
import { AbortedError, CatalogCorruptionError, InvalidRequestError } from '../../src/model/errors.js'
import { logNames, logPath } from '../delta/log-folder.js'
import { AAPL, MSFT, minuteBars } from '../support/bars.js'
import { contentOf, LOG, QUOTES, rebuilt, world } from './rebuild-world.js'

const LOSSES: readonly (readonly [string, (root: string) => void, 'lost' | 'damaged'])[] = [
  ['is gone', (root) => rmSync(join(root, LOG), { recursive: true }), 'lost'],
  ['is an empty directory', (root) => readdirSync(join(root, LOG)).map((it) => rmSync(join(root, LOG, it))), 'lost'],
  ['has its first commit damaged', (root) => writeFileSync(logPath(root, 0), 'not json'), 'damaged'],
  ['has a commit in the middle damaged', (root) => writeFileSync(logPath(root, 2), ''), 'damaged'],
  ['has its last commit damaged', (root) => writeFileSync(logPath(root, 4), '{"commitInfo":'), 'damaged'],
  ['has a hole', (root) => rmSync(logPath(root, 1)), 'damaged'],
  [
    'has a directory in the place of a commit',
    (root) => {
      rmSync(logPath(root, 3))
      mkdirSync(logPath(root, 3))
    },
    'damaged',
  ],
]

describe('a rebuild', () => {
  test.each(LOSSES)('of a log that %s gives back rows and coverage, and verifies clean', async (_what, lose, log) => {
    const it = await world()
    const before = await contentOf(it.catalog)
    lose(it.root)
    const { catalog, report } = await rebuilt(it)
    expect(report).toMatchObject({ type: 'bars', log, files: 4, damaged: [], missing: [], unknown: [], cut: [] })
    expect(report.leftOut.map((left) => left.why)).toEqual([log === 'lost' ? 'superseded' : expect.any(String)])
    expect(await contentOf(catalog)).toEqual(before)
    const fresh = await it.another()
    expect(await contentOf(fresh)).toEqual(before)
    expect(await fresh.verify()).toMatchObject({ ok: true, files: 4, orphans: 0 })
  })

  test('is another table: a version token of before is refused, and not answered wrongly', async () => {
    const it = await world()
    const token = it.catalog.version()
    rmSync(join(it.root, LOG), { recursive: true })
    const { catalog } = await rebuilt(it)
    expect(catalog.version()).not.toBe(token)
    await expect(catalog.query(AAPL, { asOf: token })).rejects.toMatchObject({ code: 'VERSION_EXPIRED' })
  })

  test('keeps the old log beside the new one, whole', async () => {
    const it = await world()
    writeFileSync(logPath(it.root, 2), 'damaged')
    const names = logNames(it.root)
    const { report } = await rebuilt(it)
    expect(report.keptLog).toMatch(/^bars\/_delta_log\.kept-2024-06-01T00-00-00Z$/)
    expect(readdirSync(join(it.root, report.keptLog ?? '')).sort()).toEqual(names)
    expect(report.unreadable).toEqual([2])
  })

  test('in a dry run says what it would do, and changes nothing', async () => {
    const it = await world()
    rmSync(logPath(it.root, 1))
    const before = readdirSync(it.root, { recursive: true }).sort()
    const { report } = await rebuilt(it, { dryRun: true })
    expect(report).toMatchObject({ log: 'damaged', files: 4 })
    expect(readdirSync(it.root, { recursive: true }).sort()).toEqual(before)
  })

  test('leaves sound tables alone, and refuses one that is named', async () => {
    const it = await world()
    await it.catalog.write(QUOTES, [{ ts_event: 1_704_205_800_000_000_000n, bid_price: 1, ask_price: 2 }])
    await expect(it.catalog.repair({ rebuild: true })).rejects.toThrow(InvalidRequestError)
    await expect(it.catalog.repair({ rebuild: true, type: 'quotes' })).rejects.toThrow(InvalidRequestError)
    await expect(it.catalog.repair({ rebuild: true, type: 'trades', evenIfSound: true })).rejects.toThrow(
      InvalidRequestError,
    )
    writeFileSync(logPath(it.root, 0), '')
    const { catalog } = await rebuilt(it)
    expect((await catalog.history()).map((entry) => [entry.type, entry.operation])).toEqual([
      ['bars', 'REBUILD'],
      ['quotes', 'WRITE'],
    ])
  })

  test('of a sound log, when asked for in so many words, gives exactly what it said', async () => {
    const it = await world()
    await it.catalog.deleteRange(AAPL, { start: '2024-01-02', end: '2024-01-03' })
    await it.catalog.snapshot('named')
    const before = await contentOf(it.catalog)
    const { catalog, report } = await rebuilt(it, { type: 'bars', evenIfSound: true })
    expect(await contentOf(catalog)).toEqual(before)
    expect(report.leftOut.map((left) => left.why)).toEqual(['removed', 'removed'])
    expect(report.lostNames).toEqual(['named'])
    // The object that had it open plans its next write on the new log.
    await it.catalog.write(MSFT, minuteBars('2024-01-05T14:30Z', 5))
    expect((await (await it.another()).query(MSFT)).numRows).toBe(10)
  })
})

describe('other work meanwhile', () => {
  test('a commit that came while the files were read is not lost', async () => {
    const it = await world()
    const elsewhere = `${it.root}-copy`
    cpSync(it.root, elsewhere, { recursive: true })
    await (await DataCatalog.open(elsewhere, { clock: it.clock })).write(MSFT, minuteBars('2024-01-05T14:30Z', 5))
    let looks = 0
    const onProgress = () => {
      if (looks++ === 0) cpSync(elsewhere, it.root, { recursive: true })
    }
    const { catalog, report } = await rebuilt(it, { type: 'bars', evenIfSound: true, onProgress })
    expect((await catalog.query(MSFT)).numRows).toBe(10)
    expect(report.files).toBe(5)
  })

  test('is let in between two files: the lock stays alive, and a signal ends the work', async () => {
    const it = await world()
    const stop = new AbortController()
    const names = logNames(it.root)
    const onProgress = () => setImmediate(() => stop.abort())
    const options = { type: 'bars', evenIfSound: true, signal: stop.signal, onProgress }
    await expect(rebuilt(it, options)).rejects.toThrow(AbortedError)
    expect(logNames(it.root)).toEqual(names)
  })

  test('another table that is damaged too does not keep the named one from being rebuilt', async () => {
    const it = await world()
    await it.catalog.write(QUOTES, [{ ts_event: 1_704_205_800_000_000_000n, bid_price: 1, ask_price: 2 }])
    writeFileSync(logPath(it.root, 2), 'damaged')
    writeFileSync(join(it.root, 'quotes/_delta_log/00000000000000000000.json'), 'damaged')
    for (const dryRun of [true, false]) {
      expect((await rebuilt(it, { type: 'bars', dryRun })).report).toMatchObject({ type: 'bars', files: 4 })
    }
    expect((await rebuilt(it, { type: 'quotes' })).report).toMatchObject({ type: 'quotes', files: 1 })
    expect((await (await it.another()).query(AAPL)).numRows).toBe(90)
  })
})

describe('what was deleted', () => {
  test('from a day stays deleted: the newer file of the day speaks for all of it', async () => {
    const it = await world()
    await it.catalog.deleteRange(AAPL, { start: '2024-01-02T14:40Z', end: '2024-01-02T14:50Z' })
    const before = await contentOf(it.catalog)
    rmSync(join(it.root, LOG), { recursive: true })
    expect(await contentOf((await rebuilt(it)).catalog)).toEqual(before)
  })

  test('as a whole day stays deleted where its commit reads, and comes back where it does not', async () => {
    for (const [isReadable, rows] of [
      [true, 60],
      [false, 90],
    ] as const) {
      const it = await world()
      await it.catalog.deleteRange(AAPL, { start: '2024-01-02', end: '2024-01-03' })
      writeFileSync(logPath(it.root, isReadable ? 0 : 5), 'damaged')
      expect((await (await rebuilt(it)).catalog.query(AAPL)).numRows).toBe(rows)
    }
  })
})

describe('a rebuild that was interrupted', () => {
  test('between the two moves says so to whoever opens, takes no write, and can be run again', async () => {
    const it = await world()
    const before = await contentOf(it.catalog)
    writeFileSync(logPath(it.root, 2), 'damaged')
    const { report } = await rebuilt(it)
    renameSync(join(it.root, LOG), join(it.root, `${LOG}.rebuilding`))
    await expect(it.another()).rejects.toThrow(CatalogCorruptionError)
    const open = await DataCatalog.openDamaged(it.root)
    await expect(open.write(AAPL, minuteBars('2024-01-05T14:30Z', 1))).rejects.toThrow('was interrupted')
    const again = await rebuilt(it)
    expect(again.report.unreadable).toEqual(report.unreadable)
    expect(await contentOf(again.catalog)).toEqual(before)
    expect(existsSync(join(it.root, `${LOG}.rebuilding`))).toBe(false)
  })

  test('before the first move left the old log, and what it had prepared does not disturb', async () => {
    const it = await world()
    mkdirSync(join(it.root, `${LOG}.rebuilding`))
    writeFileSync(join(it.root, `${LOG}.rebuilding/00000000000000000000.json`), 'half')
    expect((await (await it.another()).query(AAPL)).numRows).toBe(90)
    writeFileSync(logPath(it.root, 2), 'damaged')
    expect((await (await rebuilt(it)).catalog.query(AAPL)).numRows).toBe(90)
  })
})
