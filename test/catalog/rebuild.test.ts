import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { DataCatalog } from '../../src/catalog/catalog.js'
import type { RebuildReport } from '../../src/catalog/rebuild/rebuild.js'
import type { Action } from '../../src/delta/actions.js'
import { DeltaTable } from '../../src/delta/table.js'
import {
  AbortedError,
  CatalogCorruptionError,
  InvalidRequestError,
  UnsupportedFormatError,
} from '../../src/model/errors.js'
import { sameRows } from '../../src/model/frame-edit.js'
import { LocalStorage } from '../../src/storage/local.js'
import { sha256 } from '../../src/storage/sha256.js'
import { logNames, logPath } from '../delta/log-folder.js'
import { AAPL, MSFT, minuteBars, states } from '../support/bars.js'
import { type TestCatalog, testCatalog } from '../support/catalog.js'

const QUOTES = { type: 'quotes', instrument: 'AAPL.NASDAQ' } as const
const LOG = 'bars/_delta_log'

/** Three days of AAPL, one of which was written twice, and one of MSFT. Versions 0 to 4. */
async function world(): Promise<TestCatalog> {
  const it = await testCatalog()
  for (const day of ['02', '03', '04']) {
    const coverage = { start: `2024-01-${day}`, end: `2024-01-0${Number(day) + 1}` }
    await it.catalog.write(AAPL, minuteBars(`2024-01-${day}T14:30Z`, 30), { coverage })
  }
  await it.catalog.write(AAPL, minuteBars('2024-01-03T14:30Z', 30, 1))
  await it.catalog.write(MSFT, minuteBars('2024-01-02T14:30Z', 5))
  return it
}

/** What a catalog holds, to be held again. */
async function contentOf(catalog: DataCatalog): Promise<unknown> {
  const series = [AAPL, MSFT]
  const rows = await Promise.all(series.map(async (it) => [...(await catalog.query(it))]))
  const coverage = await Promise.all(series.map(async (it) => states(await catalog.coverage(it))))
  return { rows, coverage }
}

async function rebuilt(it: TestCatalog, options = {}): Promise<{ catalog: DataCatalog; report: RebuildReport }> {
  const catalog = await DataCatalog.openDamaged(it.root, { clock: it.clock })
  const { rebuilt: reports } = await catalog.repair({ rebuild: true, ...options })
  return { catalog, report: reports?.[0] as RebuildReport }
}

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

