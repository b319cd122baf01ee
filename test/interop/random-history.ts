import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { DataCatalog } from '../../src/catalog/catalog.js'
import type { RowInput } from '../../src/catalog/write/rows-input.js'
import { DAY_NS, MINUTE_NS, parseInstant } from '../../src/model/time.js'
import { bar } from '../support/bars.js'
import type { TestClock } from '../support/catalog.js'
import type { randomOf } from '../support/random.js'

/** Ids that a path, a URI or a case-insensitive disk could get wrong, and bars of three kinds of period. */
export const BARS = [
  { type: 'bars', instrument: 'AAPL.NASDAQ', barType: '1-MINUTE-LAST' },
  { type: 'bars', instrument: 'aapl.NASDAQ', barType: '1-MINUTE-LAST' },
  { type: 'bars', instrument: 'EUR/USD.IDEALPRO', barType: '1-HOUR-MID' },
  { type: 'bars', instrument: '50% off? #1 & =ü日.TEST', barType: '1-DAY-LAST' },
] as const
export const TICKS = [
  { type: 'trades', instrument: 'ES H4.CME' },
  { type: 'trades', instrument: 'a%2Fb.TEST' },
  { type: 'quotes', instrument: 'EUR/USD.IDEALPRO' },
] as const
export const ALL = [...BARS, ...TICKS]

const START_NS = parseInstant('2023-12-20')
const DAYS = 45

type Random = ReturnType<typeof randomOf>

/** Lives through `steps` random changes of every kind, and names one state on the way. */
export async function liveThrough(
  catalog: DataCatalog,
  clock: TestClock,
  steps: number,
  random: Random,
): Promise<void> {
  for (let i = 0; i < steps; i++) {
    clock.set(clock() + MINUTE_NS)
    // Early, so that no version that is asked for later needs a file that is damaged.
    if (i < steps / 4 && random(16) === 0) await damageOne(catalog, random)
    else await step(catalog, random)
    if (i === Math.floor(steps / 3)) await catalog.snapshot('a-third')
    if (i === Math.floor(steps / 2)) await catalog.vacuum({ retain: '40m' })
  }
}

async function step(catalog: DataCatalog, random: Random): Promise<void> {
  const series = ALL[random(ALL.length)] as (typeof ALL)[number]
  switch (random(16)) {
    case 0:
    case 1:
      await catalog.deleteRange(series, rangeOf(random))
      return
    case 2:
      await catalog.consolidate()
      return
    case 3:
      // Covered, without a row: files of no rows, which some readers stumble over.
      await catalog.write(series, [], { coverage: rangeOf(random) })
      return
    case 4:
      await catalog.write(series, [], { coverage: [{ ...intervalOf(random), ...NOTHING_THERE }] })
      return
    case 5: {
      const name = `S${random(3)}.TEST`
      await catalog.putInstrument({ instrument: name, currency: 'USD', tickSize: 0.01 + random(3), description: 'ü' })
      return
    }
    case 6: {
      const token = catalog.version()
      await catalog.write(BARS[0], barsFrom(random))
      if ((await catalog.files(BARS[0], { asOf: token })).length > 0) await catalog.restore(BARS[0], { asOf: token })
      return
    }
    default:
      return writeSome(catalog, series, random)
  }
}

const NOTHING_THERE = { state: 'empty', claims: [{ source: 'x', recordedAtNs: 0n }] } as const

async function writeSome(catalog: DataCatalog, series: (typeof ALL)[number], random: Random): Promise<void> {
  if (series.type === 'trades') await catalog.write(series, tradesFrom(random))
  else if (series.type === 'quotes') await catalog.write(series, quotesFrom(random))
  else if (series.barType === '1-DAY-LAST') await catalog.write(series, barsFrom(random, DAY_NS))
  else await catalog.write(series, barsFrom(random, series.barType === '1-HOUR-MID' ? 60n * MINUTE_NS : MINUTE_NS))
}

async function damageOne(catalog: DataCatalog, random: Random): Promise<void> {
  const series = ALL[random(ALL.length)] as (typeof ALL)[number]
  const files = await catalog.files(series)
  const file = files[random(Math.max(1, files.length))]
  if (file === undefined) return
  writeFileSync(join(catalog.root, file.path), 'not Parquet')
  await catalog.verify({ quarantine: true })
}

function barsFrom(random: Random, stepNs: bigint = MINUTE_NS): readonly RowInput<'bars'>[] {
  const startNs = START_NS + BigInt(random(DAYS)) * DAY_NS
  return rows(random, 30).map((i) => {
    const whole = bar(startNs + BigInt(i) * stepNs, 1 + random(1000) / 7)
    const { ts_init, timestamp, ...priced } = whole
    // IB sends no volume for MIDPOINT; averages come and go.
    return random(3) === 0 ? { ...priced, volume: null, vwap: null, trade_count: null } : priced
  })
}

function tradesFrom(random: Random): readonly RowInput<'trades'>[] {
  const startNs = START_NS + BigInt(random(DAYS)) * DAY_NS
  return rows(random, 40).map((i) => ({
    ts_event: startNs + BigInt(i >> 1) * 1_000_000_007n,
    price: random(1_000_000) / 7,
    size: random(2) === 0 ? random(100) : Number.MIN_VALUE,
    trade_id: maybe(random, () => `id ${i}`),
    exchange: maybe(random, () => 'ü \\ " \n 日'),
    conditions: maybe(random, () => '@,F,T'),
    sequence: maybe(random, () => 2n ** 62n + BigInt(i)),
  }))
}

function quotesFrom(random: Random): readonly RowInput<'quotes'>[] {
  const startNs = START_NS + BigInt(random(DAYS)) * DAY_NS
  return rows(random, 40).map((i) => ({
    ts_event: startNs + BigInt(i) * 999_999_999n,
    bid_price: maybe(random, () => random(1_000_000) / 3),
    bid_size: maybe(random, () => random(100)),
    ask_price: maybe(random, () => random(1_000_000) / 3 + 1e6),
    bid_exchange: maybe(random, () => ''),
  }))
}

function rows(random: Random, most: number): readonly number[] {
  return Array.from({ length: 1 + random(most) }, (_, i) => i)
}

function maybe<T>(random: Random, make: () => T): T | null {
  return random(3) === 0 ? null : make()
}

function intervalOf(random: Random): { readonly startNs: bigint; readonly endNs: bigint } {
  const startNs = START_NS + BigInt(random(DAYS)) * DAY_NS
  return { startNs, endNs: startNs + BigInt(1 + random(5)) * DAY_NS }
}

function rangeOf(random: Random): { readonly start: bigint; readonly end: bigint } {
  const { startNs, endNs } = intervalOf(random)
  return { start: startNs, end: endNs }
}
