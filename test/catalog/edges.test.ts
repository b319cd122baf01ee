import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Session } from '../../src/catalog/coverage/required.js'
import {
  CatalogCorruptionError,
  DataNotFoundError,
  InvalidDataError,
  InvalidRequestError,
} from '../../src/model/errors.js'
import { AAPL, bar, MSFT, minuteBars } from '../support/bars.js'
import { testCatalog } from '../support/catalog.js'

const JANUARY = ['2024-01-03T15:00Z', '2024-01-04T15:00Z'] as const

describe('the edges of the API', () => {
  test('a stream that must be complete refuses an incomplete range before its first part', async () => {
    const { catalog } = await testCatalog()
    await catalog.write(AAPL, minuteBars('2024-01-03T15:00Z', 3))
    const parts = catalog.stream(AAPL, { start: '2024-01-03', end: '2024-01-05', requireComplete: true })
    await expect(parts.next()).rejects.toBeInstanceOf(DataNotFoundError)
  })

  test('a session that is none is refused, and does not silently return nothing', async () => {
    const { catalog } = await testCatalog()
    await catalog.write(AAPL, minuteBars('2024-01-03T15:00Z', 3))
    const wrong: unknown = 'Regular'
    await expect(catalog.query(AAPL, { session: wrong as Session })).rejects.toBeInstanceOf(InvalidRequestError)
  })

  test('a count beyond 64 bits is refused, and not wrapped around', async () => {
    const { catalog } = await testCatalog()
    const rows = [{ ...bar('2024-01-03T15:00Z'), trade_count: 2n ** 64n + 5n }]
    await expect(catalog.write(AAPL, rows)).rejects.toBeInstanceOf(InvalidDataError)
  })

  test('simulated provenance is refused outside the venue SIM', async () => {
    const { catalog } = await testCatalog()
    const rows = minuteBars('2024-01-03T15:00Z', 1)
    const provenance = { source: 'sim' }
    await expect(catalog.write(AAPL, rows, { provenance })).rejects.toThrow(/simulated/)
    const report = await catalog.write({ ...AAPL, instrument: 'AAPL.SIM' }, rows, { provenance })
    expect(report.committed).toBe(true)
  })

  test('a coverage entry that is not complete is refused', async () => {
    const { catalog } = await testCatalog()
    const entry: unknown = { startNs: 0n, endNs: 1n, state: 'bogus' }
    const coverage = [entry as { readonly start: string; readonly end: string }]
    await expect(catalog.write(AAPL, [], { coverage })).rejects.toBeInstanceOf(InvalidRequestError)
  })

  test('a deletion in a catalog that does not exist creates nothing', async () => {
    const { catalog, root } = await testCatalog()
    const report = await catalog.deleteRange(AAPL, { start: '2024-01-03', end: '2024-01-05' })
    expect(report.committed).toBe(false)
    await expect(writeFile(join(root, 'bars', 'x'), '')).rejects.toThrow(/ENOENT/)
  })

  test('slices count as those of arrays do', async () => {
    const { catalog } = await testCatalog()
    await catalog.write(AAPL, minuteBars('2024-01-03T15:00Z', 3))
    const frame = await catalog.query(AAPL)
    expect([frame.slice(1), frame.slice(-1), frame.slice(0, 99), frame.slice(2, 1)].map((it) => it.numRows)).toEqual([
      2, 1, 3, 0,
    ])
    expect(frame.slice(-1).column('ts_event')[0]).toBe(frame.column('ts_event')[2])
  })

  test('a damaged month is named, and does not keep other series from being consolidated', async () => {
    const { catalog, root } = await testCatalog()
    for (const series of [AAPL, MSFT]) for (const start of JANUARY) await catalog.write(series, minuteBars(start, 3))
    const [first] = await catalog.files(AAPL)
    await writeFile(join(root, first?.path ?? ''), 'damaged')
    await expect(catalog.consolidate()).rejects.toBeInstanceOf(CatalogCorruptionError)
    expect((await catalog.files(AAPL)).length).toBe(2)
    expect((await catalog.files(MSFT)).length).toBe(1)
  })
})
