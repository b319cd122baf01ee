import { describe, expect, test } from 'vitest'
import type { Fault } from '../../../src/gateway/faults.js'
import type { GatewayRequest } from '../../../src/gateway/request.js'
import { CatalogError, IbkrConnectionError, SourceRejectedError } from '../../../src/model/errors.js'
import type { SeriesInput } from '../../../src/model/series.js'
import { parseInstant } from '../../../src/model/time.js'
import { contractOf, handMade } from '../../gateway/hand-made.js'
import { states } from '../../support/bars.js'
import { createIbkrWorld, type IbkrWorldOptions } from '../../support/ibkr-world.js'

const AAPL = { type: 'bars', instrument: 'AAPL.SIM', barType: '1-MINUTE-LAST' } as const
const DAY = { start: '2024-06-03', end: '2024-06-04' }
const WEEK = { start: '2024-06-03', end: '2024-06-08' }
const SIMULATED = contractOf({ symbol: 'AAPL', exchange: 'SIM', primaryExchange: 'SIM', validExchanges: ['SIM'] })
const NO_DATA = 'Historical Market Data Service error message:HMDS query returned no data: AAPL@SIM Trades'

/** A fault of the n-th request for bars; all others are answered. */
function atBars(...faults: readonly (Fault | undefined)[]): NonNullable<IbkrWorldOptions['faults']> {
  let count = 0
  return (request: GatewayRequest) => (request.kind === 'historical-data' ? faults[count++] : undefined)
}

const always =
  (fault: Fault): NonNullable<IbkrWorldOptions['faults']> =>
  (request) =>
    request.kind === 'historical-data' ? fault : undefined

