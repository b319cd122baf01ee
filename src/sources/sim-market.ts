import type { SessionKind } from '../calendar/calendar.js'
import { openIntervals } from '../calendar/sessions.js'
import { XNYS } from '../calendar/xnys.js'
import type { PriceType } from '../model/bar-type.js'
import { MINUTE_NS, SECOND_NS } from '../model/time.js'

export interface SimBar {
  readonly open: number
  readonly high: number
  readonly low: number
  readonly close: number
  readonly volume: number
  readonly vwap: number
  readonly trade_count: bigint
}

/** One layer of movement: how wide its waves are and how strong, as a fraction of the price. */
interface Layer {
  readonly periodSeconds: number
  readonly strength: number
}

/** From minute noise to a cycle of years; the strengths give a stock's usual 1 to 2 % a day. */
const LAYERS: readonly Layer[] = [
  { periodSeconds: 60, strength: 0.0004 },
  { periodSeconds: 600, strength: 0.0012 },
  { periodSeconds: 7_200, strength: 0.004 },
  { periodSeconds: 86_400, strength: 0.011 },
  { periodSeconds: 864_000, strength: 0.03 },
  { periodSeconds: 7_776_000, strength: 0.1 },
  { periodSeconds: 94_608_000, strength: 0.4 },
]
const HALF_SPREAD = 0.01
const CENTS = 100

/**
 * A price path made of value noise: each layer draws a hashed height for every lattice point and joins them by lines.
 * The price at an instant depends on seed, instrument and instant alone, whichever way it is asked for.
 */
export class SimMarket {
  readonly #key: number
  readonly #base: number
  readonly #offset: number

  constructor(seed: number, instrument: string, priceType: PriceType) {
    this.#key = hashText(seed, instrument)
    this.#base = 20 + (hash(this.#key, 1) / 2 ** 32) * 380
    this.#offset = priceType === 'BID' ? -HALF_SPREAD : priceType === 'ASK' ? HALF_SPREAD : 0
  }

  /** The bar over `[startNs, endNs)`; `undefined` when no session of the kind is open in it. */
  bar(startNs: bigint, endNs: bigint, kind: SessionKind): SimBar | undefined {
    if (endNs - startNs <= MINUTE_NS) return this.#shortBar(Number(startNs / SECOND_NS), Number(endNs / SECOND_NS))
    const minutes: SimBar[] = []
    for (const open of openIntervals(XNYS, { startNs, endNs }, kind)) {
      for (let ns = open.startNs; ns < open.endNs; ns += MINUTE_NS) {
        const second = Number(ns / SECOND_NS)
        minutes.push(this.#shortBar(second, second + 60))
      }
    }
    return minutes.length === 0 ? undefined : joinBars(minutes)
  }

  #shortBar(startSecond: number, endSecond: number): SimBar {
    const open = this.#price(startSecond)
    const close = this.#price(endSecond)
    const reach = open * 0.0006
    const high = toCents(Math.max(open, close) + (reach * this.#draw(startSecond, 11)) / 2)
    const low = toCents(Math.min(open, close) - (reach * this.#draw(startSecond, 12)) / 2)
    const trades = 1 + Math.floor(this.#draw(startSecond, 13) * 3 * (endSecond - startSecond))
    const volume = trades * (10 + Math.floor(this.#draw(startSecond, 14) * 190))
    const vwap = Math.round(((open + high + low + close) / 4) * 10_000) / 10_000
    return {
      open,
      high: Math.max(high, open, close),
      low: Math.min(low, open, close),
      close,
      volume,
      vwap,
      trade_count: BigInt(trades),
    }
  }

  #price(second: number): number {
    let movement = 0
    for (const [index, { periodSeconds, strength }] of LAYERS.entries()) {
      const at = second / periodSeconds
      const left = Math.floor(at)
      const from = hash(this.#key, left, index) / 2 ** 31 - 1
      const to = hash(this.#key, left + 1, index) / 2 ** 31 - 1
      movement += strength * (from + (to - from) * (at - left))
    }
    return toCents(this.#base * (1 + movement) + this.#offset)
  }

  /** A number in [0, 1) that belongs to an instant and a purpose. */
  #draw(second: number, purpose: number): number {
    return hash(this.#key, second, purpose) / 2 ** 32
  }
}

function joinBars(bars: readonly SimBar[]): SimBar {
  const volume = bars.reduce((sum, it) => sum + it.volume, 0)
  const turnover = bars.reduce((sum, it) => sum + it.vwap * it.volume, 0)
  return {
    open: (bars[0] as SimBar).open,
    high: bars.reduce((top, it) => Math.max(top, it.high), -Infinity),
    low: bars.reduce((bottom, it) => Math.min(bottom, it.low), Infinity),
    close: (bars.at(-1) as SimBar).close,
    volume,
    vwap: Math.round((turnover / volume) * 10_000) / 10_000,
    trade_count: bars.reduce((sum, it) => sum + it.trade_count, 0n),
  }
}

function toCents(price: number): number {
  return Math.round(price * CENTS) / CENTS
}

/** 32 well-mixed bits of some integers (the finalizer of MurmurHash3 over each). */
function hash(...values: readonly number[]): number {
  let state = 0x9e3779b9
  for (const value of values) {
    state = mix(state ^ (value | 0))
    state = mix(state ^ Math.floor(value / 2 ** 32))
  }
  return state >>> 0
}

function mix(value: number): number {
  let it = value
  it = Math.imul(it ^ (it >>> 16), 0x85ebca6b)
  it = Math.imul(it ^ (it >>> 13), 0xc2b2ae35)
  return it ^ (it >>> 16)
}

function hashText(seed: number, text: string): number {
  return hash(seed, ...Array.from(text, (it) => it.codePointAt(0) ?? 0))
}
