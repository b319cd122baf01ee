import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { StorageError } from '../../src/model/errors.js'
import { LocalStorage } from '../../src/storage/local.js'
import { temporaryFolder } from '../support/catalog.js'

const bytes = (text: string) => new TextEncoder().encode(text)
const temporaryFiles = (root: string) => readdirSync(join(root, 'bars/_tmp'))

describe('putIfAbsent', () => {
  test('of a hundred callers at once exactly one wins, and its bytes are there, whole', async () => {
    const root = await temporaryFolder()
    const storages = Array.from({ length: 10 }, () => new LocalStorage(root))
    const texts = Array.from({ length: 100 }, (_, i) => `caller ${i} `.repeat(1000))
    const won = await Promise.all(
      texts.map((text, i) => (storages[i % 10] as LocalStorage).putIfAbsent('bars/_delta_log/0.json', bytes(text))),
    )
    expect(won.filter((it) => it)).toHaveLength(1)
    expect(readFileSync(join(root, 'bars/_delta_log/0.json'), 'utf8')).toBe(texts[won.indexOf(true)])
    expect(temporaryFiles(root)).toEqual([])
  })

  test('never writes over what is there, not even over nothing', async () => {
    const root = await temporaryFolder()
    const storage = new LocalStorage(root)
    mkdirSync(join(root, 'bars'))
    writeFileSync(join(root, 'bars/a'), '')
    expect(await storage.putIfAbsent('bars/a', bytes('new'))).toBe(false)
    expect(readFileSync(join(root, 'bars/a'), 'utf8')).toBe('')
  })

  test('leaves no temporary file when it fails', async () => {
    const root = await temporaryFolder()
    mkdirSync(join(root, 'bars'))
    writeFileSync(join(root, 'bars/file'), 'in the way of a directory')
    await expect(new LocalStorage(root).putIfAbsent('bars/file/a', bytes('x'))).rejects.toThrow(StorageError)
    expect(temporaryFiles(root)).toEqual([])
    expect(readFileSync(join(root, 'bars/file'), 'utf8')).toBe('in the way of a directory')
  })
})

describe('create', () => {
  test('writes a file whole, in directories that it makes', async () => {
    const root = await temporaryFolder()
    const storage = new LocalStorage(root)
    await storage.create('bars/a=1/b=2/x.parquet', bytes('content'))
    await storage.syncDirectory('bars/a=1/b=2')
    expect(readFileSync(join(root, 'bars/a=1/b=2/x.parquet'), 'utf8')).toBe('content')
    expect(temporaryFiles(root)).toEqual([])
  })

  test('leaves no temporary file when the last step fails', async () => {
    const root = await temporaryFolder()
    mkdirSync(join(root, 'bars/x.parquet/full'), { recursive: true })
    const creating = new LocalStorage(root).create('bars/x.parquet', bytes('content'))
    await expect(creating).rejects.toThrow(StorageError)
    await expect(creating).rejects.toThrow(/cannot write bars\/x\.parquet: E/)
    expect(temporaryFiles(root)).toEqual([])
  })
})
