import { setImmediate as nextTurn } from 'node:timers/promises'
import type { PriceType } from '../model/bar-type.js'
import { type Clock, dayOf, startOfDayNs, systemClock } from '../model/time.js'
import { type SimBar, SimMarket, type SimShape } from '../sources/sim-market.js'
import { type GatewayContract, isMeant } from './contract.js'
import type { BarsWanted, GatewayBar, GatewayMarket, GatewayQuote, GatewayTrade, Side, TicksWanted } from './market.js'
import type { ContractQuery } from './request.js'
import { futuresAt } from './seeded/futures.js'
import { KNOWN_CONTRACTS, simContract } from './seeded/known-contracts.js'
import { optionsAt } from './seeded/options.js'
import { seededQuotes, seededTrades } from './seeded/seeded-ticks.js'

/**
 * A market that is a pure function of its seed: stocks, currencies, futures, indices, options and crypto for trying
 * out, and every symbol of the venue SIM, whose bars are those of the `sim` source of the same seed.
 */
export class SeededMarket implements GatewayMarket {
  readonly #seed: number
  readonly #clock: Clock
  /** Contracts of SIM that were asked for by name: a client may ask for them by id alone from then on. */
  readonly #simulated = new Map<number, GatewayContract>()
  readonly #paths = new Map<string, SimMarket>()
  #ofDay: { readonly day: number; readonly contracts: readonly GatewayContract[] } | undefined

  constructor(options: { readonly seed?: number; readonly clock?: Clock } = {}) {
    this.#seed = options.seed ?? 1
    this.#clock = options.clock ?? systemClock
  }

  async contracts(query: ContractQuery): Promise<readonly GatewayContract[]> {
    this.#rememberSimulated(query)
    const nowNs = this.#clock()
    const all = [...KNOWN_CONTRACTS, ...this.#simulated.values(), ...this.#dated(nowNs)]
    return all.filter((it) => isMeant(it, query) && isTold(it, query, nowNs))
  }

  /** Futures and options of the day: every request looks its contract up. */
  #dated(nowNs: bigint): readonly GatewayContract[] {
    const day = dayOf(nowNs)
    if (this.#ofDay?.day !== day) {
      this.#ofDay = { day, contracts: [...futuresAt(startOfDayNs(day)), ...optionsAt(startOfDayNs(day))] }
    }
    return this.#ofDay.contracts
  }

  async bars(contract: GatewayContract, wanted: BarsWanted): Promise<readonly (GatewayBar | undefined)[]> {
    const path = this.#path(contract, wanted.side)
    const bars: (GatewayBar | undefined)[] = []
    let turnMs = performance.now()
    for (const { startNs, endNs } of wanted.slots) {
      const bar = path.bar(startNs, endNs, wanted.kind)
      bars.push(bar === undefined ? undefined : gatewayBar(bar))
      // Long bars are worked out from their minutes: others are served meanwhile.
      if (performance.now() - turnMs > TURN_MS) {
        await nextTurn()
        turnMs = performance.now()
      }
    }
    return bars
  }

  async trades(contract: GatewayContract, wanted: TicksWanted): Promise<readonly GatewayTrade[]> {
    return seededTrades(this.#path(contract, 'LAST'), contract, wanted)
  }

  async quotes(contract: GatewayContract, wanted: TicksWanted): Promise<readonly GatewayQuote[]> {
    return seededQuotes(this.#path(contract, 'BID'), this.#path(contract, 'ASK'), contract, wanted)
  }

  #rememberSimulated({ symbol, secType, exchange, primaryExchange }: ContractQuery): void {
    if (secType !== 'STK' || symbol === '' || (exchange !== SIM && primaryExchange !== SIM)) return
    const contract = simContract(symbol)
    this.#simulated.set(contract.conId, contract)
  }

  #path(contract: GatewayContract, side: Side): SimMarket {
    const key = `${contract.instrument} ${side}`
    const known = this.#paths.get(key)
    if (known !== undefined) return known
    const path = new SimMarket(this.#seed, contract.instrument, side satisfies PriceType, shapeOf(contract))
    this.#paths.set(key, path)
    return path
  }
}

function gatewayBar({ open, high, low, close, volume, vwap, trade_count }: SimBar): GatewayBar {
  return { open, high, low, close, volume, vwap, count: Number(trade_count) }
}

const SIM = 'SIM'
const TURN_MS = 8

/** Expired futures have to be asked for, and the continuous contract is no future of its own. */
function isTold({ secType, goneNs }: GatewayContract, query: ContractQuery, nowNs: bigint): boolean {
  if (secType === 'CONTFUT') return query.secType === 'CONTFUT'
  return secType !== 'FUT' || query.includeExpired || goneNs === undefined || goneNs > nowNs
}

function shapeOf({ calendar, minTick, secType, symbol }: GatewayContract): SimShape {
  const basePrice = BASE_PRICES.get(`${secType === 'CONTFUT' ? 'FUT' : secType} ${symbol}`)
  const shape = { calendar, ticksPerUnit: Math.round(1 / minTick), swing: SWINGS.get(secType) ?? 1 }
  return basePrice === undefined ? shape : { ...shape, basePrice }
}

/** Where prices of that kind are, roughly: the others are drawn by lot. */
const BASE_PRICES: ReadonlyMap<string, number> = new Map([
  ['CASH EUR', 1.09],
  ['CASH GBP', 1.27],
  ['CASH AUD', 0.66],
  ['CASH USD', 120],
  ['IND SPX', 4900],
  ['IND VIX', 16],
  ['FUT ES', 4900],
  ['FUT NQ', 17_000],
  ['FUT EUR', 1.09],
  ['FUT CL', 75],
  ['FUT GC', 2050],
  ['OPT AAPL', 8],
  ['OPT SPY', 9],
  ['CRYPTO BTC', 43_000],
  ['CRYPTO ETH', 2300],
])

const SWINGS: ReadonlyMap<string, number> = new Map([
  ['CASH', 0.25],
  ['FUT', 0.7],
  ['CONTFUT', 0.7],
  ['OPT', 1.5],
  ['CRYPTO', 1.5],
])
