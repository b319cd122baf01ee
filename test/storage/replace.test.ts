import { mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { StorageError } from '../../src/model/errors.js'
import { LocalStorage } from '../../src/storage/local.js'
import { temporaryFolder } from '../support/catalog.js'

const bytes = (text: string) => new TextEncoder().encode(text)

describe('replace', () => {
  test('writes where nothing is, and over what is there', async () => {
    const root = await temporaryFolder()
    const storage = new LocalStorage(root)
    for (const text of ['a first, longer text', 'second']) {
      await storage.replace('bars/_delta_log/_last_checkpoint', bytes(text))
      expect(readFileSync(join(root, 'bars/_delta_log/_last_checkpoint'), 'utf8')).toBe(text)
    }
    expect(readdirSync(join(root, 'bars/_tmp'))).toEqual([])
  })

  test('shows a reader the old bytes or the new ones, whole', async () => {
    const root = await temporaryFolder()
    const storage = new LocalStorage(root)
    const texts = ['a', 'b', 'c', 'd'].map((it) => it.repeat(100_000))
    await storage.replace('bars/x', bytes(texts[0] as string))
    const seen = new Set<string>()
    let isDone = false
    const reader = (async () => {
      while (!isDone) {
        seen.add(readFileSync(join(root, 'bars/x'), 'utf8'))
        await new Promise(setImmediate)
      }
    })()
    for (const text of [...texts, ...texts]) await storage.replace('bars/x', bytes(text))
    isDone = true
    await reader
    expect([...seen].filter((it) => !texts.includes(it))).toEqual([])
  })

  test('leaves no temporary file when it fails', async () => {
    const root = await temporaryFolder()
    mkdirSync(join(root, 'bars/x/full'), { recursive: true })
    await expect(new LocalStorage(root).replace('bars/x', bytes('content'))).rejects.toThrow(StorageError)
    expect(readdirSync(join(root, 'bars/_tmp'))).toEqual([])
  })
})
