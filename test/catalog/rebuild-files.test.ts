import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Action } from '../../src/delta/actions.js'
import { DeltaTable } from '../../src/delta/table.js'
import { UnsupportedFormatError } from '../../src/model/errors.js'
import { sameRows } from '../../src/model/frame-edit.js'
import { encodeFrame } from '../../src/parquet/encode.js'
import { LocalStorage } from '../../src/storage/local.js'
import { sha256 } from '../../src/storage/sha256.js'
import { logPath } from '../delta/log-folder.js'
import { AAPL, bar, MSFT, minuteBars, states } from '../support/bars.js'
import { testCatalog } from '../support/catalog.js'
import { contentOf, LOG, rebuilt, world } from './rebuild-world.js'

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

  test('that are of a kind that is not read here refuse the rebuild: they are no damage, and left where they are', async () => {
    const it = await world()
    const [aapl] = await it.catalog.files(AAPL)
    const path = aapl?.path ?? ''
    const bytes = readFileSync(join(it.root, path))
    writeFileSync(join(it.root, path), Buffer.concat([bytes.subarray(0, -4), Buffer.from('PARE')]))
    rmSync(join(it.root, LOG), { recursive: true })
    await expect(rebuilt(it)).rejects.toThrow(UnsupportedFormatError)
    await expect(rebuilt(it)).rejects.toThrow(path)
    expect(existsSync(join(it.root, path))).toBe(true)
    expect(existsSync(join(it.root, LOG))).toBe(false)
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

  test('in whose place a directory stands are lost, and not taken for a file', async () => {
    const it = await world()
    const [first] = await it.catalog.files(AAPL)
    rmSync(join(it.root, first?.path ?? ''))
    mkdirSync(join(it.root, first?.path ?? ''))
    writeFileSync(logPath(it.root, 4), 'damaged')
    const { report, catalog } = await rebuilt(it)
    expect(report).toMatchObject({ missing: [{ file: first?.path }], files: 3 })
    expect((await catalog.verify()).ok).toBe(true)
  })

  test('of one name are both kept in quarantine: the one in the wrong directory may be the good one', async () => {
    const it = await world()
    const [aapl] = await it.catalog.files(AAPL)
    const [msft] = await it.catalog.files(MSFT)
    const place = join(it.root, msft?.path ?? '')
    const good = readFileSync(place)
    writeFileSync(join(it.root, aapl?.path ?? '', '..', basename(place)), good)
    writeFileSync(place, good.subarray(0, 900))
    rmSync(join(it.root, LOG), { recursive: true })
    expect((await rebuilt(it)).report.damaged).toHaveLength(2)
    const kept = readdirSync(join(it.root, 'bars/_quarantine')).filter((name) => !name.endsWith('.json'))
    const sizes = kept.map((name) => readFileSync(join(it.root, 'bars/_quarantine', name)).length)
    expect(sizes.sort((a, b) => a - b)).toEqual([900, good.length])
  })

  test('of another series are not taken for this one, and copies without a footer are left alone', async () => {
    const it = await world()
    const [aapl] = await it.catalog.files(AAPL)
    const [msft] = await it.catalog.files(MSFT)
    const folder = join(it.root, aapl?.path ?? '', '..')
    copyFileSync(join(it.root, msft?.path ?? ''), join(folder, '2024-01-09.0123456789abcdef.parquet'))
    const copy = await encodeFrame(await it.catalog.query(AAPL), { codec: 'snappy', metadata: new Map() })
    writeFileSync(join(folder, '2024-01-10.0123456789abcdef.parquet'), copy)
    rmSync(join(it.root, LOG), { recursive: true })
    const { report, catalog } = await rebuilt(it)
    expect(report.damaged).toMatchObject([{ file: expect.stringContaining('2024-01-09.0123456789abcdef') }])
    expect(report.unknown).toEqual([expect.stringContaining('2024-01-10.0123456789abcdef')])
    expect(existsSync(join(folder, '2024-01-10.0123456789abcdef.parquet'))).toBe(true)
    expect((await catalog.query(AAPL)).numRows).toBe(90)
  })

  test('of a year of daily bars: the newest has what the table had', async () => {
    const it = await testCatalog()
    const daily = { ...AAPL, barType: '1-DAY-LAST' } as const
    const bars = (dates: readonly string[], price: number) => dates.map((date) => bar(`${date}T00:00Z`, price))
    await it.catalog.write(daily, bars(['2022-12-30', '2023-01-03', '2023-01-04'], 1))
    await it.catalog.write(daily, bars(['2023-01-04', '2023-01-05'], 2))
    await it.catalog.deleteRange(daily, { start: '2023-01-03', end: '2023-01-04' })
    const [rows, coverage] = [await it.catalog.query(daily), states(await it.catalog.coverage(daily))]
    rmSync(join(it.root, LOG), { recursive: true })
    const { catalog } = await rebuilt(it)
    expect(sameRows(await catalog.query(daily), rows)).toBe(true)
    expect(states(await catalog.coverage(daily))).toEqual(coverage)
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
    await expect(rebuilt(it)).rejects.toThrow(aapl?.path)
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
