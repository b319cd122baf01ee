import { spawnSync } from 'node:child_process'
import { createReadStream, lstatSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { isWithinFolder, writeUserFile } from '../../src/storage/user-files.js'
import { temporaryFolder } from '../support/catalog.js'

test.each([
  ['a file', 'old'],
  ['nothing', undefined],
])('a link to %s stays a link, and what it names is written', async (_, before) => {
  const folder = await temporaryFolder()
  if (before !== undefined) writeFileSync(join(folder, 'target'), before)
  symlinkSync('target', join(folder, 'link'))
  expect(await writeUserFile(join(folder, 'link'), ['new', '!'])).toBe(4)
  expect(lstatSync(join(folder, 'link')).isSymbolicLink()).toBe(true)
  expect(readFileSync(join(folder, 'target'), 'utf8')).toBe('new!')
  expect(readdirSync(folder).sort()).toEqual(['link', 'target'])
})

test.skipIf(process.platform === 'win32')('a pipe is written into, and stays', async () => {
  const folder = await temporaryFolder()
  const path = join(folder, 'pipe')
  expect(spawnSync('mkfifo', [path]).status).toBe(0)
  const reading = createReadStream(path, 'utf8').toArray()
  await writeUserFile(path, ['new'])
  expect((await reading).join('')).toBe('new')
  expect(lstatSync(path).isFIFO()).toBe(true)
  expect(readdirSync(folder)).toEqual(['pipe'])
})

test('an error of the system that is met once in a lifetime has steps too', async () => {
  const path = join(await temporaryFolder(), 'x'.repeat(300))
  const error = await writeUserFile(path, ['new']).catch((it: unknown) => it)
  expect(error).toMatchObject({
    code: 'STORAGE',
    errno: 'ENAMETOOLONG',
    hint: expect.stringMatching(/^1\. Check the path/),
  })
})

describe('a path lies in a folder', () => {
  test.each(['a file', 'nothing'])('where a link beside it leads to %s there', async (what) => {
    const folder = await temporaryFolder()
    mkdirSync(join(folder, 'inside'))
    if (what === 'a file') writeFileSync(join(folder, 'inside/target'), '')
    symlinkSync('inside/target', join(folder, 'first'))
    symlinkSync('first', join(folder, 'second'))
    expect(isWithinFolder(join(folder, 'inside'), join(folder, 'second'))).toBe(true)
  })

  test('not where links lead in a circle', async () => {
    const folder = await temporaryFolder()
    symlinkSync('b', join(folder, 'a'))
    symlinkSync('a', join(folder, 'b'))
    expect(isWithinFolder(join(folder, 'inside'), join(folder, 'a'))).toBe(false)
  })
})
