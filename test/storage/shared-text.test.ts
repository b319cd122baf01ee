import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { StorageError } from '../../src/model/errors.js'
import { SharedText } from '../../src/storage/shared-text.js'
import { temporaryFolder } from '../support/catalog.js'
import { readOnly } from '../support/system-limits.js'

async function sharedText(): Promise<SharedText> {
  return new SharedText(join(await temporaryFolder(), 'state', 'counter'))
}

function increment(current: { readonly text: string } | undefined): string {
  return String(Number(current?.text ?? 0) + 1)
}

function names({ directory }: SharedText): readonly string[] {
  return readdirSync(directory).sort((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10))
}

describe('a shared text', () => {
  test('is not there until it is written, and then says what was written last', async () => {
    const text = await sharedText()
    expect(text.read()).toBeUndefined()
    await text.change(() => 'first')
    await text.change((it) => `${it?.text}, second`)
    const { modifiedMs } = text.read() ?? {}
    expect(text.read()).toEqual({ text: 'first, second', modifiedMs: expect.any(Number) })
    expect(Math.abs(Date.now() - Number(modifiedMs))).toBeLessThan(60_000)
    expect(new SharedText(text.directory).read()?.text).toBe('first, second')
  })

  test('stays as it is, and makes no file, when a change has nothing to say', async () => {
    const text = await sharedText()
    await text.change(() => undefined)
    expect(text.read()).toBeUndefined()
    await text.change(() => 'first')
    await text.change(() => undefined)
    expect(names(text)).toEqual(['1.json'])
  })

  test('is changed before the promise is looked at, where its directory is there', async () => {
    const text = await sharedText()
    await text.change(() => 'first')
    const changing = text.change(() => 'second')
    expect(text.read()?.text).toBe('second')
    await changing
  })

  test('keeps 32 versions, and no other files', async () => {
    const text = await sharedText()
    for (let i = 0; i < 50; i++) await text.change(increment)
    expect(names(text)).toEqual(Array.from({ length: 32 }, (_, i) => `${19 + i}.json`))
  })

  test('is made anew when its directory was deleted', async () => {
    const text = await sharedText()
    await text.change(() => 'first')
    rmSync(text.directory, { recursive: true })
    expect(text.read()).toBeUndefined()
    await text.change(increment)
    expect(text.read()?.text).toBe('1')
  })

  test('is empty, and can be written again, where its newest file cannot be read', async () => {
    const text = await sharedText()
    await text.change(() => 'first')
    mkdirSync(join(text.directory, '2.json'))
    expect(text.read()?.text).toBe('')
    await text.change((it) => `after '${it?.text}'`)
    expect(text.read()?.text).toBe(`after ''`)
  })

  test.skipIf(process.platform === 'win32')(
    'is empty where its newest file leads nowhere, and never waits',
    async () => {
      const text = await sharedText()
      await text.change(() => 'first')
      symlinkSync(join(text.directory, 'nowhere'), join(text.directory, '2.json'))
      expect(text.read()?.text).toBe('')
    },
  )

  test('goes by numbers, not by names', async () => {
    const text = await sharedText()
    for (let i = 0; i < 12; i++) await text.change(increment)
    for (const name of ['99.txt', '099.json', '1e9.json', '-99.json', 'notes']) {
      writeFileSync(join(text.directory, name), 'of somebody else')
    }
    await text.change(increment)
    expect(text.read()?.text).toBe('13')
    expect(existsSync(join(text.directory, 'notes'))).toBe(true)
  })

  test('loses no change when another comes between its look and its own', async () => {
    const text = await sharedText()
    let hasLooked = false
    await text.change((it) => {
      if (!hasLooked) {
        hasLooked = true
        void new SharedText(text.directory).change(increment)
      }
      return increment(it)
    })
    expect(text.read()?.text).toBe('2')
  })

  test('is not set back by one that was stopped while many others passed', async () => {
    const text = await sharedText()
    let hasLooked = false
    await text.change((it) => {
      if (!hasLooked) {
        hasLooked = true
        const others = new SharedText(text.directory)
        for (let i = 0; i < 50; i++) void others.change(increment)
      }
      return increment(it)
    })
    expect(text.read()?.text).toBe('51')
    expect(names(text)).toHaveLength(32)
  })

  test('takes away what a killed process left behind, when it is old enough to be nobody’s', async () => {
    const text = await sharedText()
    await text.change(() => 'first')
    for (const name of ['old.part', 'new.part']) writeFileSync(join(text.directory, name), 'half')
    const past = new Date(Date.now() - 3_600_000)
    utimesSync(join(text.directory, 'old.part'), past, past)
    await text.change(() => 'second')
    expect(readdirSync(text.directory).sort()).toEqual(['1.json', '2.json', 'new.part'])
  })

  test('says which directory cannot be written', async () => {
    const text = await sharedText()
    await text.change(() => 'first')
    await readOnly(dirname(dirname(text.directory)), async () => {
      const error = await text.change(() => 'second').catch((it: unknown) => it)
      expect(error).toBeInstanceOf(StorageError)
      expect((error as StorageError).message).toContain(text.directory)
    })
    expect(text.read()?.text).toBe('first')
    const file = join(text.directory, '1.json')
    await expect(new SharedText(file).change(() => 'x')).rejects.toThrow(StorageError)
    expect(readFileSync(file, 'utf8')).toBe('first')
  })
})
