import { getEventListeners, once } from 'node:events'
import { createServer } from 'node:http'
import { afterEach, describe, expect, test, vi } from 'vitest'
import type { IbCall, IbTransport } from '../../../src/sources/ibkr/transport/transport.js'
import { AAPL, CALL, failureOf, MINUTES, TRANSPORTS, watched } from '../../support/ibkr.js'
import { first, Lab } from '../../support/ibkr-matrix.js'

const HEAD = { contract: AAPL, whatToShow: 'TRADES', useRTH: true } as const
const TICKS = {
  contract: AAPL,
  startDateTime: '20240105-15:00:00',
  endDateTime: '',
  numberOfTicks: 50,
  whatToShow: 'TRADES',
  useRTH: true,
} as const
const SCHEDULE = { contract: AAPL, endDateTime: '20240106-00:00:00', duration: '5 D', useRTH: true } as const

/** Every request that can be made. */
const REQUESTS: readonly {
  readonly what: string
  readonly ask: (to: IbTransport, call: IbCall) => Promise<unknown>
}[] = [
  { what: 'bars', ask: (to, call) => to.bars(MINUTES, call) },
  { what: 'ticks', ask: (to, call) => to.ticks(TICKS, call) },
  { what: 'a head timestamp', ask: (to, call) => to.headTimestamp(HEAD, call) },
  { what: 'contract details', ask: (to, call) => to.contractDetails(AAPL, call) },
  { what: 'a schedule', ask: (to, call) => to.schedule(SCHEDULE, call) },
]

afterEach(() => {
  vi.restoreAllMocks()
})

