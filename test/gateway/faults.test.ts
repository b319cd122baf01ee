import { describe, expect, test } from 'vitest'
import type { Fault } from '../../src/gateway/faults.js'
import type { SimGateway } from '../../src/gateway/sim-gateway.js'
import { parseInstant } from '../../src/model/time.js'
import { barsRequest, contractFields, handMade, startGateway } from './hand-made.js'
import { type Fields, RawClient } from './raw-client.js'

/** A client of a gateway whose first data request meets the fault. */
async function meet(
  fault: Fault,
  version = 193,
): Promise<{ readonly client: RawClient; readonly gateway: SimGateway }> {
  const gateway = await startGateway({ faults: (_, index) => (index === 0 ? fault : undefined) })
  return { client: await RawClient.login(gateway.port, { version }), gateway }
}

const code = (message: Fields | undefined): string => `${message?.[2]} ${message?.[3]}`
const starts = (message: Fields): readonly string[] => message.slice(5).filter((_, i) => i % 8 === 0)

test('the request after one that met a fault is answered as ever', async () => {
  const { client } = await meet({ kind: 'silence' })
  client.send(barsRequest(5))
  expect((await client.ask(barsRequest(6), 6))[0]).toBe('17')
})

test('the function is told the request and how many there were', async () => {
  const seen: string[] = []
  const { port } = await startGateway({
    faults: (request, index) => {
      seen.push(`${index} ${request.kind} ${'id' in request ? request.id : ''}`)
      return undefined
    },
  })
  const client = await RawClient.login(port)
  await client.ask([87, 5, ...contractFields(), 1, 'TRADES', 2], 5)
  client.send([25, 1, 5])
  await client.ask(barsRequest(6), 6)
  expect(seen).toEqual(['0 head-timestamp 5', '1 historical-data 6'])
})

describe('in place of the answer', () => {
  test('error: a code and a text', async () => {
    const { client } = await meet({ kind: 'error', code: 420, text: 'Invalid Real-time Query:pacing' })
    expect(await client.ask(barsRequest(5), 5)).toEqual(['4', '2', '5', '420', 'Invalid Real-time Query:pacing', ''])
  })

  test('error with what is no JSON where JSON belongs', async () => {
    const { client } = await meet({ kind: 'error', code: 201, text: 'no', rejectJson: '{bad' })
    expect((await client.ask(barsRequest(5), 5)).slice(3)).toEqual(['201', 'no', '{bad'])
  })

  test('empty: no bars, in a good answer', async () => {
    const { client } = await meet({ kind: 'empty' })
    expect((await client.ask(barsRequest(5), 5)).slice(4)).toEqual(['0'])
  })

  test('silence: nothing, until it is cancelled', async () => {
    const { client, gateway } = await meet({ kind: 'silence' })
    client.send(barsRequest(5))
    await client.settle()
    expect(client.untaken).toEqual([])
    expect(await client.ask([25, 1, 5], 5)).toEqual([
      ...[
        '4',
        '2',
        '5',
        '162',
        'Historical Market Data Service error message:API historical data query cancelled: 5',
        '',
      ],
    ])
    expect(gateway.cancels).toMatchObject([{ kind: 'cancel-historical-data', id: 5 }])
  })

  test('port-reset: 1300, and the end', async () => {
    const { client } = await meet({ kind: 'port-reset' })
    client.send(barsRequest(5))
    expect(code(await client.next())).toBe('-1 1300')
    expect(await client.ended()).toBe('end')
  })

  test('rate-exceeded: 100, and the end', async () => {
    const { client } = await meet({ kind: 'rate-exceeded' })
    client.send(barsRequest(5))
    expect(code(await client.next())).toBe('-1 100')
    expect(await client.ended()).toBe('end')
  })
})

