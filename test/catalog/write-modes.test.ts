import { describe, expect, test } from 'vitest'
import type { DataCatalog } from '../../src/catalog/catalog.js'
import { coverageSet } from '../../src/catalog/coverage/coverage.js'
import type { WriteMode } from '../../src/catalog/write/operations.js'
import { InvalidRequestError, SettingsConflictError, WriteConflictError } from '../../src/model/errors.js'
import { AAPL, bar, minuteBars, spans, states } from '../support/bars.js'
import { testCatalog } from '../support/catalog.js'

/** 10:00 to 10:05 is covered, with rows at :00, :01, :03 at price 100. */
async function stored(): Promise<DataCatalog> {
  const { catalog } = await testCatalog()
  await catalog.write(AAPL, [at('10:00'), at('10:01'), at('10:03')], { coverage: range('10:00', '10:05') })
  return catalog
}

const at = (time: string, price = 100) => bar(`2024-01-02T${time}Z`, price)
const range = (from: string, to: string) => ({ start: `2024-01-02T${from}Z`, end: `2024-01-02T${to}Z` })
const prices = async (catalog: DataCatalog) =>
  [...(await catalog.query(AAPL))].map(
    (row) => `${new Date(Number(row.ts_event / 1_000_000n)).toISOString().slice(11, 16)} ${row.open}`,
  )
const covered = async (catalog: DataCatalog) =>
  spans(coverageSet(await catalog.coverage(AAPL))).map((it) => `${it.slice(11, 16)}..${it.slice(33, 38)}`)

/** New rows at :01 (another price), :02 (new) and :06 (outside what is stored); :03 is claimed and has no new row. */
const NEW = [at('10:01', 200), at('10:02', 200), at('10:06', 200)]
const CLAIM = { coverage: range('10:01', '10:08') }

describe('write modes', () => {
  test.each<[WriteMode, readonly string[]]>([
    ['merge', ['10:00 100', '10:01 200', '10:02 200', '10:03 100', '10:06 200']],
    ['keep-old', ['10:00 100', '10:01 100', '10:02 200', '10:03 100', '10:06 200']],
    ['replace', ['10:00 100', '10:01 200', '10:02 200', '10:06 200']],
    ['fill', ['10:00 100', '10:01 100', '10:03 100', '10:06 200']],
  ])('%s', async (mode, expected) => {
    const catalog = await stored()
    await catalog.write(AAPL, NEW, { ...CLAIM, mode })
    expect(await prices(catalog)).toEqual(expected)
    expect(await covered(catalog)).toEqual(['10:00..10:08'])
  })

  test('error: the overlap is named and nothing is written', async () => {
    const catalog = await stored()
    const writing = catalog.write(AAPL, NEW, { ...CLAIM, mode: 'error' })
    await expect(writing).rejects.toThrow(WriteConflictError)
    await expect(writing).rejects.toThrow(/2024-01-02T10:01:00Z \.\. 2024-01-02T10:05:00Z/)
    expect(await prices(catalog)).toEqual(['10:00 100', '10:01 100', '10:03 100'])
    expect(await catalog.history()).toHaveLength(1)
  })

  test('error: beside what is stored it writes', async () => {
    const catalog = await stored()
    await catalog.write(AAPL, [at('10:06')], { coverage: range('10:05', '10:08'), mode: 'error' })
    expect(await covered(catalog)).toEqual(['10:00..10:08'])
  })

  test.each(['one file', 'two files'])(
    'error: part known, part new over two days is an overlap, in %s',
    async (layout) => {
      const { catalog } = await testCatalog()
      const [first, second] = [minuteBars('2024-01-02T10:00Z', 2), minuteBars('2024-01-03T10:00Z', 2)]
      await catalog.write(AAPL, first)
      await catalog.write(AAPL, minuteBars('2024-01-04T10:00Z', 2))
      if (layout === 'one file') await catalog.consolidate()
      await expect(catalog.write(AAPL, [...first, ...second], { mode: 'error' })).rejects.toThrow(WriteConflictError)
      expect((await catalog.write(AAPL, first, { mode: 'error' })).committed).toBe(false)
    },
  )

  test.each<WriteMode>(['merge', 'keep-old', 'replace', 'fill', 'error'])(
    '%s: the same again commits nothing',
    async (mode) => {
      const { catalog } = await testCatalog()
      const rows = minuteBars('2024-01-02T23:50Z', 30)
      const options = { mode, provenance: { source: 'ibkr', fetchedAt: '2024-06-01T00:00:00Z' } }
      expect((await catalog.write(AAPL, rows, options)).committed).toBe(true)
      const again = { mode, provenance: { source: 'ibkr', fetchedAt: '2024-06-02T00:00:00Z' } }
      expect(await catalog.write(AAPL, rows, again)).toMatchObject({ committed: false, rowsAdded: 0, filesAdded: 0 })
      expect(await catalog.history()).toHaveLength(1)
    },
  )

  test('merge without rows covers and removes nothing; replace without rows removes', async () => {
    const catalog = await stored()
    await catalog.write(AAPL, [], { coverage: range('09:58', '10:02') })
    expect(await prices(catalog)).toEqual(['10:00 100', '10:01 100', '10:03 100'])
    await catalog.write(AAPL, [], { coverage: range('09:58', '10:02'), mode: 'replace' })
    expect(await prices(catalog)).toEqual(['10:03 100'])
    expect(await covered(catalog)).toEqual(['09:58..10:05'])
  })

  test('fill takes no row where a source said "nothing", unless another one asks', async () => {
    const { catalog } = await testCatalog()
    const claims = [{ source: 'ibkr', recordedAtNs: 0n }]
    const minute = { startNs: at('10:02').ts_event, endNs: at('10:03').ts_event }
    await catalog.write(AAPL, [], { coverage: [{ ...minute, state: 'empty', claims }] })
    const rows = [at('10:01'), at('10:02')]
    await catalog.write(AAPL, rows, { mode: 'fill', asker: { source: 'ibkr' } })
    expect(await prices(catalog)).toEqual(['10:01 100'])
    await catalog.write(AAPL, rows, { mode: 'fill', asker: { source: 'alpaca' } })
    expect(await prices(catalog)).toEqual(['10:01 100', '10:02 100'])
  })

  test('an unknown mode is refused by name', async () => {
    const { catalog } = await testCatalog()
    const writing = catalog.write(AAPL, [], { mode: 'upsert' as WriteMode })
    await expect(writing).rejects.toThrow(InvalidRequestError)
    await expect(writing).rejects.toThrow(/'upsert' is not a write mode/)
  })
})

