import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { dataDir } from '../support/data.js'
import { errorOf, type Place, place } from './spawn-cli.js'

const HEADER = 'ts_event,ts_init,timestamp,price,size,exchange,conditions,trade_id,aggressor_side,sequence,correction'
const TRADES = [
  '2024-01-02T14:30:00.000000001Z,2024-01-02T14:30:00.000015Z,2024-01-02T14:30:00Z,185.5,100,4,"12,37",52983525029461,BUYER,1001,',
  '2024-01-02T14:30:00.000000001Z,2024-01-02T14:30:00.000016Z,2024-01-02T14:30:00Z,185.5,100,,,,,,',
  '2024-01-02T14:30:00.000000001Z,2024-01-02T14:30:00.000016Z,2024-01-02T14:30:00Z,185.5,100,,,,,,',
  '2024-01-02T14:30:00.000000002Z,2024-01-02T14:30:00.000000002Z,2024-01-02T14:30:00Z,1e-7,0.1,11,"a ""b""",,SELLER,9007199254740993,1',
]
const IMPORT = ['--instrument', 'AAPL.NASDAQ', '--type', 'trades'] as const
const QUERY = ['data', 'query', 'AAPL.NASDAQ', '--type', 'trades', '--format', 'csv', '--quiet'] as const

async function put(here: Place, name: string, ...lines: readonly string[]): Promise<string> {
  await writeFile(join(here.folder, name), `${lines.join('\n')}\n`)
  return name
}

const importOf = (file: string, ...more: readonly string[]): readonly string[] => [
  ...['data', 'import', 'csv', file],
  ...IMPORT,
  ...more,
]

describe('import csv --type trades', () => {
  test('a query’s csv comes back byte for byte, identical ticks each; the same file again commits nothing', async () => {
    const here = await place()
    const file = await put(here, 'trades.csv', HEADER, ...TRADES)
    expect(await here.json(importOf(file))).toMatchObject({
      rowsRead: 4,
      rowsAdded: 4,
      collapsed: 0,
      ignoredColumns: [],
    })
    expect(await here.ok(QUERY)).toBe(`${[HEADER, ...TRADES].join('\n')}\n`)
    expect(await here.json(importOf(file))).toMatchObject({ rowsAdded: 0, committed: false })
    expect(await here.json(['data', 'history'])).toHaveLength(1)
  })

  test('a dry run tells new ticks from stored ones by all there is of them', async () => {
    const here = await place()
    await here.ok(importOf(await put(here, 'first.csv', HEADER, ...TRADES.slice(0, 2))))
    const all = await put(here, 'all.csv', HEADER, ...TRADES)
    expect(await here.json(importOf(all, '--dry-run'))).toMatchObject({ rows: 4, rowsAdded: 2, committed: false })
    expect(await here.json(importOf(all))).toMatchObject({ rowsAdded: 2 })
  })

  test('unknown columns are named and ignored', async () => {
    const here = await place()
    const file = await put(here, 'p.csv', 'ticker,sip_timestamp,price,size,tape', 'AAPL,1704205800000000123,185.5,1,3')
    const { stdout, stderr } = await here.run(importOf(file))
    expect(stdout).toContain('1 row read, 1 new')
    expect(stderr).toContain('ignored columns: ticker, tape')
  })

  test('a bad row refuses the file with its line; --skip-bad-rows leaves only its instant open', async () => {
    const here = await place()
    const [a, b, c] = ['2024-01-02T14:30:00Z,1,1', '2024-01-02T14:30:01Z,1,-1', '2024-01-02T14:30:02Z,1,1'] as const
    const file = await put(here, 'bad.csv', 'timestamp,price,size', a, b, c)
    const refused = await here.run(importOf(file, '--json'))
    expect(refused.code).toBe(1)
    expect(errorOf(refused).message).toContain('line 3: size -1 is negative')
    await here.ok(importOf(file, '--skip-bad-rows'))
    const range = ['--start', '2024-01-02T14:30:00Z', '--end', '2024-01-02T14:30:02Z']
    const gaps = await here.run(['data', 'gaps', 'AAPL.NASDAQ', '--type', 'trades', ...range, '--json'])
    expect(JSON.parse(gaps.stdout).gaps).toEqual([
      { start: '2024-01-02T14:30:01Z', end: '2024-01-02T14:30:01.000000001Z' },
    ])
  })

  test.each([
    ['--stamp', ['--stamp', 'close'], 'Leave out --stamp.'],
    ['--bar-type', ['--bar-type', '1m'], 'Leave out --bar-type for trades.'],
  ])('%s is refused, for ticks have none', async (_, more, step) => {
    const here = await place()
    const outcome = await here.run(importOf('nothing.csv', ...more, '--json'))
    expect(outcome.code).toBe(2)
    expect(errorOf(outcome).hint).toContain(step)
  })

  test('a file for bars says which column is missing', async () => {
    const here = await place()
    const file = await put(here, 'bars.csv', 'timestamp,open,high,low,close', '2024-01-02T14:30:00Z,1,2,0.5,1.5')
    const outcome = await here.run(importOf(file, '--json'))
    expect(outcome.code).toBe(2)
    expect(errorOf(outcome).message).toContain('no price column')
  })

  test.skipIf(dataDir() === undefined)('LOBSTER’s files have no header, and are refused with what to add', async () => {
    const here = await place()
    const outcome = await here.run(
      importOf(join(dataDir() ?? '', 'ticks/lobster_aapl_message_10.csv'), '--tz', 'America/New_York', '--json'),
    )
    expect(outcome.code).toBe(2)
    expect(errorOf(outcome).message).toContain('no header')
    expect(errorOf(outcome).hint).toContain('Add a first line')
  })
})

test('import csv --type quotes keeps an empty side empty', async () => {
  const here = await place()
  const file = await put(here, 'q.csv', 'timestamp,bid,bid_size,ask,ask_size', '2024-01-02T14:30:00.5Z,,,185.5,2')
  await here.ok(['data', 'import', 'csv', file, '--instrument', 'AAPL.NASDAQ', '--type', 'quotes'])
  expect(await here.json(['data', 'query', 'AAPL.NASDAQ', '--type', 'quotes'])).toEqual([
    {
      ts_event: '2024-01-02T14:30:00.500Z',
      ts_init: '2024-01-02T14:30:00.500Z',
      timestamp: '2024-01-02T14:30:00.500Z',
      bid_price: null,
      bid_size: null,
      ask_price: 185.5,
      ask_size: 2,
      bid_exchange: null,
      ask_exchange: null,
      conditions: null,
      sequence: null,
    },
  ])
})
