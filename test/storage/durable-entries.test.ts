import { mkdirSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { beforeEach, expect, test, vi } from 'vitest'
import { LocalStorage } from '../../src/storage/local.js'
import { temporaryFolder } from '../support/catalog.js'

const seen = vi.hoisted(() => ({ opened: [] as string[], refused: '', errno: 'EIO' }))

vi.mock('node:fs/promises', async (original) => {
  const real = await original<typeof import('node:fs/promises')>()
  const open: typeof real.open = async (path, ...rest) => {
    const handle = await real.open(path, ...rest)
    const sync = handle.sync.bind(handle)
    handle.sync = async () => {
      if (path === seen.refused) throw Object.assign(new Error(seen.errno), { code: seen.errno })
      seen.opened.push(String(path))
      await sync()
    }
    return handle
  }
  return { ...real, open }
})

beforeEach(() => {
  seen.opened.length = 0
  seen.refused = ''
  seen.errno = 'EIO'
})

const PARTITION = 'bars/instrument_id=A/bar_type=B'

test('a directory that another writer made, and did not live to sync, is synced up to the root and above', async () => {
  const root = join(await temporaryFolder(), 'catalog')
  mkdirSync(join(root, PARTITION), { recursive: true })
  const storage = new LocalStorage(root)
  await storage.syncDirectory(PARTITION)
  const inner = seen.opened.map((it) => relative(root, it)).slice(0, 5)
  expect(inner).toEqual([PARTITION, 'bars/instrument_id=A', 'bars', '', '..'])

  seen.opened.length = 0
  await storage.syncDirectory(PARTITION)
  expect(seen.opened).toEqual([join(root, PARTITION)])
})

test('a directory whose sync failed is synced again', async () => {
  const root = await temporaryFolder()
  mkdirSync(join(root, PARTITION), { recursive: true })
  const storage = new LocalStorage(root)
  seen.refused = dirname(join(root, PARTITION))
  await expect(storage.syncDirectory(PARTITION)).rejects.toMatchObject({ errno: 'EIO' })
  seen.refused = ''
  await storage.syncDirectory(PARTITION)
  expect(seen.opened).toContain(dirname(join(root, PARTITION)))
})

test('a directory above the root may belong to somebody else; one inside may not', async () => {
  const root = await temporaryFolder()
  mkdirSync(join(root, PARTITION), { recursive: true })
  seen.errno = 'EACCES'
  seen.refused = dirname(root)
  await new LocalStorage(root).syncDirectory(PARTITION)
  seen.refused = root
  await expect(new LocalStorage(root).syncDirectory(PARTITION)).rejects.toMatchObject({ errno: 'EACCES' })
})
