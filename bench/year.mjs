import { calendarByName, Frame } from '../dist/index.js'

/** What is measured: one year of 1-minute bars, 252 trade dates of 390 bars. */
export const SERIES = { type: 'bars', instrument: 'BENCH.SIM', barType: '1-MINUTE-LAST' }
export const RANGE = { start: '2024-01-01', end: '2025-01-01' }
export const BARS_A_DAY = 390
const MINUTE_NS = 60_000_000_000n
const FIRST_DAY = Date.UTC(2024, 0, 1) / 86_400_000
const LAST_DAY = Date.UTC(2024, 11, 31) / 86_400_000

/**
 * The trade dates of 2024 as the exchanges kept them, each with a full session: half days get their 390 bars too, so
 * that the row count is the 98,280 of the targets. Prices walk in whole cents; the same every time.
 */
export function yearOfBars() {
  const stamps = stampsOfYear()
  const random = seeded(20240102)
  const numRows = stamps.length
  const bars = { open: [], high: [], low: [], close: [], volume: [], vwap: [] }
  const tradeCounts = new BigInt64Array(numRows)
  let closeCents = 18_715
  for (let row = 0; row < numRows; row++) {
    const openCents = closeCents + Math.round((random() - 0.5) * 3)
    closeCents = Math.max(5_000, openCents + Math.round((random() - 0.5) * 24))
    const highCents = Math.max(openCents, closeCents) + Math.floor(random() * 9)
    const lowCents = Math.min(openCents, closeCents) - Math.floor(random() * 9)
    const volume = 200 + Math.floor(random() ** 3 * 90_000)
    bars.open.push(openCents / 100)
    bars.high.push(highCents / 100)
    bars.low.push(lowCents / 100)
    bars.close.push(closeCents / 100)
    bars.volume.push(volume)
    bars.vwap.push((lowCents + (highCents - lowCents) * random()) / 100)
    tradeCounts[row] = BigInt(1 + Math.floor(volume / 120))
  }
  const columns = new Map([
    ['ts_event', { values: stamps }],
    ['ts_init', { values: stamps.map((ns) => ns + MINUTE_NS) }],
    ...Object.entries(bars).map(([name, values]) => [name, { values: Float64Array.from(values) }]),
    ['trade_count', { values: tradeCounts }],
  ])
  return new Frame('bars', numRows, columns)
}

function stampsOfYear() {
  const calendar = calendarByName('XNYS')
  const stamps = []
  for (let day = FIRST_DAY; day <= LAST_DAY; day++) {
    const opensNs = calendar.tradingDay(day)?.regular[0]?.startNs
    if (opensNs === undefined) continue
    for (let minute = 0; minute < BARS_A_DAY; minute++) stamps.push(opensNs + BigInt(minute) * MINUTE_NS)
  }
  return BigInt64Array.from(stamps)
}

/** mulberry32: uniform in [0, 1). */
function seeded(seed) {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
