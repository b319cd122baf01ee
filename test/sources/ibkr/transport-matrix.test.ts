import { afterAll, describe, expect, test } from 'vitest'
import type { Fault } from '../../../src/gateway/faults.js'
import type { SimGatewayOptions } from '../../../src/gateway/house.js'
import type { WireBar } from '../../../src/gateway/replies.js'
import type { IbBarsQuery } from '../../../src/sources/ibkr/transport/transport.js'
import { CALL, MINUTES, TRANSPORTS } from '../../support/ibkr.js'
import { first, Lab, type MatrixRow, matrixTable } from '../../support/ibkr-matrix.js'

/**
 * Everything that a gateway was seen or feared to do, and what comes of it: the outcome, how long it took, and the
 * sockets left open at the gateway. `IBKR_MATRIX=1` prints the table.
 */
interface Scenario {
  readonly name: string
  readonly gateway?: Partial<SimGatewayOptions>
  /** Calls {@link Lab.outcome} for what is measured; by default one request for five bars. */
  readonly run?: (lab: Lab) => Promise<string>
  readonly outcome: string
  readonly atLeastMs?: number
}

/** What fails at once does so in a few milliseconds; the rest is for machines that are busy. */
const AT_ONCE_MS = 5_000
const SHORT_MS = 300
/** Timers may fire a little early by another clock. */
const EARLY_MS = 20

const rows: MatrixRow[] = []

afterAll(() => {
  if (process.env['IBKR_MATRIX'] !== undefined) process.stdout.write(`\n${matrixTable(rows)}\n`)
})

describe.each(TRANSPORTS)('$name', ({ name: transport, create }) => {
  test.each(scenarios())('$name: $outcome', async ({ name, gateway, run = askOnce, outcome, atLeastMs = 0 }) => {
    await using lab = await Lab.open(create, gateway)
    const got = await run(lab)
    const { tookMs } = lab
    await lab.hangUp()
    await expect.poll(() => lab.gateway.openSockets).toBe(0)
    rows.push({ scenario: name, transport, outcome: got, tookMs, openSockets: lab.gateway.openSockets })
    expect(got).toBe(outcome)
    expect(tookMs).toBeGreaterThanOrEqual(atLeastMs - (atLeastMs > 0 ? EARLY_MS : 0))
    expect(tookMs).toBeLessThan(atLeastMs + AT_ONCE_MS)
  })
})

async function askOnce(lab: Lab): Promise<string> {
  const { transport } = await lab.connected()
  return lab.outcome(() => transport.bars(MINUTES, CALL))
}

function scenarios(): readonly Scenario[] {
  return [...ANSWERS, ...REFUSALS, ...LOST, ...LOGINS, ...NOTICES]
}

function faulty(name: string, fault: Fault, outcome: string, run?: Scenario['run']): Scenario {
  return { name, gateway: { faults: first(fault) }, outcome, ...(run === undefined ? {} : { run }) }
}

function refused(name: string, code: number, text: string, outcome: string): Scenario {
  return faulty(name, { kind: 'error', code, text }, outcome)
}

/** Bars that are no everyday bars must come through as they are. */
function changed(name: string, values: Partial<WireBar>, outcome: string): Scenario {
  const fault: Fault = { kind: 'changed-bars', change: (bar) => ({ ...bar, ...values }) }
  return { name, gateway: { faults: first(fault) }, outcome, run: (lab) => askForVolume(lab, MINUTES) }
}

async function askForVolume(lab: Lab, query: IbBarsQuery): Promise<string> {
  const { transport } = await lab.connected()
  let at = ''
  const outcome = await lab.outcome(async () => {
    const answer = await transport.bars(query, CALL)
    const [bar] = answer.bars
    at = ` of volume ${bar?.volume}${bar !== undefined && bar.close < 0 ? ` at ${bar.close}` : ''}`
    return answer
  })
  return `${outcome}${at}`
}

const HMDS = 'Historical Market Data Service error message:'

const ANSWERS: readonly Scenario[] = [
  { name: 'five bars', outcome: '5 bars' },
  faulty('in packets of 7 bytes', { kind: 'packets', bytes: 7 }, '5 bars'),
  faulty('a notice and the answer in one packet', { kind: 'one-packet' }, '5 bars'),
  faulty('no bars', { kind: 'empty' }, '0 bars'),
  {
    name: 'daily bars',
    outcome: '5 bars',
    run: async (lab) => {
      const { transport } = await lab.connected()
      return lab.outcome(() => transport.bars({ ...MINUTES, duration: '5 D', barSize: '1 day' }, CALL))
    },
  },
  {
    name: '52 days of minutes in one answer',
    // Two of them are half days.
    outcome: '20100 bars',
    run: async (lab) => {
      const { transport } = await lab.connected()
      return lab.outcome(() => transport.bars({ ...MINUTES, duration: '52 D' }, { timeoutMs: 60_000 }))
    },
  },
  {
    name: 'no volume (MIDPOINT)',
    outcome: '5 bars of volume -1',
    run: async (lab) => askForVolume(lab, { ...MINUTES, whatToShow: 'MIDPOINT' }),
  },
  changed('a volume of 5e9', { volume: 5e9 }, '5 bars of volume 5000000000'),
  changed('a volume with decimals', { volume: 12345.6789 }, '5 bars of volume 12345.6789'),
  changed('prices of -1', { open: -1, high: -1, low: -1, close: -1, volume: 1 }, '5 bars of volume 1 at -1'),
  faulty('duplicate bars', { kind: 'duplicate-bars' }, '10 bars'),
  faulty('bars out of order', { kind: 'shuffled-bars' }, '5 bars'),
  faulty('a message of an unknown type, then the answer', { kind: 'unknown-message' }, '5 bars'),
  faulty('a truncated answer', { kind: 'truncated' }, 'retryable/508'),
]