describe.each(TRANSPORTS)('what a transport brings ($name)', ({ create }) => {
  test('the login: the version that both speak, and the accounts', async () => {
    await using lab = await Lab.open(create, { accounts: ['SIM000001', 'SIM000002'], maxServerVersion: 170 })
    const { transport } = lab.transport()
    expect(await transport.connect()).toEqual({ serverVersion: 170, accounts: ['SIM000001', 'SIM000002'] })
  })

  test('intraday bars by the second they start, daily bars by date, oldest first', async () => {
    await using lab = await Lab.open(create)
    const { transport } = await lab.connected()
    const minutes = await transport.bars(MINUTES, CALL)
    const endSeconds = Date.UTC(2024, 0, 5, 21) / 1000
    expect(minutes.bars.map((it) => Number(it.time))).toEqual([5, 4, 3, 2, 1].map((it) => endSeconds - it * 60))
    const days = await transport.bars({ ...MINUTES, duration: '3 D', barSize: '1 day' }, CALL)
    expect(days.bars.map((it) => it.time)).toEqual(['20240103', '20240104', '20240105'])
  })

  test('trades and quotes, a page with the whole of each second', async () => {
    await using lab = await Lab.open(create)
    const { transport } = await lab.connected()
    const trades = await transport.ticks(TICKS, CALL)
    expect(trades.kind).toBe('trades')
    expect(trades.ticks.length).toBeGreaterThanOrEqual(TICKS.numberOfTicks)
    expect(trades.ticks[0]).toMatchObject({
      time: expect.any(Number),
      price: expect.any(Number),
      size: expect.stringMatching(/^\d+(\.\d+)?$/),
    })
    const quotes = await transport.ticks({ ...TICKS, whatToShow: 'BID_ASK' }, CALL)
    expect(quotes.kind).toBe('quotes')
    expect(quotes.ticks[0]).toMatchObject({ bidPrice: expect.any(Number), askSize: expect.stringMatching(/^\d/) })
  })

  test('contract details: one, several, none; with names outside ASCII', async () => {
    await using lab = await Lab.open(create)
    const { transport } = await lab.connected()
    const [apple] = await transport.contractDetails(AAPL, CALL)
    expect(apple).toMatchObject({
      contract: { conId: 265598, symbol: 'AAPL', secType: 'STK', primaryExchange: 'NASDAQ', currency: 'USD' },
      longName: 'APPLE INC',
      minTick: 0.01,
      timeZoneId: 'US/Eastern',
    })
    expect(await transport.contractDetails({ ...AAPL, symbol: 'TWICE' }, CALL)).toHaveLength(2)
    const [loreal] = await transport.contractDetails({ ...AAPL, symbol: 'LRLCY' }, CALL)
    expect(loreal?.longName).toBe("L'ORÉAL-UNSPONSORED ADR")
    const unknown = transport.contractDetails({ ...AAPL, symbol: 'NOSUCH' }, CALL)
    expect(await failureOf(unknown)).toMatchObject({ kind: 'permanent', ibCode: 200 })
  })

  test('a contract is asked for again as it was resolved, by its id', async () => {
    await using lab = await Lab.open(create)
    const { transport } = await lab.connected()
    const [future] = await transport.contractDetails(
      { secType: 'FUT', symbol: 'ES', exchange: 'CME', lastTradeDate: '202409' },
      CALL,
    )
    if (future === undefined) throw new Error('There is no such future.')
    expect(future.contract).toMatchObject({
      secType: 'FUT',
      multiplier: '50',
      lastTradeDate: expect.stringMatching(/^202409\d\d$/),
    })
    const { bars } = await transport.bars(
      { ...MINUTES, contract: future.contract, endDateTime: '20240614-19:00:00' },
      CALL,
    )
    expect(bars).toHaveLength(5)
  })

  test('the first instant of a contract, its sessions, the time', async () => {
    await using lab = await Lab.open(create)
    const { transport } = await lab.connected()
    expect(await transport.headTimestamp({ ...HEAD, contract: { ...AAPL, symbol: 'LATE' } }, CALL)).toBe(
      Date.UTC(2024, 2, 13, 13, 30) / 1000,
    )
    const { timeZone, sessions } = await transport.schedule(SCHEDULE, CALL)
    expect(timeZone).toBe('US/Eastern')
    expect(sessions.at(-1)).toEqual({ start: '20240105-09:30:00', end: '20240105-16:00:00', tradeDate: '20240105' })
    expect(await transport.currentTime(CALL)).toBe(Date.UTC(2024, 5, 14, 21) / 1000)
  })

  test('requests that are under way together get their own answers', async () => {
    await using lab = await Lab.open(create, { faults: (_, index) => ({ kind: 'late', afterMs: 40 - index }) })
    const { transport } = await lab.connected()
    const lengths = Array.from({ length: 30 }, (_, i) => i + 1)
    const answers = await Promise.all(
      lengths.map((it) => transport.bars({ ...MINUTES, duration: `${it * 60} S` }, CALL)),
    )
    expect(answers.map((it) => it.bars.length)).toEqual(lengths)
  })

  test('ids increase over all connections of the process', async () => {
    await using lab = await Lab.open(create)
    for (let i = 0; i < 3; i += 1) {
      const { transport } = await lab.connected()
      await transport.bars(MINUTES, CALL)
      await transport.close()
    }
    const ids = lab.gateway.requests.flatMap((it) => ('id' in it ? [it.id] : []))
    expect(ids).toEqual([...new Set(ids)].sort((a, b) => a - b))
    expect(ids).toHaveLength(3)
  })

  test('warnings are told while their request goes on; nothing is printed', async () => {
    const printed = ['log', 'error', 'warn', 'info'] as const
    const spies = [
      ...printed.map((it) => vi.spyOn(console, it)),
      vi.spyOn(process.stdout, 'write'),
      vi.spyOn(process.stderr, 'write'),
    ]
    await using lab = await Lab.open(create, { faults: first({ kind: 'warning', code: 2174, text: 'no time zone' }) })
    const { transport, notices } = await lab.connected()
    for (const { ask } of REQUESTS) await ask(transport, CALL)
    expect(notices).toContainEqual({ code: 2174, text: 'no time zone' })
    await transport.close()
    for (const spy of spies) expect(spy).not.toHaveBeenCalled()
  })
})

