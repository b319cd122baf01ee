import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { DataCatalog } from '../../src/catalog/catalog.js'
import { checkRoot } from '../../src/catalog/root.js'
import { CatalogCorruptionError, InvalidRequestError } from '../../src/model/errors.js'
import { LocalStorage } from '../../src/storage/local.js'
import { AAPL, bar } from '../support/bars.js'
import { temporaryFolder, testCatalog } from '../support/catalog.js'

async function warningsOf(root: string): Promise<readonly string[]> {
  const warnings: string[] = []
  await checkRoot(new LocalStorage(root, { onWarning: (message) => warnings.push(message) }))
  return warnings
}

describe('the root of a catalog', () => {
  test('is not a file, nor below one', async () => {
    const file = join(await temporaryFolder(), 'afile')
    writeFileSync(file, 'x')
    for (const root of [file, join(file, 'below')]) {
      const error = await DataCatalog.open(root).catch((it: unknown) => it)
      expect(error).toBeInstanceOf(InvalidRequestError)
      expect((error as InvalidRequestError).hint).toContain('--catalog')
    }
  })

  test('with files of a first write alone and no log is opened with a warning, and can be written', async () => {
    const { catalog, root, another } = await testCatalog()
    await catalog.write(AAPL, [bar('2024-01-02T10:00Z')])
    expect(await warningsOf(root)).toEqual([])
    renameSync(join(root, 'bars/_delta_log'), join(root, 'gone'))
    rmSync(join(root, 'gone'), { recursive: true })
    expect(await warningsOf(root)).toEqual([
      expect.stringContaining('bars holds data files but no transaction log: it reads as empty'),
    ])
    await (await another()).write(AAPL, [bar('2024-01-02T11:00Z')])
    expect(await warningsOf(root)).toEqual([])
  })

  test('with files that were written on top of a commit, and no log, has lost it: nothing begins a new one', async () => {
    const { catalog, root, another } = await testCatalog()
    await catalog.write(AAPL, [bar('2024-01-02T10:00Z')])
    await catalog.write(AAPL, [bar('2024-01-03T10:00Z')])
    rmSync(join(root, 'bars/_delta_log'), { recursive: true })
    const error = await another().catch((it: unknown) => it)
    expect(error).toBeInstanceOf(CatalogCorruptionError)
    expect((error as CatalogCorruptionError).hint).toContain('ntrader data repair --rebuild')
    // One that had it open, and one that opened it to mend it.
    for (const open of [catalog, await DataCatalog.openDamaged(root)]) {
      await expect(open.write(AAPL, [bar('2024-01-04T10:00Z')])).rejects.toThrow('the transaction log of bars is gone')
    }
    expect(existsSync(join(root, 'bars/_delta_log'))).toBe(false)
    await catalog.repair({ rebuild: true })
    expect((await catalog.query(AAPL)).numRows).toBe(2)
  })

  test('with no commit left in the directory of its log has lost it too, whatever else lies there', async () => {
    const { catalog, root, another } = await testCatalog()
    await catalog.write(AAPL, [bar('2024-01-02T10:00Z')])
    await catalog.write(AAPL, [bar('2024-01-03T10:00Z')])
    const log = join(root, 'bars/_delta_log')
    rmSync(log, { recursive: true })
    mkdirSync(log)
    for (const name of ['_last_checkpoint', '.DS_Store']) writeFileSync(join(log, name), '{}')
    await expect(another()).rejects.toThrow('the transaction log of bars is gone')
    expect(await warningsOf(root)).toHaveLength(1)
  })
})
