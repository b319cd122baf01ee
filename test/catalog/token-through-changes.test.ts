import { readdirSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import type { DataCatalog } from '../../src/catalog/catalog.js'
import { VersionExpiredError } from '../../src/model/errors.js'
import type { Frame } from '../../src/model/frame.js'
import { sameRows } from '../../src/model/frame-edit.js'
import { MINUTE_NS, parseInstant } from '../../src/model/time.js'
import { AAPL, bar, MSFT } from '../support/bars.js'
import { type TestClock, testCatalog } from '../support/catalog.js'
import { randomOf } from '../support/random.js'
import { TRADES, trade } from '../support/trades.js'

const MUTATIONS = 500
const SEED = 20_260_101
const START_NS = parseInstant('2024-01-02')
const MINUTES = 6 * 24 * 60

async function mutate(catalog: DataCatalog, clock: TestClock, random: (below: number) => number): Promise<void> {
  const series = random(3) === 0 ? MSFT : AAPL
  const startNs = START_NS + BigInt(random(MINUTES)) * MINUTE_NS
  const endNs = startNs + BigInt(1 + random(600)) * MINUTE_NS
  clock.set(clock() + MINUTE_NS)
  switch (random(8)) {
    case 0:
      await catalog.deleteRange(series, { start: startNs, end: endNs })
      return
    case 1:
      await catalog.consolidate()
      return
    case 2:
      await catalog.write(TRADES, [trade(startNs, { price: 1 + random(99) })])
      return
    case 3:
      await catalog.write(series, [bar(startNs, 1 + random(99))], {
        mode: 'replace',
        coverage: { start: startNs, end: endNs },
      })
      return
    default: {
      const rows = Array.from({ length: 1 + random(20) }, (_, i) =>
        bar(startNs + BigInt(i) * MINUTE_NS, 1 + random(99)),
      )
      await catalog.write(series, rows)
    }
  }
}

async function stateOf(catalog: DataCatalog, asOf?: string): Promise<readonly { rows: Frame; coverage: unknown }[]> {
  const at = asOf === undefined ? {} : { asOf }
  const states = []
  for (const series of [AAPL, MSFT, TRADES]) {
    states.push({ rows: await catalog.query(series, at), coverage: await catalog.coverage(series, at) })
  }
  return states
}

describe('a token', () => {
  test(`reads bit for bit the same after ${MUTATIONS} changes, consolidation and checkpoints; vacuum past it is a clear error`, {
    timeout: 120_000,
  }, async () => {
    const { catalog, clock, root, another } = await testCatalog()
    const random = randomOf(SEED)
    for (const series of [AAPL, MSFT]) await catalog.write(series, [bar(START_NS), bar(START_NS + MINUTE_NS)])
    await catalog.write(TRADES, [trade(START_NS)])
    for (let i = 0; i < 20; i++) await mutate(catalog, clock, random)
    const token = catalog.version()
    const then = await stateOf(catalog)
    for (let i = 0; i < MUTATIONS; i++) await mutate(catalog, clock, random)
    await catalog.consolidate()
    expect(readdirSync(`${root}/bars/_delta_log`).filter((it) => it.endsWith('.checkpoint.parquet'))).not.toEqual([])
    const now = await stateOf(catalog)
    for (const reader of [catalog, await another()]) {
      for (const [expected, asOf] of [
        [then, token],
        [now, undefined],
      ] as const) {
        const again = await stateOf(reader, asOf)
        for (const [i, { rows, coverage }] of expected.entries()) {
          expect(sameRows(again[i]?.rows as Frame, rows)).toBe(true)
          expect(again[i]?.coverage).toEqual(coverage)
        }
      }
    }
    await catalog.vacuum({ retain: '0d' })
    for (const reader of [catalog, await another()]) {
      const error = await reader.query(AAPL, { asOf: token }).catch((it: unknown) => it)
      expect(error).toBeInstanceOf(VersionExpiredError)
      expect(error).toMatchObject({ hint: expect.stringContaining('--retain') })
      const again = await stateOf(reader)
      for (const [i, { rows }] of now.entries()) expect(sameRows(again[i]?.rows as Frame, rows)).toBe(true)
    }
    expect(await catalog.verify()).toMatchObject({ ok: true, orphans: 0 })
  })
})