describe.each(['ib-tws-api', 'stoqey'] as const)('with %s,', (client) => {
  describe('nothing is recorded as empty', () => {
    test('when "no data" is said while the line to IB is down: it is asked again, and comes', async () => {
      const { service, catalog } = await createIbkrWorld({
        client,
        faults: atBars({ kind: 'connectivity-lost', answer: 'no-data', restored: { code: 1102, afterMs: 50 } }),
      })
      const { frame, report } = await service.fetchOrLoad(AAPL, DAY)
      expect([frame.numRows, report.knownEmpty]).toEqual([390, []])
      expect(states(await catalog.coverage(AAPL))).toEqual(['data 2024-06-03T13:30:00Z..2024-06-03T20:00:00Z'])
    })

    test('when the farm of historical data is broken and "no data" is all that comes: it is an error', async () => {
      const { service, catalog, gateway } = await createIbkrWorld({
        client,
        faults: always({ kind: 'error', code: 162, text: NO_DATA }),
      })
      await service.fetchOrLoad(AAPL, { start: '2024-05-01', end: '2024-05-02' }).catch(() => undefined)
      gateway.say(2105, 'HMDS data farm connection is broken:ushmds')
      await expect(service.fetchOrLoad(AAPL, DAY)).rejects.toBeInstanceOf(IbkrConnectionError)
      expect(states(await catalog.coverage(AAPL))).toEqual(['empty 2024-05-01T13:30:00Z..2024-05-01T20:00:00Z'])
    })

    test.each([
      [AAPL, 'historical-data'],
      [{ type: 'trades', instrument: 'AAPL.SIM' } as const, 'historical-ticks'],
    ])('when an empty answer comes while that farm is broken: it is an error, for $type', async (series, kind) => {
      const { service, catalog, gateway } = await createIbkrWorld({
        client,
        gateway: { market: handMade({ contracts: [SIMULATED] }) },
        faults: (request) => (request.kind === kind ? { kind: 'empty' } : undefined),
      })
      const hour = { start: '2024-06-03T14:00:00Z', end: '2024-06-03T15:00:00Z' }
      await service.fetchOrLoad(AAPL, { start: '2024-05-01', end: '2024-05-02' }).catch(() => undefined)
      gateway.say(2105, 'HMDS data farm connection is broken:ushmds')
      await expect(service.fetchOrLoad(series, hour)).rejects.toBeInstanceOf(IbkrConnectionError)
      expect((await catalog.coverage(series)).filter((it) => it.endNs > parseInstant('2024-06-01'))).toEqual([])
    })

    test('when a request times out: it is cancelled, asked in two halves, and then it is an error', async () => {
      const { service, catalog, gateway, asked } = await createIbkrWorld({
        client,
        requestTimeoutMs: 300,
        faults: always({ kind: 'silence' }),
      })
      await expect(service.fetchOrLoad(AAPL, DAY)).rejects.toMatchObject({
        code: 'IBKR_CONNECTION',
        missing: [{ start: '2024-06-03T13:30:00Z', end: '2024-06-03T20:00:00Z' }],
      })
      expect(asked().map((it) => [it.endDateTime, it.duration])).toEqual([
        ['20240603-20:00:00', '23400 S'],
        ['20240603-16:45:00', '11700 S'],
      ])
      await expect.poll(() => gateway.cancels.length).toBe(2)
      expect(await catalog.coverage(AAPL)).toEqual([])
    })

    test('when the whole takes too long and its halves do not: they are the answer', async () => {
      const { service } = await createIbkrWorld({ client, requestTimeoutMs: 2000, faults: atBars({ kind: 'silence' }) })
      const { frame, report } = await service.fetchOrLoad(AAPL, DAY)
      expect([frame.numRows, report.missing, report.knownEmpty]).toEqual([390, [], []])
    })
  })

  test.each<[string, Fault]>([
    ['cut short', { kind: 'truncated' }],
    ['lost with the connection', { kind: 'drop', how: 'rst' }],
    ['ended with the connection', { kind: 'drop', how: 'fin' }],
  ])('a reply that is %s is not written: it is asked again', async (_, fault) => {
    const { service, gateway } = await createIbkrWorld({ client, faults: atBars(undefined, fault) })
    const { frame, report } = await service.fetchOrLoad(AAPL, WEEK)
    expect([frame.numRows, report.missing]).toEqual([5 * 390, []])
    expect(gateway.requests.filter((it) => it.kind === 'historical-data').length).toBeGreaterThan(5)
  })

  test('a reply that is always cut short is never written, and what came before it stays', async () => {
    const { service, catalog } = await createIbkrWorld({
      client,
      faults: (request) =>
        request.kind === 'historical-data' && request.endDateTime >= '20240605' ? { kind: 'truncated' } : undefined,
    })
    const error = await service.fetchOrLoad(AAPL, WEEK).then(
      () => undefined,
      (it: unknown) => it,
    )
    expect(error).toBeInstanceOf(IbkrConnectionError)
    expect((await catalog.query(AAPL, WEEK)).numRows).toBe(2 * 390)
  })

  test('bars after the end that was asked for answer another question: nothing of it is stored, or taken for empty', async () => {
    const hoursLate: Fault = {
      kind: 'changed-bars',
      change: (bar) => ({ ...bar, time: String(Number(bar.time) + 4 * 3600) }),
    }
    const { service, catalog } = await createIbkrWorld({ client, faults: always(hoursLate) })
    await expect(service.fetchOrLoad(AAPL, DAY)).rejects.toMatchObject({
      code: 'IBKR_CONNECTION',
      message: expect.stringContaining('after the end that was asked for (2024-06-03T20:00:00Z)'),
    })
    expect(await catalog.coverage(AAPL)).toEqual([])
  })

  test('a date after the end that was asked for is none of these: it is cut off', async () => {
    const daily = { ...AAPL, barType: '1-DAY-LAST' }
    const holiday: Fault = { kind: 'changed-bars', change: (bar, i) => (i === 0 ? { ...bar, time: '20240607' } : bar) }
    const { service } = await createIbkrWorld({ client, faults: always(holiday) })
    expect((await service.fetchOrLoad(daily, DAY)).frame.numRows).toBe(1)
  })

  test.each<[string, Fault]>([
    ['twice', { kind: 'duplicate-bars' }],
    ['out of order', { kind: 'shuffled-bars' }],
    ['in packets of seven bytes', { kind: 'packets', bytes: 7 }],
    [
      'behind a warning',
      { kind: 'warning', code: 2176, text: 'Warning: Your API version does not support fractional sizes' },
    ],
    ['behind a message that nobody knows', { kind: 'unknown-message' }],
  ])('bars that come %s are stored once, in order', async (_, fault) => {
    const { service } = await createIbkrWorld({ client, faults: atBars(fault) })
    const { frame } = await service.fetchOrLoad(AAPL, DAY)
    const times = frame.column('ts_event')
    expect(times).toHaveLength(390)
    expect(times.every((it, i) => i === 0 || it > (times[i - 1] as bigint))).toBe(true)
  })

  test('a pacing violation pauses, and is asked again', async () => {
    const waits: string[] = []
    const { service } = await createIbkrWorld({
      client,
      faults: atBars({
        kind: 'error',
        code: 162,
        text: 'Historical Market Data Service error message:Historical data request pacing violation',
      }),
    })
    const { frame } = await service.fetchOrLoad(AAPL, {
      ...DAY,
      onProgress: (it) => void (it.phase === 'wait' && waits.push(it.reason)),
    })
    expect(frame.numRows).toBe(390)
    expect(waits).toEqual([expect.stringMatching(/^IB /)])
  })

  test.each<[string, number, string, new () => CatalogError, RegExp]>([
    [
      'no subscription',
      162,
      'Historical Market Data Service error message:No market data permissions for NASDAQ STK',
      SourceRejectedError as unknown as new () => CatalogError,
      /No market data permissions for NASDAQ STK \(IB 162\)/,
    ],
    [
      'an unknown contract',
      200,
      'No security definition has been found for the request',
      SourceRejectedError as unknown as new () => CatalogError,
      /No security definition has been found for the request \(IB 200\)/,
    ],
    [
      'an account in use elsewhere',
      162,
      'Historical Market Data Service error message:Trading TWS session is connected from a different IP address',
      IbkrConnectionError as unknown as new () => CatalogError,
      /in use elsewhere/,
    ],
  ])('%s is an error with IB’s own text and steps, and nothing is recorded', async (_, code, text, kind, message) => {
    const { service, catalog } = await createIbkrWorld({ client, faults: always({ kind: 'error', code, text }) })
    const error = await service.fetchOrLoad(AAPL, DAY).catch((it: unknown) => it)
    expect(error).toBeInstanceOf(kind)
    expect(error).toMatchObject({ message: expect.stringMatching(message) })
    expect(error instanceof CatalogError ? error.steps.length : 0).toBeGreaterThan(0)
    expect(await catalog.coverage(AAPL)).toEqual([])
  })

  test('the gateway restarts in the middle of a download: it goes on, and nothing is asked that had come', async () => {
    const { service, gateway } = await createIbkrWorld({ client })
    let dropped = false
    const { frame, report } = await service.fetchOrLoad(AAPL, {
      ...WEEK,
      onProgress: (it) => {
        if (it.done !== 2 || dropped) return
        dropped = true
        gateway.drop('rst')
      },
    })
    expect(dropped).toBe(true)
    expect([frame.numRows, report.requests, report.missing]).toEqual([5 * 390, 5, []])
  })

  test('after an abort nothing is left running, and what was complete is stored', async () => {
    const { service, catalog, gateway } = await createIbkrWorld({
      client,
      faults: atBars(undefined, { kind: 'silence' }),
    })
    const abort = new AbortController()
    const fetch = service.fetchOrLoad(AAPL, {
      ...WEEK,
      signal: abort.signal,
      onProgress: (it) => {
        if (it.done === 1) setTimeout(() => abort.abort(), 100)
      },
    })
    await expect(fetch).rejects.toMatchObject({ code: 'ABORTED' })
    expect((await catalog.query(AAPL, WEEK)).numRows).toBe(390)
    await service.close()
    await expect.poll(() => gateway.openSockets).toBe(0)
  })
})

