import type { GatewayContract } from '../contract.js'
import type { BarsWanted, GatewayBar, Side } from '../market.js'
import type { BarsAsk } from '../request.js'
import type { BarSize } from './bar-size.js'
import { instantText, ZONE_WARNING } from './date-time.js'
import { type Desk, kindFor, type Reply, theContract } from './desk.js'
import { before } from './duration.js'
import { GatewayRefusal, historicalError, invalid } from './refusal.js'
import { slotsOf } from './slots.js'
import { lifeOf, readSpan } from './span.js'
import { type Sides, sidesOf } from './what-to-show.js'
import { type FoundBar, trimWarning, volumeRuleOf, wireBars } from './wire-bars.js'

/** @throws GatewayRefusal */
export async function answerBars(ask: BarsAsk, desk: Desk): Promise<Reply> {
  const { size, duration, end, endNs } = readSpan(ask, desk)
  const contract = await theContract(ask.contract, desk)
  refuseEnd(ask, contract)
  refuseAdjustedWeeks(ask, size)
  const sides = sidesOf(ask.whatToShow, contract, desk.version)
  const kind = kindFor(contract, ask.useRTH)
  const life = lifeOf(contract, desk.nowNs)
  const slots = life === undefined ? [] : slotsOf({ calendar: contract.calendar, kind, life }, size, duration, endNs)
  const found = await barsOf(contract, { step: size.step, unit: size.unit, kind, slots }, sides, desk)
  if (found.length === 0) throw noData(contract, ask)
  const rule = volumeRuleOf(contract, sides, desk.version)
  const bars = wireBars(found, rule, { size, formatDate: ask.formatDate, contract, desk })
  const warnings = [...(end?.isZoneImplied === true ? [ZONE_WARNING] : []), ...trimWarning(found, rule)]
  const text = (ns: bigint): string => instantText(ns, contract.calendar, desk)
  return { warnings, answer: { kind: 'bars', start: text(before(endNs, duration)), end: text(endNs), bars } }
}

function refuseEnd({ endDateTime, whatToShow }: BarsAsk, { secType }: GatewayContract): void {
  if (endDateTime === '') return
  if (secType === 'CONTFUT') throw new GatewayRefusal(10339, END_OF_CONTFUT)
  if (whatToShow === 'ADJUSTED_LAST') throw invalid('End date not supported with adjusted last')
}

const END_OF_CONTFUT = 'Setting end date/time for continuous future security type is not allowed.'

function refuseAdjustedWeeks({ whatToShow }: BarsAsk, { unit }: BarSize): void {
  if (whatToShow !== 'ADJUSTED_LAST' || (unit !== 'WEEK' && unit !== 'MONTH')) return
  throw invalid('Bar size is not supported with adjusted last')
}

async function barsOf(
  contract: GatewayContract,
  wanted: Omit<BarsWanted, 'side'>,
  sides: Sides,
  { market }: Desk,
): Promise<readonly FoundBar[]> {
  const side = async (it: Side): Promise<readonly (GatewayBar | undefined)[]> =>
    market.bars(contract, { ...wanted, side: it })
  const bars = sides === 'BID_ASK' ? bidAskBars(await side('BID'), await side('ASK')) : await side(sides)
  const found: FoundBar[] = []
  for (const [i, slot] of wanted.slots.entries()) {
    const bar = bars[i]
    if (bar !== undefined) found.push([slot, bar])
  }
  return found
}

/** Open: the time-average bid; high: the highest ask; low: the lowest bid; close: the time-average ask. */
function bidAskBars(
  bids: readonly (GatewayBar | undefined)[],
  asks: readonly (GatewayBar | undefined)[],
): readonly (GatewayBar | undefined)[] {
  const average = ({ open, close }: GatewayBar): number => Math.round(((open + close) / 2) * 1e6) / 1e6
  return bids.map((bid, i) => {
    const ask = asks[i]
    if (bid === undefined || ask === undefined) return undefined
    return { ...ask, open: average(bid), high: ask.high, low: bid.low, close: average(ask) }
  })
}

function noData({ symbol, exchange }: GatewayContract, { whatToShow }: BarsAsk): GatewayRefusal {
  const what = `${whatToShow.slice(0, 1)}${whatToShow.slice(1).toLowerCase()}`
  return historicalError(`HMDS query returned no data: ${symbol}@${exchange} ${what}`)
}