describe.each(TRANSPORTS)('how a request ends ($name)', ({ create }) => {
  test.each(REQUESTS)('$what: by its time-out', async ({ ask }) => {
    await using lab = await Lab.open(create, { faults: () => ({ kind: 'silence' }) })
    const { transport } = await lab.connected()
    expect(await failureOf(ask(transport, { timeoutMs: 50 }))).toMatchObject({ kind: 'timeout' })
  })

  test.each(REQUESTS)("$what: by its caller's signal; the reason is the cause", async ({ ask }) => {
    await using lab = await Lab.open(create, { faults: () => ({ kind: 'silence' }) })
    const { transport } = await lab.connected()
    const stop = new AbortController()
    const asked = failureOf(ask(transport, { ...CALL, signal: stop.signal }))
    await expect.poll(() => lab.gateway.requests.length).toBe(2)
    stop.abort(new Error('enough'))
    expect(await asked).toMatchObject({ kind: 'cancelled', cause: expect.objectContaining({ message: 'enough' }) })
    expect(getEventListeners(stop.signal, 'abort')).toEqual([])
  })

  test.each(REQUESTS)('$what: with the connection, at once', async ({ ask }) => {
    await using lab = await Lab.open(create, { faults: () => ({ kind: 'silence' }) })
    const { transport, closes } = await lab.connected()
    const asked = failureOf(ask(transport, CALL))
    await expect.poll(() => lab.gateway.requests.length).toBe(2)
    lab.gateway.drop('rst')
    expect(await asked).toMatchObject({ kind: 'connection' })
    expect(closes).toHaveLength(1)
    expect(await failureOf(ask(transport, CALL))).toBe(closes[0])
  })

  test.each([
    { what: 'bars', kind: 'cancel-historical-data', ask: REQUESTS[0]?.ask },
    { what: 'a head timestamp', kind: 'cancel-head-timestamp', ask: REQUESTS[2]?.ask },
    { what: 'a schedule', kind: 'cancel-historical-data', ask: REQUESTS[4]?.ask },
  ])(
    '$what: what is given up is cancelled at the gateway, and its answer to that is nobody’s',
    async ({ kind, ask }) => {
      await using lab = await Lab.open(create, { faults: first({ kind: 'silence' }) })
      const { transport, notices } = await lab.connected()
      await failureOf(ask?.(transport, { timeoutMs: 30 }) ?? Promise.resolve())
      await expect.poll(() => lab.gateway.cancels.map((it) => it.kind)).toEqual([kind])
      notices.length = 0
      expect((await transport.bars(MINUTES, CALL)).bars).toHaveLength(5)
      expect(notices).toEqual([])
    },
  )

  test('a signal that has fired already sends nothing', async () => {
    await using lab = await Lab.open(create)
    const { transport } = await lab.connected()
    const asked = transport.bars(MINUTES, { ...CALL, signal: AbortSignal.abort() })
    expect(await failureOf(asked)).toMatchObject({ kind: 'cancelled' })
    await transport.currentTime(CALL)
    expect(lab.gateway.requests.map((it) => it.kind)).toEqual(['start', 'current-time'])
  })

  test('cancelled by the gateway, without our asking', async () => {
    const text = 'Historical Market Data Service error message:API historical data query cancelled: 7'
    await using lab = await Lab.open(create, { faults: first({ kind: 'error', code: 162, text }) })
    const { transport } = await lab.connected()
    expect(await failureOf(transport.bars(MINUTES, CALL))).toMatchObject({
      kind: 'cancelled',
      ibCode: 162,
      message: text,
    })
  })

  test('an answered request leaves no listener behind', async () => {
    await using lab = await Lab.open(create)
    const { transport } = await lab.connected()
    const { signal } = new AbortController()
    for (const { ask } of REQUESTS) await ask(transport, { ...CALL, signal })
    expect(getEventListeners(signal, 'abort')).toEqual([])
  })
})