describe('before the answer', () => {
  test('warning: under the id of the request', async () => {
    const { client } = await meet({ kind: 'warning', code: 2176, text: 'Warning: …' })
    client.send(barsRequest(5))
    expect([code(await client.next()), (await client.next())[0]]).toEqual(['5 2176', '17'])
  })

  test('unknown-message: one that nobody knows', async () => {
    const { client } = await meet({ kind: 'unknown-message' })
    client.send(barsRequest(5))
    expect([(await client.next())[0], (await client.next())[0]]).toEqual(['9999', '17'])
  })

  test('farm-lost: 2105, and 2106 after a while', async () => {
    const { client } = await meet({ kind: 'farm-lost', afterMs: 5 })
    client.send(barsRequest(5))
    const messages = [await client.next(), await client.next(), await client.next()]
    expect(messages.map((it) => (it[0] === '4' ? code(it) : it[0]))).toEqual(['-1 2105', '-1 2106', '17'])
  })
})

describe('late', () => {
  test('the answer, when its time has come', async () => {
    const { client } = await meet({ kind: 'late', afterMs: 5 })
    expect((await client.ask(barsRequest(5), 5))[0]).toBe('17')
  })

  test('the answer, after others that were asked for after it', async () => {
    const { until, release } = hold()
    const { client } = await meet({ kind: 'held', until })
    client.send(barsRequest(5))
    client.send(barsRequest(6))
    expect((await client.next())[1]).toBe('6')
    release()
    expect((await client.next())[1]).toBe('5')
  })

  function hold(): { readonly until: Promise<void>; readonly release: () => void } {
    let release = (): void => undefined
    const until = new Promise<void>((resolve) => {
      release = resolve
    })
    return { until, release }
  }

  /** A request that was cancelled, while its answer is held back. */
  async function cancelled(
    despiteCancel: boolean,
  ): Promise<{ readonly client: RawClient; readonly release: () => void }> {
    const { until, release } = hold()
    const { client } = await meet({ kind: 'held', until, despiteCancel })
    client.send(barsRequest(5))
    expect((await client.ask([25, 1, 5], 5))[3]).toBe('162')
    return { client, release }
  }

  test('no answer to what was cancelled meanwhile', async () => {
    const { client, release } = await cancelled(false)
    release()
    await client.ask(barsRequest(6), 6)
    expect(client.untaken).toEqual([])
  })

  test('an answer all the same, when it was on its way already', async () => {
    const { client, release } = await cancelled(true)
    release()
    expect((await client.of(5))[0]).toBe('17')
  })
})

describe('on the way', () => {
  test.each(['rst', 'fin'] as const)('drop by %s: half an answer, and the end', async (how) => {
    const { client, gateway } = await meet({ kind: 'drop', how })
    client.send(barsRequest(5))
    await client.ended()
    expect(client.untaken).toEqual([])
    if (how === 'fin') expect(client.unfinishedBytes).toBeGreaterThan(100)
    await expect.poll(() => gateway.openSockets).toBe(0)
  })

  test('truncated: more bars announced than there are', async () => {
    const { client } = await meet({ kind: 'truncated' })
    const message = await client.ask(barsRequest(5), 5)
    expect(message[4]).toBe('5')
    expect(message.length).toBeLessThan(5 + 8 * 5)
    expect((message.length - 5) % 8).not.toBe(0)
  })

  test('packets: the answer is whole however small they are', async () => {
    const { client } = await meet({ kind: 'packets', bytes: 1 })
    const before = client.packets
    const message = await client.ask(barsRequest(5), 5)
    expect(client.packets - before).toBeGreaterThan(1)
    expect(message).toHaveLength(5 + 8 * 5)
  })

  test('one-packet: a notice and the answer together', async () => {
    const { client } = await meet({ kind: 'one-packet' })
    const before = client.packets
    client.send(barsRequest(5))
    expect([code(await client.next()), (await client.next())[0]]).toEqual(['-1 2106', '17'])
    expect(client.packets - before).toBe(1)
  })
})

