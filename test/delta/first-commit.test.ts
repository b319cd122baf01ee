import { createHash } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { VERSION } from '../../src/version.js'
import { AAPL, bar, minuteBars } from '../support/bars.js'
import { testCatalog } from '../support/catalog.js'
import { logNames, logPath, readLog } from './log-folder.js'

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/
const EURUSD = { type: 'bars', instrument: 'EUR/USD.IDEALPRO', barType: '1-MINUTE' } as const

describe('the first commit of a table', () => {
  test('is these four lines, as Delta reader 1 and writer 2 read them', async () => {
    const { catalog, root } = await testCatalog()
    await catalog.write(EURUSD, [bar(1_704_205_800_000_000_000n), bar(1_704_205_860_000_000_000n)], {
      provenance: { source: 'ibkr', setting: { whatToShow: 'MIDPOINT', useRTH: false } },
    })
    const [commitInfo, protocol, metaData, add, ...rest] = readLog(root, 0)
    const file = (await catalog.files(EURUSD))[0]?.path ?? ''
    const bytes = readFileSync(`${root}/${file}`)
    expect(rest).toEqual([])
    expect(commitInfo).toEqual({
      commitInfo: {
        sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
        timestamp: 1_717_200_000_000,
        operation: 'WRITE',
        operationParameters: { series: 'EUR/USD.IDEALPRO 1-MINUTE-MID-EXTERNAL', mode: 'merge' },
        engineInfo: `ntrader-catalog/${VERSION}`,
        txnId: expect.stringMatching(UUID),
        sealed: 'sha256',
      },
    })
    expect(protocol).toEqual({ protocol: { minReaderVersion: 1, minWriterVersion: 2 } })
    expect(metaData).toEqual({
      metaData: {
        id: expect.stringMatching(UUID),
        format: { provider: 'parquet', options: {} },
        schemaString: JSON.stringify({ type: 'struct', fields: BAR_FIELDS }),
        partitionColumns: ['instrument_id', 'bar_type'],
        configuration: { 'ntrader.format': '1' },
        createdTime: 1_717_200_000_000,
      },
    })
    expect(add).toEqual({
      add: {
        path: expect.stringMatching(
          /^instrument_id=EUR%252FUSD\.IDEALPRO\/bar_type=1-MINUTE-MID-EXTERNAL\/2024-01-02\.[0-9a-f]{16}\.parquet$/,
        ),
        partitionValues: { instrument_id: 'EUR/USD.IDEALPRO', bar_type: '1-MINUTE-MID-EXTERNAL' },
        size: bytes.length,
        modificationTime: 1_717_200_000_000,
        dataChange: true,
        stats: STATS,
        tags: {
          coverage:
            '[{"start":"1704205800000000000","end":"1704205920000000000","state":"data","provenance":' +
            '{"source":"ibkr","setting":{"whatToShow":"MIDPOINT","useRTH":false}}}]',
          sha256: createHash('sha256').update(bytes).digest('hex'),
        },
      },
    })
  })

  test('keeps 19 digits of a nanosecond in its statistics, and rounds milliseconds outwards', async () => {
    const { catalog, root } = await testCatalog()
    const [first, last] = [1_704_205_800_000_000_601n, 1_704_205_800_000_000_602n]
    const trades = [first, last].map((ts_event) => ({ ts_event, price: 1, size: 1 }))
    await catalog.write({ type: 'trades', instrument: 'X.TEST' }, trades)
    const text = readFileSync(logPath(root, 0).replace('/bars/', '/trades/'), 'utf8')
    expect(text).toContain('\\"minValues\\":{\\"ts_event\\":1704205800000000601,')
    expect(text).toContain('\\"maxValues\\":{\\"ts_event\\":1704205800000000602,')
    expect(text).toContain('\\"timestamp\\":\\"2024-01-02T14:30:00.000Z\\"},\\"maxValues\\"')
    expect(text).toContain('\\"timestamp\\":\\"2024-01-02T14:30:00.001Z\\"},\\"nullCount\\"')
  })
})

describe('later commits', () => {
  test('are contiguous versions, and every value of every tag is a text', async () => {
    const { catalog, root } = await testCatalog()
    await catalog.write(AAPL, minuteBars('2024-01-02T14:30Z', 5))
    await catalog.write(AAPL, [], {
      coverage: [
        {
          startNs: 1_704_300_000_000_000_000n,
          endNs: 1_704_300_060_000_000_000n,
          state: 'empty',
          claims: [{ source: 'sim', recordedAtNs: 1n, expiresAtNs: 2n }],
        },
      ],
    })
    await catalog.consolidate()
    await catalog.deleteRange(AAPL, { start: '2024-01-02', end: '2024-01-03' })
    expect(logNames(root)).toEqual([0, 1, 2, 3].map((it) => `${String(it).padStart(20, '0')}.json`))
    const actions = [0, 1, 2, 3].flatMap((version) => readLog(root, version))
    const tagged = actions.flatMap((it) => [it['add'], it['remove']]).filter((it) => it !== undefined)
    const values = tagged.flatMap((it) => Object.values(it['tags'] as object))
    expect(values.length).toBeGreaterThan(4)
    expect(values.filter((it) => typeof it !== 'string')).toEqual([])
  })

  test('a consolidation says that no data changed, a write says that it did', async () => {
    const { catalog, root } = await testCatalog()
    for (const date of ['2024-01-02', '2024-01-03']) await catalog.write(AAPL, minuteBars(`${date}T10:00Z`, 1))
    await catalog.consolidate()
    const dataChange = (version: number) =>
      readLog(root, version).flatMap((it) =>
        [it['add'], it['remove']].flatMap((file) => (file ? [file['dataChange']] : [])),
      )
    expect(dataChange(1)).toEqual([true])
    expect(dataChange(2)).toEqual([false, false, false])
  })

  test('a data file never changes once it is written', async () => {
    const { catalog, root } = await testCatalog()
    await catalog.write(AAPL, minuteBars('2024-01-02T14:30Z', 5))
    const path = `${root}/${(await catalog.files(AAPL))[0]?.path}`
    const before = { bytes: readFileSync(path), modified: statSync(path).mtimeMs }
    await catalog.write(AAPL, minuteBars('2024-01-02T14:30Z', 9, 1))
    await catalog.deleteRange(AAPL, { start: '2024-01-02', end: '2024-01-03' })
    expect({ bytes: readFileSync(path), modified: statSync(path).mtimeMs }).toEqual(before)
  })
})

const field = (name: string, type: string, nullable: boolean) => ({ name, type, nullable, metadata: {} })
const BAR_FIELDS = [
  field('ts_event', 'long', false),
  field('ts_init', 'long', false),
  field('timestamp', 'timestamp', false),
  ...['open', 'high', 'low', 'close'].map((it) => field(it, 'double', false)),
  field('volume', 'double', true),
  field('vwap', 'double', true),
  field('trade_count', 'long', true),
  field('instrument_id', 'string', false),
  field('bar_type', 'string', false),
]
const STATS =
  '{"numRecords":2,' +
  '"minValues":{"ts_event":1704205800000000000,"ts_init":1704205860000000000,"timestamp":"2024-01-02T14:30:00.000Z"},' +
  '"maxValues":{"ts_event":1704205860000000000,"ts_init":1704205920000000000,"timestamp":"2024-01-02T14:31:00.000Z"},' +
  '"nullCount":{"ts_event":0,"ts_init":0,"timestamp":0}}'
