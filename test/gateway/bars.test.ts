import { describe, expect, test } from 'vitest'
import type { GatewayBar, GatewayMarket } from '../../src/gateway/market.js'
import { CatalogCorruptionError } from '../../src/model/errors.js'
import { parseInstant } from '../../src/model/time.js'
import { type BarsQuery, barsRequest, contractOf, handMade, PLAIN_BAR, startGateway } from './hand-made.js'
import { type Fields, RawClient } from './raw-client.js'

interface Setting {
  readonly version?: number
  readonly market?: GatewayMarket
}

/** All messages of the answer to one request for bars. */
async function answerTo(
  query: BarsQuery,
  { version = 193, market = handMade() }: Setting = {},
): Promise<readonly Fields[]> {
  const { port } = await startGateway({ market })
  const client = await RawClient.login(port, { version })
  client.send(barsRequest(5, query))
  const messages: Fields[] = []
  do messages.push(await client.of(5))
  while (messages.at(-1)?.[0] === '4' && messages.at(-1)?.[3]?.startsWith('21') === true)
  return messages
}

/** The bars of an answer that has nothing but them. */
async function barsOf(query: BarsQuery, setting?: Setting): Promise<readonly Fields[]> {
  const [message, ...others] = await answerTo(query, setting)
  expect(others).toEqual([])
  if (message?.[0] !== '17') throw new Error(`no bars: ${message?.join(' ')}`)
  const values = message.slice(5)
  expect(values).toHaveLength(8 * Number(message[4]))
  return Array.from({ length: Number(message[4]) }, (_, i) => values.slice(8 * i, 8 * i + 8))
}

const times = (bars: readonly Fields[]): readonly string[] => bars.map((it) => it[0] ?? '')
const volumes = (bars: readonly Fields[]): readonly string[] => bars.map((it) => it[5] ?? '')
const ofVolume = (volume: number): GatewayMarket => handMade({ barAt: () => ({ ...PLAIN_BAR, volume }) })
const at = (iso: string): string => String(parseInstant(iso) / 1_000_000_000n)

describe('HISTORICAL_DATA', () => {
  test('is one message: id, start, end, count, and eight fields a bar', async () => {
    const [message] = await answerTo({ end: '20240109-14:32:00', duration: '120 S' })
    expect(message).toEqual([
      ...['17', '5', '20240109 09:30:00 US/Eastern', '20240109 09:32:00 US/Eastern', '2'],
      ...[at('2024-01-09T14:30:00Z'), '10', '11.5', '9.25', '11', '1200', '10.5', '7'],
      ...[at('2024-01-09T14:31:00Z'), '10', '11.5', '9.25', '11', '1200', '10.5', '7'],
    ])
  })

  test('has its start and end on the clock of the gateway, without a zone, to clients before 174', async () => {
    const [message] = await answerTo({ end: '20240109-14:32:00', duration: '120 S' }, { version: 173 })
    expect(message?.slice(2, 4)).toEqual(['20240109  09:30:00', '20240109  09:32:00'])
  })

  test('skips slots without a bar', async () => {
    const market = handMade({
      barAt: (ns) => (ns === parseInstant('2024-01-09T14:31:00Z') ? undefined : PLAIN_BAR),
    })
    expect(times(await barsOf({ end: '20240109-14:33:00', duration: '180 S' }, { market }))).toEqual([
      at('2024-01-09T14:30:00Z'),
      at('2024-01-09T14:32:00Z'),
    ])
  })

  test('ends before its end: a bar that begins there is not in it', async () => {
    const bars = await barsOf({ end: '20240109-14:31:00', duration: '60 S' })
    expect(times(bars)).toEqual([at('2024-01-09T14:30:00Z')])
  })

  test('without an end goes up to now, with the bar that is under way', async () => {
    const bars = await barsOf({ end: '', duration: '3600 S', barSize: '30 mins' })
    expect(times(bars)).toEqual([at('2024-01-09T19:00:00Z'), at('2024-01-09T19:30:00Z')])
    const hours = await barsOf({ end: '', duration: '86400 S', barSize: '8 hours', useRTH: true })
    expect(times(hours).at(-1)).toBe(at('2024-01-09T16:00:00Z'))
  })

  test('keeps a price of -1: spreads have it', async () => {
    const bar: GatewayBar = { ...PLAIN_BAR, low: -1, close: -1 }
    const [first] = await barsOf({ duration: '60 S' }, { market: handMade({ barAt: () => bar }) })
    expect(first?.slice(1, 5)).toEqual(['10', '11.5', '-1', '-1'])
  })
})

