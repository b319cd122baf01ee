import { describe, expect, test } from 'vitest'
import { MessageCounter, type PacingMode, PacingPolice, type PacingRule } from '../../src/gateway/pacing.js'
import { type DataAsk, parseRequest } from '../../src/gateway/request.js'
import { type BarsQuery, barsRequest, contractFields, startGateway } from './hand-made.js'
import { RawClient } from './raw-client.js'

const MINUTES: BarsQuery = { barSize: '1 min' }
const SECONDS: BarsQuery = { barSize: '30 secs' }

function ask(query: BarsQuery): DataAsk {
  const parsed = parseRequest(
    barsRequest(1, query).map((it) => (typeof it === 'boolean' ? String(Number(it)) : String(it))),
    193,
  )
  if (parsed.kind !== 'historical-data') throw new Error('bars expected')
  return parsed
}

/** Requests that are never identical, each so many milliseconds after the one before. */
function rules(
  mode: PacingMode,
  query: BarsQuery,
  everyMs: number,
  count: number,
  timeScale = 1,
): readonly (PacingRule | undefined)[] {
  const police = new PacingPolice(mode, timeScale)
  return Array.from({ length: count }, (_, i) =>
    police.check(
      ask({
        ...query,
        end: `20240109-15:${String(Math.floor(i / 60)).padStart(2, '0')}:${String(i % 60).padStart(2, '0')}`,
      }),
      i * everyMs,
    ),
  )
}

describe('a request is a violation when it', () => {
  test('repeats an identical one within 15 seconds', () => {
    const police = new PacingPolice('documented', 1)
    expect(police.check(ask(SECONDS), 0)).toBeUndefined()
    expect(police.check(ask(SECONDS), 14_980)).toBe('identical')
    expect(police.check(ask(SECONDS), 29_980)).toBeUndefined()
  })

  test('is the sixth of one contract, exchange and price within two seconds', () => {
    expect(rules('documented', SECONDS, 390, 6)).toEqual([...Array(5).fill(undefined), 'burst'])
    expect(rules('documented', SECONDS, 410, 12)).toEqual(Array(12).fill(undefined))
  })

  test('is the sixth of them: other contracts and prices count by themselves', () => {
    const police = new PacingPolice('documented', 1)
    const queries: readonly BarsQuery[] = ['A', 'B', 'C'].flatMap((symbol) =>
      ['TRADES', 'BID'].flatMap((whatToShow) =>
        Array.from({ length: 5 }, (_, i) => ({
          ...SECONDS,
          contract: { symbol },
          whatToShow,
          end: `20240109-15:00:0${i}`,
        })),
      ),
    )
    expect(queries.map((it) => police.check(ask(it), 0))).toEqual(Array(30).fill(undefined))
  })

  test('is the 61st in ten minutes', () => {
    expect(rules('documented', SECONDS, 9000, 61).slice(-2)).toEqual([undefined, 'window'])
    expect(rules('documented', SECONDS, 10_000, 200)).toEqual(Array(200).fill(undefined))
  })

  test('is the 31st in ten minutes, for BID_ASK, which counts twice', () => {
    expect(rules('documented', { ...SECONDS, whatToShow: 'BID_ASK' }, 18_000, 31).slice(-2)).toEqual([
      undefined,
      'window',
    ])
  })
})

describe('the rules are for', () => {
  test.each([
    ['documented', '30 secs', 'burst'],
    ['documented', '1 min', undefined],
    ['documented', '1 day', undefined],
    ['strict', '1 min', 'burst'],
    ['strict', '1 day', 'burst'],
    ['off', '1 secs', undefined],
  ] as const)('%s: bars of %s', (mode, barSize, rule) => {
    expect(rules(mode, { barSize }, 0, 6).at(-1)).toBe(rule)
  })

  test.each([
    ['documented', 'burst'],
    ['off', undefined],
  ] as const)('%s: ticks', (mode, rule) => {
    const police = new PacingPolice(mode, 1)
    const last = Array.from({ length: 6 }, (_, i) => {
      const fields = [96, 1, ...contractFields(), `20240109-15:00:0${i}`, '', 1000, 'TRADES', 1, 0, ''].map(String)
      const parsed = parseRequest(fields, 193)
      return parsed.kind === 'historical-ticks' ? police.check(parsed, 0) : 'window'
    }).at(-1)
    expect(last).toBe(rule)
  })

  test('a login: the connection and the id of a request make no difference', async () => {
    const gateway = await startGateway({ pacing: 'strict' })
    const [a, b] = [
      await RawClient.login(gateway.port, { clientId: 1 }),
      await RawClient.login(gateway.port, { clientId: 2 }),
    ]
    expect((await a.ask(barsRequest(5), 5))[0]).toBe('17')
    expect((await b.ask(barsRequest(6), 6))[3]).toBe('162')
    expect(gateway.violations).toMatchObject([{ rule: 'identical' }])
  })
})

