import { decimalsOf } from '../model/decimals.js'
import type { Frame } from '../model/frame.js'

/** Share of the bars that have to agree on a factor: a vendor corrects a few bars, a split moves all of them. */
const AGREEING_SHARE = 0.9
/** With fewer bars than this, one corrected close would look like a factor: open, high and low have to agree too. */
const FEW_BARS = 5
/** Prices that a vendor computes (adjusted, in single precision) differ by this much of themselves without meaning it. */
const SLACK = 1e-6
/** Of the ticks of most markets; some have none (yen). */
const CENT_DECIMALS = 2
/** Significant digits of a double. */
const DIGITS_MAX = 15

export interface Comparison {
  /** Bars that are in both, with prices above zero. */
  readonly bars: number
  /** What one has to multiply the fetched prices by to get the stored ones; absent when that is 1, or no one number. */
  readonly factor?: number
}

/**
 * Looks for a common factor between two accounts of the same bars: what a split or a dividend leaves between history
 * that was adjusted before it and history adjusted after it.
 *
 * The factor is the median of stored close ÷ fetched close. It counts when at least 90 % of the bars agree with it, and
 * fewer than half of them agree with 1. Each account is rounded to a tick of its own, the smallest decimal seen in it: a
 * bar agrees with 1 when its closes differ by no more than half a tick of each, and with the factor when
 * stored − factor × fetched is within twice that (the factor was read off a rounded bar itself).
 */
export function compareBars(stored: Frame, fetched: Frame): Comparison {
  const bars = barsInBoth(stored, fetched)
  if (bars.length === 0) return { bars: 0 }
  const [storedTick, fetchedTick] = ticksOf(bars)
  const countOf = (test: (bar: Bar) => boolean): number => bars.filter(test).length
  const fits = ([stored, fetched]: Pair, factor: number, ticks: number): boolean =>
    Math.abs(stored - factor * fetched) <= (ticks * (storedTick + factor * fetchedTick)) / 2 + SLACK * stored
  if (countOf(({ close }) => fits(close, 1, 1)) * 2 >= bars.length) return { bars: bars.length }
  const agreeing = (factor: number): number =>
    countOf(({ close, others }) => {
      const prices = bars.length < FEW_BARS ? [close, ...others] : [close]
      return prices.every((it) => fits(it, factor, 2))
    })
  const median = medianOf(bars.map(({ close: [stored, fetched] }) => stored / fetched))
  const agreed = agreeing(median)
  if (agreed < AGREEING_SHARE * bars.length) return { bars: bars.length }
  return { bars: bars.length, factor: shortest(median, (it) => agreeing(it) >= agreed) }
}

/** A stored and a fetched price. */
type Pair = readonly [number, number]

interface Bar {
  readonly close: Pair
  readonly others: readonly Pair[]
}

function barsInBoth(stored: Frame, fetched: Frame): readonly Bar[] {
  const rows = new Map(Array.from(timesOf(stored), (ns, row) => [ns, row]))
  const pricesOf = (name: string): ((from: number, to: number) => Pair) => {
    const [left, right] = [stored, fetched].map((it) => it.data(name).values as Float64Array)
    return (from, to) => [left?.[from] ?? 0, right?.[to] ?? 0]
  }
  const close = pricesOf('close')
  const others = ['open', 'high', 'low'].map(pricesOf)
  const bars: Bar[] = []
  for (const [to, ns] of timesOf(fetched).entries()) {
    const from = rows.get(ns)
    if (from === undefined) continue
    const bar = { close: close(from, to), others: others.map((it) => it(from, to)) }
    // Prices of spreads and of some futures go below zero, where a ratio says nothing.
    if ([bar.close, ...bar.others].flat().every((it) => it > 0 && it < Infinity)) bars.push(bar)
  }
  return bars
}

function timesOf(frame: Frame): BigInt64Array {
  return frame.data('ts_event').values as BigInt64Array
}

/** The ticks of the stored and the fetched prices. */
function ticksOf(bars: readonly Bar[]): Pair {
  const decimals = { stored: 0, fetched: 0 }
  for (const [stored, fetched] of bars.flatMap(({ close, others }) => [close, ...others])) {
    decimals.stored = Math.max(decimals.stored, decimalsOf(stored))
    decimals.fetched = Math.max(decimals.fetched, decimalsOf(fetched))
  }
  // Beside prices that have decimals, those without are whole by chance: 100 beside 99.87 is 100.00.
  const least = Math.min(CENT_DECIMALS, Math.max(decimals.stored, decimals.fetched))
  return [10 ** -Math.max(decimals.stored, least), 10 ** -Math.max(decimals.fetched, least)]
}

/** One of the values, so that it is exact where the bars are. */
function medianOf(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] as number
}

/** The shortest number that does as well: 10 instead of 9.9973, which rounding to cents had made of it. */
function shortest(factor: number, isGood: (factor: number) => boolean): number {
  for (let digits = 1; digits < DIGITS_MAX; digits++) {
    const shorter = Number(factor.toPrecision(digits))
    if (shorter !== 1 && isGood(shorter)) return shorter
  }
  return factor
}
