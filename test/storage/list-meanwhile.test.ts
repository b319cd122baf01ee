import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { LocalStorage } from '../../src/storage/local.js'
import { watch } from '../crash/disk.mjs'
import { temporaryFolder } from '../support/catalog.js'

test('a directory that goes while files are listed, as a lock does, takes no other file with it', async () => {
  const root = await temporaryFolder()
  mkdirSync(join(root, 'bars/_lock'), { recursive: true })
  for (const name of ['a', 'z']) writeFileSync(join(root, 'bars', name), '')
  let hasGone = false
  const disk = watch(root, ({ name, path }) => {
    if (name !== 'readdir' || path !== 'bars/_lock') return undefined
    hasGone = true
    return 'ENOENT'
  })
  const listed = new LocalStorage(root).listFiles('bars').map((it) => it.path)
  disk.unwatch()
  // Seen by itself: what goes inside one call of node:fs ends that call.
  expect(hasGone).toBe(true)
  expect(listed).toEqual(['bars/a', 'bars/z'])
})