describe('settings of a series', () => {
  const setting = (useRTH: boolean) => ({ provenance: { source: 'ibkr', setting: { whatToShow: 'TRADES', useRTH } } })

  test('two different stated ones conflict, both named; nothing is written', async () => {
    const { catalog } = await testCatalog()
    await catalog.write(AAPL, [at('10:00')], setting(true))
    const writing = catalog.write(AAPL, [at('12:00')], setting(false))
    await expect(writing).rejects.toThrow(SettingsConflictError)
    await expect(writing).rejects.toThrow(/useRTH=true.*useRTH=false/)
    await expect(writing).rejects.toThrow(expect.objectContaining({ hint: expect.stringContaining('--catalog') }))
    expect(await catalog.history()).toHaveLength(1)
  })

  test('one never stated conflicts with nothing, and keeps what was stated under it', async () => {
    const { catalog } = await testCatalog()
    await catalog.write(AAPL, [at('10:00'), at('10:01')], setting(true))
    await catalog.write(AAPL, [at('10:01', 200), at('10:02', 200)], { provenance: { source: 'csv' } })
    const entries = await catalog.coverage(AAPL)
    expect(entries.map((it) => it.state === 'data' && it.provenance.source)).toEqual(['ibkr', 'csv'])
    expect(spans(entries).map((it) => it.slice(11, 16))).toEqual(['10:00', '10:02'])
    await expect(catalog.write(AAPL, [at('12:00')], setting(false))).rejects.toThrow(SettingsConflictError)
  })

  test('replacing all of it may state another one', async () => {
    const { catalog } = await testCatalog()
    await catalog.write(AAPL, [at('10:00'), at('10:01')], setting(true))
    await catalog.write(AAPL, [at('10:00', 7)], {
      ...setting(false),
      mode: 'replace',
      coverage: range('09:00', '11:00'),
    })
    expect(states(await catalog.coverage(AAPL))).toEqual(['data 2024-01-02T09:00:00Z..2024-01-02T11:00:00Z'])
    await catalog.write(AAPL, [at('12:00')], setting(false))
  })
})