const REFUSALS: readonly Scenario[] = [
  refused('162 no data', 162, `${HMDS}HMDS query returned no data: AAPL@SMART Trades`, 'no-data/162'),
  refused('162 pacing violation', 162, `${HMDS}Historical data request pacing violation`, 'pacing/162'),
  refused('162 no permission', 162, `${HMDS}No market data permissions for ISLAND STK`, 'permission/162'),
  refused('200 unknown contract', 200, 'No security definition has been found for the request', 'permanent/200'),
  refused(
    '420 pacing violation',
    420,
    'Invalid Real-time Query:Historical data request pacing violation',
    'pacing/420',
  ),
  refused(
    '10314 bad date',
    10314,
    'End Date/Time: The date, time, or time-zone entered is invalid.',
    'permanent/10314',
  ),
  faulty('warning 2174, then bars', { kind: 'warning', code: 2174, text: 'Warning: no time zone.' }, '5 bars'),
  faulty('warning 2176, then bars', { kind: 'warning', code: 2176, text: 'Warning: trimmed.' }, '5 bars'),
  faulty(
    'reject reasons that are not JSON',
    { kind: 'error', code: 162, text: `${HMDS}Something else`, rejectJson: '{not json' },
    'retryable/162',
  ),
]

const LOST: readonly Scenario[] = [
  {
    name: 'no answer',
    gateway: { faults: first({ kind: 'silence' }) },
    outcome: 'timeout, cancelled at the gateway',
    atLeastMs: SHORT_MS,
    run: async (lab) => {
      const { transport } = await lab.connected()
      const outcome = await lab.outcome(() => transport.bars(MINUTES, { timeoutMs: SHORT_MS }))
      await expect.poll(() => lab.gateway.cancels).toHaveLength(1)
      return `${outcome}, cancelled at the gateway`
    },
  },
  faulty('reset in mid-answer', { kind: 'drop', how: 'rst' }, 'connection'),
  faulty('hung up in mid-answer', { kind: 'drop', how: 'fin' }, 'connection'),
  faulty('the next call after a drop', { kind: 'drop', how: 'rst' }, '5 bars', async (lab) => {
    const lost = await lab.connected()
    await lab.outcome(() => lost.transport.bars(MINUTES, CALL))
    const next = await lab.connected()
    return lab.outcome(() => next.transport.bars(MINUTES, CALL))
  }),
  {
    name: 'an answer after the time-out',
    // The next answer leaves the gateway after the late one.
    gateway: { faults: () => ({ kind: 'late', afterMs: 2 * SHORT_MS, despiteCancel: true }) },
    outcome: 'timeout, then 10 bars',
    atLeastMs: SHORT_MS,
    run: async (lab) => {
      const { transport } = await lab.connected()
      const outcome = await lab.outcome(() => transport.bars(MINUTES, { timeoutMs: SHORT_MS }))
      const { tookMs } = lab
      const next = await lab.outcome(() => transport.bars({ ...MINUTES, duration: '600 S' }, CALL))
      lab.tookMs = tookMs
      return `${outcome}, then ${next}`
    },
  },
  {
    name: '100 requests, a drop, 100 more on a new connection',
    gateway: {
      faults: (ask) =>
        ask.connection === 1 ? { kind: 'late', afterMs: SHORT_MS, despiteCancel: true } : { kind: 'silence' },
    },
    outcome: '0 of 100 wrong',
    atLeastMs: 2 * SHORT_MS,
    run: crossTalk,
  },
]

/** The second hundred asks for what the gateway never answers: whatever they get was another's. */
async function crossTalk(lab: Lab): Promise<string> {
  const hundred = Array.from({ length: 100 })
  const lost = await lab.connected()
  const before = hundred.map(() => lost.transport.bars(MINUTES, CALL).catch(() => undefined))
  await expect.poll(() => lab.gateway.requests.map((it) => it.kind)).toContain('historical-data')
  lab.gateway.drop('rst')
  await Promise.all(before)
  const next = await lab.connected()
  const msft = { ...MINUTES, contract: { ...MINUTES.contract, symbol: 'MSFT' } }
  const startedMs = performance.now()
  const after = hundred.map(() => lab.outcome(() => next.transport.bars(msft, { timeoutMs: 2 * SHORT_MS })))
  const wrong = (await Promise.all(after)).filter((it) => it !== 'timeout' && it !== 'pacing/322')
  lab.tookMs = performance.now() - startedMs
  return `${wrong.length} of 100 wrong`
}

