import { existsSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { makeDirectories } from '../../src/storage/make-directory.js'
import { temporaryFolder } from '../support/catalog.js'

describe('making directories', () => {
  test('makes those that are missing, outermost first, and names them', async () => {
    const root = await temporaryFolder()
    const [a, b] = [join(root, 'a'), join(root, 'a/b')]
    expect(await makeDirectories(b)).toEqual([a, b])
    expect(await makeDirectories(b)).toEqual([])
    expect(existsSync(b)).toBe(true)
  })

  test('by many at once succeeds for each', async () => {
    const root = await temporaryFolder()
    const made = await Promise.all(Array.from({ length: 20 }, () => makeDirectories(join(root, 'a/b/c/d'))))
    expect(new Set(made.flat()).size).toBe(4)
  })

  test('is refused where a file has the name, or is on the way', async () => {
    const root = await temporaryFolder()
    writeFileSync(join(root, 'file'), '')
    await expect(makeDirectories(join(root, 'file'))).rejects.toMatchObject({ code: 'EEXIST' })
    await expect(makeDirectories(join(root, 'file/below'))).rejects.toMatchObject({ code: 'ENOTDIR' })
  })

  test('ends where the system will have none below a directory that exists', async () => {
    const root = await temporaryFolder()
    symlinkSync(join(root, 'nowhere'), join(root, 'dangling'))
    await expect(makeDirectories(join(root, 'dangling/below'))).rejects.toThrow()
    if (existsSync('/proc/self')) await expect(makeDirectories('/proc/no-such/x')).rejects.toThrow()
  })
})
