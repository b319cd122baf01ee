import { copyFileSync, cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { DataCatalog } from '../../src/catalog/catalog.js'
import { DeltaTable } from '../../src/delta/table.js'
import { CatalogCorruptionError } from '../../src/model/errors.js'
import { LocalStorage } from '../../src/storage/local.js'
import { AAPL, MSFT, minuteBars } from '../support/bars.js'
import { type TestCatalog, testCatalog } from '../support/catalog.js'
import { logPath, unsealed } from './log-folder.js'

async function twoCommits(): Promise<TestCatalog> {
  const it = await testCatalog()
  for (const series of [AAPL, MSFT]) await it.catalog.write(series, minuteBars('2024-01-02T14:30Z', 3))
  return it
}

describe('a commit of this program is sealed', () => {
  test('a bit flipped anywhere in its file is found', async () => {
    const { root } = await twoCommits()
    const path = logPath(root, 1)
    const sound = readFileSync(path)
    for (let at = 0; at < sound.length; at++) {
      const hurt = Buffer.from(sound)
      hurt[at] = (hurt[at] as number) ^ (1 << (at % 8))
      writeFileSync(path, hurt)
      await expect(DataCatalog.open(root), `byte ${at}`).rejects.toThrow(CatalogCorruptionError)
    }
    writeFileSync(path, sound)
    expect((await (await DataCatalog.open(root)).query(MSFT)).numRows).toBe(3)
  })

  test('another commit of the same table in its place is found, and one of another table', async () => {
    const { root } = await twoCommits()
    const other = await twoCommits()
    await other.catalog.write({ type: 'trades', instrument: 'A.B' }, [{ ts_event: 1n, price: 1, size: 1 }])
    copyFileSync(logPath(root, 1), logPath(root, 2))
    await expect(DataCatalog.open(root)).rejects.toThrow(CatalogCorruptionError)
    rmSync(logPath(root, 2))
    copyFileSync(logPath(other.root, 0).replace('/bars/', '/trades/'), logPath(root, 0))
    await expect(DataCatalog.open(root)).rejects.toThrow(CatalogCorruptionError)
  })

  test('one of another engine has no seal, and is read', async () => {
    const { root } = await twoCommits()
    writeFileSync(logPath(root, 1), unsealed(readFileSync(logPath(root, 1), 'utf8')))
    expect((await (await DataCatalog.open(root)).query(MSFT)).numRows).toBe(3)
  })
})

describe('a log that was replaced while a process had it open', () => {
  test('gets no commit that was planned on the other: the writer plans anew on what is there', async () => {
    const { catalog, root, another } = await twoCommits()
    const fresh = await testCatalog()
    await fresh.catalog.write(AAPL, minuteBars('2024-01-02T14:30Z', 3))
    rmSync(logPath(root, 1))
    copyFileSync(logPath(fresh.root, 0), logPath(root, 0))
    const [file = { path: '' }] = await fresh.catalog.files(AAPL)
    copyFileSync(`${fresh.root}/${file.path}`, `${root}/${file.path}`)
    await catalog.write(AAPL, minuteBars('2024-01-03T14:30Z', 2))
    expect((await catalog.query(AAPL)).numRows).toBe(5)
    const reader = await another()
    expect((await reader.list()).map((it) => it.rows)).toEqual([5])
    expect((await reader.history()).map((it) => it.version)).toEqual([0, 1])
  })

  test.each([
    ['from the first commit', false],
    ['from a checkpoint', true],
  ])('is not laid over the state that a reader has seen, read %s', async (_how, hasCheckpoint) => {
    const { root, another } = await twoCommits()
    if (hasCheckpoint) await new DeltaTable(new LocalStorage(root), 'bars').checkpoint()
    const reader = await another()
    const other = await testCatalog()
    for (const minute of ['30', '31', '32']) {
      await other.catalog.write(MSFT, minuteBars(`2024-01-02T14:${minute}Z`, 1))
    }
    cpSync(`${other.root}/bars`, `${root}/bars`, { recursive: true })
    expect((await reader.query(MSFT)).numRows).toBe(3)
    expect(await reader.list()).toHaveLength(1)
    expect(reader.version()).toBe(other.catalog.version())
  })
})