describe.each(TRANSPORTS)('how a connection ends ($name)', ({ create }) => {
  test('close fails what is in flight, says nothing of its own, and may be called twice', async () => {
    await using lab = await Lab.open(create, { faults: () => ({ kind: 'silence' }) })
    const { transport, closes, notices } = await lab.connected()
    await transport.currentTime(CALL)
    notices.length = 0
    const asked = failureOf(transport.bars(MINUTES, CALL))
    await Promise.all([transport.close(), transport.close()])
    await transport.close()
    expect(await asked).toMatchObject({ kind: 'connection' })
    expect(closes).toEqual([])
    expect(notices).toEqual([])
    await expect.poll(() => lab.gateway.openSockets).toBe(0)
    expect(await failureOf(transport.bars(MINUTES, CALL))).toMatchObject({ kind: 'connection' })
  })

  test('close before connecting is the end of it', async () => {
    await using lab = await Lab.open(create)
    const { transport } = lab.transport()
    await transport.close()
    expect(await failureOf(transport.connect())).toMatchObject({ kind: 'connection' })
    expect(lab.gateway.openSockets).toBe(0)
  })

  test('close while connecting ends the attempt at once', async () => {
    await using lab = await Lab.open(create, { login: 'silent' })
    const { transport } = lab.transport()
    const connecting = failureOf(transport.connect())
    await expect.poll(() => lab.gateway.openSockets).toBe(1)
    await transport.close()
    expect(await connecting).toMatchObject({ kind: 'connection' })
    await expect.poll(() => lab.gateway.openSockets).toBe(0)
  })

  test('a request before the login is no request', async () => {
    await using lab = await Lab.open(create)
    const { transport } = lab.transport()
    expect(await failureOf(transport.bars(MINUTES, CALL))).toMatchObject({ kind: 'connection', ibCode: 504 })
  })

  test('a transport connects once', async () => {
    await using lab = await Lab.open(create)
    const { transport } = await lab.connected()
    expect(await failureOf(transport.connect())).toMatchObject({ kind: 'connection' })
    expect((await transport.bars(MINUTES, CALL)).bars).toHaveLength(5)
  })

  test.each(['rst', 'fin'] as const)('a drop (%s) between requests is told once', async (how) => {
    await using lab = await Lab.open(create)
    const { transport, closes } = await lab.connected()
    await transport.bars(MINUTES, CALL)
    lab.gateway.drop(how)
    await expect.poll(() => closes).toHaveLength(1)
    await transport.close()
    expect(closes).toMatchObject([{ kind: 'connection' }])
  })

  test('another kind of server is no gateway', async () => {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    const { transport } = watched(create, port, { connectTimeoutMs: 300 })
    expect(await failureOf(transport.connect())).toMatchObject({ kind: 'connection' })
    server.close()
    // It waits for its last connection.
    await once(server, 'close')
  })

  test('the messages say how far a login came', async () => {
    const messageOf = async (login: 'silent' | 'no-next-id' | 'hangs-up') => {
      await using lab = await Lab.open(create, { login })
      return (await failureOf(lab.transport({ connectTimeoutMs: 200 }).transport.connect())).message
    }
    expect(await messageOf('silent')).toMatch(
      /127\.0\.0\.1:\d+ accepted the connection but did not answer the handshake/,
    )
    expect(await messageOf('no-next-id')).toMatch(/answered the handshake but did not complete the login/)
    expect(await messageOf('hangs-up')).toMatch(/closed the connection before the login was complete/)
  })

  test('nothing keeps the process alive after it: no socket, no timer', async () => {
    await using lab = await Lab.open(create, { faults: (_, index) => (index < 5 ? undefined : { kind: 'silence' }) })
    const before = process.getActiveResourcesInfo().filter((it) => it === 'Timeout' || it === 'TCPSocketWrap').length
    const { transport } = await lab.connected()
    for (const { ask } of REQUESTS) await ask(transport, CALL)
    const unanswered = REQUESTS.map(({ ask }) => failureOf(ask(transport, CALL)))
    await transport.close()
    await Promise.all(unanswered)
    await expect
      .poll(() => process.getActiveResourcesInfo().filter((it) => it === 'Timeout' || it === 'TCPSocketWrap').length)
      // Polling itself has a timer.
      .toBeLessThanOrEqual(before + 1)
  })
})
