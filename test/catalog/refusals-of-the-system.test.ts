import { chmodSync, existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { StorageError } from '../../src/model/errors.js'
import { AAPL, bar, minuteBars } from '../support/bars.js'
import { type TestCatalog, testCatalog } from '../support/catalog.js'
import { canLimitOpenFiles, readOnly, withoutOpenFiles, withoutRights } from '../support/system-limits.js'

/** A catalog that others may look into, so that only what a test takes away is refused. */
async function openToAll(): Promise<TestCatalog & { readonly path: string }> {
  const it = await testCatalog()
  chmodSync(join(it.root, '..'), 0o755)
  await it.catalog.write(AAPL, minuteBars('2024-01-02T14:30Z', 10))
  return { ...it, path: join(it.root, (await it.catalog.files(AAPL))[0]?.path ?? '') }
}

async function expectRefused(work: Promise<unknown>, errno: string): Promise<void> {
  const error = await work.catch((reason: unknown) => reason)
  expect(error).toBeInstanceOf(StorageError)
  expect((error as StorageError).errno).toBe(errno)
  expect((error as StorageError).steps.length).toBeGreaterThan(0)
}

async function expectUntouched({ catalog, root, path }: TestCatalog & { readonly path: string }): Promise<void> {
  expect(await catalog.history()).toHaveLength(1)
  expect(existsSync(path)).toBe(true)
  expect(existsSync(join(root, 'bars/_quarantine'))).toBe(false)
  expect(readdirSync(join(root, 'bars/_tmp'))).toEqual([])
  expect((await catalog.query(AAPL)).numRows).toBe(10)
  expect((await catalog.verify()).ok).toBe(true)
}

describe.skipIf(process.platform === 'win32')('without the right to read a file', () => {
  test('a query says so; nothing is called damaged', async () => {
    const it = await openToAll()
    await withoutRights(it.path, () => expectRefused(it.catalog.query(AAPL), 'EACCES'))
    await expectUntouched(it)
  })

  test('verify with quarantine says so and moves nothing', async () => {
    const it = await openToAll()
    await withoutRights(it.path, () => expectRefused(it.catalog.verify({ quarantine: true }), 'EACCES'))
    await expectUntouched(it)
  })

  test('a write into its day says so and writes nothing', async () => {
    const it = await openToAll()
    await withoutRights(it.path, async () => {
      const writing = it.catalog.write(AAPL, [bar('2024-01-02T20:00Z')])
      await expect(writing).rejects.toThrow(StorageError)
    })
    await expectUntouched(it)
  })

  test('a log file that may not be read is no hole in the log', async () => {
    const it = await openToAll()
    const log = join(it.root, 'bars/_delta_log/00000000000000000000.json')
    await withoutRights(log, () => expectRefused(it.another(), 'EACCES'))
    await expectUntouched(it)
  })
})

describe.skipIf(process.platform === 'win32')('without the right to write', () => {
  test('reading goes on: no query and no verify needs to write', async () => {
    const it = await openToAll()
    await readOnly(it.root, async () => {
      const reader = await it.another()
      expect((await reader.query(AAPL)).numRows).toBe(10)
      expect((await reader.verify()).ok).toBe(true)
      expect(await reader.list()).toHaveLength(1)
      await expectRefused(reader.write(AAPL, [bar('2024-01-03T15:00Z')]), 'EACCES')
    })
    await expectUntouched(it)
  })
})

describe.skipIf(!canLimitOpenFiles)('with too many open files', () => {
  test('a query, a write and verify with quarantine say so; nothing is damaged, moved or half written', async () => {
    const it = await openToAll()
    await withoutOpenFiles(async () => {
      await expectRefused(it.catalog.query(AAPL), 'EMFILE')
      await expectRefused(it.catalog.verify({ quarantine: true }), 'EMFILE')
      await expectRefused(it.catalog.write(AAPL, [bar('2024-01-03T15:00Z')]), 'EMFILE')
    })
    await expectUntouched(it)
  })
})
