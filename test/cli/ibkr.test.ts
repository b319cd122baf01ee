import { readFile, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { Fault } from '../../src/gateway/faults.js'
import { SeededMarket } from '../../src/gateway/seeded-market.js'
import { SimGateway } from '../../src/gateway/sim-gateway.js'
import { type Outcome, place } from './spawn-cli.js'

const RANGE = ['--bar-type', '1m', '--start', '2024-01-02', '--end', '2024-01-03']
const FETCH = ['data', 'fetch', 'AAPL.SIM', ...RANGE, '--source', 'ibkr']

async function gatewayWith(faults?: () => Fault | undefined): Promise<SimGateway> {
  const gateway = await SimGateway.start({ market: new SeededMarket(), ...(faults === undefined ? {} : { faults }) })
  onTestFinished(() => gateway.close())
  return gateway
}

/** A port at which nothing listens, or something that is no gateway. */
async function serverPort(onServer: (server: Server) => Promise<void> | void): Promise<number> {
  const server = createServer((socket) => socket.on('error', () => undefined))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await onServer(server)
  return typeof address === 'object' && address !== null ? address.port : 0
}

/** What a person reads: what happened, why, and numbered steps. */
function expectStory({ stderr }: Outcome, what: RegExp): void {
  // Above it may be how far the work was, on a slow machine.
  expect(stderr).toMatch(new RegExp(what, 'm'))
  expect(stderr).toContain('What to do:\n  1. ')
  expect(stderr).not.toMatch(/\n\s+at /)
}

describe('fetch --source ibkr', () => {
  test('with no gateway: exit 5, where it looked, and how to start one', async () => {
    const here = await place()
    const port = await serverPort((server) => void server.close())
    const outcome = await here.run([...FETCH, '--ibkr-port', String(port)])
    expect(outcome.code).toBe(5)
    expectStory(outcome, new RegExp(`^error: no IB gateway answers at 127\\.0\\.0\\.1:${port} \\(ECONNREFUSED\\)\n`))
    expect(outcome.stderr).toContain('missing: 2024-01-02T14:30:00Z .. 2024-01-02T21:00:00Z')
    expect(outcome.stderr).toContain('ntrader gateway sim')
  })

  test('at the port of something else: exit 5, and which ports a gateway has', async () => {
    const here = await place()
    const port = await serverPort((server) => void onTestFinished(() => void server.close()))
    await writeFile(`${here.folder}/ntrader.config.json`, '{ "ibkr": { "connectTimeout": "500ms" } }')
    const outcome = await here.run([...FETCH, '--ibkr-port', String(port)])
    expect(outcome.code).toBe(5)
    expectStory(outcome, /(^|\n)error: what listens at 127\.0\.0\.1:\d+ does not log in as an IB gateway/)
    expect(outcome.stderr).toContain('IB Gateway 4001 (live) or 4002 (paper)')
  })

  test('with a client id that is in use: exit 5, and another one to try', async () => {
    const here = await place()
    const gateway = await gatewayWith(() => ({ kind: 'silence' }))
    const env = { IBKR_PORT: String(gateway.port) }
    const first = here.start([...FETCH, '--ibkr-client-id', '7'], env)
    await expect.poll(() => gateway.openSockets, { timeout: 10_000 }).toBe(1)
    await expect.poll(() => gateway.requests.length, { timeout: 10_000 }).toBeGreaterThan(1)
    const other = ['data', 'fetch', 'MSFT.SIM', ...RANGE, '--source', 'ibkr', '--ibkr-client-id', '7']
    const outcome = await here.run(other, env)
    first.child.kill('SIGKILL')
    await first.ended
    expect(outcome.code).toBe(5)
    expectStory(outcome, /^error: client id 7 is in use at the gateway 127\.0\.0\.1:\d+/)
    expect(outcome.stderr).toContain('--ibkr-client-id 8')
  })

  test.each<[string, Fault, RegExp, string]>([
    [
      'without permission for the data',
      {
        kind: 'error',
        code: 162,
        text: 'Historical Market Data Service error message:No market data permissions for NASDAQ STK',
      },
      /^error: Interactive Brokers refused for AAPL\.SIM .*No market data permissions for NASDAQ STK \(IB 162\)/,
      'Market Data Subscriptions',
    ],
    [
      'of a symbol that IB does not know',
      { kind: 'error', code: 200, text: 'No security definition has been found for the request' },
      /^error: Interactive Brokers refused for AAPL\.SIM .*No security definition has been found for the request \(IB 200\)/,
      'ibkr.contracts',
    ],
  ])('%s: exit 1, IB’s own text, and what to do', async (_, fault, what, step) => {
    const here = await place()
    const gateway = await gatewayWith(() => fault)
    const outcome = await here.run([...FETCH, '--ibkr-port', String(gateway.port)])
    expect(outcome.code).toBe(1)
    expectStory(outcome, what)
    expect(outcome.stderr).toContain(step)
  })

  test('of a symbol that has two listings: exit 1, and both of them', async () => {
    const here = await place()
    const gateway = await gatewayWith()
    const ids = ['data', 'fetch', 'TWICE.SMART', ...RANGE, '--source', 'ibkr', '--allow-simulated']
    const outcome = await here.run([...ids, '--ibkr-port', String(gateway.port)])
    expect(outcome.code).toBe(1)
    expectStory(outcome, /^error: TWICE\.SMART fits 2 contracts of Interactive Brokers: conId \d+: .*; conId \d+: /)
  })

  test('of a real stock from a simulated gateway: exit 1, they never mix', async () => {
    const here = await place()
    const gateway = await gatewayWith()
    const outcome = await here.run([
      ...['data', 'fetch', 'AAPL.NASDAQ', ...RANGE, '--source', 'ibkr'],
      ...['--ibkr-port', String(gateway.port)],
    ])
    expect(outcome.code).toBe(1)
    expectStory(outcome, /^error: the gateway is a simulated one, and AAPL\.NASDAQ is real/)
  })

  describe('--dry-run', () => {
    const plan = (barType: string) => [
      ...['data', 'fetch', 'AAPL.NASDAQ', '--bar-type', barType, '--start', '2024-01-02', '--end', '2024-12-31'],
      ...['--source', 'ibkr', '--dry-run', '--ibkr-port', '1'],
    ]

    test('connects to nothing, and says requests, time and bytes', async () => {
      const here = await place()
      const outcome = await here.run(plan('1m'))
      expect(outcome.code).toBe(0)
      const [first, second] = outcome.stdout.split('\n')
      expect(first).toBe('AAPL.NASDAQ 1-MINUTE-LAST-EXTERNAL: 252 gaps, 252 requests (dry run, nothing was asked)')
      expect(second).toMatch(/^ {2}about 4 m( \d+ s)? at the source's pacing, at most 97,740 rows, 6\.3 MB to receive$/)
      const { stdout } = await here.run(plan('1s'))
      expect(stdout.split('\n')[1]).toMatch(/^ {2}about \d+ h/)
    })

    test('names the first requests, and with --json all', async () => {
      const here = await place()
      const { stdout } = await here.run(plan('1m'))
      const lines = stdout.trimEnd().split('\n').slice(2)
      expect(lines).toHaveLength(21)
      expect(lines[0]).toBe('  2024-01-02T14:30:00Z .. 2024-01-02T21:00:00Z')
      expect(lines.at(-1)).toBe('  and 232 more (--json lists them)')
      const { requests } = (await here.json(plan('1m'))) as { requests: readonly unknown[] }
      expect(requests).toHaveLength(252)
    })
  })
})

describe('doctor --source ibkr', () => {
  test('goes the way of a fetch, step by step', async () => {
    const here = await place()
    const gateway = await gatewayWith()
    const report = await here.json(['data', 'doctor', '--source', 'ibkr', '--ibkr-port', String(gateway.port)])
    const { checks } = report as { checks: readonly { check: string; status: string; message: string }[] }
    const ours = checks.filter((it) => it.check.startsWith('ibkr-'))
    expect(ours.map((it) => `${it.check} ${it.status}`)).toEqual([
      'ibkr-login ok',
      'ibkr-clock ok',
      'ibkr-contract ok',
      'ibkr-history ok',
      'ibkr-subscription ok',
      'ibkr-line ok',
    ])
    expect(ours[0]?.message).toContain('SIM000001 (simulated)')
  })

  test('ends at the step that fails, with what to change', async () => {
    const here = await place()
    const port = await serverPort((server) => void server.close())
    const outcome = await here.run(['data', 'doctor', '--source', 'ibkr', '--ibkr-port', String(port)])
    expect(outcome.code).toBe(1)
    expect(outcome.stdout).toMatch(/problem {2}no IB gateway answers at .*\n {9}1\. Start TWS or IB Gateway/)
  })

  test('a missing subscription is a warning: currencies need none', async () => {
    const here = await place()
    let bars = 0
    const gateway = await SimGateway.start({
      market: new SeededMarket(),
      faults: (request) =>
        request.kind === 'historical-data' && ++bars === 2
          ? {
              kind: 'error',
              code: 162,
              text: 'Historical Market Data Service error message:No market data permissions',
            }
          : undefined,
    })
    onTestFinished(() => gateway.close())
    const outcome = await here.run(['data', 'doctor', '--source', 'ibkr', '--ibkr-port', String(gateway.port)])
    expect(outcome.code).toBe(0)
    expect(outcome.stdout).toMatch(
      /warning {2}Interactive Brokers refused for TRADES of AAPL: .*No market data permissions/,
    )
  })

  test('of another source there is nothing to check', async () => {
    const here = await place()
    expect((await here.run(['data', 'doctor', '--source', 'sim'])).code).toBe(2)
  })
})

describe('gateway', () => {
  test('sim -- COMMAND runs a command beside a gateway of its own, and ends with it', async () => {
    const here = await place()
    const fetch = [process.execPath, '-e', 'console.log(process.env.IBKR_PORT, process.env.IBKR_TIME_SCALE)']
    const outcome = await here.run(['gateway', 'sim', '--time-scale', '7', '--', ...fetch])
    expect(outcome).toMatchObject({ code: 0, stderr: '' })
    expect(outcome.stdout).toMatch(/^\d+ 7\n$/)
    const failing = [process.execPath, '-e', 'process.exit(3)']
    expect((await here.run(['gateway', 'sim', '--', ...failing])).code).toBe(3)
    // Not 130, which says that somebody interrupted it.
    const killed = ['gateway', 'sim', '--', 'sh', '-c', 'kill -KILL $$']
    if (process.platform !== 'win32') expect((await here.run(killed)).code).toBe(137)
    const unknown = await here.run(['gateway', 'sim', '--', 'no-such-program'])
    expect(unknown.code).toBe(2)
    expectStory(unknown, /^error: no-such-program cannot be run \(ENOENT\)/)
  })

  test('probe asks each question within IB’s limits, and writes the report', async () => {
    const here = await place()
    const gateway = await SimGateway.start({ market: new SeededMarket(), pacing: 'strict' })
    onTestFinished(() => gateway.close())
    const outcome = await here.run(['gateway', 'probe', '--ibkr-port', String(gateway.port), '-o', 'report.md'])
    expect(outcome.code, outcome.stderr).toBe(0)
    expect(gateway.violations).toEqual([])
    const report = await readFile(`${here.folder}/report.md`, 'utf8')
    for (const probe of [
      'server-version',
      'end-date-inclusive',
      'week-and-month-stamps',
      'volume-unit',
      'tick-pages',
    ]) {
      expect(report).toMatch(new RegExp(`\\| ${probe} \\|.*\\| answered \\|`))
    }
    expect(report).toMatch(/\| sessions \|.* 20 sessions in [^:]+: all of them \|/)
    expect(report).toMatch(/\| ten-minute-rule \|.*\| skipped \|/)
  })
})