/** A login that fails leaves no socket, also before anybody closes anything. */
async function logIn(lab: Lab): Promise<string> {
  const { transport } = lab.transport({ connectTimeoutMs: SHORT_MS })
  const outcome = await lab.outcome(() => transport.connect())
  await expect.poll(() => lab.gateway.openSockets).toBe(0)
  return outcome
}

const LOGINS: readonly Scenario[] = [
  {
    name: 'nothing listens',
    outcome: 'connection/502',
    run: async (lab) => {
      const { transport } = lab.transport()
      await lab.gateway.close()
      return lab.outcome(() => transport.connect())
    },
  },
  { name: 'no greeting', gateway: { login: 'silent' }, run: logIn, outcome: 'connection', atLeastMs: SHORT_MS },
  {
    name: 'no next valid id',
    gateway: { login: 'no-next-id' },
    run: logIn,
    outcome: 'connection',
    atLeastMs: SHORT_MS,
  },
  { name: 'hung up at once', gateway: { login: 'hangs-up' }, run: logIn, outcome: 'connection' },
  { name: 'a version that was not offered', gateway: { login: 'too-new' }, run: logIn, outcome: 'connection/506' },
  {
    name: '326 client id in use',
    outcome: 'connection/326',
    run: async (lab) => {
      await lab.connected({ clientId: 7 })
      const outcome = await lab.outcome(() => lab.transport({ clientId: 7 }).transport.connect())
      await expect.poll(() => lab.gateway.openSockets).toBe(1)
      return outcome
    },
  },
]

/** The request that was under way, and the next one on the same connection. */
async function askTwice(lab: Lab): Promise<string> {
  const { transport, notices, closes } = await lab.connected()
  const outcome = await lab.outcome(() => transport.bars(MINUTES, CALL))
  const { tookMs } = lab
  await expect.poll(() => notices.map((it) => it.code)).toContain(1102)
  const next = await lab.outcome(() => transport.bars(MINUTES, CALL))
  expect(closes).toEqual([])
  lab.tookMs = tookMs
  return `${outcome}, then ${next}`
}

/** Said to everyone while a request waits: it is over, the connection goes on. */
function told(code: number, text: string): Scenario {
  return {
    name: `${code} with a request under way`,
    gateway: { faults: first({ kind: 'silence' }) },
    outcome: `connection/${code}, then 5 bars`,
    run: async (lab) => {
      const { transport } = await lab.connected()
      const asked = lab.outcome(() => transport.bars(MINUTES, CALL))
      await expect.poll(() => lab.gateway.requests.map((it) => it.kind)).toContain('historical-data')
      lab.gateway.say(code, text)
      const outcome = await asked
      const { tookMs } = lab
      const next = await lab.outcome(() => transport.bars(MINUTES, CALL))
      lab.tookMs = tookMs
      return `${outcome}, then ${next}`
    },
  }
}

async function askAndClose(lab: Lab): Promise<string> {
  const { transport, closes } = await lab.connected()
  const outcome = await lab.outcome(() => transport.bars(MINUTES, CALL))
  await expect.poll(() => closes).toHaveLength(1)
  await expect.poll(() => lab.gateway.openSockets).toBe(0)
  return `${outcome}, closed`
}

const NOTICES: readonly Scenario[] = [
  {
    name: '2105, then 2106 and the answer',
    gateway: { faults: first({ kind: 'farm-lost', afterMs: 50 }) },
    outcome: '5 bars, told 2105, 2106',
    run: async (lab) => {
      const { transport, notices } = await lab.connected()
      const outcome = await lab.outcome(() => transport.bars(MINUTES, CALL))
      const told = notices.map((it) => it.code)
      return `${outcome}, told ${told.slice(told.indexOf(2105)).join(', ')}`
    },
  },
  faulty(
    '1100, then 1102',
    { kind: 'connectivity-lost', answer: 'after', restored: { code: 1102, afterMs: 50 } },
    'connection/1100, then 5 bars',
    askTwice,
  ),
  faulty('1100 without end', { kind: 'connectivity-lost', answer: 'never' }, 'connection/1100'),
  faulty(
    '"no data" in a loss of connectivity',
    { kind: 'connectivity-lost', answer: 'no-data', restored: { code: 1102, afterMs: 50 } },
    'connection/1100, then 5 bars',
    askTwice,
  ),
  told(1101, 'Connectivity between IBKR and Trader Workstation has been restored - data lost.'),
  told(2110, 'Connectivity between Trader Workstation and server is broken. It will be restored automatically.'),
  faulty('1300 the port was changed', { kind: 'port-reset' }, 'connection/1300, closed', askAndClose),
  faulty('100 too many messages, then closed', { kind: 'rate-exceeded' }, 'pacing/100, closed', askAndClose),
]
