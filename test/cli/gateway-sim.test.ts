import { once } from 'node:events'
import { createServer } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import { barsRequest } from '../gateway/hand-made.js'
import { type Fields, RawClient } from '../gateway/raw-client.js'
import { importSample } from './sample.js'
import { errorOf, type Place, place, type Running } from './spawn-cli.js'

const SIM = ['gateway', 'sim'] as const
const ANY_PORT = ['--port', '0'] as const

interface Serving {
  readonly running: Running
  readonly port: number
  readonly here: Place
}

/** A gateway that listens, and that is stopped when the test is over. */
async function serve(here: Place, ...args: readonly string[]): Promise<Serving> {
  const running = here.start([...SIM, ...ANY_PORT, ...args])
  onTestFinished(() => {
    running.child.kill('SIGKILL')
  })
  const chunks: string[] = []
  running.child.stdout?.on('data', (chunk: Buffer) => chunks.push(chunk.toString()))
  await running.saysOnStderr('Ctrl-C ends it')
  await expect.poll(() => chunks.join('')).toMatch(/IBKR_PORT=\d+/)
  return { running, here, port: Number(/IBKR_PORT=(\d+)/.exec(chunks.join(''))?.[1]) }
}

async function ask(port: number, fields: readonly (string | number | boolean)[]): Promise<Fields> {
  return (await RawClient.login(port)).ask(fields, 5)
}

describe('ntrader gateway sim', () => {
  test.each(['SIGINT', 'SIGTERM'] as const)(
    'prints where it is and how to use it, serves, and ends with 0 at %s',
    async (signal) => {
      const { running, port } = await serve(await place())
      const query = { contract: { symbol: 'AAPL', exchange: 'SIM' } }
      expect((await ask(port, barsRequest(5, query))).slice(0, 5)).toEqual([
        '17',
        '5',
        expect.any(String),
        expect.any(String),
        '5',
      ])
      running.child.kill(signal)
      expect(await running.ended).toMatchObject({
        code: 0,
        stdout: `simulated IB Gateway on 127.0.0.1:${port}, serving a simulated market; try: IBKR_PORT=${port} ntrader data fetch AAPL.SIM --bar-type 1m --start 2024-01-02 --end 2024-01-05 --source ibkr\n`,
      })
    },
  )

  test('ends also while clients are connected', async () => {
    const { running, port } = await serve(await place())
    const client = await RawClient.login(port)
    running.child.kill('SIGINT')
    expect(await running.ended).toMatchObject({ code: 0 })
    await client.ended()
  })

  test('is another market for another seed', async () => {
    const here = await place()
    const query = { contract: { symbol: 'AAPL', exchange: 'SIM' } }
    const [one, two] = [await serve(here, '--seed', '1'), await serve(here, '--seed', '2')]
    expect(await ask(one.port, barsRequest(5, query))).not.toEqual(await ask(two.port, barsRequest(5, query)))
  })

  test('serves a catalog', async () => {
    const here = await place()
    await importSample(here)
    const { port, running } = await serve(here, '--serve', here.catalog)
    const query = { contract: { symbol: 'AAPL', primaryExchange: 'NASDAQ' }, end: '20240103-00:00:00', duration: '1 D' }
    const bars = await ask(port, barsRequest(5, query))
    expect(bars.slice(0, 2)).toEqual(['17', '5'])
    expect(Number(bars[4])).toBe(4)
    running.child.kill('SIGINT')
    expect((await running.ended).stdout).toContain(
      'data fetch AAPL.NASDAQ --bar-type 1-MINUTE-LAST-EXTERNAL --start 2024-01-02',
    )
  })

  test('enforces pacing when told to, and says who broke it', async () => {
    const { port, running } = await serve(await place(), '--pacing', 'strict', '--client-version-max', '176')
    const client = await RawClient.login(port)
    const query = { contract: { symbol: 'AAPL', exchange: 'SIM' } }
    await client.ask(barsRequest(5, query), 5)
    expect((await client.ask(barsRequest(6, query), 6))[3]).toBe('162')
    await client.ended()
    running.child.kill('SIGINT')
    expect((await running.ended).stderr).toContain('pacing violation (identical): AAPL 1 min')
  })

  test('with --json is one object on stdout', async () => {
    const here = await place()
    const running = here.start([...SIM, ...ANY_PORT, '--json'])
    await once(running.child.stdout ?? running.child, 'data')
    running.child.kill('SIGINT')
    const { code, stdout } = await running.ended
    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toEqual({ host: '127.0.0.1', port: expect.any(Number), serves: 'a simulated market' })
  })

  test("warns on one of IB's own ports", async () => {
    const running = (await place()).start([...SIM, '--port', '7497'])
    await running.saysOnStderr('warning: 7497 is the port of TWS, paper account')
    running.child.kill('SIGINT')
    await running.ended
  })
})

describe('is refused with 2', () => {
  test('on a port that another program has', async () => {
    const other = createServer().listen(0, '127.0.0.1')
    await once(other, 'listening')
    onTestFinished(() => {
      other.close()
    })
    const address = other.address()
    const port = typeof address === 'object' && address !== null ? String(address.port) : ''
    const outcome = await (await place()).run([...SIM, '--port', port, '--json'])
    expect(outcome).toMatchObject({ code: 2, stdout: '' })
    expect(errorOf(outcome).message).toContain(`cannot listen on 127.0.0.1:${port}: another program has that port`)
    expect(errorOf(outcome).hint).toContain('--port 4103')
  })

  test.each([
    ['a port that is none', ['--port', '65536'], '--port 65536 is not a whole number from 0 to 65535'],
    ['a mode that is none', ['--pacing', 'loud'], '--pacing loud is not known'],
    ['a version that is not spoken', ['--client-version-max', '150'], '--client-version-max 150 is not a whole number'],
    ['a seed and a catalog', ['--seed', '1', '--serve', 'catalog'], '--seed makes a market'],
    ['an address of another machine', ['--host', '192.0.2.1'], 'this machine has no such address'],
  ])('%s', async (_, args, message) => {
    const outcome = await (await place()).run([...SIM, ...ANY_PORT, ...args, '--json'])
    expect(outcome).toMatchObject({ code: 2, stdout: '' })
    expect(errorOf(outcome).message).toContain(message)
  })
})

test('help tells of the group and of its command', async () => {
  const { ok } = await place()
  expect(await ok(['--help'])).toMatch(/gateway +a simulated IB Gateway/)
  expect(await ok(['gateway', '--help'])).toContain('Every command explains itself: ntrader gateway COMMAND --help')
  expect(await ok(['gateway', 'sim', '--help'])).toContain('--port <port>')
})
