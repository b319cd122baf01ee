import { describe, expect, test } from 'vitest'
import { SeededMarket } from '../../src/gateway/seeded-market.js'
import { parseInstant, SECOND_NS } from '../../src/model/time.js'
import { testClock } from '../support/catalog.js'
import { barsRequest, contractFields, contractOf, handMade, NOW, startGateway } from './hand-made.js'
import { type Fields, RawClient } from './raw-client.js'

const SIM = { symbol: 'AAPL', exchange: 'SIM' }
const at = (iso: string): number => Number(parseInstant(iso) / SECOND_NS)

function ticksRequest(
  id: number,
  start: string,
  end: string,
  count: number,
  what = 'TRADES',
): readonly (string | number)[] {
  return [96, id, ...contractFields(SIM), start, end, count, what, 0, 0, '']
}

async function seeded(): Promise<RawClient> {
  const clock = testClock(NOW)
  const { port } = await startGateway({ market: new SeededMarket({ clock }), clock })
  return RawClient.login(port)
}

/** The ticks of a message, whose fields are in groups. */
function groups(message: Fields, size: number): readonly Fields[] {
  const values = message.slice(3, -1)
  expect(values).toHaveLength(size * Number(message[2]))
  return Array.from({ length: Number(message[2]) }, (_, i) => values.slice(size * i, size * i + size))
}

describe('trades', () => {
  test('are 98: time, mask, price, size, exchange, conditions; then whether this is all', async () => {
    const client = await seeded()
    const message = await client.ask(ticksRequest(5, '20240109-15:00:00', '', 10), 5)
    expect([message[0], message[1], message.at(-1)]).toEqual(['98', '5', '1'])
    const [first] = groups(message, 6)
    expect(first).toEqual([String(at('2024-01-09T15:00:00Z')), '0', expect.any(String), expect.any(String), 'SIM', ''])
  })

  test('make the bars of their seconds', async () => {
    const client = await seeded()
    const query = { contract: SIM, barSize: '1 secs', duration: '60 S', end: '20240109-15:01:00', useRTH: false }
    const bars = await client.ask(barsRequest(5, query), 5)
    const trades = groups(await client.ask(ticksRequest(6, '20240109-15:00:00', '', 100), 6), 6)
    for (let i = 0; i < 20; i++) {
      const [time, open, high, low, close, volume, , count] = bars.slice(5 + 8 * i, 13 + 8 * i)
      const own = trades.filter((it) => it[0] === time)
      const prices = own.map((it) => Number(it[2]))
      expect(own).toHaveLength(Number(count))
      expect(own.reduce((sum, it) => sum + Number(it[3]), 0)).toBe(Number(volume))
      expect(prices.at(-1)).toBe(Number(close))
      if (own.length > 1) expect(prices[0]).toBe(Number(open))
      for (const price of prices) {
        expect(price).toBeGreaterThanOrEqual(Number(low))
        expect(price).toBeLessThanOrEqual(Number(high))
      }
    }
  })

  test('of a page are as many as asked for, and the rest of its last second', async () => {
    const client = await seeded()
    const long = groups(await client.ask(ticksRequest(5, '20240109-15:00:00', '', 900), 5), 6)
    for (const [i, count] of [1, 2, 3, 50, 51, 52].entries()) {
      const page = groups(await client.ask(ticksRequest(10 + i, '20240109-15:00:00', '', count), 10 + i), 6)
      const lastSecond = long[count - 1]?.[0]
      expect(page).toEqual(long.filter((it) => Number(it[0]) <= Number(lastSecond)))
    }
  })

  test('before an end are the last ones, ascending; the end is not in it', async () => {
    const client = await seeded()
    const page = groups(await client.ask(ticksRequest(5, '', '20240109-15:00:00', 20), 5), 6)
    const times = page.map((it) => Number(it[0]))
    expect(times.at(-1)).toBe(at('2024-01-09T14:59:59Z'))
    expect(times).toEqual([...times].sort((a, b) => a - b))
    expect(page.length).toBeGreaterThanOrEqual(20)
  })

  test('go on over the night, and over the weekend', async () => {
    const client = await seeded()
    // The last second of Friday's extended hours, and the first of Monday's.
    const page = groups(await client.ask(ticksRequest(5, '20240106-00:59:59', '', 5), 5), 6)
    const times = new Set(page.map((it) => Number(it[0])))
    expect([...times].slice(0, 2)).toEqual([at('2024-01-06T00:59:59Z'), at('2024-01-08T09:00:00Z')])
  })

  test('after now are none, and that is an answer', async () => {
    const client = await seeded()
    expect(await client.ask(ticksRequest(5, '20240109-20:00:00', '', 10), 5)).toEqual(['98', '5', '0', '1'])
  })
})

test('quotes are 97: time, mask, bid, ask and their sizes', async () => {
  const client = await seeded()
  const message = await client.ask(ticksRequest(5, '20240109-15:00:00', '', 2, 'BID_ASK'), 5)
  expect([message[0], message.at(-1)]).toEqual(['97', '1'])
  for (const [, , bid, ask] of groups(message, 6)) expect(Number(ask) - Number(bid)).toBeCloseTo(0.02, 6)
})

test('midpoints are 96: time, nothing, price, size 0', async () => {
  const client = await seeded()
  const message = await client.ask(ticksRequest(5, '20240109-15:00:00', '', 2, 'MIDPOINT'), 5)
  expect([message[0], message.at(-1)]).toEqual(['96', '1'])
  expect(groups(message, 4)[0]).toEqual([String(at('2024-01-09T15:00:00Z')), '0', expect.any(String), '0'])
})

test.each([
  [193, '250'],
  [174, '2.5'],
  [162, '2'],
])('sizes go by the rule of volumes: to %i a trade of 250 shares is %s', async (version, size) => {
  const trades = [{ ns: parseInstant('2024-01-09T15:00:00Z'), price: 10, size: 250, exchange: 'NYSE', conditions: 'I' }]
  const { port } = await startGateway({ market: handMade({ contracts: [contractOf()], trades }) })
  const client = await RawClient.login(port, { version })
  const message = await client.ask([96, 5, ...contractFields(), '20240109-15:00:00', '', 1, 'TRADES', 1, 0, ''], 5)
  expect(message.slice(3, 9)).toEqual([String(at('2024-01-09T15:00:00Z')), '0', '10', size, 'NYSE', 'I'])
})
