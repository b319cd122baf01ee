import type { Coverage } from '../../src/catalog/coverage/coverage.js'
import type { RowInput } from '../../src/catalog/write/rows-input.js'
import type { Frame, Row } from '../../src/model/frame.js'
import type { Interval } from '../../src/model/interval.js'
import { formatInstant, type InstantInput, MINUTE_NS, parseInstant } from '../../src/model/time.js'

export const AAPL = { type: 'bars', instrument: 'AAPL.NASDAQ', barType: '1-MINUTE-LAST' } as const
export const MSFT = { type: 'bars', instrument: 'MSFT.NASDAQ', barType: '1-MINUTE-LAST' } as const

export type BarRow = RowInput<'bars'>

/** A sound bar with some values of its own; `price` tells bars of one stamp apart. */
export function bar(at: InstantInput, price = 100): BarRow & Row<'bars'> {
  const ns = parseInstant(at)
  return {
    ts_event: ns,
    ts_init: ns + MINUTE_NS,
    timestamp: ns / 1000n,
    open: price,
    high: price + 1.25,
    low: price - 0.5,
    close: price + 0.1,
    volume: Number((ns / MINUTE_NS) % 997n),
    vwap: price + 0.01,
    trade_count: (ns / MINUTE_NS) % 89n,
  }
}

/** `count` minutes from `start`. Prices follow from the stamp, so the same minute is the same bar; `shift` makes others. */
export function minuteBars(start: InstantInput, count: number, shift = 0): readonly (BarRow & Row<'bars'>)[] {
  const startNs = parseInstant(start)
  return Array.from({ length: count }, (_, i) => {
    const ns = startNs + BigInt(i) * MINUTE_NS
    return bar(ns, 100 + shift + Number((ns / MINUTE_NS) % 400n) / 100)
  })
}

/** The stamps of a frame as text, for expectations that a person can read. */
export function stamps(frame: Frame): readonly string[] {
  return Array.from(frame.data('ts_event').values as BigInt64Array, formatInstant)
}

/** `2024-01-02T00:00:00Z..2024-01-03T00:00:00Z` */
export function spans(set: readonly Interval[]): readonly string[] {
  return set.map(({ startNs, endNs }) => `${formatInstant(startNs)}..${formatInstant(endNs)}`)
}

/** {@link spans} with the state before it: `data 2024-…..2024-…` */
export function states(coverage: Coverage): readonly string[] {
  return coverage.map((it) => `${it.state} ${spans([it])[0]}`)
}
