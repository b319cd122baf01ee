import { describe, expect, test } from 'vitest'
import type { DataCatalog } from '../../src/catalog/catalog.js'
import { AAPL, minuteBars, spans } from '../support/bars.js'
import { testCatalog } from '../support/catalog.js'

const nothing = (catalog: DataCatalog, start: string, end: string) =>
  catalog.write(AAPL, [], { coverage: { start, end } })
/** `2024-01-06 0`: the period a file is named by, and its rows. */
const filesOf = async (catalog: DataCatalog) =>
  (await catalog.files(AAPL)).map((it) => `${it.path.split('/').at(-1)?.split('.')[0]} ${it.numRows}`)
const covered = async (catalog: DataCatalog) =>
  spans(await catalog.coverage(AAPL)).map((it) => it.replaceAll(':00Z', ''))

describe('covered time without rows', () => {
  test('is one file for each month it touches, named by its first day', async () => {
    const { catalog } = await testCatalog()
    await nothing(catalog, '2024-01-06', '2024-03-02')
    expect(await filesOf(catalog)).toEqual(['2024-01-06 0', '2024-02-01 0', '2024-03-01 0'])
    expect(await covered(catalog)).toEqual(['2024-01-06T00:00..2024-03-02T00:00'])
    expect((await catalog.query(AAPL)).numRows).toBe(0)
  })

  test('of several days of a month, written one after another, is one file', async () => {
    const { catalog } = await testCatalog()
    await nothing(catalog, '2024-01-13', '2024-01-14')
    await nothing(catalog, '2024-01-06', '2024-01-07')
    await nothing(catalog, '2024-01-20', '2024-01-21')
    expect(await filesOf(catalog)).toEqual(['2024-01-06 0'])
    expect(await covered(catalog)).toEqual([
      '2024-01-06T00:00..2024-01-07T00:00',
      '2024-01-13T00:00..2024-01-14T00:00',
      '2024-01-20T00:00..2024-01-21T00:00',
    ])
  })

  test('is split by rows that come later: the day gets its own file, the rest stays', async () => {
    const { catalog } = await testCatalog()
    await nothing(catalog, '2024-01-02', '2024-01-05')
    await catalog.write(AAPL, minuteBars('2024-01-03T14:30Z', 2))
    expect(await filesOf(catalog)).toEqual(['2024-01-02 0', '2024-01-03 2'])
    expect(await covered(catalog)).toEqual(['2024-01-02T00:00..2024-01-05T00:00'])
  })

  test('is split by a deletion: the day is missing, the rest stays', async () => {
    const { catalog } = await testCatalog()
    await nothing(catalog, '2024-01-02', '2024-01-05')
    await catalog.deleteRange(AAPL, { start: '2024-01-03', end: '2024-01-04' })
    expect(await filesOf(catalog)).toEqual(['2024-01-02 0'])
    expect(await covered(catalog)).toEqual(['2024-01-02T00:00..2024-01-03T00:00', '2024-01-04T00:00..2024-01-05T00:00'])
  })

  test('is what remains of a day when its rows are deleted around it', async () => {
    const { catalog } = await testCatalog()
    const coverage = { start: '2024-01-03', end: '2024-01-04' }
    await catalog.write(AAPL, minuteBars('2024-01-03T14:30Z', 2), { coverage })
    await nothing(catalog, '2024-01-06', '2024-01-08')
    await catalog.deleteRange(AAPL, { start: '2024-01-03T14:00Z', end: '2024-01-03T15:00Z' })
    expect(await filesOf(catalog)).toEqual(['2024-01-03 0'])
    expect(await covered(catalog)).toEqual([
      '2024-01-03T00:00..2024-01-03T14:00',
      '2024-01-03T15:00..2024-01-04T00:00',
      '2024-01-06T00:00..2024-01-08T00:00',
    ])
  })

  test('beside rows of the same day is one file with them', async () => {
    const { catalog } = await testCatalog()
    await catalog.write(AAPL, minuteBars('2024-01-03T14:30Z', 2))
    await nothing(catalog, '2024-01-03', '2024-01-05')
    expect(await filesOf(catalog)).toEqual(['2024-01-03 2', '2024-01-04 0'])
  })

  test('in a consolidated month joins its file', async () => {
    const { catalog } = await testCatalog()
    for (const date of ['2024-01-02', '2024-01-03']) await catalog.write(AAPL, minuteBars(`${date}T14:30Z`, 2))
    await catalog.consolidate()
    await nothing(catalog, '2024-01-06', '2024-02-02')
    expect(await filesOf(catalog)).toEqual(['2024-01 4', '2024-02-01 0'])
  })

  test('of daily bars is one file for each year', async () => {
    const { catalog } = await testCatalog()
    const daily = { ...AAPL, barType: '1-DAY-LAST' }
    await catalog.write(daily, [], { coverage: { start: '2022-06-01', end: '2024-02-01' } })
    expect((await catalog.files(daily)).map((it) => it.unit)).toEqual(['year', 'year', 'year'])
  })

  test('makes the series known: a query has no rows, and is complete', async () => {
    const { catalog } = await testCatalog()
    await nothing(catalog, '2024-01-06', '2024-01-08')
    const frame = await catalog.query(AAPL, { start: '2024-01-06', end: '2024-01-08', requireComplete: true })
    expect([frame.numRows, frame.missing]).toEqual([0, []])
    expect(await catalog.list()).toMatchObject([{ rows: 0, files: 1, firstNs: undefined, lastNs: undefined }])
  })
})
