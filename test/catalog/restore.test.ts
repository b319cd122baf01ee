import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import {
  CatalogCorruptionError,
  DataNotFoundError,
  InvalidRequestError,
  SettingsConflictError,
} from '../../src/model/errors.js'
import { sameRows } from '../../src/model/frame-edit.js'
import { AAPL, bar, MSFT, minuteBars } from '../support/bars.js'
import { testCatalog } from '../support/catalog.js'

const DAY_ONE = { start: '2024-01-02', end: '2024-01-03' } as const

describe('restore', () => {
  test('brings a whole series back, rows and coverage, as one commit without decoding or rewriting a file', async () => {
    const { catalog } = await testCatalog()
    const rows = [...minuteBars('2024-01-02T14:30Z', 60), ...minuteBars('2024-01-03T14:30Z', 60)]
    const { asOf } = await catalog.write(AAPL, rows, { coverage: { start: '2024-01-02', end: '2024-01-04' } })
    const [before, coverage, files] = [
      await catalog.query(AAPL),
      await catalog.coverage(AAPL),
      await catalog.files(AAPL),
    ]
    await catalog.deleteRange(AAPL, { start: '2024-01-02T14:40Z', end: '2024-01-03T14:40Z' })
    await catalog.consolidate()
    const report = await catalog.restore(AAPL, { asOf })
    expect(report).toMatchObject({ committed: true, rowsAdded: 60, filesAdded: 2, filesRemoved: 1 })
    expect(sameRows(await catalog.query(AAPL), before)).toBe(true)
    expect(await catalog.coverage(AAPL)).toEqual(coverage)
    expect((await catalog.files(AAPL)).map((it) => it.path)).toEqual(files.map((it) => it.path))
    expect((await catalog.history()).at(-1)).toMatchObject({ operation: 'RESTORE', parameters: { version: 'bars@0' } })
    expect(await catalog.verify()).toMatchObject({ ok: true, orphans: 0 })
  })

  test('to what is there already commits nothing', async () => {
    const { catalog } = await testCatalog()
    const { asOf } = await catalog.write(AAPL, minuteBars('2024-01-02T14:30Z', 5))
    await catalog.write(MSFT, minuteBars('2024-01-02T14:30Z', 5))
    expect(await catalog.restore(AAPL, { asOf })).toMatchObject({ committed: false, rowsAdded: 0, filesAdded: 0 })
    expect(await catalog.history()).toHaveLength(2)
  })

  test('leaves other series, and what lies outside the range, as they are', async () => {
    const { catalog } = await testCatalog()
    const { asOf } = await catalog.write(AAPL, minuteBars('2024-01-02T14:30Z', 60))
    await catalog.write(AAPL, minuteBars('2024-01-02T14:30Z', 60, 7), { mode: 'merge' })
    await catalog.write(MSFT, minuteBars('2024-01-02T14:30Z', 3))
    const changed = (await catalog.query(AAPL)).column('close').slice()
    const original = (await catalog.query(AAPL, { asOf })).column('close')
    await catalog.restore(AAPL, { asOf, start: '2024-01-02T14:40Z', end: '2024-01-02T14:50Z' })
    const mixed = [...changed.slice(0, 10), ...original.slice(10, 20), ...changed.slice(20)]
    expect([...(await catalog.query(AAPL)).column('close')]).toEqual(mixed)
    expect((await catalog.query(MSFT)).numRows).toBe(3)
    expect(await catalog.verify()).toMatchObject({ ok: true })
  })

  test('removes inside the range what came later, and its coverage', async () => {
    const { catalog } = await testCatalog()
    const { asOf } = await catalog.write(AAPL, minuteBars('2024-01-02T14:30Z', 5))
    await catalog.write(AAPL, minuteBars('2024-01-05T14:30Z', 5))
    await catalog.restore(AAPL, { asOf, start: '2024-01-03', end: '2024-02-01' })
    expect((await catalog.query(AAPL)).numRows).toBe(5)
    expect(await catalog.missing(AAPL, { start: '2024-01-05T14:30Z', end: '2024-01-05T14:31Z' })).toHaveLength(1)
  })

  test('cuts through a consolidated month from its days, and through days from a month', async () => {
    const { catalog } = await testCatalog()
    const days = [2, 3, 4].flatMap((day) => minuteBars(`2024-01-0${day}T14:30Z`, 30))
    const atDays = (await catalog.write(AAPL, days)).asOf
    await catalog.consolidate()
    const atMonth = catalog.version()
    await catalog.write(AAPL, minuteBars('2024-01-03T14:30Z', 30, 9))
    const changed = await catalog.query(AAPL)
    await catalog.restore(AAPL, { asOf: atDays, start: '2024-01-03', end: '2024-01-04' })
    expect(sameRows(await catalog.query(AAPL), await catalog.query(AAPL, { asOf: atDays }))).toBe(true)
    await catalog.restore(AAPL, { asOf: atMonth, start: '2024-01-02T14:35Z', end: '2024-01-03T14:35Z' })
    expect(sameRows(await catalog.query(AAPL), await catalog.query(AAPL, { asOf: atMonth }))).toBe(true)
    expect(sameRows(changed, await catalog.query(AAPL))).toBe(false)
    expect(await catalog.verify()).toMatchObject({ ok: true })
  })

  test('of a whole table needs to be asked for in so many words', async () => {
    const { catalog } = await testCatalog()
    const { asOf } = await catalog.write(AAPL, minuteBars('2024-01-02T14:30Z', 5))
    await catalog.write(MSFT, minuteBars('2024-01-02T14:30Z', 5))
    await expect(catalog.restore('bars', { asOf })).rejects.toThrow(InvalidRequestError)
    await expect(catalog.restore('bars', { asOf, all: true, ...DAY_ONE })).rejects.toThrow(InvalidRequestError)
    await catalog.restore('bars', { asOf, all: true })
    expect((await catalog.list()).map((it) => it.series.instrument)).toEqual(['AAPL.NASDAQ'])
  })

  test('is refused, with nothing changed, unless every file needed is there as it was written', async () => {
    const { catalog, root } = await testCatalog()
    const { asOf } = await catalog.write(AAPL, minuteBars('2024-01-02T14:30Z', 5))
    const [file] = await catalog.files(AAPL)
    await catalog.deleteRange(AAPL, DAY_ONE)
    rmSync(join(root, file?.path ?? ''))
    const after = catalog.version()
    const error = await catalog.restore(AAPL, { asOf }).catch((it: unknown) => it)
    expect(error).toBeInstanceOf(CatalogCorruptionError)
    expect(error).toMatchObject({ files: [{ file: file?.path, reason: 'the file is missing' }] })
    expect(catalog.version()).toBe(after)
  })

  test('of a series that did not exist then is an error, not a deletion', async () => {
    const { catalog } = await testCatalog()
    const { asOf } = await catalog.write(AAPL, minuteBars('2024-01-02T14:30Z', 5))
    await catalog.write(MSFT, minuteBars('2024-01-02T14:30Z', 5))
    await expect(catalog.restore(MSFT, { asOf })).rejects.toThrow(DataNotFoundError)
  })

  test('of a range is refused where it would mix two settings; of the whole series it brings the old one back', async () => {
    const { catalog } = await testCatalog()
    const asked = (adjustment: string) => ({ provenance: { source: 'x', setting: { adjustment } } })
    const whole = { start: '2024-01-02', end: '2024-01-04' } as const
    const rows = [bar('2024-01-02T14:30Z'), bar('2024-01-03T14:30Z')]
    const { asOf } = await catalog.write(AAPL, rows, { coverage: whole, ...asked('split') })
    await catalog.write(AAPL, rows, { mode: 'replace', coverage: whole, ...asked('none') })
    await expect(catalog.restore(AAPL, { asOf, ...DAY_ONE })).rejects.toThrow(SettingsConflictError)
    await catalog.restore(AAPL, { asOf })
    expect(await catalog.coverage(AAPL)).toMatchObject([{ provenance: { setting: { adjustment: 'split' } } }])
  })

  test('in a dry run counts and changes nothing', async () => {
    const { catalog } = await testCatalog()
    const { asOf } = await catalog.write(AAPL, minuteBars('2024-01-02T14:30Z', 5))
    await catalog.deleteRange(AAPL, DAY_ONE)
    const before = catalog.version()
    const report = await catalog.restore(AAPL, { asOf, dryRun: true })
    expect(report).toMatchObject({ committed: false, rowsAdded: 5, filesAdded: 1 })
    expect(catalog.version()).toBe(before)
  })

  test('can be undone', async () => {
    const { catalog } = await testCatalog()
    const { asOf } = await catalog.write(AAPL, minuteBars('2024-01-02T14:30Z', 5))
    const later = (await catalog.write(AAPL, minuteBars('2024-01-02T14:32Z', 9, 4))).asOf
    await catalog.restore(AAPL, { asOf })
    await catalog.restore(AAPL, { asOf: later })
    expect(sameRows(await catalog.query(AAPL), await catalog.query(AAPL, { asOf: later }))).toBe(true)
  })
})
