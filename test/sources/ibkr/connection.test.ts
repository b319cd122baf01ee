import { describe, expect, test } from 'vitest'
import { AbortedError } from '../../../src/model/errors.js'
import { IbConnection } from '../../../src/sources/ibkr/asking/connection.js'
import { IbFailure, IbLoginFailure } from '../../../src/sources/ibkr/transport/failure.js'
import { type GatewayScript, scriptedGateway } from '../../support/scripted-transport.js'

/** A second of the gateway takes a millisecond. */
const TIME_SCALE = 1000

function world(script: GatewayScript = {}, options: { readonly reconnectWithinMs?: number } = {}) {
  const { factory, transports } = scriptedGateway(script)
  const connection = new IbConnection({
    factory,
    host: '127.0.0.1',
    port: 1,
    clientId: 1,
    connectTimeoutMs: 1000,
    reconnectWithinMs: options.reconnectWithinMs ?? 5000,
    timeScale: TIME_SCALE,
  })
  const waits: string[] = []
  const context = { signal: new AbortController().signal, onWait: (reason: string) => void waits.push(reason) }
  const at = (index: number) => {
    const transport = transports[index]
    if (transport === undefined) throw new Error(`there is no connection ${index}`)
    return transport
  }
  return { connection, transports, at, context, waits }
}

const refused = (): IbFailure => new IbFailure('connection', 'connect ECONNREFUSED')

describe('a connection', () => {
  test('is made when it is first needed, and shared by all who need it', async () => {
    const { connection, transports, context } = world()
    expect(transports).toHaveLength(0)
    const [a, b] = await Promise.all([connection.ready(context), connection.ready(context)])
    expect(a).toBe(b)
    expect(await connection.ready(context)).toBe(a)
    expect(transports).toHaveLength(1)
  })

  test('to a gateway that was never there is an error at once', async () => {
    const { connection, transports, context } = world({ login: refused })
    await expect(connection.ready(context)).rejects.toBeInstanceOf(IbLoginFailure)
    expect(transports).toHaveLength(1)
  })

  test('that was lost is made anew, again and again until the gateway is back', async () => {
    const { connection, transports, at, context, waits } = world({
      login: (attempt) => (attempt === 0 || attempt > 3 ? { serverVersion: 175, accounts: ['SIM1'] } : refused()),
    })
    await connection.ready(context)
    at(0).drop()
    const { transport } = await connection.ready(context)
    expect(transport).toBe(at(4))
    expect(transports).toHaveLength(5)
    expect(waits).toEqual(Array(3).fill('the gateway is away: connecting again'))
  })

  test('that was lost for too long is an error', async () => {
    const { connection, at, context } = world(
      { login: (attempt) => (attempt === 0 ? { serverVersion: 175, accounts: [] } : refused()) },
      { reconnectWithinMs: 20 },
    )
    await connection.ready(context)
    at(0).drop()
    await expect(connection.ready(context)).rejects.toBeInstanceOf(IbLoginFailure)
  })

  test('whose gateway lost its line to IB is waited for, and kept', async () => {
    const { connection, transports, at, context, waits } = world()
    await connection.ready(context)
    at(0).say(1100, 'Connectivity between IB and Trader Workstation has been lost.')
    const ready = connection.ready(context)
    await new Promise((resolve) => setTimeout(resolve, 20))
    at(0).say(1102, 'Connectivity has been restored - data maintained.')
    expect((await ready).transport).toBe(at(0))
    expect(transports).toHaveLength(1)
    expect(waits).toEqual(['the gateway has lost its line to IB and restores it by itself'])
  })

  test('whose gateway does not get its line back in time is an error that says so', async () => {
    const { connection, at, context } = world({}, { reconnectWithinMs: 20 })
    await connection.ready(context)
    at(0).say(1100)
    await expect(connection.ready(context)).rejects.toMatchObject({ kind: 'connection', ibCode: 1100 })
  })

  test('that closes while its line is down is made anew', async () => {
    const { connection, at, context } = world()
    await connection.ready(context)
    at(0).say(1100)
    const ready = connection.ready(context)
    at(0).drop()
    expect((await ready).transport).toBe(at(1))
  })

  test('is not given up for all because one caller gives up', async () => {
    let letIn: () => void = () => undefined
    const { connection, transports, context } = world({
      login: () =>
        new Promise((resolve) => {
          letIn = () => resolve({ serverVersion: 175, accounts: [] })
        }),
    })
    const abort = new AbortController()
    const one = connection.ready({ ...context, signal: abort.signal })
    const other = connection.ready(context)
    abort.abort()
    await expect(one).rejects.toBeInstanceOf(AbortedError)
    letIn()
    await other
    expect(transports).toHaveLength(1)
  })

  test('that is closed while it is being made leaves no transport open', async () => {
    let letIn: () => void = () => undefined
    const { connection, at, context } = world({
      login: () =>
        new Promise((resolve) => {
          letIn = () => resolve({ serverVersion: 175, accounts: [] })
        }),
    })
    const ready = connection.ready(context)
    ready.catch(() => undefined)
    const closed = connection.close()
    letIn()
    await closed
    await expect(ready).rejects.toMatchObject({ kind: 'connection' })
    expect(at(0).isClosed).toBe(true)
    await expect(connection.ready(context)).rejects.toMatchObject({ kind: 'connection' })
  })
})

describe('how long ago something was down', () => {
  test.each([
    ['the line to IB', 1100, 1101],
    ['the line to IB, as the gateway finds it', 2110, 1102],
    ['the farm of historical data', 2105, 2106],
  ])('%s: 0 while it is, then since it came back', async (_what, broken, restored) => {
    const { connection, at, context } = world()
    await connection.ready(context)
    expect(connection.downMsAgo()).toBe(Number.POSITIVE_INFINITY)
    at(0).say(broken)
    expect(connection.downMsAgo()).toBe(0)
    at(0).say(restored)
    const ago = connection.downMsAgo()
    expect(ago).toBeGreaterThanOrEqual(0)
    expect(ago).toBeLessThan(60_000)
  })

  test('a farm of live data that is down says nothing of history', async () => {
    const { connection, at, context } = world()
    await connection.ready(context)
    at(0).say(2103, 'Market data farm connection is broken:usfarm')
    expect(connection.downMsAgo()).toBe(Number.POSITIVE_INFINITY)
  })
})
