import { describe, expect, test } from 'vitest'
import { DataCatalog } from '../../src/catalog/catalog.js'
import { parseInstant } from '../../src/model/time.js'
import { importSample } from './sample.js'
import { errorOf, type Place, place } from './spawn-cli.js'

const RECORDED_AT = '2024-06-01T00:00:00Z'

/** A place whose catalog knows what two instruments are. */
async function recorded(): Promise<Place> {
  const it = await place()
  const catalog = await DataCatalog.open(it.catalog, { clock: () => parseInstant(RECORDED_AT) })
  await catalog.putInstrument({
    instrument: 'AAPL.NASDAQ',
    securityType: 'STK',
    currency: 'USD',
    tickSize: 0.01,
    timeZone: 'US/Eastern',
    liquidHours: '20240603:0930-20240603:1600',
    description: 'APPLE INC',
    contractIds: { ibkr: '265598', polygon: 'AAPL' },
  })
  await catalog.putInstrument({ instrument: 'ESZ4.CME' })
  await catalog.close()
  return it
}

const APPLE_JSON = {
  instrument: 'AAPL.NASDAQ',
  symbol: 'AAPL',
  venue: 'NASDAQ',
  securityType: 'STK',
  currency: 'USD',
  tickSize: 0.01,
  multiplier: null,
  timeZone: 'US/Eastern',
  tradingHours: null,
  liquidHours: '20240603:0930-20240603:1600',
  primaryExchange: null,
  lastTradeDate: null,
  description: 'APPLE INC',
  contractIds: { ibkr: '265598', polygon: 'AAPL' },
  recordedAt: RECORDED_AT,
}
const APPLE_FACTS = [
  'AAPL.NASDAQ',
  '  description  APPLE INC',
  '  type         STK',
  '  currency     USD',
  '  tick size    0.01',
  '  time zone    US/Eastern',
  '  regular      20240603:0930-20240603:1600',
  '  contracts    ibkr 265598, polygon AAPL',
  '  recorded     2024-06-01T00:00:00Z',
]

describe('ntrader data instruments', () => {
  test('is a table of what is recorded', async () => {
    const { ok } = await recorded()
    const [header, apple, future, ...rest] = (await ok(['data', 'instruments'])).split('\n')
    const cells = (line: string | undefined) => line?.trim().split(/\s{2,}/)
    expect(cells(header)).toEqual([
      'instrument',
      'type',
      'currency',
      'tick size',
      'time zone',
      'contracts',
      'description',
    ])
    expect(cells(apple)).toEqual([
      'AAPL.NASDAQ',
      'STK',
      'USD',
      '0.01',
      'US/Eastern',
      'ibkr 265598, polygon AAPL',
      'APPLE INC',
    ])
    expect(cells(future)).toEqual(['ESZ4.CME', '-', '-', '-', '-', '-', '-'])
    expect(rest).toEqual([''])
  })

  test('of one is every fact that is known', async () => {
    const { ok } = await recorded()
    expect(await ok(['data', 'instruments', 'AAPL.NASDAQ'])).toBe(`${APPLE_FACTS.join('\n')}\n`)
  })

  test('--json is an array of records, null where nothing is known', async () => {
    const { json } = await recorded()
    expect(await json(['data', 'instruments', 'AAPL.NASDAQ'])).toEqual([APPLE_JSON])
    expect(await json(['data', 'instruments'])).toMatchObject([APPLE_JSON, { instrument: 'ESZ4.CME', contractIds: {} }])
  })

  test('of one that is not recorded ends with 3, of none at all with 0', async () => {
    const { run } = await place()
    const unknown = await run(['data', 'instruments', 'MSFT.NASDAQ', '--json'])
    expect(unknown.code).toBe(3)
    expect(errorOf(unknown).code).toBe('DATA_NOT_FOUND')
    expect(await run(['data', 'instruments'])).toMatchObject({
      code: 0,
      stdout: '',
      stderr: 'no instrument is recorded\n',
    })
    expect((await run(['data', 'instruments', 'AAPL'])).code).toBe(2)
  })
})

describe('an instrument that is recorded', () => {
  test('leads what info tells of its series', async () => {
    const it = await recorded()
    await importSample(it)
    const lines = (await it.ok(['data', 'info', 'AAPL.NASDAQ'])).split('\n')
    expect(lines.slice(0, APPLE_FACTS.length + 1)).toEqual([...APPLE_FACTS, 'AAPL.NASDAQ 1-MINUTE-LAST-EXTERNAL'])
    expect(await it.json(['data', 'info', 'AAPL.NASDAQ'])).toMatchObject({
      instrument: APPLE_JSON,
      series: [{ rows: 4 }],
    })
  })

  test('has an info without any series, unless one is named', async () => {
    const { json, run } = await recorded()
    expect(await json(['data', 'info', 'AAPL.NASDAQ'])).toMatchObject({ instrument: APPLE_JSON, series: [] })
    expect((await run(['data', 'info', 'AAPL.NASDAQ', '--bar-type', '1m'])).code).toBe(3)
  })

  test('is no series: list is as before, and --type names market data only', async () => {
    const { json, run } = await recorded()
    expect(await json(['data', 'list'])).toEqual([])
    expect((await run(['data', 'query', 'AAPL.NASDAQ', '--type', 'instruments'])).code).toBe(2)
  })

  test('is in history and verify', async () => {
    const { ok, json } = await recorded()
    expect(await json(['data', 'history'])).toMatchObject([
      { type: 'instruments', version: 0, operation: 'RECORD', parameters: { instrument: 'AAPL.NASDAQ' } },
      { type: 'instruments', version: 1, operation: 'RECORD', parameters: { instrument: 'ESZ4.CME' } },
    ])
    expect(await ok(['data', 'verify'])).toBe('2 files checked, 0 problems\n')
  })
})
