import { readFile } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import { DataCatalog } from '../../src/catalog/catalog.js'
import { dataDir } from '../support/data.js'
import { importOptions, REAL_FILES } from './real-files.js'
import { importMinutes, MINUTES, NEW_YORK, writeSample } from './sample.js'
import { place } from './spawn-cli.js'

const EXPORT = ['data', 'export'] as const

describe('ticks', () => {
  test('keep every digit: nanoseconds, doubles, nulls, texts with commas and quotes', async () => {
    const other = await place()
    const catalog = await DataCatalog.open(other.catalog)
    const at = 1_704_205_800_000_000_001n
    await catalog.write({ type: 'trades', instrument: 'X.TEST' }, [
      {
        ts_event: at,
        ts_init: at + 999n,
        price: 0.1 + 0.2,
        size: 1e-7,
        conditions: '@,"T"',
        trade_id: '',
        sequence: 2n ** 60n,
      },
      { ts_event: at + 1000n, ts_init: at + 2000n, price: -0, size: 5e-324 },
    ])
    await catalog.write({ type: 'quotes', instrument: 'X.TEST' }, [
      { ts_event: at, ts_init: at, bid_price: 123_456.789, bid_size: 100, ask_exchange: 'Q' },
    ])
    await catalog.close()
    await other.ok([...EXPORT, '-o', 'out'])
    expect(await readFile(`${other.folder}/out/X.TEST/trades.csv`, 'utf8')).toBe(
      [
        'ts_event,ts_init,timestamp,price,size,exchange,conditions,trade_id,aggressor_side,sequence,correction',
        '2024-01-02T14:30:00.000000001Z,2024-01-02T14:30:00.000001Z,2024-01-02T14:30:00Z,0.30000000000000004,1e-7,,"@,""T""","",,1152921504606846976,',
        '2024-01-02T14:30:00.000001001Z,2024-01-02T14:30:00.000002001Z,2024-01-02T14:30:00.000001Z,-0,5e-324,,,,,,',
        '',
      ].join('\n'),
    )
    expect(await readFile(`${other.folder}/out/X.TEST/quotes.csv`, 'utf8')).toBe(
      [
        'ts_event,ts_init,timestamp,bid_price,bid_size,ask_price,ask_size,bid_exchange,ask_exchange,conditions,sequence',
        '2024-01-02T14:30:00.000000001Z,2024-01-02T14:30:00.000000001Z,2024-01-02T14:30:00Z,123456.789,100,,,,Q,,',
        '',
      ].join('\n'),
    )
  })

  test('imported elsewhere are the same rows, equal ones as often as they were', async () => {
    const other = await place()
    const catalog = await DataCatalog.open(other.catalog)
    const at = 1_704_205_800_000_000_001n
    const twice = { ts_event: at, ts_init: at + 5n, price: 187.15, size: 100, exchange: 'Q', conditions: '@,I' }
    const withId = {
      ts_event: at + 7n,
      ts_init: at + 9n,
      price: 0.1 + 0.2,
      size: 1e-7,
      trade_id: 'T "1"',
      sequence: 7n,
    }
    await catalog.write({ type: 'trades', instrument: 'X.TEST' }, [twice, twice, withId])
    await catalog.write({ type: 'quotes', instrument: 'X.TEST' }, [
      { ts_event: at, ts_init: at, bid_price: 187.1, bid_size: 3, bid_exchange: 'NA' },
      { ts_event: at, ts_init: at + 1n, ask_price: 187.2, ask_size: 0.5, ask_exchange: '-', conditions: ' R ' },
    ])
    await catalog.close()
    await other.ok([...EXPORT, '-o', 'out'])
    const elsewhere = ['--catalog', `${other.folder}/elsewhere`]
    for (const type of ['trades', 'quotes']) {
      const file = `${other.folder}/out/X.TEST/${type}.csv`
      await other.ok(['data', 'import', 'csv', file, '--instrument', 'X.TEST', '--type', type, ...elsewhere])
      await other.ok([...EXPORT, '--type', type, '-o', 'again', ...elsewhere])
      const again = await readFile(`${other.folder}/again/X.TEST/${type}.csv`, 'utf8')
      expect(again.split('\n')).toHaveLength(type === 'trades' ? 5 : 4)
      expect(again, type).toBe(await readFile(file, 'utf8'))
    }
  })
})

test('a directory that was exported is a source that serves the same rows', async () => {
  const other = await place()
  await other.ok(importMinutes(await writeSample(other), 'brk b.NYSE', ...NEW_YORK))
  await other.ok([...EXPORT, '-o', 'out'])
  const elsewhere = ['--catalog', `${other.folder}/elsewhere`]
  const range = ['--start', '2024-01-02T14:30:00Z', '--end', '2024-01-02T14:33:00Z']
  const fetch = ['data', 'fetch', 'brk b.NYSE', ...MINUTES, ...range, '--source', 'files:out', ...elsewhere]
  expect(await other.json(fetch)).toMatchObject({ rows: 3, missing: [] })
  const query = ['data', 'query', 'brk b.NYSE', ...MINUTES, ...range, '--format', 'csv']
  expect(await other.ok([...query, ...elsewhere])).toBe(await other.ok(query))
})

describe.skipIf(dataDir() === undefined)('real data', () => {
  test.each(REAL_FILES.filter((it) => !it.options.includes('--skip-bad-rows')).map((it) => [it.name, it] as const))(
    '%s: imported, exported and imported elsewhere, the rows are the same',
    async (name, file) => {
      const other = await place()
      const elsewhere = ['--catalog', `${other.folder}/elsewhere`]
      await other.ok(['data', 'import', 'csv', `${dataDir()}/bars/${name}`, ...importOptions(file)])
      const [first] = (await other.json([...EXPORT, '-o', 'out'])) as { readonly path: string; readonly rows: number }[]
      expect(first?.rows).toBe(file.rows)
      const named = ['--instrument', file.instrument, '--bar-type', file.barType]
      await other.ok(['data', 'import', 'csv', `${other.folder}/${first?.path}`, ...named, ...elsewhere])
      await other.ok([...EXPORT, '-o', 'again', ...elsewhere])
      const again = first?.path.replace('out', 'again') ?? ''
      expect(await readFile(`${other.folder}/${again}`)).toEqual(await readFile(`${other.folder}/${first?.path}`))
    },
  )
})
