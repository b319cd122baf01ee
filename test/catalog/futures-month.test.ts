import { describe, expect, test } from 'vitest'
import { DAY_NS, HOUR_NS, MINUTE_NS, parseInstant } from '../../src/model/time.js'
import { bar, spans } from '../support/bars.js'
import { testCatalog } from '../support/catalog.js'

const OCTOBER = { start: '2024-10-01', end: '2024-11-01' } as const
/** 17:00 in Chicago, which keeps daylight time all October. */
const OPEN_NS = 22n * HOUR_NS

/**
 * Every minute of October 2024 in which Globex was open, by its published rule and without the calendar: from 17:00 the
 * evening before a weekday to 16:00 of it, in Chicago. No holiday falls into the month.
 */
function globexMinutes(): readonly bigint[] {
  const [startNs, endNs] = [parseInstant(OCTOBER.start), parseInstant(OCTOBER.end)]
  const minutes: bigint[] = []
  for (let dayNs = startNs - 2n * DAY_NS; dayNs < endNs; dayNs += DAY_NS) {
    const weekdayOfTradeDate = new Date(Number((dayNs + DAY_NS) / 1_000_000n)).getUTCDay()
    if (weekdayOfTradeDate === 0 || weekdayOfTradeDate === 6) continue
    for (let ns = dayNs + OPEN_NS; ns < dayNs + OPEN_NS + 23n * HOUR_NS; ns += MINUTE_NS) {
      if (ns >= startNs && ns < endNs) minutes.push(ns)
    }
  }
  return minutes
}

describe.each(['ESZ4.CME', '6EZ4.CME'])('a month of %s minutes', (instrument) => {
  const series = { type: 'bars', instrument, barType: '1-MINUTE-LAST' } as const

  test('with its Sunday opens and daily breaks has no gap; one hour removed is exactly one', async () => {
    const { catalog } = await testCatalog()
    const clock = globexMinutes()
    expect(clock.length).toBe(23 * 23 * 60)
    await catalog.write(
      series,
      clock.map((ns) => bar(ns)),
    )
    for (const session of ['regular', 'extended'] as const) {
      expect(await catalog.gaps(series, OCTOBER, { session })).toEqual([])
    }
    const removed = { start: '2024-10-09T14:00:00Z', end: '2024-10-09T15:00:00Z' } as const
    await catalog.deleteRange(series, removed)
    expect(spans(await catalog.gaps(series, OCTOBER))).toEqual([`${removed.start}..${removed.end}`])
  })
})
