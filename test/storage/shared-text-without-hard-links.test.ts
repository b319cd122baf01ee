import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { SharedText } from '../../src/storage/shared-text.js'
import { temporaryFolder } from '../support/catalog.js'

vi.mock('node:fs', async (original) => ({
  ...(await original<typeof import('node:fs')>()),
  linkSync: () => {
    throw Object.assign(new Error('EPERM'), { code: 'EPERM' })
  },
}))

test('without hard links, too, a shared text loses no change', async () => {
  const directory = join(await temporaryFolder(), 'counter')
  const text = new SharedText(directory)
  await text.change(() => '0')
  let hasLooked = false
  await text.change((it) => {
    if (!hasLooked) void new SharedText(directory).change(() => '10')
    hasLooked = true
    return String(Number(it?.text) + 1)
  })
  expect(text.read()?.text).toBe('11')
})
