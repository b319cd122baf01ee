import type { Interval } from '../../model/interval.js'
import { SECOND_NS } from '../../model/time.js'
import { type GatewayContract, isUsStock } from '../contract.js'
import type { TicksWanted } from '../market.js'
import type { Answer, Message } from '../replies.js'
import type { TicksAsk } from '../request.js'
import { SINCE } from '../versions.js'
import { type ParsedDateTime, parseDateTime, ZONE_WARNING } from './date-time.js'
import { type Desk, kindFor, type Reply, theContract } from './desk.js'
import { GatewayRefusal, historicalError, invalid } from './refusal.js'
import { lifeOf } from './span.js'

type TicksKind = 'trades' | 'quotes' | 'midpoints'

/** One page of ticks; it holds the whole of each of its seconds, and may so be longer than asked. @throws GatewayRefusal */
export async function answerTicks(ask: TicksAsk, desk: Desk): Promise<Reply> {
  const { from, edge } = edgeOf(ask, desk)
  const contract = await theContract(ask.contract, desk)
  const kind = ticksKind(ask.whatToShow, contract, desk)
  const interval = between(lifeOf(contract, desk.nowNs), from, edge.ns)
  const session = kindFor(contract, ask.useRTH)
  const wanted = { interval, kind: session, limit: ask.numberOfTicks, from }
  const ticks = interval === undefined ? [] : await pageOf(kind, contract, { ...wanted, interval }, desk)
  const answer: Answer = { kind, ticks, done: true }
  return { warnings: edge.isZoneImplied ? [ZONE_WARNING] : [], answer }
}

/** From which end the page is counted, and where that is. */
function edgeOf(
  ask: TicksAsk,
  { zone, nowNs }: Desk,
): { readonly from: TicksWanted['from']; readonly edge: ParsedDateTime } {
  const { startDateTime, endDateTime, numberOfTicks } = ask
  if (startDateTime !== '' && endDateTime !== '') throw invalid('Please specify only one of start and end time')
  if (numberOfTicks < 1 || numberOfTicks > TICKS_MAX)
    throw invalid(`Number of ticks must be between 1 and ${TICKS_MAX}`)
  if (startDateTime !== '') return { from: 'start', edge: parseDateTime(startDateTime, zone) }
  if (endDateTime !== '') return { from: 'end', edge: parseDateTime(endDateTime, zone) }
  return { from: 'end', edge: { ns: nowNs, isZoneImplied: false } }
}

const TICKS_MAX = 1000

function ticksKind(whatToShow: string, { symbol, secType, exchange }: GatewayContract, { version }: Desk): TicksKind {
  if (secType === 'CRYPTO' && version < SINCE.fractions) {
    throw new GatewayRefusal(10285, 'Your API version does not support fractional size rules.')
  }
  switch (whatToShow) {
    case 'TRADES':
      if (secType !== 'CASH') return 'trades'
      throw historicalError(`No historical market data for ${symbol}/${secType}@${exchange} Last`)
    case 'BID_ASK':
      return 'quotes'
    case 'MIDPOINT':
      return 'midpoints'
    default:
      throw invalid('What to show field is missing or incorrect.')
  }
}

/** The part of a contract's life on the side of the edge that is asked for. */
function between(life: Interval | undefined, from: TicksWanted['from'], edgeNs: bigint): Interval | undefined {
  if (life === undefined) return undefined
  const startNs = from === 'start' && edgeNs > life.startNs ? edgeNs : life.startNs
  const endNs = from === 'end' && edgeNs < life.endNs ? edgeNs : life.endNs
  return startNs < endNs ? { startNs, endNs } : undefined
}

async function pageOf(
  kind: TicksKind,
  contract: GatewayContract,
  wanted: TicksWanted,
  { market, version }: Desk,
): Promise<readonly Message[]> {
  const size = sizeRule(contract, version)
  if (kind === 'trades') {
    const trades = await market.trades(contract, wanted)
    return trades.map((it) => [second(it.ns), 0, it.price, size(it.size), it.exchange, it.conditions])
  }
  const quotes = await market.quotes(contract, wanted)
  if (kind === 'midpoints') return quotes.map((it) => [second(it.ns), 0, middle(it.bidPrice, it.askPrice), 0])
  return quotes.map((it) => [second(it.ns), 0, it.bidPrice, it.askPrice, size(it.bidSize), size(it.askSize)])
}

function second(ns: bigint): bigint {
  return ns / SECOND_NS
}

function middle(bid: number, ask: number): number {
  return Math.round(((bid + ask) / 2) * 1e6) / 1e6
}

/** Sizes follow the rule of volumes: lots of a hundred and whole numbers to older clients. */
function sizeRule(contract: GatewayContract, version: number): (size: number) => number {
  const divisor = isUsStock(contract) && version < SINCE.shares ? 100 : 1
  const units = (size: number): number => Math.round((size / divisor) * 1e8) / 1e8
  return version < SINCE.fractions ? (size) => Math.trunc(units(size)) : units
}
