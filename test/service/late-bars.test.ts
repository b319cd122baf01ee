import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { calendarOfSeries } from '../../src/catalog/read/lookup.js'
import { nextBarStartNs, parseBarType } from '../../src/model/bar-type.js'
import { parseSeries } from '../../src/model/series.js'
import { formatInstant, MINUTE_NS, parseInstant } from '../../src/model/time.js'
import { lateEdgeNs } from '../../src/service/late-edge.js'
import { AAPL, stamps } from '../support/bars.js'
import { barsIn } from '../support/scripted-source.js'
import { AAPL_DAILY, BTC_HOURLY, createWorld } from './world.js'

const START = '2024-03-07'
const [START_NS, END_NS] = [parseInstant(START), parseInstant('2024-03-16')]
/** Half an hour after the end of the last of them, be it a day or a week. */
const ALL_THERE_NS = parseInstant('2024-03-16T00:30:00Z')
/** Bars arrive this long after their end at most: within the settle lag. */
const LATE_MAX_MINUTES = 30
const CASES = [
  ['hours, always open', BTC_HOURLY],
  ['hours of an exchange', { ...AAPL, barType: '1-HOUR-LAST' }],
  ['a currency pair', { type: 'bars', instrument: 'EUR/USD.IDEALPRO', barType: '30-MINUTE-MID' }],
  ['four hours', { ...BTC_HOURLY, barType: '4-HOUR-LAST' }],
  ['days, always open', { ...BTC_HOURLY, barType: '1-DAY-LAST' }],
  ['days of an exchange', AAPL_DAILY],
  ['weeks', { ...AAPL, barType: '1-WEEK-LAST' }],
] as const

/** Minutes between one call and the next, and what is called. */
const calls = fc.array(
  fc.record({ afterMinutes: fc.integer({ min: 1, max: 1200 }), call: fc.constantFrom('fetch', 'update', 'refresh') }),
  { minLength: 5, maxLength: 20 },
)

describe('bars that arrive late, within the settle lag, are all there in the end, whatever was asked before', () => {
  test.each(CASES)('%s', async (_, input) => {
    const series = parseSeries(input)
    const barType = parseBarType(input.barType, series.instrument)
    const calendar = calendarOfSeries(series)
    await fc.assert(
      fc.asyncProperty(calls, fc.integer({ min: 0, max: LATE_MAX_MINUTES - 1 }), async (steps, seed) => {
        const { service, source, clock } = await createWorld({ now: START })
        const isThere = (ns: bigint): boolean => {
          const lateNs = ((ns / MINUTE_NS + BigInt(seed)) % BigInt(LATE_MAX_MINUTES)) * MINUTE_NS
          return lateEdgeNs(series, calendar, clock() - lateNs) >= nextBarStartNs(barType, ns)
        }
        source.script = ({ interval }) => barsIn(series, interval).filter((it) => isThere(it.ts_event as bigint))
        const range = { start: START_NS, end: END_NS, session: 'all' } as const
        let nowNs = START_NS
        for (const { afterMinutes, call } of steps) {
          nowNs += BigInt(afterMinutes) * MINUTE_NS + 17n
          clock.set(nowNs)
          if (call === 'update') await service.update(input, { session: 'all' })
          else await service.fetchOrLoad(input, { ...range, refresh: call === 'refresh' }).catch(notFound)
        }
        // As soon as all of them are there: later, what was wrongly said to be empty would have expired.
        clock.set(nowNs > ALL_THERE_NS ? nowNs : ALL_THERE_NS)
        const { frame } = await service.fetchOrLoad(input, range)
        const all = barsIn(series, { startNs: START_NS, endNs: END_NS }).map((it) =>
          formatInstant(it.ts_event as bigint),
        )
        expect(stamps(frame)).toEqual(all)
      }),
      { numRuns: 6, seed: 7 },
    )
  })
})

function notFound(error: { readonly code?: string }): void {
  if (error.code !== 'DATA_NOT_FOUND') throw error
}
