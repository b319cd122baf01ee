import { copyFileSync, mkdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { CatalogCorruptionError } from '../../src/model/errors.js'
import { AAPL, MSFT, minuteBars, stamps } from '../support/bars.js'
import { type TestCatalog, testCatalog } from '../support/catalog.js'

const HURT = { start: '2024-01-03T00:00:00Z', end: '2024-01-04T00:00:00Z' }

interface Damaged extends TestCatalog {
  /** The file of 3 January, below the root, and where it is. */
  readonly file: string
  readonly path: string
}

/** Three days of AAPL, covered whole; the file of the second is going to be hurt. */
async function threeDays(): Promise<Damaged> {
  const it = await testCatalog()
  for (const [day, next] of [
    ['02', '03'],
    ['03', '04'],
    ['04', '05'],
  ]) {
    const coverage = { start: `2024-01-${day}`, end: `2024-01-${next}` }
    await it.catalog.write(AAPL, minuteBars(`2024-01-${day}T14:30Z`, 60), { coverage })
  }
  const file = (await it.catalog.files(AAPL))[1]?.path ?? ''
  return { ...it, file, path: join(it.root, file) }
}

/** Everything that can happen to a file, and what verify calls it. */
const DAMAGES: readonly (readonly [string, 'missing' | 'size' | 'checksum', (it: Damaged) => void])[] = [
  ['a byte cut off its end', 'size', ({ path }) => truncateSync(path, readFileSync(path).length - 1)],
  ['half of it', 'size', ({ path }) => truncateSync(path, readFileSync(path).length >> 1)],
  ['emptied', 'size', ({ path }) => truncateSync(path, 0)],
  ['longer by a byte', 'size', ({ path }) => writeFileSync(path, Buffer.concat([readFileSync(path), Buffer.of(0)]))],
  ['overwritten with zeros', 'checksum', ({ path }) => writeFileSync(path, Buffer.alloc(readFileSync(path).length))],
  ['deleted', 'missing', ({ path }) => rmSync(path)],
  [
    'replaced by a directory',
    'missing',
    ({ path }) => {
      rmSync(path)
      mkdirSync(path)
    },
  ],
]

async function expectNamed(it: Damaged): Promise<void> {
  const error = await it.catalog.query(AAPL).catch((reason: unknown) => reason)
  expect(error).toBeInstanceOf(CatalogCorruptionError)
  expect((error as CatalogCorruptionError).files).toMatchObject([{ file: it.file, interval: HURT }])
  expect((error as CatalogCorruptionError).message).toContain(it.file)
  expect((error as CatalogCorruptionError).message).toContain('2024-01-03T00:00:00Z .. 2024-01-04T00:00:00Z')
}

describe('a damaged data file', () => {
  test.each(DAMAGES)('%s: the query names file and interval, verify calls it %s', async (_what, kind, damage) => {
    const it = await threeDays()
    damage(it)
    await expectNamed(it)
    const report = await it.catalog.verify()
    expect(report).toMatchObject({ ok: false, files: 3, quarantined: [] })
    expect(report.problems).toMatchObject([{ file: it.file, kind, interval: HURT }])
  })

  test('a flipped bit anywhere in it is found', async () => {
    const it = await threeDays()
    const sound = readFileSync(it.path)
    for (let at = 0; at < sound.length; at += 97) {
      const hurt = Buffer.from(sound)
      hurt[at] = (hurt[at] ?? 0) ^ (1 << (at % 8))
      writeFileSync(it.path, hurt)
      await expectNamed(it)
    }
    const last = Buffer.from(sound)
    last[sound.length - 1] = (last.at(-1) ?? 0) ^ 1
    writeFileSync(it.path, last)
    await expectNamed(it)
    expect((await it.catalog.verify()).problems).toMatchObject([{ file: it.file, kind: 'checksum', interval: HURT }])
    writeFileSync(it.path, sound)
    expect((await it.catalog.query(AAPL)).numRows).toBe(180)
    expect((await it.catalog.verify()).ok).toBe(true)
  })

  test("another series' sound file in its place is found", async () => {
    const it = await threeDays()
    await it.catalog.write(MSFT, minuteBars('2024-01-03T14:30Z', 60), { coverage: HURT })
    const other = join(it.root, (await it.catalog.files(MSFT))[0]?.path ?? '')
    copyFileSync(other, it.path)
    await expectNamed(it)
    expect((await it.catalog.query(MSFT)).numRows).toBe(60)
  })

  test('of the same series, an older state of the day in its place is found', async () => {
    const it = await threeDays()
    await it.catalog.write(AAPL, minuteBars('2024-01-03T14:30Z', 60, 1))
    const newer = (await it.catalog.files(AAPL))[1]?.path ?? ''
    copyFileSync(it.path, join(it.root, newer))
    await expectNamed({ ...it, file: newer })
  })

  test('does not hinder what does not need it', async () => {
    const it = await threeDays()
    truncateSync(it.path, 10)
    const rest = await it.catalog.query(AAPL, { start: '2024-01-04', end: '2024-01-05' })
    expect(rest.numRows).toBe(60)
    expect(
      stamps(await it.catalog.query(AAPL, { start: '2024-01-02', end: '2024-01-03', columns: ['ts_event'] })),
    ).toHaveLength(60)
    expect((await it.catalog.list())[0]?.rows).toBe(180)
  })

  test('several are named in one error', async () => {
    const it = await threeDays()
    for (const file of await it.catalog.files(AAPL)) rmSync(join(it.root, file.path))
    const error = await it.catalog.query(AAPL).catch((reason: unknown) => reason)
    expect((error as CatalogCorruptionError).files).toHaveLength(3)
  })

  test('is found by stream when it comes to it, after the rows before it', async () => {
    const it = await threeDays()
    truncateSync(it.path, 10)
    let rows = 0
    const reading = (async () => {
      for await (const part of it.catalog.stream(AAPL)) rows += part.numRows
    })()
    await expect(reading).rejects.toThrow(CatalogCorruptionError)
    expect(rows).toBe(60)
  })

  test('stops a write that would keep some of it, and changes nothing', async () => {
    const it = await threeDays()
    truncateSync(it.path, 10)
    await expect(it.catalog.write(AAPL, minuteBars('2024-01-03T20:00Z', 1))).rejects.toThrow(CatalogCorruptionError)
    await expect(it.catalog.deleteRange(AAPL, { start: '2024-01-03', end: '2024-01-03T15:00Z' })).rejects.toThrow(
      CatalogCorruptionError,
    )
    await expect(it.catalog.consolidate()).rejects.toThrow(CatalogCorruptionError)
    expect(await it.catalog.history()).toHaveLength(3)
  })

  test('is no hindrance to a replacement or a deletion of all of it', async () => {
    const replaced = await threeDays()
    truncateSync(replaced.path, 10)
    await replaced.catalog.write(AAPL, minuteBars('2024-01-03T14:30Z', 5), { mode: 'replace', coverage: HURT })
    expect((await replaced.catalog.query(AAPL)).numRows).toBe(125)
    const deleted = await threeDays()
    truncateSync(deleted.path, 10)
    await deleted.catalog.deleteRange(AAPL, HURT)
    expect((await deleted.catalog.query(AAPL)).numRows).toBe(120)
  })

  test('a query never changes the catalog', async () => {
    const it = await threeDays()
    truncateSync(it.path, 10)
    await expectNamed(it)
    expect(await it.catalog.history()).toHaveLength(3)
    expect(readFileSync(it.path)).toHaveLength(10)
  })
})
