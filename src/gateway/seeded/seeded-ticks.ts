import { openIntervals } from '../../calendar/sessions.js'
import type { Interval } from '../../model/interval.js'
import { ceilTo, DAY_NS, floorTo, SECOND_NS } from '../../model/time.js'
import type { SimBar, SimMarket } from '../../sources/sim-market.js'
import type { GatewayContract } from '../contract.js'
import type { GatewayQuote, GatewayTrade, TicksWanted } from '../market.js'

/** The trades of each second, such that they make its bar: its open and close, its volume and count. */
export function seededTrades(path: SimMarket, contract: GatewayContract, wanted: TicksWanted): readonly GatewayTrade[] {
  const exchange = contract.primaryExchange === '' ? contract.exchange : contract.primaryExchange
  return takeSeconds(contract, wanted, (ns) => {
    const bar = path.bar(ns, ns + SECOND_NS, wanted.kind)
    return bar === undefined ? [] : tradesOf(bar, ns, exchange)
  })
}

function tradesOf(bar: SimBar, ns: bigint, exchange: string): readonly GatewayTrade[] {
  const count = Number(bar.trade_count)
  const size = bar.volume / count
  return Array.from({ length: count }, (_, i) => {
    const price = i === 0 && count > 1 ? bar.open : i === count - 1 ? bar.close : bar.high
    return { ns, price, size, exchange, conditions: '' }
  })
}

/** One quote a second. */
export function seededQuotes(
  bids: SimMarket,
  asks: SimMarket,
  contract: GatewayContract,
  wanted: TicksWanted,
): readonly GatewayQuote[] {
  return takeSeconds(contract, wanted, (ns) => {
    const bid = bids.bar(ns, ns + SECOND_NS, wanted.kind)
    const ask = asks.bar(ns, ns + SECOND_NS, wanted.kind)
    if (bid === undefined || ask === undefined) return []
    const [bidSize, askSize] = [bid.volume, ask.volume]
    return [{ ns, bidPrice: bid.open, askPrice: ask.open, bidSize, askSize }]
  })
}

/** Ticks of the open seconds from one end of the interval, until there are enough; ascending. */
function takeSeconds<T>(
  contract: GatewayContract,
  { interval, kind, limit, from }: TicksWanted,
  ticksAt: (ns: bigint) => readonly T[],
): readonly T[] {
  const seconds: (readonly T[])[] = []
  let count = 0
  for (const ns of openSeconds(contract, interval, kind, from)) {
    if (count >= limit) break
    const ticks = ticksAt(ns)
    seconds.push(ticks)
    count += ticks.length
  }
  return (from === 'start' ? seconds : seconds.reverse()).flat()
}

/** Each whole second that begins in the interval while the venue is open. */
function* openSeconds(
  { calendar }: GatewayContract,
  interval: Interval,
  kind: TicksWanted['kind'],
  from: TicksWanted['from'],
): Generator<bigint> {
  const startNs = ceilTo(interval.startNs, SECOND_NS)
  for (const stretch of stretches({ startNs, endNs: interval.endNs }, from)) {
    const open = openIntervals(calendar, stretch, kind)
    for (const { startNs, endNs } of from === 'start' ? open : open.toReversed()) {
      const lastNs = floorTo(endNs - 1n, SECOND_NS)
      if (from === 'start') for (let ns = startNs; ns <= lastNs; ns += SECOND_NS) yield ns
      else for (let ns = lastNs; ns >= startNs; ns -= SECOND_NS) yield ns
    }
  }
}

/** A few days at a time: the interval may be the whole life of a contract. */
const STRETCH_NS = 5n * DAY_NS

function* stretches({ startNs, endNs }: Interval, from: TicksWanted['from']): Generator<Interval> {
  if (from === 'start') {
    for (let at = startNs; at < endNs; at += STRETCH_NS)
      yield { startNs: at, endNs: at + STRETCH_NS < endNs ? at + STRETCH_NS : endNs }
  } else {
    for (let at = endNs; at > startNs; at -= STRETCH_NS)
      yield { startNs: at - STRETCH_NS > startNs ? at - STRETCH_NS : startNs, endNs: at }
  }
}
