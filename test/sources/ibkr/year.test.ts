import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { DataCatalog } from '../../../src/catalog/catalog.js'
import type { BarsAsk } from '../../../src/gateway/request.js'
import { SeededMarket } from '../../../src/gateway/seeded-market.js'
import { SimGateway } from '../../../src/gateway/sim-gateway.js'
import { dayOf, formatDay, parseInstant, SECOND_NS } from '../../../src/model/time.js'
import { type Place, place } from '../../cli/spawn-cli.js'

const YEAR = ['--bar-type', '1m', '--start', '2024-01-02', '--end', '2024-12-31']
const SERIES = { type: 'bars', instrument: 'AAPL.SIM', barType: '1-MINUTE-LAST' } as const
/** Sessions of the year, and their minutes; three of them are half days. */
const SESSIONS = 252
const MINUTES = SESSIONS * 390 - 3 * 180
/** Ten minutes of the gateway's time take 3 s: the year of requests, 60 in ten minutes, takes about 13. */
const TIME_SCALE = 200

interface World {
  readonly gateway: SimGateway
  readonly here: Place
  /** Starts the program that fetches the year. */
  readonly fetch: (...more: readonly string[]) => ReturnType<Place['start']>
  /** The days that were asked for, in order, from the n-th request on. */
  readonly daysAsked: (from?: number) => readonly string[]
}

/** A gateway that enforces IB's rules for every bar size, and disconnects who breaks one. */
async function world(): Promise<World> {
  const gateway = await SimGateway.start({ market: new SeededMarket(), pacing: 'strict', timeScale: TIME_SCALE })
  onTestFinished(() => gateway.close())
  const here = await place()
  const env = { IBKR_PORT: String(gateway.port), IBKR_TIME_SCALE: String(TIME_SCALE) }
  const config = '{ "ibkr": { "pacing": "strict" } }'
  await writeFile(`${here.folder}/ntrader.config.json`, config)
  return {
    gateway,
    here,
    fetch: (...more) => here.start(['data', 'fetch', 'AAPL.SIM', ...YEAR, '--source', 'ibkr', '--json', ...more], env),
    daysAsked: (from = 0) =>
      gateway.requests.slice(from).flatMap((it) => (it.kind === 'historical-data' ? [dayAsked(it)] : [])),
  }
}

describe('a year of minute bars, at the pace that IB allows', () => {
  test('comes whole and breaks no rule; the second call makes no request', async () => {
    const { gateway, fetch, daysAsked } = await world()
    const first = await fetch().ended
    expect(first.code, first.stderr).toBe(0)
    expect(JSON.parse(first.stdout)).toMatchObject({
      rows: MINUTES,
      requests: SESSIONS,
      fetchedRows: MINUTES,
      missing: [],
    })
    expect(gateway.violations).toEqual([])
    expect(new Set(daysAsked()).size).toBe(SESSIONS)
    const before = gateway.requests.length
    const second = await fetch().ended
    expect(JSON.parse(second.stdout)).toMatchObject({ rows: MINUTES, requests: 0 })
    expect(gateway.requests.slice(before)).toEqual([])
  })

  test('killed at 40 % and run again, it asks for the rest alone, and for one stored session to compare prices', async () => {
    const { gateway, here, fetch, daysAsked } = await world()
    const killed = fetch()
    await vi.waitUntil(() => daysAsked().length >= SESSIONS * 0.4, { timeout: 60_000, interval: 5 })
    killed.child.kill('SIGKILL')
    await killed.ended
    const stored = await storedDays(here.catalog)
    expect(stored.size).toBeGreaterThan(0)
    const before = gateway.requests.length
    const again = await fetch('--lock-timeout', '30s').ended
    expect(again.code, again.stderr).toBe(0)
    expect(JSON.parse(again.stdout)).toMatchObject({ rows: MINUTES, missing: [] })
    const asked = daysAsked(before)
    expect(asked.filter((it) => stored.has(it))).toHaveLength(1)
    expect(asked).toHaveLength(SESSIONS - stored.size + 1)
    expect(gateway.violations).toEqual([])
  })

  test('two processes that ask for the same year at once make no request twice', async () => {
    const { gateway, fetch, daysAsked } = await world()
    const both = await Promise.all([fetch().ended, fetch('--ibkr-client-id', '2').ended])
    for (const { code, stdout, stderr } of both) {
      expect(code, stderr).toBe(0)
      expect(JSON.parse(stdout)).toMatchObject({ rows: MINUTES, missing: [] })
    }
    expect(daysAsked().filter((it, i, all) => all.indexOf(it) !== i)).toEqual([])
    expect(daysAsked()).toHaveLength(SESSIONS)
    expect(gateway.violations).toEqual([])
  })
})

/** The day on which a request's interval begins, as the gateway writes dates: `20240102-21:00:00` less `23400 S`. */
function dayAsked({ endDateTime, duration }: BarsAsk): string {
  const end = endDateTime.replace(/^(\d{4})(\d\d)(\d\d)-/, '$1-$2-$3T')
  const startNs = parseInstant(`${end}Z`) - BigInt(duration.replace(/ S$/, '')) * SECOND_NS
  return formatDay(dayOf(startNs)).replaceAll('-', '')
}

/** The days that the catalog holds, as the gateway writes dates. */
async function storedDays(root: string): Promise<ReadonlySet<string>> {
  if (!existsSync(root)) return new Set()
  await using catalog = await DataCatalog.open(root)
  const frame = await catalog.query(SERIES, { columns: ['ts_event'] })
  return new Set(Array.from(frame.column('ts_event'), (ns) => formatDay(dayOf(ns)).replaceAll('-', '')))
}
