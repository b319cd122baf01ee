import { existsSync, mkdirSync, readdirSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { CatalogCorruptionError, InvalidRequestError, VersionExpiredError } from '../../src/model/errors.js'
import { sameRows } from '../../src/model/frame-edit.js'
import { AAPL, MSFT, minuteBars } from '../support/bars.js'
import { type TestCatalog, testCatalog } from '../support/catalog.js'
import { TRADES, trade } from '../support/trades.js'

const DAY = { start: '2024-01-02', end: '2024-01-03' } as const

/** Three states a day apart, each with a file of its own; the clock stands a day after the last. */
async function threeDays(): Promise<TestCatalog & { readonly states: readonly string[] }> {
  const world = await testCatalog()
  const states: string[] = []
  for (const [day, shift] of [1, 2, 3].entries()) {
    world.clock.set(`2024-06-0${day + 1}`)
    states.push((await world.catalog.write(AAPL, minuteBars('2024-01-02T14:30Z', 10, shift))).asOf)
  }
  world.clock.set('2024-06-04')
  return { ...world, states }
}

function parquetFiles(root: string): readonly string[] {
  return readdirSync(join(root, 'bars'), { recursive: true, encoding: 'utf8' }).filter((it) => it.endsWith('.parquet'))
}

describe('vacuum', () => {
  test('keeps every state of the last seven days, unless told otherwise', async () => {
    const { catalog, root, states } = await threeDays()
    expect(await catalog.vacuum()).toEqual({
      files: 0,
      sizeBytes: 0,
      orphans: 0,
      quarantined: 0,
      horizons: { bars: 0 },
    })
    expect(parquetFiles(root)).toHaveLength(3)
    for (const asOf of states) expect((await catalog.query(AAPL, { asOf })).numRows).toBe(10)
  })

  test('keeps the state at the edge of what it retains, and takes the files only older ones need', async () => {
    const { catalog, root, states, another } = await threeDays()
    const kept = await catalog.query(AAPL, { asOf: states[1] as string })
    const report = await catalog.vacuum({ retain: 'P2D' })
    expect(report).toMatchObject({ files: 1, orphans: 0, horizons: { bars: 1 } })
    expect(report.sizeBytes).toBeGreaterThan(1000)
    expect(parquetFiles(root)).toHaveLength(2)
    for (const reader of [catalog, await another()]) {
      expect(sameRows(await reader.query(AAPL, { asOf: states[1] as string }), kept)).toBe(true)
      const error = await reader.query(AAPL, { asOf: states[0] as string }).catch((it: unknown) => it)
      expect(error).toBeInstanceOf(VersionExpiredError)
      expect(error).toMatchObject({ code: 'VERSION_EXPIRED', message: expect.stringContaining('bars@1') })
      await expect(reader.coverage(AAPL, { asOf: states[0] as string })).rejects.toThrow(VersionExpiredError)
      await expect(reader.files(AAPL, { asOf: states[0] as string })).rejects.toThrow(VersionExpiredError)
    }
  })

  test('with nothing to retain keeps the newest state alone', async () => {
    const { catalog, root } = await threeDays()
    const newest = await catalog.query(AAPL)
    expect(await catalog.vacuum({ retain: '0d' })).toMatchObject({ files: 2, horizons: { bars: 2 } })
    expect(parquetFiles(root)).toHaveLength(1)
    expect(sameRows(await catalog.query(AAPL), newest)).toBe(true)
    expect(await catalog.verify()).toMatchObject({ ok: true, orphans: 0 })
  })

  test('never moves its horizon back', async () => {
    const { catalog, states } = await threeDays()
    await catalog.vacuum({ retain: '0d' })
    expect(await catalog.vacuum({ retain: '365d' })).toMatchObject({ files: 0, horizons: { bars: 2 } })
    await expect(catalog.query(AAPL, { asOf: states[0] as string })).rejects.toThrow(VersionExpiredError)
  })

  test('again commits nothing and deletes nothing', async () => {
    const { catalog } = await threeDays()
    await catalog.vacuum({ retain: '1d' })
    const version = catalog.version()
    expect(await catalog.vacuum({ retain: '1d' })).toMatchObject({ files: 0 })
    expect(catalog.version()).toBe(version)
  })

  test('in a dry run says what would go, and changes nothing', async () => {
    const { catalog, root, states } = await threeDays()
    const version = catalog.version()
    expect(await catalog.vacuum({ retain: '0d', dryRun: true })).toMatchObject({ files: 2, horizons: { bars: 2 } })
    expect(parquetFiles(root)).toHaveLength(3)
    expect(catalog.version()).toBe(version)
    expect((await catalog.query(AAPL, { asOf: states[0] as string })).numRows).toBe(10)
  })

  test('takes the files of crashed writers a day later, and not those a writer may still commit', async () => {
    const { catalog, root, clock } = await testCatalog()
    await catalog.write(AAPL, minuteBars('2024-01-02T14:30Z', 5))
    const folder = join(root, 'bars/instrument_id=AAPL.NASDAQ/bar_type=1-MINUTE-LAST-EXTERNAL')
    const orphans = [join(folder, '2024-01-03.0123456789abcdef.parquet'), join(root, 'bars/_tmp/left')]
    mkdirSync(join(root, 'bars/_tmp'), { recursive: true })
    const at = Number(clock() / 1_000_000_000n)
    for (const path of orphans) {
      writeFileSync(path, 'half a file')
      utimesSync(path, at, at)
    }
    expect(await catalog.vacuum({ retain: '0d' })).toMatchObject({ files: 0, orphans: 0 })
    clock.set('2024-06-02T00:00:01Z')
    expect(await catalog.vacuum({ retain: '0d' })).toMatchObject({ files: 2, orphans: 2 })
    expect(orphans.map(existsSync)).toEqual([false, false])
  })

  test("leaves what is not the catalog's: a user's own files, quarantined ones, other directories", async () => {
    const { catalog, root, clock } = await testCatalog()
    await catalog.write(AAPL, minuteBars('2024-01-02T14:30Z', 5))
    await catalog.write(MSFT, minuteBars('2024-01-02T14:30Z', 5))
    const [file] = await catalog.files(MSFT)
    writeFileSync(join(root, file?.path ?? ''), 'damaged')
    await catalog.verify({ quarantine: true })
    const notes = join(root, 'bars/instrument_id=AAPL.NASDAQ/notes.txt')
    writeFileSync(notes, 'mine')
    clock.set('2030-01-01')
    await catalog.vacuum({ retain: '0d' })
    expect(existsSync(notes)).toBe(true)
    expect(readdirSync(join(root, 'bars/_quarantine'))).toHaveLength(2)
  })

  test('moves a damaged file whose move to quarantine was interrupted, and never deletes it', async () => {
    const { catalog, root } = await testCatalog()
    await catalog.write(MSFT, minuteBars('2024-01-02T14:30Z', 5))
    const [file] = await catalog.files(MSFT)
    const path = join(root, file?.path ?? '')
    writeFileSync(path, 'damaged')
    await catalog.verify({ quarantine: true })
    const name = path.slice(path.lastIndexOf('/') + 1)
    writeFileSync(path, 'damaged')
    await catalog.vacuum({ retain: '0d' })
    expect(existsSync(path)).toBe(false)
    expect(existsSync(join(root, 'bars/_quarantine', name))).toBe(true)
  })

  test('makes a restore of what it has taken impossible, with a clear error', async () => {
    const { catalog, states } = await threeDays()
    await catalog.vacuum({ retain: '0d' })
    await expect(catalog.restore(AAPL, { asOf: states[0] as string })).rejects.toThrow(VersionExpiredError)
  })

  test('keeps the files that a restore has made live again', async () => {
    const { catalog, states } = await threeDays()
    const first = await catalog.query(AAPL, { asOf: states[0] as string })
    await catalog.restore(AAPL, { asOf: states[0] as string })
    expect(await catalog.vacuum({ retain: '0d' })).toMatchObject({ files: 2 })
    expect(sameRows(await catalog.query(AAPL), first)).toBe(true)
    expect(await catalog.verify()).toMatchObject({ ok: true })
  })

  test('of a file that is missing from a state still kept is damage, not expiry', async () => {
    const { catalog, root, states } = await threeDays()
    const [file] = await catalog.files(AAPL, { asOf: states[1] as string })
    await catalog.vacuum({ retain: '2d' })
    writeFileSync(join(root, file?.path ?? ''), 'damaged')
    await expect(catalog.query(AAPL, { asOf: states[1] as string })).rejects.toThrow(CatalogCorruptionError)
  })

  test('of an empty catalog does nothing, and refuses a duration that is none', async () => {
    const { catalog } = await testCatalog()
    expect(await catalog.vacuum()).toEqual({ files: 0, sizeBytes: 0, orphans: 0, quarantined: 0, horizons: {} })
    await expect(catalog.vacuum({ retain: 'a week' })).rejects.toThrow(InvalidRequestError)
  })

  test('does not let a clock that once ran ahead hide younger commits', async () => {
    const { catalog, clock } = await testCatalog()
    clock.set('2030-01-01')
    await catalog.write(AAPL, minuteBars('2024-01-02T14:30Z', 5))
    clock.set('2024-06-01')
    await catalog.write(AAPL, minuteBars('2024-01-02T14:30Z', 5, 1))
    clock.set('2024-06-20')
    expect(await catalog.vacuum({ dryRun: true })).toMatchObject({ files: 1, horizons: { bars: 1 } })
  })
})

describe('a reader', () => {
  test('of the newest state never notices that vacuum takes what it has just begun to read', async () => {
    const { catalog, another } = await testCatalog()
    await catalog.write(AAPL, minuteBars('2024-01-02T14:30Z', 50))
    const reader = await another()
    await reader.query(AAPL)
    for (let shift = 1; shift < 15; shift++) {
      const reading = reader.query(AAPL)
      await catalog.write(AAPL, minuteBars('2024-01-02T14:30Z', 50, shift))
      await catalog.vacuum({ retain: '0d' })
      expect((await reading).numRows).toBe(50)
    }
  })

  test('that streams a state which vacuum takes meanwhile is told so', async () => {
    const { catalog, another } = await testCatalog()
    await catalog.write(AAPL, [...minuteBars('2024-01-02T14:30Z', 5), ...minuteBars('2024-01-03T14:30Z', 5)])
    const stream = (await another()).stream(AAPL)
    await stream.next()
    await catalog.deleteRange(AAPL, { start: '2024-01-01', end: '2025-01-01' })
    await catalog.vacuum({ retain: '0d' })
    await expect(stream.next()).rejects.toThrow(VersionExpiredError)
  })
})

describe('a named snapshot', () => {
  test('is read by its name, and spared by vacuum until the name is dropped', async () => {
    const { catalog, root, states, another } = await threeDays()
    const first = await catalog.query(AAPL, { asOf: states[0] as string })
    expect(await catalog.snapshot('before-split', { asOf: states[0] as string })).toEqual({
      name: 'before-split',
      asOf: states[0],
    })
    await catalog.vacuum({ retain: '0d' })
    expect(parquetFiles(root)).toHaveLength(2)
    const reader = await another()
    expect(sameRows(await reader.query(AAPL, { asOf: 'before-split' }), first)).toBe(true)
    expect(sameRows(await reader.query(AAPL, { asOf: states[0] as string }), first)).toBe(true)
    await expect(reader.query(AAPL, { asOf: states[1] as string })).rejects.toThrow(VersionExpiredError)
    expect(await reader.verify()).toMatchObject({ ok: true, orphans: 0 })
    await reader.dropSnapshot('before-split')
    await catalog.vacuum({ retain: '0d' })
    expect(parquetFiles(root)).toHaveLength(1)
    await expect(reader.query(AAPL, { asOf: 'before-split' })).rejects.toThrow(InvalidRequestError)
    await expect(reader.query(AAPL, { asOf: states[0] as string })).rejects.toThrow(VersionExpiredError)
  })

  test('can be restored long after', async () => {
    const { catalog, states } = await threeDays()
    const first = await catalog.query(AAPL, { asOf: states[0] as string })
    await catalog.snapshot('first', { asOf: states[0] as string })
    await catalog.vacuum({ retain: '0d' })
    await catalog.restore(AAPL, { asOf: 'first' })
    expect(sameRows(await catalog.query(AAPL), first)).toBe(true)
  })

  test('of the newest state is listed, in history, and not to be given twice', async () => {
    const { catalog, states } = await threeDays()
    await catalog.snapshot('a', { asOf: states[2] as string })
    await catalog.snapshot('b')
    expect((await catalog.snapshots()).map((it) => it.name)).toEqual(['a', 'b'])
    await expect(catalog.snapshot('a')).rejects.toThrow(/is the name of bars@2 already/)
    expect(await catalog.snapshot('a', { asOf: states[2] as string })).toMatchObject({ name: 'a' })
    expect((await catalog.history()).map((it) => it.operation)).toEqual([
      'WRITE',
      'WRITE',
      'WRITE',
      'SNAPSHOT',
      'SNAPSHOT',
    ])
  })

  test('that is refused for one table names no other', async () => {
    const { catalog } = await testCatalog()
    await catalog.write(TRADES, [trade(1)])
    await catalog.snapshot('a')
    await catalog.write(TRADES, [trade(2)])
    await catalog.write(AAPL, minuteBars('2024-01-02T14:30Z', 5))
    const named = await catalog.snapshots()
    await expect(catalog.snapshot('a')).rejects.toThrow(InvalidRequestError)
    expect(await catalog.snapshots()).toEqual(named)
  })

  test.each(['', 'bars@3', 'empty', '../x', 'a b', '-x', 'x'.repeat(65)])('cannot be called %j', async (name) => {
    const { catalog } = await testCatalog()
    await catalog.write(AAPL, minuteBars('2024-01-02T14:30Z', 5))
    await expect(catalog.snapshot(name)).rejects.toThrow(InvalidRequestError)
  })

  test('of an empty catalog, of an expired state, or dropped twice is an error', async () => {
    const empty = await testCatalog()
    await expect(empty.catalog.snapshot('nothing')).rejects.toThrow(InvalidRequestError)
    const { catalog, states } = await threeDays()
    await catalog.vacuum({ retain: '0d' })
    await expect(catalog.snapshot('late', { asOf: states[0] as string })).rejects.toThrow(VersionExpiredError)
    await catalog.snapshot('now')
    await catalog.dropSnapshot('now')
    await expect(catalog.dropSnapshot('now')).rejects.toThrow(InvalidRequestError)
  })

  test('in a dry run is refused where the real run would be, and changes nothing', async () => {
    const { catalog, states } = await threeDays()
    await catalog.snapshot('a', { asOf: states[1] as string })
    const version = catalog.version()
    expect(await catalog.snapshot('b', { asOf: states[0] as string, dryRun: true })).toEqual({
      name: 'b',
      asOf: states[0],
    })
    await catalog.dropSnapshot('a', { dryRun: true })
    await expect(catalog.snapshot('a', { dryRun: true })).rejects.toThrow(InvalidRequestError)
    await expect(catalog.snapshot('c', { asOf: 'bars@9', dryRun: true })).rejects.toThrow(VersionExpiredError)
    await expect(catalog.dropSnapshot('c', { dryRun: true })).rejects.toThrow(InvalidRequestError)
    expect(catalog.version()).toBe(version)
    expect((await catalog.snapshots()).map((it) => it.name)).toEqual(['a'])
  })

  test('survives a write planned before it: neither undoes the other', async () => {
    const { catalog, another } = await testCatalog()
    await catalog.write(AAPL, minuteBars('2024-01-02T14:30Z', 5))
    const other = await another({ lock: false })
    await Promise.all([
      ...['a', 'b', 'c'].map((name) => catalog.snapshot(name)),
      ...[1, 2, 3].map((day) => other.write(MSFT, minuteBars(`2024-01-0${day}T14:30Z`, 5))),
    ])
    expect((await other.snapshots()).map((it) => it.name)).toEqual(['a', 'b', 'c'])
    expect((await catalog.query(MSFT, { ...DAY })).numRows).toBe(5)
  })
})