describe('the stamp', () => {
  test.each([
    ['seconds since 1970, with format 2', 193, 2, at('2024-01-09T14:30:00Z')],
    ['local time with its zone, with format 1', 193, 1, '20240109 09:30:00 US/Eastern'],
    ['local time of the gateway, with format 1 before 174', 173, 1, '20240109  09:30:00'],
  ])('of an intraday bar is its start: %s', async (_, version, formatDate, stamp) => {
    const bars = await barsOf({ formatDate, end: '20240109-14:31:00', duration: '60 S' }, { version })
    expect(times(bars)).toEqual([stamp])
  })

  test.each([1, 2])('of a day is its date, with format %i', async (formatDate) => {
    const bars = await barsOf({ formatDate, barSize: '1 day', duration: '3 D', end: '20240109-00:00:00' })
    expect(times(bars)).toEqual(['20240104', '20240105', '20240108'])
  })

  test('of a week is its last trade date, of the one under way today', async () => {
    const bars = await barsOf({ barSize: '1 week', duration: '3 W', end: '' })
    // Christmas week, New Year's, the week after, and Tuesday of this one.
    expect(times(bars)).toEqual(['20231222', '20231229', '20240105', '20240109'])
  })

  test('of a month is its last trade date, of the one under way today', async () => {
    const bars = await barsOf({ barSize: '1 month', duration: '3 M', end: '' })
    expect(times(bars)).toEqual(['20231031', '20231130', '20231229', '20240109'])
  })
})

describe('volume', () => {
  test.each([
    ['shares from 175 on', 175, 93907, '93907'],
    ['lots of a hundred before', 174, 93907, '939.07'],
    ['lots of a hundred with decimals from 163 on', 163, 93907, '939.07'],
    ['decimals of shares as they are', 193, 12345.6789, '12345.6789'],
    ['billions without an exponent', 193, 5_000_000_000, '5000000000'],
  ])('of a US stock is in %s (%i)', async (_, version, volume, sent) => {
    expect(volumes(await barsOf({ duration: '60 S' }, { version, market: ofVolume(volume) }))).toEqual([sent])
  })

  test('is cut to whole lots before 163, with warning 2176 before the bars', async () => {
    const [warning, bars] = await answerTo({ duration: '60 S' }, { version: 162, market: ofVolume(939_073) })
    expect(warning).toEqual([
      ...['4', '2', '5', '2176'],
      'Warning: Your API version does not support fractional share size rules. Please upgrade to a minimum version 163. Trimmed value 9390.73 to 9390',
    ])
    expect(bars?.[10]).toBe('9390')
  })

  test('that is whole is no reason to warn', async () => {
    expect(volumes(await barsOf({ duration: '60 S' }, { version: 151, market: ofVolume(1200) }))).toEqual(['12'])
  })

  test('of what is no US stock is never in lots', async () => {
    const market = handMade({
      contracts: [contractOf({ secType: 'FUT', symbol: 'ES' })],
      barAt: () => ({ ...PLAIN_BAR, volume: 77 }),
    })
    const contract = { symbol: 'ES', secType: 'FUT' }
    expect(volumes(await barsOf({ contract, duration: '60 S' }, { version: 151, market }))).toEqual(['77'])
  })

  test.each(['MIDPOINT', 'BID', 'ASK', 'BID_ASK'])(
    'is -1 for %s, as average price and count are',
    async (whatToShow) => {
      const [bar] = await barsOf({ whatToShow, duration: '60 S' })
      expect(bar?.slice(5)).toEqual(['-1', '-1', '-1'])
    },
  )

  test('of an index is 0, as average price and count are', async () => {
    const market = handMade({ contracts: [contractOf({ secType: 'IND', symbol: 'SPX' })] })
    const [bar] = await barsOf({ contract: { symbol: 'SPX', secType: 'IND' }, duration: '60 S' }, { market })
    expect(bar?.slice(5)).toEqual(['0', '0', '0'])
  })

  test('is -1 where the market does not know it', async () => {
    const unknown = { ...PLAIN_BAR, volume: undefined, vwap: undefined, count: undefined }
    const [bar] = await barsOf({ duration: '60 S' }, { market: handMade({ barAt: () => unknown }) })
    expect(bar?.slice(5)).toEqual(['-1', '-1', '-1'])
  })
})

