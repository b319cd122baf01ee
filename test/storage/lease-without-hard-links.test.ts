import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test, vi } from 'vitest'
import { LocalStorage } from '../../src/storage/local.js'
import { temporaryFolder } from '../support/catalog.js'

vi.mock('node:fs', async (original) => ({
  ...(await original<typeof import('node:fs')>()),
  linkSync: () => {
    throw Object.assign(new Error('EPERM'), { code: 'EPERM' })
  },
}))

test('without hard links, too, a lease is held by one at a time, taken over, and leaves nothing', async () => {
  const root = await temporaryFolder()
  mkdirSync(join(root, 'bars/_leases'), { recursive: true })
  writeFileSync(join(root, 'bars/_leases/X.Y.json'), '')
  const storage = new LocalStorage(root)
  let [inside, most, turns] = [0, 0, 0]
  const each = async (): Promise<void> => {
    const held = await storage.lease('bars/_leases/X.Y.json', { staleMs: 100 })
    most = Math.max(most, ++inside)
    turns++
    await sleep(2)
    inside--
    await held.release()
  }
  await Promise.all(Array.from({ length: 6 }, each))
  expect([turns, most, inside]).toEqual([6, 1, 0])
  expect(readdirSync(join(root, 'bars/_leases'))).toEqual([])
  expect(readdirSync(join(root, 'bars/_tmp'))).toEqual([])
})
