import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, test, vi } from 'vitest'
import type { PacedRequest } from '../../src/sources/ibkr/pacing/pacing-rules.js'
import { type Arrival, violations } from '../sources/ibkr/pacing-gateway.js'
import { minuteBars, smallBars } from '../sources/ibkr/pacing-requests.js'
import { temporaryFolder } from '../support/catalog.js'
import { type Child, startChild } from './processes.js'

/** Ten minutes are three seconds, fifteen seconds are 75 ms. */
const TIME_SCALE = 200

interface Login {
  start(mode: 'soft' | 'strict', requests: readonly PacedRequest[]): Child
  arrivals(): readonly Arrival[]
}

async function login(): Promise<Login> {
  const directory = await temporaryFolder()
  const journal = `${directory}/journal`
  const task = { login: 'DU1234567', directory: `${directory}/pacing`, timeScale: TIME_SCALE, journal }
  return {
    start: (mode, requests) => startChild('requester.mjs', { ...task, mode, requests }),
    arrivals: () => {
      const lines = existsSync(journal) ? readFileSync(journal, 'utf8').split('\n').slice(0, -1) : []
      return lines.map((it) => JSON.parse(it) as Arrival)
    },
  }
}

/** Four contracts, every eighth request like an earlier one, every tenth for BID_ASK. */
function mixed(count: number, make: typeof smallBars): readonly PacedRequest[] {
  return Array.from({ length: count }, (_, i) =>
    make({
      contractKey: `contract ${i % 4}`,
      ...(i % 8 === 7 ? { identity: `same ${i % 3}` } : {}),
      ...(i % 10 === 9 ? { whatToShow: 'BID_ASK' } : {}),
    }),
  )
}

describe('processes of one login', () => {
  test('break no rule of IB’s together, although one is killed in the middle and starts again', async () => {
    const { start, arrivals } = await login()
    const others = [start('soft', mixed(40, smallBars)), start('soft', mixed(40, smallBars))]
    const killed = start('soft', mixed(200, smallBars))
    await vi.waitUntil(() => arrivals().length > 30, { timeout: 30_000, interval: 1 })
    killed.process.kill('SIGKILL')
    await killed.ended('SIGKILL')
    const again = start('soft', mixed(30, smallBars))
    await Promise.all([...others, again].map((it) => it.ended()))
    expect(violations(arrivals(), TIME_SCALE)).toEqual([])
    expect(arrivals().length).toBeGreaterThanOrEqual(110)
    expect([...others, again].flatMap((it) => it.said.filter((message) => 'warning' in message))).toEqual([])
  })

  test('break none with longer bars, of which some are asked for by the strict rule', async () => {
    const { start, arrivals } = await login()
    const soft = [start('soft', mixed(120, minuteBars)), start('soft', mixed(60, smallBars))]
    await vi.waitUntil(() => arrivals().length > 60, { timeout: 30_000, interval: 1 })
    const strict = start('strict', mixed(20, minuteBars))
    await Promise.all([...soft, strict].map((it) => it.ended()))
    expect(violations(arrivals(), TIME_SCALE)).toEqual([])
    expect(arrivals()).toHaveLength(200)
  })
})
