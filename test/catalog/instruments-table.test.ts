import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parquetReadObjects } from 'hyparquet'
import { describe, expect, test } from 'vitest'
import { DataCatalog } from '../../src/catalog/catalog.js'
import { CatalogCorruptionError } from '../../src/model/errors.js'
import { parseInstant } from '../../src/model/time.js'
import type { AAPL } from '../support/bars.js'
import { testCatalog } from '../support/catalog.js'
import { APPLE } from './instruments-apple.js'

/** Data files of AAPL.NASDAQ, oldest first, below the root. */
function recordFiles(root: string): readonly string[] {
  const folder = 'instruments/instrument_id=AAPL.NASDAQ'
  const names = readdirSync(join(root, folder)).sort()
  return names.map((it) => `${folder}/${it}`)
}

function bufferOf(bytes: Uint8Array): ArrayBuffer {
  return Uint8Array.from(bytes).buffer
}

describe('the table of instruments in the catalog', () => {
  test('is no series: list, and the types of series, are market data only', async () => {
    const { catalog } = await testCatalog()
    await catalog.putInstrument(APPLE)
    expect(await catalog.list()).toEqual([])
    const records = { type: 'instruments', instrument: 'AAPL.NASDAQ' } as unknown as typeof AAPL
    await expect(catalog.query(records)).rejects.toThrow(/'instruments' is not a record type/)
  })

  test('has its commits in the history', async () => {
    const { catalog } = await testCatalog()
    await catalog.putInstrument(APPLE)
    expect(await catalog.history()).toEqual([
      {
        type: 'instruments',
        version: 0,
        timestamp: '2024-06-01T00:00:00Z',
        operation: 'RECORD',
        parameters: { instrument: 'AAPL.NASDAQ' },
        filesAdded: 1,
        filesRemoved: 0,
        rowsAdded: 1,
      },
    ])
  })

  test('alone makes a catalog that opens', async () => {
    const { catalog, root } = await testCatalog()
    await catalog.putInstrument(APPLE)
    expect((await DataCatalog.open(root)).version()).toBe(catalog.version())
  })

  test('has for outside readers the columns that its log promises, with the values that were put', async () => {
    const { catalog, root } = await testCatalog()
    await catalog.putInstrument(APPLE)
    const log = readFileSync(join(root, 'instruments/_delta_log/00000000000000000000.json'), 'utf8').trim().split('\n')
    const actions: Record<string, Record<string, unknown>>[] = log.map((line) => JSON.parse(line))
    const metaData = actions.find((it) => 'metaData' in it)?.['metaData']
    const { fields } = JSON.parse(String(metaData?.['schemaString']))
    expect(metaData?.['partitionColumns']).toEqual(['instrument_id'])
    const [row] = await parquetReadObjects({ file: bufferOf(readFileSync(join(root, recordFiles(root)[0] ?? ''))) })
    expect([...Object.keys(row ?? {}), 'instrument_id']).toEqual(fields.map((it: { name: string }) => it.name))
    expect(Object.fromEntries(fields.map((it: { name: string; type: string }) => [it.name, it.type]))).toMatchObject({
      ts_event: 'long',
      timestamp: 'timestamp',
      symbol: 'string',
      tick_size: 'double',
      contract_ids: 'string',
    })
    expect(row).toEqual({
      ts_event: parseInstant('2024-06-01'),
      ts_init: parseInstant('2024-06-01'),
      timestamp: new Date('2024-06-01'),
      symbol: 'AAPL',
      venue: 'NASDAQ',
      security_type: 'STK',
      currency: 'USD',
      tick_size: 0.01,
      multiplier: 1,
      time_zone: 'US/Eastern',
      trading_hours: APPLE.tradingHours,
      liquid_hours: APPLE.liquidHours,
      primary_exchange: 'NASDAQ',
      last_trade_date: null,
      description: 'APPLE INC',
      contract_ids: '{"ibkr":"265598","polygon":"AAPL"}',
    })
  })

  test('is verified: a damaged record is found, named on reading, and quarantined; the one before counts again', async () => {
    const { catalog, root, clock } = await testCatalog()
    await catalog.putInstrument({ ...APPLE, tickSize: 0.05 })
    clock.set('2024-06-03')
    await catalog.putInstrument(APPLE)
    expect(await catalog.verify()).toMatchObject({ ok: true, files: 2, orphans: 0 })
    const file = recordFiles(root)[1] ?? ''
    writeFileSync(join(root, file), 'PAR1')
    const report = await catalog.verify()
    expect(report).toMatchObject({ ok: false, problems: [{ file, kind: 'size' }] })
    await expect(catalog.instrument('AAPL.NASDAQ')).rejects.toThrow(CatalogCorruptionError)
    await expect(catalog.putInstrument({ ...APPLE, tickSize: 1 })).rejects.toThrow(CatalogCorruptionError)
    expect((await catalog.verify({ quarantine: true })).quarantined).toEqual([file])
    expect((await catalog.instrument('AAPL.NASDAQ'))?.tickSize).toBe(0.05)
  })
})
