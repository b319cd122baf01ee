import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { LocalStorage } from '../../src/storage/local.js'
import { temporaryFolder } from '../support/catalog.js'

vi.mock('node:fs/promises', async (original) => ({
  ...(await original<typeof import('node:fs/promises')>()),
  link: async () => {
    throw Object.assign(new Error('EPERM'), { code: 'EPERM' })
  },
}))

test('without hard links, too, exactly one caller of a process wins', async () => {
  const root = await temporaryFolder()
  const warnings: string[] = []
  const onWarning = (message: string) => warnings.push(message)
  const storages = Array.from({ length: 10 }, () => new LocalStorage(root, { onWarning }))
  const texts = storages.map((_, i) => `caller ${i}`)
  for (let version = 0; version < 20; version++) {
    const path = `bars/_delta_log/${version}.json`
    const won = await Promise.all(storages.map((it, i) => it.putIfAbsent(path, new TextEncoder().encode(texts[i]))))
    expect(won.filter((it) => it)).toHaveLength(1)
    expect(readFileSync(join(root, path), 'utf8')).toBe(texts[won.indexOf(true)])
  }
  expect(warnings[0]).toContain('without hard links')
})
