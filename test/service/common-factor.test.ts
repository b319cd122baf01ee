import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { frameOfRows } from '../../src/catalog/write/rows-input.js'
import type { Frame } from '../../src/model/frame.js'
import { parseSeries } from '../../src/model/series.js'
import { MINUTE_NS, parseInstant } from '../../src/model/time.js'
import { compareBars } from '../../src/service/common-factor.js'
import { readChunks } from '../importers/read-csv.js'
import { AAPL } from '../support/bars.js'
import { dataDir } from '../support/data.js'
import { cents, exactly, type PricedBar, pricedBars, type Rounding } from './priced-bars.js'

const SERIES = parseSeries(AAPL)
const OPEN_NS = parseInstant('2024-01-03T14:30:00Z')

const frameOf = (bars: readonly PricedBar[]): Promise<Frame> => frameOfRows(SERIES, bars, (ns) => ns + MINUTE_NS)

/** The first minutes of a session, divided by a factor. */
function minutes(count: number, factor = 1, rounded: Rounding = cents): readonly PricedBar[] {
  const interval = { startNs: OPEN_NS, endNs: OPEN_NS + BigInt(count) * MINUTE_NS }
  return pricedBars(SERIES, interval, factor, rounded)
}

async function compare(
  stored: readonly PricedBar[],
  fetched: readonly PricedBar[],
): Promise<ReturnType<typeof compareBars>> {
  return compareBars(await frameOf(stored), await frameOf(fetched))
}

describe('a common factor', () => {
  test.each([
    ['of a 10:1 split', 10, cents],
    ['of a 10:1 split, in full precision', 10, exactly],
    ['of a 3:2 split', 1.5, cents],
    ['of a 7:1 split', 7, cents],
    ['of a 1:8 reverse split', 0.125, cents],
    ['of a dividend', 1.0013, cents],
    ['of a dividend, in full precision', 0.9987, exactly],
    ['in single precision', 4, Math.fround],
  ])('%s is stored ÷ fetched', async (_, factor, rounded) => {
    const { bars, factor: found } = await compare(minutes(390), minutes(390, factor, rounded))
    expect(bars).toBe(390)
    expect(found).toBeCloseTo(factor, 4)
  })

  test.each([10, 1.5, 7, 4])('of %d is found as that number though prices are rounded to cents', async (factor) => {
    expect((await compare(minutes(390), minutes(390, factor))).factor).toBe(factor)
  })

  test('is found in a single bar, by all its prices', async () => {
    expect((await compare(minutes(1), minutes(1, 10, exactly))).factor).toBe(10)
  })

  test('is found where a few bars were corrected besides', async () => {
    const corrected = minutes(100, 2).map((it, i) => (i % 12 === 0 ? { ...it, close: it.low } : it))
    expect((await compare(minutes(100), corrected)).factor).toBe(2)
  })

  test('is found where one account has more decimals than the other', async () => {
    expect((await compare(minutes(100, 1.000123, exactly), minutes(100, 10))).factor).toBeCloseTo(10, 1)
    expect((await compare(minutes(100), minutes(100, 7.00021, exactly))).factor).toBeCloseTo(7, 2)
  })

  test('is found where prices are whole by chance', async () => {
    const whole = minutes(20).map((it) => ({ ...it, open: 100, high: 100, low: 100, close: 100 }))
    const paid = whole.map((it) => ({ ...it, open: 99.87, high: 99.87, low: 99.87, close: 99.87 }))
    expect((await compare(whole, paid)).factor).toBeCloseTo(1.0013, 4)
  })

  test('is found between prices without decimals', async () => {
    const whole = (it: number): number => Math.round(it * 100)
    const yen = (bars: readonly PricedBar[]): readonly PricedBar[] =>
      bars.map((it) => ({
        ...it,
        open: whole(it.open),
        high: whole(it.high),
        low: whole(it.low),
        close: whole(it.close),
      }))
    expect((await compare(yen(minutes(100)), yen(minutes(100, 5)))).factor).toBe(5)
  })
})

describe('no common factor', () => {
  test('is in the same prices', async () => {
    expect(await compare(minutes(390), minutes(390))).toEqual({ bars: 390 })
  })

  test('is in prices of the same bars with more decimals', async () => {
    const finer = minutes(390).map((it, i) => ({ ...it, close: it.close + ((i % 9) - 4) / 1000 }))
    expect(await compare(minutes(390), finer)).toEqual({ bars: 390 })
  })

  test('is where a vendor begins to give decimals', async () => {
    const rounded = minutes(390).map((it) => ({
      ...it,
      open: Math.round(it.open),
      high: Math.round(it.high),
      low: Math.round(it.low),
      close: Math.round(it.close),
    }))
    expect(await compare(rounded, minutes(390))).toEqual({ bars: 390 })
  })

  test('is in a few corrected bars, however far off', async () => {
    const corrected = minutes(390).map((it, i) => (i < 39 ? { ...it, open: 1, high: 2, low: 1, close: 1.5 } : it))
    expect(await compare(minutes(390), corrected)).toEqual({ bars: 390 })
  })

  test('is where another feed gives every bar another close', async () => {
    const other = minutes(390).map((it, i) => ({ ...it, close: it.close + ((i * 7) % 13) / 100 - 0.2, low: 100 }))
    expect(await compare(minutes(390), other)).toEqual({ bars: 390 })
  })

  test('is where half of the bars have one and half another', async () => {
    const mixed = [...minutes(100, 2).slice(0, 50), ...minutes(100, 3).slice(50)]
    expect(await compare(minutes(100), mixed)).toEqual({ bars: 100 })
  })

  test('is in one corrected close of a single bar', async () => {
    const corrected = minutes(1).map((it) => ({ ...it, close: it.low }))
    expect(await compare(minutes(1), corrected)).toEqual({ bars: 1 })
  })

  test('is where no bar is in both, or prices are not above zero', async () => {
    expect(await compare(minutes(5), minutes(10).slice(5))).toEqual({ bars: 0 })
    const negative = minutes(5).map((it) => ({ ...it, low: -1 }))
    expect(await compare(negative, minutes(5))).toEqual({ bars: 0 })
  })
})

describe.skipIf(dataDir() === undefined)('in thirteen real years of daily bars, five days at a time', () => {
  const FILE = `${dataDir()}/bars/yahoofinance-AAPL-20040819-20180120.csv`

  /** The factors found between the bars as they are and what a vendor would give in cents after an event. */
  async function factorsAfter(event: number): Promise<readonly (number | undefined)[]> {
    const { frame } = await readChunks([readFileSync(FILE)], { barType: '1-DAY-LAST' })
    const days = [...frame] as readonly PricedBar[]
    const weeks = Array.from({ length: Math.floor(days.length / 5) }, (_, i) => days.slice(i * 5, i * 5 + 5))
    const divided = (it: PricedBar): PricedBar => {
      const [open, high, low, close] = [it.open, it.high, it.low, it.close].map((price) => cents(price / event))
      return { ...it, open: open ?? 0, high: high ?? 0, low: low ?? 0, close: close ?? 0 }
    }
    return Promise.all(weeks.map(async (it) => (await compare(it, it.map(divided))).factor))
  }

  test.each([10, 7, 1.5, 0.25])('a factor of %d is found everywhere, within what cents allow', async (event) => {
    const factors = await factorsAfter(event)
    expect(factors).toHaveLength(675)
    for (const it of factors) expect((it ?? 0) / event).toBeCloseTo(1, 1)
  })

  test('none is found where only the rounding differs', async () => {
    expect(new Set(await factorsAfter(1))).toEqual(new Set([undefined]))
  })
})
