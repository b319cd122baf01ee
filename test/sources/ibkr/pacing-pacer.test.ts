import { readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { AbortedError, PacingError } from '../../../src/model/errors.js'
import { Pacer, type PacerOptions } from '../../../src/sources/ibkr/pacing/pacer.js'
import type { PacedRequest } from '../../../src/sources/ibkr/pacing/pacing-rules.js'
import { temporaryFolder } from '../../support/catalog.js'
import { readOnly } from '../../support/system-limits.js'
import { type Arrival, violations } from './pacing-gateway.js'
import { minuteBars, smallBars, spread } from './pacing-requests.js'

const SAME = { identity: 'the same' }
const STARTED_MS = Date.parse('2024-06-03T14:00:00Z')
const HOUR_MS = 3_600_000

/** A clock that stands still until it is moved. */
interface Clock {
  ms: number
}

interface Login {
  readonly clock: Clock
  readonly directory: string
  readonly warnings: string[]
  /** The pacer of another process, or of this one after a restart. */
  open(options?: Partial<PacerOptions>): Pacer
}

/** A login on a clock that is set by hand: how long a request would have to wait is asked, not waited for. */
async function login(): Promise<Login> {
  const directory = join(await temporaryFolder(), 'ibkr-pacing')
  const clock = { ms: STARTED_MS }
  const warnings: string[] = []
  const onWarning = (message: string) => warnings.push(message)
  const open = (options: Partial<PacerOptions> = {}): Pacer =>
    Pacer.open({ login: 'DU1234567', directory, mode: 'soft', nowMs: () => clock.ms, onWarning, ...options })
  return { clock, directory, warnings, open }
}

/** Sends a request if it may be sent at once (0); else says in how many seconds it may. */
async function secondsToWait(pacer: Pacer, request: PacedRequest, { ms }: Clock): Promise<number> {
  const error = await acquire(pacer, request, { deadlineMs: ms }).catch((it: unknown) => it)
  if (error === undefined) return 0
  if (!(error instanceof PacingError)) throw error
  return error.retryAfterMs / 1000
}

interface Options {
  readonly deadlineMs?: number
  readonly signal?: AbortSignal
  readonly onWait?: (reason: string, waitMs: number) => void
}

async function acquire(pacer: Pacer, request: PacedRequest, options: Options = {}): Promise<void> {
  const signal = new AbortController().signal
  await pacer.acquire(request, { signal, deadlineMs: Number.POSITIVE_INFINITY, onWait: () => undefined, ...options })
}

/** The newest file of the only log there is. */
function newestFile(directory: string): string {
  const [log = ''] = readdirSync(directory)
  const numbers = readdirSync(join(directory, log)).map((it) => Number.parseInt(it, 10))
  return join(directory, log, `${Math.max(...numbers)}.json`)
}

describe('a pacer', () => {
  test('lets through what breaks no rule, and tells nothing', async () => {
    const { open, clock } = await login()
    const told: string[] = []
    const pacer = open()
    for (const it of spread(10, minuteBars)) {
      await acquire(pacer, it, { deadlineMs: clock.ms, onWait: (reason) => told.push(reason) })
    }
    expect(told).toEqual([])
    expect(await secondsToWait(pacer, minuteBars(), clock)).toBe(10)
  })

  test('knows after a restart, and in another process, what was asked', async () => {
    const { open, clock } = await login()
    const pacer = open()
    for (const it of spread(60, smallBars)) expect(await secondsToWait(pacer, it, clock)).toBe(0)
    clock.ms += 599_000
    expect(await secondsToWait(open(), smallBars(), clock)).toBe(2)
    expect(await secondsToWait(open(), minuteBars({ kind: 'ticks' }), clock)).toBe(2)
    clock.ms += 2_000
    expect(await secondsToWait(open(), smallBars(), clock)).toBe(0)
  })

  test('keeps logins apart, and what is simulated from what is real', async () => {
    const { open, clock, directory } = await login()
    const adviser = Array.from({ length: 300 }, (_, i) => `U${7_000_000 + i}`).join(',')
    const others = [{}, { login: 'U7654321' }, { timeScale: 200 }, { login: '..' }, { login: '' }, { login: adviser }]
    for (const it of others) {
      const pacer = open(it)
      expect(await secondsToWait(pacer, smallBars(SAME), clock)).toBe(0)
      expect(await secondsToWait(pacer, smallBars(SAME), clock)).toBeGreaterThan(0)
    }
    expect(await secondsToWait(open({ login: `${adviser},U8` }), smallBars(SAME), clock)).toBe(0)
    const names = readdirSync(directory)
    expect(names).toHaveLength(others.length + 1)
    expect(names).toEqual(expect.arrayContaining(['login-DU1234567', 'login-DU1234567+x200', 'login-U7654321']))
  })

  test('does not write down what somebody trades', async () => {
    const { open, clock, directory } = await login()
    await secondsToWait(open(), smallBars({ identity: 'AAPL TRADES 2024' }), clock)
    expect(readFileSync(newestFile(directory), 'utf8')).not.toMatch(/AAPL|SMART|TRADES/)
  })

  test('forgets what no longer matters', async () => {
    const { open, clock, directory } = await login()
    for (let i = 0; i < 100; i++) {
      clock.ms += 60_000
      expect(await secondsToWait(open(), smallBars(), clock)).toBe(0)
    }
    expect(JSON.parse(readFileSync(newestFile(directory), 'utf8')).requests).toHaveLength(11)
  })

  test('lets contract details through at any time but during a pause', async () => {
    const { open, clock } = await login()
    const pacer = open()
    const details = smallBars({ kind: 'details' })
    for (let i = 0; i < 100; i++) expect(await secondsToWait(pacer, details, clock)).toBe(0)
    expect(await secondsToWait(pacer, minuteBars(), clock)).toBe(0)
    await pacer.penalize()
    expect(await secondsToWait(pacer, details, clock)).toBe(15)
  })
})

describe('a request that waits', () => {
  test('keeps its turn, and gives it back when it is given up', async () => {
    const { open, clock } = await login()
    await acquire(open(), smallBars(SAME))
    const caller = new AbortController()
    const told: unknown[] = []
    const onWait = (reason: string, waitMs: number) => told.push([reason, waitMs])
    const waiting = acquire(open(), smallBars(SAME), { signal: caller.signal, onWait })
    expect(await secondsToWait(open(), smallBars(SAME), clock)).toBe(32)
    expect(told).toEqual([['IB allows no identical request within 15 s', 16_000]])
    caller.abort()
    await expect(waiting).rejects.toThrow(AbortedError)
    expect(await secondsToWait(open(), smallBars(SAME), clock)).toBe(16)
  })

  test('takes none when it was given up before', async () => {
    const { open, clock } = await login()
    await expect(acquire(open(), smallBars(SAME), { signal: AbortSignal.abort() })).rejects.toThrow(AbortedError)
    expect(await secondsToWait(open(), smallBars(SAME), clock)).toBe(0)
  })
})

describe('a request whose turn comes after the deadline', () => {
  test('fails at once, says when to come again, and takes no turn', async () => {
    const { open, clock } = await login()
    const pacer = open()
    for (const it of spread(60, smallBars)) await acquire(pacer, it)
    const error = await acquire(pacer, smallBars(), { deadlineMs: clock.ms + 600_999 }).catch((it: unknown) => it)
    expect(error).toBeInstanceOf(PacingError)
    const { message, retryAfterMs, steps } = error as PacingError
    expect([message, retryAfterMs]).toEqual([
      'Interactive Brokers may be asked again in 11 min, later than this may wait: IB allows 60 requests within 10 min, and counts BID_ASK twice',
      601_000,
    ])
    expect(steps[0]).toBe('Run again in 11 min: what has been fetched is kept, and only the rest is asked for.')
    clock.ms += 601_000
    for (const it of spread(60, smallBars)) expect(await secondsToWait(pacer, it, clock)).toBe(0)
  })
})

describe('after a pacing failure', () => {
  test('everybody of the login pauses: 15 s, 60 s, 10 min, 10 min', async () => {
    const { open, clock } = await login()
    for (const seconds of [15, 60, 600, 600]) {
      await open().penalize()
      expect(await secondsToWait(open(), minuteBars(), clock)).toBe(seconds)
      clock.ms += seconds * 1000
      expect(await secondsToWait(open(), minuteBars(), clock)).toBe(0)
    }
  })

  test('the failures of other requests that were under way do not lengthen the pause', async () => {
    const { open, clock } = await login()
    for (let i = 0; i < 6; i++) {
      await open().penalize()
      clock.ms += 1_000
    }
    expect(await secondsToWait(open(), minuteBars(), clock)).toBe(9)
  })

  test('ten minutes of quiet after the pause make the next failure a first one', async () => {
    for (const [quietSeconds, seconds] of [
      [599, 60],
      [600, 15],
    ] as const) {
      const { open, clock } = await login()
      await open().penalize()
      clock.ms += 15_000 + quietSeconds * 1000
      await open().penalize()
      expect(await secondsToWait(open(), minuteBars(), clock)).toBe(seconds)
    }
  })

  test('the same request is not sent again within 15 s of its sending, whatever the pause', async () => {
    const { open, clock } = await login()
    await acquire(open(), minuteBars(SAME))
    await open().penalize()
    expect(await secondsToWait(open(), minuteBars(SAME), clock)).toBe(16)
  })
})

describe('when the clock is set', () => {
  test('back by an hour or a year, no wait is longer than the rules ask', async () => {
    for (const backMs of [1_000, HOUR_MS, 8_760 * HOUR_MS]) {
      const { open, clock } = await login()
      for (const it of spread(59, smallBars)) await acquire(open(), it)
      await acquire(open(), smallBars(SAME))
      await open().penalize()
      clock.ms -= backMs
      expect(await secondsToWait(open(), minuteBars(), clock)).toBe(15)
      expect(await secondsToWait(open(), minuteBars(SAME), clock)).toBe(16)
      expect(await secondsToWait(open(), smallBars(), clock)).toBe(601)
      clock.ms += 601_000
      expect(await secondsToWait(open(), smallBars(), clock)).toBe(0)
    }
  })

  test('forward and back again, the same', async () => {
    const { open, clock } = await login()
    clock.ms += 24 * HOUR_MS
    for (const it of spread(60, smallBars)) await acquire(open(), it)
    clock.ms -= 24 * HOUR_MS
    for (const seconds of [601, 301]) {
      expect(await secondsToWait(open(), smallBars(), clock)).toBe(seconds)
      clock.ms += 300_000
    }
    clock.ms += 24 * HOUR_MS
    expect(await secondsToWait(open(), smallBars(), clock)).toBe(0)
  })
})

describe('a log', () => {
  const unreadable: readonly (readonly [string, (text: string) => string])[] = [
    ['that is empty', () => ''],
    ['that is half there', (text) => text.slice(0, text.length / 2)],
    ['of zeros', (text) => '\0'.repeat(text.length)],
    ['of another format', (text) => text.replace('"format":1', '"format":2')],
    ['with a request without its time', (text) => text.replace(/"atMs":\d+/, '"atMs":null')],
    ['that would have everybody wait for years', (text) => text.replace(/"atMs":\d+/, '"atMs":9000000000000')],
    ['that is something else', () => '[]'],
  ]
  test.each(unreadable)('%s counts as full when it was written, and is named in one warning', async (_, damage) => {
    const { open, clock, directory, warnings } = await login()
    await acquire(open(), smallBars())
    const file = newestFile(directory)
    writeFileSync(file, damage(readFileSync(file, 'utf8')))
    utimesSync(file, clock.ms / 1000, clock.ms / 1000)
    const pacer = open()
    expect(await secondsToWait(pacer, minuteBars(), clock)).toBe(16)
    expect(await secondsToWait(pacer, smallBars(), clock)).toBe(601)
    expect(warnings).toEqual([expect.stringContaining(directory)])
    clock.ms += 16_000
    expect(await secondsToWait(open(), minuteBars(), clock)).toBe(0)
    expect(await secondsToWait(open(), smallBars(), clock)).toBe(585)
    clock.ms += 585_000
    expect(await secondsToWait(open(), smallBars(), clock)).toBe(0)
    expect(warnings).toHaveLength(1)
  })

  test('that was damaged long ago makes nobody wait', async () => {
    const { open, clock, directory } = await login()
    await acquire(open(), smallBars())
    writeFileSync(newestFile(directory), '')
    utimesSync(newestFile(directory), clock.ms / 1000, clock.ms / 1000)
    clock.ms += HOUR_MS
    expect(await secondsToWait(open(), smallBars(), clock)).toBe(0)
  })

  test('that cannot be placed is kept in this process, with one warning a pacer', async () => {
    const { open, clock, warnings } = await login()
    const file = join(await temporaryFolder(), 'file')
    writeFileSync(file, '')
    const pacer = open({ directory: join(file, 'pacing') })
    for (const it of spread(60, smallBars)) expect(await secondsToWait(pacer, it, clock)).toBe(0)
    expect(await secondsToWait(pacer, smallBars(), clock)).toBe(601)
    expect(await secondsToWait(open({ directory: join(file, 'pacing') }), smallBars(), clock)).toBe(601)
    expect(warnings).toEqual([expect.stringMatching(/cannot be kept .*other programs/)])
  })

  test('that can be read and no longer written is gone on with in this process', async () => {
    const { open, clock, directory, warnings } = await login()
    for (const it of spread(59, smallBars)) await acquire(open(), it)
    await readOnly(dirname(directory), async () => {
      const pacer = open()
      expect(await secondsToWait(pacer, smallBars(), clock)).toBe(0)
      expect(await secondsToWait(pacer, smallBars(), clock)).toBe(601)
      expect(warnings).toHaveLength(1)
    })
  })
})

describe('in a simulated world that runs faster', () => {
  const FAST = { timeScale: 1_000, nowMs: Date.now }

  test('a request waits for its turn, and is told why and how long', async () => {
    const { open } = await login()
    const pacer = open({ timeScale: 20, nowMs: Date.now })
    const sentMs: number[] = []
    const told: [string, number][] = []
    for (let i = 0; i < 2; i++) {
      await acquire(pacer, smallBars(SAME), { onWait: (reason, waitMs) => told.push([reason, waitMs]) })
      sentMs.push(Date.now())
    }
    expect(Number(sentMs[1]) - Number(sentMs[0])).toBeGreaterThanOrEqual(750)
    expect(told[0]).toEqual(['IB allows no identical request within 15 s', expect.any(Number)])
    expect(told[0]?.[1]).toBeGreaterThan(0)
    expect(told[0]?.[1]).toBeLessThanOrEqual(1000)
  })

  test('many that wait at once are all sent, without a breach', async () => {
    const { open } = await login()
    const arrivals: Arrival[] = []
    await Promise.all(
      spread(130, smallBars).map(async (request) => {
        await acquire(open(FAST), request)
        arrivals.push({ request, arrivedMs: Date.now() })
      }),
    )
    expect(arrivals).toHaveLength(130)
    expect(violations(arrivals, FAST.timeScale)).toEqual([])
  })

  test('a pause that begins while a request waits is kept', async () => {
    const { open } = await login()
    const pacer = open({ timeScale: 50, nowMs: Date.now })
    await pacer.penalize()
    await acquire(pacer, smallBars(SAME))
    let pausedMs = 0
    const reasons: string[] = []
    const onWait = (reason: string): void => {
      reasons.push(reason)
      if (pausedMs !== 0) return
      pausedMs = Date.now()
      void pacer.penalize()
    }
    await acquire(pacer, smallBars(SAME), { onWait })
    expect(Date.now() - pausedMs).toBeGreaterThanOrEqual(1_200)
    expect(reasons).toContain('IB said that requests came too fast: this login pauses')
  })

  test('a request that comes late to its turn asks for another', async () => {
    const { open, directory } = await login()
    let aheadMs = 0
    const nowMs = (): number => Date.now() + aheadMs
    const pacer = open({ timeScale: 1_000, nowMs })
    await acquire(pacer, smallBars(SAME))
    // The machine sleeps for an hour; then the clock is set back by two.
    for (const jumpMs of [HOUR_MS, -HOUR_MS]) {
      await acquire(pacer, smallBars(SAME), {
        onWait: () => {
          aheadMs = jumpMs
        },
      })
      const { requests } = JSON.parse(readFileSync(newestFile(directory), 'utf8'))
      expect(Math.abs(requests.at(-1).atMs - nowMs())).toBeLessThan(10_000)
    }
  })
})
