import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { StorageError } from '../../src/model/errors.js'
import { LocalStorage } from '../../src/storage/local.js'
import { temporaryFolder } from '../support/catalog.js'

async function folder(): Promise<{ readonly root: string; readonly storage: LocalStorage }> {
  const root = await temporaryFolder()
  mkdirSync(join(root, 'bars/inner'), { recursive: true })
  writeFileSync(join(root, 'bars/b'), '12')
  writeFileSync(join(root, 'bars/inner/a'), '1')
  writeFileSync(join(root, 'bars/.hidden'), '')
  return { root, storage: new LocalStorage(root) }
}

describe('a local directory', () => {
  test('absence is an answer: no file, no directory, no root, and a path that leads through a file', async () => {
    const { root, storage } = await folder()
    expect(storage.read('bars/none')).toBeUndefined()
    expect(storage.read('bars/b/c')).toBeUndefined()
    expect(storage.list('none')).toEqual([])
    expect(storage.listFiles('none')).toEqual([])
    expect(storage.exists('none')).toBe(false)
    const nowhere = new LocalStorage(join(root, 'no/such/root'))
    expect([nowhere.list(''), nowhere.listFiles('bars'), nowhere.read('a')]).toEqual([[], [], undefined])
    expect(existsSync(join(root, 'no'))).toBe(false)
  })

  test('a directory where a file should be is a refusal of the system, by its own name', async () => {
    const { storage } = await folder()
    expect(() => storage.read('bars/inner')).toThrow(StorageError)
    expect(() => storage.read('bars/inner')).toThrow(expect.objectContaining({ errno: 'EISDIR' }))
  })

  test.skipIf(process.platform === 'win32')('what the system will not look at is not told to be absent', async () => {
    const { root, storage } = await folder()
    symlinkSync('a', join(root, 'b'))
    symlinkSync('b', join(root, 'a'))
    expect(() => storage.exists('a')).toThrow(expect.objectContaining({ errno: 'ELOOP' }))
  })

  test('lists names, and every file below with its size, hidden ones too, in order', async () => {
    const { storage } = await folder()
    expect(storage.list('bars')).toEqual(['.hidden', 'b', 'inner'])
    expect(storage.listFiles('bars')).toEqual([
      { path: 'bars/.hidden', sizeBytes: 0, modifiedMs: expect.any(Number) },
      { path: 'bars/b', sizeBytes: 2, modifiedMs: expect.any(Number) },
      { path: 'bars/inner/a', sizeBytes: 1, modifiedMs: expect.any(Number) },
    ])
  })

  test('moves a file into a directory that it makes; there is nothing to move twice', async () => {
    const { root, storage } = await folder()
    expect(await storage.move('bars/b', 'bars/_quarantine/b')).toBe(true)
    expect(readFileSync(join(root, 'bars/_quarantine/b'), 'utf8')).toBe('12')
    expect(await storage.move('bars/b', 'bars/_quarantine/b')).toBe(false)
  })

  test('removes a file, and is silent when there is none', async () => {
    const { root, storage } = await folder()
    await storage.remove('bars/b')
    await storage.remove('bars/b')
    expect(existsSync(join(root, 'bars/b'))).toBe(false)
    await expect(storage.remove('bars/inner')).rejects.toThrow(StorageError)
  })

  test('the root may be given relative to the working directory', () => {
    expect(new LocalStorage('some/where').location).toBe(join(process.cwd(), 'some/where'))
  })
})