describe('files', () => {
  test('of a consolidated month take the place of its days, and days written after a deletion that of the month', async () => {
    const it = await world()
    await it.catalog.consolidate()
    const before = await contentOf(it.catalog)
    rmSync(join(it.root, LOG), { recursive: true })
    const { catalog, report } = await rebuilt(it)
    expect(await contentOf(catalog)).toEqual(before)
    expect(report.files).toBe(2)
    await catalog.deleteRange(AAPL, { start: '2024-01-01', end: '2024-02-01' })
    await catalog.write(AAPL, minuteBars('2024-01-03T14:30Z', 3))
    const after = await contentOf(catalog)
    rmSync(join(it.root, LOG), { recursive: true })
    expect(await contentOf((await rebuilt(it)).catalog)).toEqual(after)
  })

  test('written after a rebuild are newer than those before it, also for the next rebuild', async () => {
    const it = await world()
    rmSync(join(it.root, LOG), { recursive: true })
    const { catalog } = await rebuilt(it)
    await catalog.write(AAPL, minuteBars('2024-01-03T14:30Z', 30, 7))
    const before = await contentOf(catalog)
    rmSync(join(it.root, LOG), { recursive: true })
    const names = readdirSync(join(it.root, 'bars')).filter((name) => name.startsWith('_delta_log'))
    for (const name of names) rmSync(join(it.root, 'bars', name), { recursive: true })
    expect(await contentOf((await rebuilt(it)).catalog)).toEqual(before)
  })

  test('that cover days without rows come back, as the newest of each month says', async () => {
    const it = await world()
    await it.catalog.write(AAPL, [], { mode: 'replace', coverage: { start: '2024-01-06', end: '2024-01-08' } })
    await it.catalog.write(AAPL, minuteBars('2024-01-07T14:30Z', 3), {
      coverage: { start: '2024-01-07', end: '2024-01-08' },
    })
    const before = await contentOf(it.catalog)
    rmSync(join(it.root, LOG), { recursive: true })
    expect(await contentOf((await rebuilt(it)).catalog)).toEqual(before)
  })

  test('that are damaged go to quarantine, and their interval is missing', async () => {
    const it = await world()
    const [file = { path: '' }] = await it.catalog.files(AAPL)
    writeFileSync(join(it.root, file.path), readFileSync(join(it.root, file.path)).subarray(0, 700))
    rmSync(join(it.root, LOG), { recursive: true })
    const { catalog, report } = await rebuilt(it)
    expect(report.damaged).toMatchObject([{ file: file.path }])
    expect((await catalog.query(AAPL)).numRows).toBe(60)
    expect(readdirSync(join(it.root, 'bars/_quarantine'))).toHaveLength(2)
    expect((await catalog.verify()).ok).toBe(true)
  })

  test('that are damaged, and that the old log had removed, take nothing away', async () => {
    const it = await world()
    const [, old] = await it.catalog.files(AAPL, { asOf: 'bars@2' })
    writeFileSync(join(it.root, old?.path ?? ''), 'damaged')
    writeFileSync(logPath(it.root, 0), 'damaged')
    const { report } = await rebuilt(it)
    expect(report).toMatchObject({ damaged: [], leftOut: [{ file: old?.path, why: 'removed' }] })
    expect(existsSync(join(it.root, old?.path ?? ''))).toBe(true)
  })

  test('that are as they were written and do not decode are no damage: the new log names them as the old one did', async () => {
    const it = await world()
    const [like] = await it.catalog.files(AAPL)
    const path = (like?.add.path ?? '').replace(/[^/]+$/, '2024-01-09.0123456789abcdef.parquet')
    const bytes = Buffer.from('of a program to come')
    writeFileSync(join(it.root, 'bars', path), bytes)
    const add = { ...like?.add, path, sizeBytes: bytes.length, tags: { coverage: '[]', sha256: sha256(bytes) } }
    await new DeltaTable(new LocalStorage(it.root), 'bars').commit(5, [{ kind: 'add', add } as Action])
    const { catalog, report } = await rebuilt(it, { type: 'bars', evenIfSound: true })
    expect(report).toMatchObject({ files: 5, damaged: [], unknown: [] })
    expect((await catalog.files(AAPL)).map((file) => file.add.path)).toContain(path)
  })

  test('that are of a kind that is not read here are no damage: they are named, and left where they are', async () => {
    const it = await world()
    const [aapl] = await it.catalog.files(AAPL)
    const path = aapl?.path ?? ''
    const bytes = readFileSync(join(it.root, path))
    writeFileSync(join(it.root, path), Buffer.concat([bytes.subarray(0, -4), Buffer.from('PARE')]))
    rmSync(join(it.root, LOG), { recursive: true })
    expect((await rebuilt(it)).report).toMatchObject({ damaged: [], unknown: [path] })
    expect(existsSync(join(it.root, path))).toBe(true)
  })

  test('whose sha256 is not that of what is left of the log are damaged, also when they decode', async () => {
    const it = await world()
    const [first, second] = await it.catalog.files(AAPL)
    copyFileSync(join(it.root, second?.path ?? ''), join(it.root, first?.path ?? ''))
    writeFileSync(logPath(it.root, 4), 'damaged')
    expect((await rebuilt(it)).report.damaged).toMatchObject([
      { file: first?.path, interval: { start: '2024-01-02T00:00:00Z' } },
    ])
  })

  test('that the log names and nobody has are named with their interval', async () => {
    const it = await world()
    const [first] = await it.catalog.files(AAPL)
    rmSync(join(it.root, first?.path ?? ''))
    writeFileSync(logPath(it.root, 4), 'damaged')
    expect((await rebuilt(it)).report.missing).toMatchObject([{ file: first?.path }])
  })

  test('of another series are not taken for this one, and copies without a footer are left alone', async () => {
    const it = await world()
    const [aapl] = await it.catalog.files(AAPL)
    const [msft] = await it.catalog.files(MSFT)
    const folder = join(it.root, aapl?.path ?? '', '..')
    copyFileSync(join(it.root, msft?.path ?? ''), join(folder, '2024-01-09.0123456789abcdef.parquet'))
    rmSync(join(it.root, LOG), { recursive: true })
    const { report, catalog } = await rebuilt(it)
    expect(report.damaged).toMatchObject([{ file: expect.stringContaining('2024-01-09.0123456789abcdef') }])
    expect((await catalog.query(AAPL)).numRows).toBe(90)
  })

  test('of writers that crashed before their commit stay out where the log reads far enough', async () => {
    const it = await world()
    const [aapl] = await it.catalog.files(AAPL)
    const orphan = (aapl?.path ?? '').replace(/\.[0-9a-f]{16}\./, '.0123456789abcdef.')
    copyFileSync(join(it.root, aapl?.path ?? ''), join(it.root, orphan))
    const { report } = await rebuilt(it, { type: 'bars', evenIfSound: true })
    expect(report.leftOut).toContainEqual({ file: orphan, why: 'uncommitted' })
  })

  test.each([
    ['', /$^/g],
    [', also with columns that are not read here', /open/g],
  ])('of a newer format refuse the rebuild%s: leaving them out would lose them', async (_what, column) => {
    const it = await world()
    const [aapl] = await it.catalog.files(AAPL)
    const path = join(it.root, aapl?.path ?? '')
    const text = readFileSync(path, 'latin1')
    const newer = text.replace(/(ntrader\.format_version..)1/s, '$12').replace(column, 'OPEN')
    writeFileSync(path, newer, 'latin1')
    expect(newer).not.toBe(text)
    rmSync(join(it.root, LOG), { recursive: true })
    await expect(rebuilt(it)).rejects.toThrow(`has the format 2`)
    await expect(rebuilt(it)).rejects.toThrow(UnsupportedFormatError)
  })

  test('of ticks are cut where a newer part holds some of what an older one had', async () => {
    const it = await testCatalog()
    const trades = { type: 'trades', instrument: 'SPY.ARCA' } as const
    const tick = (second: number) => ({
      ts_event: 1_704_205_800_000_000_000n + BigInt(second) * 1_000_000_000n,
      price: second,
      size: 1,
    })
    await it.catalog.write(trades, [tick(0), tick(10), tick(20)], {
      coverage: { start: '2024-01-02', end: '2024-01-03' },
    })
    const [old] = await it.catalog.files(trades)
    await it.catalog.deleteRange(trades, { start: '2024-01-02', end: '2024-01-03' })
    await it.catalog.write(trades, [tick(8), tick(11)], {
      coverage: { start: tick(5).ts_event, end: tick(15).ts_event },
    })
    rmSync(join(it.root, 'trades/_delta_log'), { recursive: true })
    const { catalog, report } = await rebuilt(it)
    expect(report.cut).toEqual([old?.path])
    expect([...(await catalog.query(trades)).column('price')]).toEqual([0, 8, 11, 20])
    expect((await catalog.verify()).ok).toBe(true)
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

test('rows are bit for bit those of before, after any order of writes, deletions and consolidations', async () => {
  const it = await testCatalog()
  for (const [step, day] of ['02', '03', '04', '03', '05', '02'].entries()) {
    await it.catalog.write(AAPL, minuteBars(`2024-01-${day}T14:3${step}Z`, 20, step))
    if (step === 2) await it.catalog.deleteRange(AAPL, { start: '2024-01-03T14:35Z', end: '2024-01-03T14:45Z' })
    if (step === 4) await it.catalog.consolidate()
  }
  const [rows, coverage] = [await it.catalog.query(AAPL), states(await it.catalog.coverage(AAPL))]
  rmSync(join(it.root, LOG), { recursive: true })
  const { catalog } = await rebuilt(it)
  expect(sameRows(await catalog.query(AAPL), rows)).toBe(true)
  expect(states(await catalog.coverage(AAPL))).toEqual(coverage)
})
