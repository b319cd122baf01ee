import type { Interval } from '../../src/model/interval.js'
import type { Series } from '../../src/model/series.js'
import { MINUTE_NS } from '../../src/model/time.js'
import { type Bar, barsIn, type Script } from '../support/scripted-source.js'

export interface PricedBar extends Bar {
  readonly ts_event: bigint
  readonly open: number
  readonly high: number
  readonly low: number
  readonly close: number
}

export const SPLIT_ADJUSTED = { setting: { whatToShow: 'TRADES', adjustment: 'split' } } as const

export type Rounding = (price: number) => number

/** To cents, as a vendor gives them. */
export const cents: Rounding = (price) => Math.round(price * 100) / 100

export const exactly: Rounding = (price) => price

/** Has {@link pricedBars}; from `fromNs` on, when that is given. */
export function priced(factor = 1, rounded: Rounding = cents, fromNs?: bigint): Script {
  return ({ series, interval }) =>
    pricedBars(series, interval, factor, rounded).filter((it) => fromNs === undefined || it.ts_event >= fromNs)
}

/** Prices like those of a stock, different from bar to bar and the same for every question, divided by a factor. */
export function pricedBars(
  series: Series,
  interval: Interval,
  factor = 1,
  rounded: Rounding = cents,
): readonly PricedBar[] {
  const price = (value: number): number => rounded(cents(value) / factor)
  return barsIn(series, interval).map((it) => {
    const tsEvent = it.ts_event as bigint
    const step = Number((tsEvent / MINUTE_NS) % 9973n)
    const close = 150 + ((step * 37) % 1009) / 100
    const open = close + (((step * 17) % 11) - 5) / 100
    const high = price(Math.max(open, close) + 0.12)
    const low = price(Math.min(open, close) - 0.09)
    return { ...it, ts_event: tsEvent, open: price(open), high, low, close: price(close) }
  })
}