test('a source that was closed before its first question connects to nothing', async () => {
  const { service, gateway } = await createIbkrWorld()
  await service.close()
  const error = await service.fetchOrLoad(AAPL, DAY).catch((it: unknown) => it)
  expect(error).toBeInstanceOf(IbkrConnectionError)
  expect(error).toMatchObject({ cause: { message: 'the source was closed' } })
  expect(gateway.requests).toEqual([])
})

describe('what is simulated and what is real', () => {
  test('never mix: a simulated gateway serves no real venue unless it is allowed to', async () => {
    const { service, gateway, catalog } = await createIbkrWorld()
    const real = { ...AAPL, instrument: 'AAPL.NASDAQ' }
    await expect(service.fetchOrLoad(real, DAY)).rejects.toMatchObject({ code: 'SOURCE_REJECTED' })
    expect(gateway.requests.map((it) => it.kind)).toEqual(['start'])
    expect(await catalog.list()).toEqual([])
  })

  test('a real gateway is not asked for what is simulated, and not faster than it allows', async () => {
    const real = { accounts: ['DU1234567'] }
    const { service } = await createIbkrWorld({ gateway: real, timeScale: 1 })
    await expect(service.fetchOrLoad(AAPL, DAY)).rejects.toMatchObject({ code: 'SOURCE_REJECTED' })
    const fast = await createIbkrWorld({ gateway: real, timeScale: 10 })
    const apple = { ...AAPL, instrument: 'AAPL.NASDAQ' }
    await expect(fast.service.fetchOrLoad(apple, DAY)).rejects.toMatchObject({ code: 'INVALID_REQUEST' })
  })
})

test.each<[string, SeriesInput]>([
  ['bars of a size that IB has not', { ...AAPL, barType: '12-MINUTE-LAST' }],
  ['trades of a currency', { ...AAPL, instrument: 'EUR/USD.IDEALPRO' }],
  ['ticks of trades of a currency', { type: 'trades', instrument: 'EUR/USD.IDEALPRO' }],
  ['an id that names no contract', { ...AAPL, instrument: 'A.NOWHERE' }],
])('%s are refused before anything is connected', async (_, series) => {
  const { service, gateway, catalog } = await createIbkrWorld({ allowSimulated: true })
  await expect(service.fetchOrLoad(series, DAY)).rejects.toMatchObject({ code: 'SOURCE_REJECTED' })
  expect(gateway.requests).toEqual([])
  expect(await catalog.instruments()).toEqual([])
})
