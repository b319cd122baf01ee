import { describe, expect, it } from 'vitest'
import type { DataCatalog } from '../../src/catalog/catalog.js'
import { type CsvImportOptions, type CsvImportReport, importCsv } from '../../src/importers/import-csv-file.js'
import { InvalidDataError, InvalidRequestError } from '../../src/model/errors.js'
import { states } from '../support/bars.js'
import { testCatalog } from '../support/catalog.js'
import { asyncOf } from './read-csv.js'

const TRADES = { type: 'trades', instrument: 'AAPL.NASDAQ' } as const
const at = (second: number, rest = '10,1'): string => `2024-01-02T14:30:${String(second).padStart(2, '0')}Z,${rest}`

function importRows(
  catalog: DataCatalog,
  rows: readonly string[],
  options: CsvImportOptions = {},
): Promise<CsvImportReport> {
  return importCsv(catalog, TRADES, asyncOf([Buffer.from(['time,price,size', ...rows].join('\n'))]), options)
}

async function sizes(catalog: DataCatalog): Promise<readonly number[]> {
  return Array.from((await catalog.query(TRADES)).column('size'))
}

describe('importing ticks', () => {
  it('keeps identical ticks of a file, and the same file again commits nothing', async () => {
    const { catalog } = await testCatalog()
    const rows = [at(0), at(0), at(1)]
    expect(await importRows(catalog, rows)).toMatchObject({ rowsAdded: 3, collapsed: 0, committed: true })
    expect(await importRows(catalog, rows)).toMatchObject({ rowsAdded: 0, committed: false })
    expect(await sizes(catalog)).toEqual([1, 1, 1])
  })

  it('two files that meet at a stamp: different ticks of it are all kept, the same one is one; again changes nothing', async () => {
    const { catalog } = await testCatalog()
    const files = [
      [at(0), at(1, '10,2'), at(1, '10,3')],
      [at(1, '10,3'), at(1, '10,4'), at(2)],
    ]
    for (const rows of files) await importRows(catalog, rows)
    expect(await sizes(catalog)).toEqual([1, 2, 3, 4, 1])
    for (const rows of files) expect((await importRows(catalog, rows)).committed).toBe(false)
    expect(await catalog.history()).toHaveLength(2)
  })

  it('claims from the first tick to the last and the holes of up to half an hour between', async () => {
    const { catalog } = await testCatalog()
    const { holes } = await importRows(catalog, [at(0), '2024-01-02T15:00:00Z,1,1', '2024-01-02T15:31:00Z,1,1'])
    expect(states(await catalog.coverage(TRADES))).toEqual([
      'data 2024-01-02T14:30:00Z..2024-01-02T15:00:00.000000001Z',
      'data 2024-01-02T15:31:00Z..2024-01-02T15:31:00.000000001Z',
    ])
    expect(holes).toHaveLength(1)
  })

  it('a skipped tick leaves its instant open, unless another tick stands there', async () => {
    const { catalog } = await testCatalog()
    const rows = [at(0), at(1, '10,-1'), at(2), at(2, 'x,1'), at(3)]
    await expect(importRows(catalog, rows)).rejects.toThrow(InvalidDataError)
    expect(await importRows(catalog, rows, { skipBadRows: true })).toMatchObject({ rows: 3, problemCount: 2 })
    expect(states(await catalog.coverage(TRADES))).toEqual([
      'data 2024-01-02T14:30:00Z..2024-01-02T14:30:01Z',
      'data 2024-01-02T14:30:01.000000001Z..2024-01-02T14:30:03.000000001Z',
    ])
  })

  it('a dry run refuses a row outside of what it is told to claim, as the import does', async () => {
    const { catalog } = await testCatalog()
    const complete = { start: '2024-01-02T14:30:00Z', end: '2024-01-02T14:30:01Z' }
    for (const dryRun of [true, false]) {
      await expect(importRows(catalog, [at(0), at(1)], { complete, dryRun })).rejects.toThrow(InvalidDataError)
    }
    expect(await importRows(catalog, [at(0)], { complete, dryRun: true })).toMatchObject({ rowsAdded: 1 })
  })

  it('a stamp at the open or close is refused: it has a meaning for bars alone', async () => {
    const { catalog } = await testCatalog()
    await expect(importRows(catalog, [at(0)], { stamp: 'open' })).rejects.toThrow(InvalidRequestError)
  })
})