test('BID_ASK has the average bid, the highest ask, the lowest bid and the average ask', async () => {
  const bid: GatewayBar = { ...PLAIN_BAR, open: 10, high: 12, low: 9, close: 11 }
  const ask: GatewayBar = { ...PLAIN_BAR, open: 20, high: 22, low: 19, close: 21 }
  const market: GatewayMarket = {
    ...handMade(),
    bars: async (_, { side, slots }) => slots.map(() => (side === 'BID' ? bid : ask)),
  }
  const [bar] = await barsOf({ whatToShow: 'BID_ASK', duration: '60 S' }, { market })
  expect(bar?.slice(1, 5)).toEqual(['10.5', '22', '9', '20.5'])
})

test('an end without a zone is taken in the zone of the gateway, with warning 2174 before the bars', async () => {
  const [warning, bars] = await answerTo({ end: '20240109 09:32:00', duration: '60 S' })
  expect(warning?.slice(0, 4)).toEqual(['4', '2', '5', '2174'])
  expect(bars?.[5]).toBe(at('2024-01-09T14:31:00Z'))
})

test.each([
  ['20240109 09:32:00 US/Eastern', '2024-01-09T14:31:00Z'],
  ['20240109 14:32:00 UTC', '2024-01-09T14:31:00Z'],
  ['20240109 14:32:00 Europe/London', '2024-01-09T14:31:00Z'],
])('an end with a zone is taken in it: %s', async (end, start) => {
  expect(times(await barsOf({ end, duration: '60 S' }))).toEqual([at(start)])
})

test('a request with the fields of a combo is read past its legs', async () => {
  const { port } = await startGateway()
  const client = await RawClient.login(port)
  const plain = barsRequest(5)
  const contract = plain.slice(0, 15).map((it, i) => (i === 4 ? 'BAG' : it))
  const legs = [2, 265598, 1, 'BUY', 'SMART', 272093, 1, 'SELL', 'SMART']
  client.send([...contract, ...plain.slice(15, 21), ...legs, ...plain.slice(21)])
  expect((await client.of(5)).slice(0, 4)).toEqual(['4', '2', '5', '200'])
})

test('a market that cannot answer is 162 with its reason, and the gateway is told', async () => {
  const failures: string[] = []
  const market: GatewayMarket = {
    ...handMade(),
    bars: async () => {
      throw new CatalogCorruptionError('bars/x.parquet is damaged')
    },
  }
  const { port } = await startGateway({ market, onFailure: (it) => failures.push(it.message) })
  const client = await RawClient.login(port)
  const text = 'Historical Market Data Service error message:bars/x.parquet is damaged'
  expect((await client.ask(barsRequest(5), 5)).slice(3, 5)).toEqual(['162', text])
  expect(failures).toEqual(['bars/x.parquet is damaged'])
})
