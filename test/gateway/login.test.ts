import { describe, expect, test } from 'vitest'
import { SimGateway } from '../../src/gateway/sim-gateway.js'
import { InvalidRequestError } from '../../src/model/errors.js'
import { handMade, startGateway } from './hand-made.js'
import { RawClient } from './raw-client.js'

describe('the version', () => {
  test.each([
    ['v100..193', 193, '193'],
    ['v100..151', 193, '151'],
    ['v100..193', 176, '176'],
    ['v100..220', 193, '193'],
    ['v160', 193, '160'],
    ['v100..193 +PACEAPI', 193, '193'],
  ])('of a client that speaks %s and a gateway up to %i is %s', async (spoken, maxServerVersion, agreed) => {
    const { port } = await startGateway({ maxServerVersion })
    const client = await RawClient.connect(port)
    client.greet(spoken)
    expect(await client.next()).toEqual([agreed, '20240109 15:00:00 EST'])
  })

  test.each(['v100..150', 'v180..193', 'hello'])(
    'cannot be agreed on with %s: the gateway hangs up',
    async (spoken) => {
      const gateway = await startGateway({ maxServerVersion: 176 })
      const client = await RawClient.connect(gateway.port)
      client.greet(spoken)
      expect(await client.ended()).toBe('end')
    },
  )

  test.each([150, 194, 160.5])('%d is none the gateway can be told to speak', async (maxServerVersion) => {
    await expect(SimGateway.start({ market: handMade(), maxServerVersion })).rejects.toBeInstanceOf(InvalidRequestError)
  })
})

describe('a login', () => {
  test('is answered with accounts, the next valid id and the state of the farms', async () => {
    const gateway = await startGateway()
    const client = await RawClient.connect(gateway.port)
    client.greet('v100..193')
    await client.next()
    client.send([71, 2, 9, ''])
    const answers = [
      await client.next(),
      await client.next(),
      await client.next(),
      await client.next(),
      await client.next(),
    ]
    expect(answers.map((it) => it.slice(0, 4))).toEqual([
      ['15', '1', 'SIM000001'],
      ['9', '1', '1'],
      ['4', '2', '-1', '2104'],
      ['4', '2', '-1', '2106'],
      ['4', '2', '-1', '2158'],
    ])
    expect(gateway.requests).toMatchObject([{ kind: 'start', clientId: 9, connection: 1 }])
  })

  test('with the id of another client is 326 and the end; the id is free once that client has gone', async () => {
    const gateway = await startGateway()
    const first = await RawClient.login(gateway.port, { clientId: 7 })
    const second = await RawClient.connect(gateway.port)
    second.greet('v100..193')
    await second.next()
    second.send([71, 2, 7, ''])
    expect((await second.next()).slice(0, 4)).toEqual(['4', '2', '-1', '326'])
    expect(await second.ended()).toBe('end')
    first.destroy()
    await expect.poll(() => gateway.openSockets).toBe(0)
    await RawClient.login(gateway.port, { clientId: 7 })
  })

  test('has to come before requests: until then nothing is answered', async () => {
    const { port } = await startGateway()
    const client = await RawClient.connect(port)
    client.greet('v100..193')
    await client.next()
    client.send([49, 1])
    client.send([71, 2, 1, ''])
    expect((await client.next())[0]).toBe('15')
  })

  test('tells the time that it is in the market', async () => {
    const { port } = await startGateway()
    const client = await RawClient.login(port)
    client.send([49, 1])
    expect(await client.next()).toEqual(['49', '1', String(Date.UTC(2024, 0, 9, 20) / 1000)])
  })
})

describe('a gateway that does not log anybody in', () => {
  test('silent: it never says a word', async () => {
    const { port } = await startGateway({ login: 'silent' })
    const client = await RawClient.connect(port)
    client.greet('v100..193')
    client.finish()
    await client.ended()
    expect(client.untaken).toEqual([])
  })

  test('no-next-id: accounts, and no more', async () => {
    const { port } = await startGateway({ login: 'no-next-id' })
    const client = await RawClient.connect(port)
    client.greet('v100..193')
    await client.next()
    client.send([71, 2, 1, ''])
    expect((await client.next())[0]).toBe('15')
    client.finish()
    await client.ended()
    expect(client.untaken).toEqual([])
  })

  test('hangs-up: the connection ends at once', async () => {
    const { port } = await startGateway({ login: 'hangs-up' })
    const client = await RawClient.connect(port)
    expect(await client.ended()).toBe('end')
  })

  test('too-new: the version is one beyond what the client said it speaks', async () => {
    const { port } = await startGateway({ login: 'too-new' })
    const client = await RawClient.connect(port)
    client.greet('v100..175')
    expect((await client.next())[0]).toBe('176')
  })
})

describe('connections', () => {
  test('are all gone after close, also those that never logged in', async () => {
    const gateway = await startGateway()
    const clients = [await RawClient.login(gateway.port), await RawClient.connect(gateway.port)]
    await expect.poll(() => gateway.openSockets).toBe(2)
    await gateway.close()
    expect(gateway.openSockets).toBe(0)
    for (const it of clients) expect(await it.ended()).not.toBe('')
  })

  test.each([
    ['rst', 'ECONNRESET'],
    ['fin', 'end'],
  ] as const)('dropped by %s end with %s', async (how, seen) => {
    const gateway = await startGateway()
    const client = await RawClient.login(gateway.port)
    gateway.drop(how)
    expect(await client.ended()).toBe(seen)
    await expect.poll(() => gateway.openSockets).toBe(0)
  })

  test('of something that is no client end at once', async () => {
    const gateway = await startGateway()
    const client = await RawClient.connect(gateway.port)
    client.write(Buffer.from('GET / HTTP/1.1\r\n\r\n'))
    expect(await client.ended()).not.toBe('')
  })

  test('hear what the gateway says to all once they are logged in', async () => {
    const gateway = await startGateway()
    const [a, b] = [
      await RawClient.login(gateway.port, { clientId: 1 }),
      await RawClient.login(gateway.port, { clientId: 2 }),
    ]
    gateway.say(1100, 'Connectivity between IBKR and Trader Workstation has been lost.')
    for (const it of [a, b]) expect((await it.next()).slice(0, 4)).toEqual(['4', '2', '-1', '1100'])
  })
})
