import { cpSync, existsSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { horizonAt } from '../../src/catalog/versions/vacuum.js'
import type { Commit } from '../../src/delta/snapshot.js'
import { DeltaTable } from '../../src/delta/table.js'
import { CatalogCorruptionError } from '../../src/model/errors.js'
import { LocalStorage } from '../../src/storage/local.js'
import { logPath, readLog } from '../delta/log-folder.js'
import { AAPL, MSFT, minuteBars } from '../support/bars.js'
import { testCatalog } from '../support/catalog.js'

const DAY_MS = 86_400_000

/** Commits at these days, in the order of their versions; without a time where a day is missing. */
function commitsAt(...days: readonly (number | undefined)[]): readonly Commit[] {
  return days.map((day, version) => {
    if (day === undefined) return { version, actions: [] }
    const timestampMs = day * DAY_MS
    const commitInfo = { timestampMs, operation: 'WRITE', operationParameters: {}, engineInfo: '', txnId: '' }
    return { version, actions: [{ kind: 'commitInfo', commitInfo }] }
  })
}
const horizonOn = (today: number, retainDays: number, ...days: readonly (number | undefined)[]): number =>
  horizonAt(commitsAt(...days), (today - retainDays) * DAY_MS, today * DAY_MS).version

describe('the horizon of a vacuum', () => {
  test('is the state at the cutoff: the last commit before the first younger one', () => {
    expect(horizonOn(100, 7, 80, 90, 95, 99)).toBe(1)
    expect(horizonOn(100, 7, 80, 93, 99)).toBe(1)
    expect(horizonOn(100, 7, 80, 90)).toBe(1)
    expect(horizonOn(100, 7, 95, 99)).toBe(0)
  })

  test('does not follow a clock that ran behind past states that are younger', () => {
    expect(horizonOn(100, 7, 80, 95, 96, 1, 99)).toBe(0)
    expect(horizonOn(100, 7, 80, 95, 96, 1)).toBe(0)
  })

  test('is not held up by a clock that once ran ahead', () => {
    expect(horizonOn(100, 7, 300, 80, 81)).toBe(2)
    expect(horizonOn(100, 7, 80, 300, 81, 96)).toBe(2)
  })

  test("stays where it is when it is the vacuum's own clock that runs behind", () => {
    expect(horizonOn(1, 7, 80, 90, 95)).toBe(0)
    expect(horizonOn(91, 7, 80, 90, 95)).toBe(0)
  })

  test('dates a commit of another engine that says no time by the files in it', async () => {
    const { catalog, root, clock, another } = await testCatalog()
    clock.set('2024-01-10')
    await catalog.write(AAPL, minuteBars('2024-01-02T14:30Z', 5))
    clock.set('2024-06-01')
    const { asOf } = await catalog.write(AAPL, minuteBars('2024-01-02T14:30Z', 5, 1))
    const { path, partitionValues } = readLog(root, 1).find((it) => it['add'])?.['add'] ?? {}
    const deletionTimestamp = Number(clock() / 1_000_000n)
    const remove = { path, partitionValues, deletionTimestamp, dataChange: true, extendedFileMetadata: true, size: 1 }
    writeFileSync(logPath(root, 2), `${JSON.stringify({ remove })}\n`)
    clock.set('2024-06-02')
    const reader = await another()
    await reader.write(AAPL, minuteBars('2024-01-02T14:30Z', 5, 2))
    expect(await reader.vacuum()).toMatchObject({ files: 0, horizons: { bars: 0 } })
    expect((await reader.query(AAPL, { asOf })).numRows).toBe(5)
  })
})

describe('vacuum never takes', () => {
  test("a user's own Parquet files, or a copy of the data that lies beside it", async () => {
    const { catalog, root, clock } = await testCatalog()
    await catalog.write(AAPL, minuteBars('2024-01-02T14:30Z', 5))
    const [file] = await catalog.files(AAPL)
    const stored = join(root, file?.path ?? '')
    const own = [
      join(dirname(stored), 'my-notes.parquet'),
      join(dirname(stored), '2024-01-02.copy.parquet'),
      join(root, 'bars', 'other.parquet'),
      join(root, 'bars', 'backup', 'instrument_id=X', stored.slice(stored.lastIndexOf('/') + 1)),
    ]
    for (const path of own) cpSync(stored, path)
    clock.set('2030-01-01')
    expect(await catalog.vacuum({ retain: '0d' })).toMatchObject({ files: 0, orphans: 0 })
    expect(own.map(existsSync)).toEqual([true, true, true, true])
    expect(await catalog.verify()).toMatchObject({ ok: true, orphans: 0 })
  })

  test('a damaged file on its way to quarantine, also when the writer that took it out had a clock that ran behind', async () => {
    const { catalog, root, clock, another } = await testCatalog()
    await catalog.write(AAPL, minuteBars('2024-01-02T14:30Z', 5))
    await catalog.write(AAPL, minuteBars('2024-01-02T14:30Z', 5, 1))
    await catalog.write(MSFT, minuteBars('2024-01-02T14:30Z', 5))
    await catalog.vacuum({ retain: '0d' })
    const [file] = await catalog.files(MSFT)
    const path = join(root, file?.path ?? '')
    writeFileSync(path, 'damaged')
    clock.set('2020-01-01')
    await catalog.verify({ quarantine: true })
    clock.set('2024-06-02')
    // The crash: it had not been moved yet.
    cpSync(join(root, 'bars/_quarantine', path.slice(path.lastIndexOf('/') + 1)), path)
    rmSync(join(root, 'bars/_quarantine'), { recursive: true })
    expect(await new DeltaTable(new LocalStorage(root), 'bars').checkpoint()).toBe(true)
    const later = await another()
    await later.vacuum({ retain: '0d' })
    expect(existsSync(path)).toBe(false)
    expect(readdirSync(join(root, 'bars/_quarantine'))).toHaveLength(2)
  })
})

test('a write whose new files were taken before its commit, as of a machine that slept for days, is written again', async () => {
  const { root, another, clock } = await testCatalog()
  let readings = 0
  const catalog = await another({
    clock: () => {
      readings++
      const folder = join(root, 'bars/instrument_id=AAPL.NASDAQ')
      if (readings > 1 && existsSync(folder) && !existsSync(`${root}/slept`)) {
        writeFileSync(`${root}/slept`, '')
        rmSync(folder, { recursive: true })
      }
      return clock()
    },
  })
  await catalog.write(AAPL, minuteBars('2024-01-02T14:30Z', 5))
  expect(existsSync(`${root}/slept`)).toBe(true)
  expect((await catalog.query(AAPL)).numRows).toBe(5)
  expect(await catalog.verify()).toMatchObject({ ok: true })
})

test('a stream of an earlier state that can still be read calls a damaged file damaged, not vacuumed', async () => {
  const { catalog, root } = await testCatalog()
  const { asOf } = await catalog.write(AAPL, minuteBars('2024-01-02T14:30Z', 5))
  const [file] = await catalog.files(AAPL)
  await catalog.write(AAPL, minuteBars('2024-01-02T14:30Z', 5, 1))
  const path = join(root, file?.path ?? '')
  writeFileSync(path, Buffer.concat([readFileSync(path), Buffer.from('x')]))
  await expect(catalog.stream(AAPL, { asOf }).next()).rejects.toThrow(CatalogCorruptionError)
})

describe('files that no commit names', () => {
  test('are counted by verify and taken by vacuum by the same rule', async () => {
    const { catalog, root, clock } = await testCatalog()
    await catalog.write(AAPL, minuteBars('2024-01-02T14:30Z', 5))
    const [file] = await catalog.files(AAPL)
    const orphan = join(root, dirname(file?.path ?? ''), '2024-01-03.0123456789abcdef.parquet')
    writeFileSync(orphan, 'half a file')
    const at = Number(clock() / 1_000_000_000n)
    utimesSync(orphan, at, at)
    expect(await catalog.verify()).toMatchObject({ ok: true, orphans: 1 })
    clock.set('2024-07-01')
    expect(await catalog.vacuum()).toMatchObject({ files: 1, orphans: 1, quarantined: 0 })
    expect(existsSync(orphan)).toBe(false)
  })

  // A first import may be years of data in one commit, and its files look like those of a first write that was killed.
  test('and that are older than the log are moved to quarantine: one that was lost may have named them', async () => {
    const { catalog, root, clock, another } = await testCatalog()
    await catalog.write(AAPL, minuteBars('2024-01-02T14:30Z', 5))
    const [file = { path: '' }] = await catalog.files(AAPL)
    const bytes = readFileSync(join(root, file.path))
    rmSync(join(root, 'bars/_delta_log'), { recursive: true })
    utimesSync(join(root, file.path), Number(clock() / 1_000_000_000n), Number(clock() / 1_000_000_000n))
    clock.set('2024-06-02')
    const begun = await another()
    await begun.write(MSFT, minuteBars('2024-01-02T14:30Z', 5))
    clock.set('2024-07-01')
    expect(await begun.vacuum({ dryRun: true })).toMatchObject({ files: 0, orphans: 0, quarantined: 1 })
    expect(await begun.vacuum()).toMatchObject({ files: 0, orphans: 0, quarantined: 1 })
    const kept = join(root, 'bars/_quarantine', basename(file.path))
    expect(readFileSync(kept).equals(bytes)).toBe(true)
    expect(JSON.parse(readFileSync(`${kept}.json`, 'utf8'))).toMatchObject({
      file: file.path,
      reason: expect.stringContaining('older than the log'),
      quarantinedAt: '2024-07-01T00:00:00Z',
    })
    expect(await begun.vacuum()).toMatchObject({ quarantined: 0 })
    expect(await begun.verify()).toMatchObject({ ok: true, orphans: 0 })
  })
})
