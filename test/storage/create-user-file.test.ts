import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { kindOfPath, makeUserDirectory, writeUserFile } from '../../src/storage/user-files.js'
import { temporaryFolder } from '../support/catalog.js'

describe('a file that has to be new', () => {
  test('is made, and nothing is left beside it', async () => {
    const folder = await temporaryFolder()
    expect(await writeUserFile(join(folder, 'new.csv'), ['a', 'b'], 'create')).toBe(2)
    expect(readFileSync(join(folder, 'new.csv'), 'utf8')).toBe('ab')
    expect(readdirSync(folder)).toEqual(['new.csv'])
  })

  test('is refused where one appears while it is written, which stays as it is', async () => {
    const folder = await temporaryFolder()
    const path = join(folder, 'taken.csv')
    function* chunks(): Generator<string> {
      yield 'ours'
      writeFileSync(path, 'theirs')
    }
    await expect(writeUserFile(path, chunks(), 'create')).rejects.toMatchObject({
      code: 'INVALID_REQUEST',
      message: `${path} is there already`,
    })
    expect(readFileSync(path, 'utf8')).toBe('theirs')
    expect(readdirSync(folder)).toEqual(['taken.csv'])
  })
})

test('a directory is made with those on the way to it, and once', async () => {
  const path = join(await temporaryFolder(), 'a/b/c')
  await makeUserDirectory(path)
  await makeUserDirectory(path)
  expect(await kindOfPath(path)).toBe('directory')
})

test.each(['file', 'file/below'])('a directory cannot have the name %s of a file', async (name) => {
  const folder = await temporaryFolder()
  writeFileSync(join(folder, 'file'), '')
  await expect(makeUserDirectory(join(folder, name))).rejects.toMatchObject({ code: 'INVALID_REQUEST' })
  expect(existsSync(join(folder, 'file'))).toBe(true)
})

test('a path is told apart as a file, a directory, a device or nothing', async () => {
  const folder = await temporaryFolder()
  mkdirSync(join(folder, 'directory'))
  writeFileSync(join(folder, 'file'), '')
  const kinds = ['directory', 'file', 'nothing'].map((it) => kindOfPath(join(folder, it)))
  expect(await Promise.all(kinds)).toEqual(['directory', 'file', undefined])
  if (process.platform !== 'win32') expect(await kindOfPath('/dev/null')).toBe('other')
})
