import type { Calendar, SessionKind } from '../calendar/calendar.js'
import { openIntervals } from '../calendar/sessions.js'
import { XNYS } from '../calendar/xnys.js'
import type { PriceType } from '../model/bar-type.js'
import { ceilTo, MINUTE_NS, SECOND_NS } from '../model/time.js'

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

/** What a simulated market is like, besides its path. */
export interface SimShape {
  readonly calendar: Calendar
  /** Steps of the price in one unit of currency. */
  readonly ticksPerUnit: number
  /** About where the price is; drawn by lot between 20 and 400 when absent. */
  readonly basePrice?: number
  /** How strongly it moves, a US stock being 1. */
  readonly swing: number
}

const US_STOCK: SimShape = { calendar: XNYS, ticksPerUnit: 100, swing: 1 }

/**
 * A price path made of value noise: each layer draws a hashed height for every lattice point and joins them by lines.
 * The price at an instant depends on seed, instrument and instant alone, whichever way it is asked for.
 */
export class SimMarket {
  readonly #shape: SimShape
  /** The hash with the instrument taken in: what is asked of it comes on top. */
  readonly #state: number
  readonly #base: number
  readonly #offset: number
  readonly #slopes: readonly Slope[]

  constructor(seed: number, instrument: string, priceType: PriceType, shape: SimShape = US_STOCK) {
    this.#shape = shape
    this.#state = absorb(FIRST_STATE, hashText(seed, instrument))
    this.#base = shape.basePrice ?? 20 + ((absorb(this.#state, 1) >>> 0) / 2 ** 32) * 380
    this.#slopes = LAYERS.map((layer, index) => new Slope(layer, (left) => this.#draw(left, index) * 2 - 1))
    // Bid and ask lie one tick either side.
    this.#offset = (priceType === 'BID' ? -1 : priceType === 'ASK' ? 1 : 0) / shape.ticksPerUnit
  }

  /** The bar over `[startNs, endNs)`; `undefined` when no session of the kind is open in it. */
  bar(startNs: bigint, endNs: bigint, kind: SessionKind): SimBar | undefined {
    if (endNs - startNs <= MINUTE_NS) return this.#shortBar(Number(startNs / SECOND_NS), Number(endNs / SECOND_NS))
    const minutes: SimBar[] = []
    for (const open of openIntervals(this.#shape.calendar, { startNs, endNs }, kind)) {
      const endSecond = Number(ceilTo(open.endNs, SECOND_NS) / SECOND_NS)
      for (let second = Number(open.startNs / SECOND_NS); second < endSecond; second += 60) {
        minutes.push(this.#shortBar(second, second + 60))
      }
    }
    return minutes.length === 0 ? undefined : joinBars(minutes)
  }

  #shortBar(startSecond: number, endSecond: number): SimBar {
    const open = this.#price(startSecond)
    const close = this.#price(endSecond)
    const reach = open * 0.0006 * this.#shape.swing
    const high = this.#toTick(Math.max(open, close) + (reach * this.#draw(startSecond, 11)) / 2)
    const low = this.#toTick(Math.min(open, close) - (reach * this.#draw(startSecond, 12)) / 2)
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
    for (const it of this.#slopes) movement += it.at(second)
    return this.#toTick(this.#base * (1 + movement * this.#shape.swing) + this.#offset)
  }

  #toTick(price: number): number {
    return Math.round(price * this.#shape.ticksPerUnit) / this.#shape.ticksPerUnit
  }

  /** A number in [0, 1) that belongs to a place and a purpose. */
  #draw(second: number, purpose: number): number {
    return (absorb(absorb(this.#state, second), purpose) >>> 0) / 2 ** 32
  }
}

/** One layer's movement, which remembers the line it was last on: most bars go on where the one before them ended. */
class Slope {
  readonly #layer: Layer
  readonly #heightAt: (left: number) => number
  #left = Number.NaN
  #from = 0
  #to = 0

  constructor(layer: Layer, heightAt: (left: number) => number) {
    this.#layer = layer
    this.#heightAt = heightAt
  }

  at(second: number): number {
    const at = second / this.#layer.periodSeconds
    const left = Math.floor(at)
    if (left !== this.#left) {
      this.#from = left === this.#left + 1 ? this.#to : this.#heightAt(left)
      this.#to = this.#heightAt(left + 1)
      this.#left = left
    }
    return this.#layer.strength * (this.#from + (this.#to - this.#from) * (at - left))
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

/** Takes an integer into a hash of 32 well-mixed bits (the finalizer of MurmurHash3 over each half). */
function absorb(state: number, value: number): number {
  return mix(mix(state ^ (value | 0)) ^ Math.floor(value / 2 ** 32))
}

const FIRST_STATE = 0x9e3779b9

function mix(value: number): number {
  let it = value
  it = Math.imul(it ^ (it >>> 16), 0x85ebca6b)
  it = Math.imul(it ^ (it >>> 13), 0xc2b2ae35)
  return it ^ (it >>> 16)
}

function hashText(seed: number, text: string): number {
  const codes = Array.from(text, (it) => it.codePointAt(0) ?? 0)
  return [seed, ...codes].reduce(absorb, FIRST_STATE) >>> 0
}