test('split-ticks: two messages, of which the second says that this is all', async () => {
  const at = parseInstant('2024-01-09T15:00:00Z')
  const trades = [1, 2, 3].map((price) => ({ ns: at, price, size: 100, exchange: 'Q', conditions: '' }))
  const gateway = await startGateway({ market: handMade({ trades }), faults: () => ({ kind: 'split-ticks' }) })
  const client = await RawClient.login(gateway.port)
  client.send([96, 5, ...contractFields(), '20240109-15:00:00', '', 3, 'TRADES', 1, 0, ''])
  const [first, second] = [await client.of(5), await client.of(5)]
  expect([first[2], first.length, first.at(-1)]).toEqual(['2', 3 + 2 * 6 + 1, '0'])
  expect([second[2], second[5], second.at(-1)]).toEqual(['1', '3', '1'])
})

describe('bars', () => {
  test('duplicate-bars: each twice', async () => {
    const { client } = await meet({ kind: 'duplicate-bars' })
    const times = starts(await client.ask(barsRequest(5), 5))
    expect([times.length, new Set(times).size]).toEqual([10, 5])
  })

  test('shuffled-bars: all of them, out of order', async () => {
    const { client } = await meet({ kind: 'shuffled-bars' })
    const times = starts(await client.ask(barsRequest(5), 5))
    expect([...times].sort()).not.toEqual(times)
    expect(new Set(times).size).toBe(5)
  })

  test.each([
    ['volume', 5e9, 5, '5000000000'],
    ['volume', 0.00012345, 5, '0.00012345'],
    ['low', -1, 3, '-1'],
  ] as const)('changed-bars: %s %d', async (name, value, at, sent) => {
    const { client } = await meet({ kind: 'changed-bars', change: (bar) => ({ ...bar, [name]: value }) })
    expect((await client.ask(barsRequest(5), 5))[5 + at]).toBe(sent)
  })
})

describe('connectivity-lost', () => {
  test('1100, and no answer ever', async () => {
    const { client } = await meet({ kind: 'connectivity-lost', answer: 'never' })
    client.send(barsRequest(5))
    expect(code(await client.next())).toBe('-1 1100')
    await client.settle()
    expect(client.untaken).toEqual([])
  })

  test.each([1101, 1102] as const)('1100, then %i, then the answer', async (restored) => {
    const { client } = await meet({
      kind: 'connectivity-lost',
      answer: 'after',
      restored: { code: restored, afterMs: 5 },
    })
    client.send(barsRequest(5))
    const messages = [await client.next(), await client.next(), await client.next()]
    expect(messages.map((it) => (it[0] === '4' ? code(it) : it[0]))).toEqual(['-1 1100', `-1 ${restored}`, '17'])
  })

  test('1100, then "no data" that is none', async () => {
    const { client } = await meet({
      kind: 'connectivity-lost',
      answer: 'no-data',
      restored: { code: 1102, afterMs: 5 },
    })
    client.send(barsRequest(5))
    const messages = [await client.next(), await client.next(), await client.next()]
    expect(messages.map(code)).toEqual(['-1 1100', '5 162', '-1 1102'])
    expect(messages[1]?.[4]).toMatch(/HMDS query returned no data$/)
  })
})

describe('a cancellation', () => {
  test('of what is answered already, or was never asked, is 366', async () => {
    const { port } = await startGateway()
    const client = await RawClient.login(port)
    await client.ask(barsRequest(5), 5)
    for (const id of [5, 99]) {
      expect((await client.ask([25, 1, id], id)).slice(3, 5)).toEqual([
        '366',
        `No historical data query found for ticker id:${id}`,
      ])
    }
  })

  test('of a head timestamp has no answer', async () => {
    const { client, gateway } = await meet({ kind: 'silence' })
    client.send([87, 5, ...contractFields(), 1, 'TRADES', 2])
    client.send([90, 5])
    await client.settle()
    expect(client.untaken).toEqual([])
    expect(gateway.cancels).toMatchObject([{ kind: 'cancel-head-timestamp', id: 5 }])
  })
})