describe('a time scale', () => {
  test('makes every window shorter, less what a busy machine may push together', () => {
    expect(rules('strict', MINUTES, 41, 12, 10)).toEqual(Array(12).fill(undefined))
    expect(rules('strict', MINUTES, 35, 6, 10).at(-1)).toBe('burst')
    expect(rules('strict', MINUTES, 1000, 100, 10)).toEqual(Array(100).fill(undefined))
    expect(rules('strict', MINUTES, 950, 65, 10)).toContain('window')
  })
})

describe('messages', () => {
  test('may be fifty in any second', () => {
    const counter = new MessageCounter(1)
    expect(Array.from({ length: 51 }, (_, i) => counter.isTooMany(i * 19))).toEqual([...Array(50).fill(false), true])
    const patient = new MessageCounter(1)
    expect(Array.from({ length: 500 }, (_, i) => patient.isTooMany(i * 20))).toEqual(Array(500).fill(false))
  })

  test('beyond it are error 100 and the end of the connection', async () => {
    const gateway = await startGateway({ pacing: 'documented' })
    const client = await RawClient.login(gateway.port)
    for (let i = 0; i < 60; i++) client.send([49, 1])
    await client.ended()
    expect(client.untaken.find((it) => it[0] === '4')?.slice(2, 4)).toEqual(['-1', '100'])
    expect(gateway.violations).toMatchObject([{ rule: 'messages' }])
  })
})

describe('on the wire', () => {
  test('an offender is told 162, and disconnected; the violation is on record with its request', async () => {
    const seen: string[] = []
    const gateway = await startGateway({ pacing: 'documented', onViolation: (it) => seen.push(it.rule) })
    const client = await RawClient.login(gateway.port)
    await client.ask(barsRequest(5, SECONDS), 5)
    for (const id of [6, 7, 8]) client.send(barsRequest(id, SECONDS))
    expect(await client.of(6)).toEqual([
      ...['4', '2', '6', '162'],
      ...['Historical Market Data Service error message:Historical data request pacing violation', ''],
    ])
    expect(await client.ended()).toBe('end')
    expect(seen).toEqual(['identical'])
    expect(gateway.violations).toMatchObject([{ rule: 'identical', ask: { kind: 'historical-data', id: 6 } }])
  })

  test.each(['off', 'strict'] as const)(
    'the 51st request that is open is 322, with pacing %s, and no more than that',
    async (pacing) => {
      const gateway = await startGateway({ pacing, timeScale: 1_000_000, faults: () => ({ kind: 'silence' }) })
      const client = await RawClient.login(gateway.port)
      for (let id = 1; id <= 51; id++) client.send(barsRequest(id, { contract: { symbol: `S${id}` } }))
      expect((await client.of(51)).slice(2, 5)).toEqual([
        '51',
        '322',
        expect.stringMatching(/Only 50 simultaneous API historical data requests/),
      ])
      client.send([25, 1, 3])
      await client.of(3)
      client.send(barsRequest(52))
      await client.settle()
      expect(client.untaken).toEqual([])
    },
  )

  test('the requests of a client that has gone are open no more', async () => {
    const gateway = await startGateway({ faults: (_, index) => (index < 50 ? { kind: 'silence' } : undefined) })
    const first = await RawClient.login(gateway.port, { clientId: 1 })
    for (let id = 1; id <= 50; id++) first.send(barsRequest(id))
    await first.settle()
    first.destroy()
    await expect.poll(() => gateway.openSockets).toBe(0)
    const second = await RawClient.login(gateway.port, { clientId: 2 })
    expect((await second.ask(barsRequest(1), 1))[0]).toBe('17')
  })
})
