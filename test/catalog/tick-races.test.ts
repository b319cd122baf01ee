import { describe, expect, test } from 'vitest'
import type { DataCatalog } from '../../src/catalog/catalog.js'
import { MINUTE_NS, parseInstant } from '../../src/model/time.js'
import { type TestCatalog, testCatalog } from '../support/catalog.js'
import { TRADES, trade } from '../support/trades.js'

const DAY_NS = parseInstant('2024-01-02')
const WRITERS = 4
const minuteNs = (minute: number): bigint => DAY_NS + BigInt(minute) * MINUTE_NS

async function writers(): Promise<{ readonly world: TestCatalog; readonly all: readonly DataCatalog[] }> {
  const world = await testCatalog({ lock: false })
  return { world, all: await Promise.all(Array.from({ length: WRITERS }, () => world.another())) }
}

/** One trade in the middle of a minute that is covered whole. */
function append(catalog: DataCatalog, minute: number): Promise<unknown> {
  const coverage = { start: minuteNs(minute), end: minuteNs(minute + 1) }
  return catalog.write(TRADES, [trade(minuteNs(minute) + 7n)], { coverage })
}

describe('without a lock', () => {
  test('writers that append to one day of ticks at once lose and double nothing', async () => {
    const { world, all } = await writers()
    for (let round = 0; round < 6; round++) {
      await Promise.all(all.map((it, i) => append(it, round * WRITERS + i)))
    }
    const frame = await world.catalog.query(TRADES)
    const expected = Array.from({ length: 6 * WRITERS }, (_, minute) => minuteNs(minute) + 7n)
    expect([...frame.column('ts_event')]).toEqual(expected)
    expect(await world.catalog.missing(TRADES, { start: DAY_NS, end: minuteNs(6 * WRITERS) })).toEqual([])
    expect(await world.catalog.verify()).toMatchObject({ ok: true, orphans: 0 })
  })

  test('writers, a restore, a consolidation and vacuum at once end in a state that verifies, with every append in it', async () => {
    const { world, all } = await writers()
    const [a, b, c, d] = all as [DataCatalog, DataCatalog, DataCatalog, DataCatalog]
    await append(a, 0)
    const asOf = a.version()
    for (let round = 1; round < 8; round++) {
      const range = { start: minuteNs(0), end: minuteNs(1) }
      await Promise.all([
        append(a, round),
        b.write(TRADES, [trade(minuteNs(0) + 9n)], { mode: 'replace', coverage: range }),
        c.restore(TRADES, { asOf: round === 1 ? asOf : c.version(), ...range }),
        c.consolidate(),
        d.vacuum({ retain: '2d' }),
      ])
      world.clock.set(world.clock() + 1_000_000_000n)
    }
    const frame = await world.catalog.query(TRADES, { start: minuteNs(1), end: minuteNs(8) })
    expect(frame.numRows).toBe(7)
    expect((await world.catalog.query(TRADES)).numRows).toBe(8)
    expect(await world.catalog.verify()).toMatchObject({ ok: true, orphans: 0 })
  })

  test('a vacuum that retains nothing takes no file that a write at the same time needs', async () => {
    const { world, all } = await writers()
    const [a, b, c] = all as [DataCatalog, DataCatalog, DataCatalog, DataCatalog]
    for (let round = 0; round < 8; round++) {
      await Promise.all([append(a, 2 * round), append(b, 2 * round + 1), c.vacuum({ retain: '0d' })])
    }
    expect((await world.catalog.query(TRADES)).numRows).toBe(16)
    expect(await world.catalog.verify()).toMatchObject({ ok: true, orphans: 0 })
  })
})
