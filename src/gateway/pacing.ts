import { GatewayRefusal } from './answers/refusal.js'
import type { ContractQuery, DataAsk } from './request.js'

/**
 * Which of IB's limits are enforced.
 * - `off`: none
 * - `documented`: those on historical data for bars of 30 seconds and less and for ticks, and 50 messages a second
 * - `strict`: the same for every historical request
 */
export type PacingMode = 'off' | 'documented' | 'strict'

export type PacingRule = 'messages' | 'identical' | 'burst' | 'window' | 'simultaneous'

export interface Violation {
  readonly rule: PacingRule
  readonly atMs: number
  /** What was asked; `undefined` where messages of any kind count. */
  readonly ask?: DataAsk
}

/** No identical request within 15 s; fewer than six of one contract, exchange and price within 2 s; 60 in ten minutes. */
const IDENTICAL_MS = 15_000
const BURST_MS = 2000
const BURST_MAX = 5
const WINDOW_MS = 600_000
const WINDOW_MAX = 60
const SECOND_MS = 1000
const MESSAGES_MAX = 50

/** A request that counts, at the instant it came. */
interface Counted {
  readonly atMs: number
  readonly identity: string
  readonly stream: string
  readonly weight: number
}

/**
 * Watches the historical requests of a login, whichever of its connections they come on. Times are the caller's; all
 * windows are divided by `timeScale`, and shortened by what the network may bring closer together than it was sent.
 */
export class PacingPolice {
  readonly #mode: PacingMode
  readonly #windowMs: (ms: number) => number
  #counted: readonly Counted[] = []

  constructor(mode: PacingMode, timeScale: number) {
    this.#mode = mode
    this.#windowMs = (ms) => ms / timeScale - SLACK_MS
  }

  /** The rule that a historical request breaks; it counts all the same. */
  check(ask: DataAsk, atMs: number): PacingRule | undefined {
    if (!isPaced(ask, this.#mode)) return undefined
    const added: Counted = { atMs, identity: identityOf(ask), stream: streamOf(ask), weight: weightOf(ask) }
    const within = (ms: number): readonly Counted[] => this.#counted.filter((it) => atMs - it.atMs < this.#windowMs(ms))
    const before = within(WINDOW_MS)
    const isIdentical = within(IDENTICAL_MS).some((it) => it.identity === added.identity)
    const burst = within(BURST_MS).filter((it) => it.stream === added.stream).length
    const weight = before.reduce((sum, it) => sum + it.weight, added.weight)
    this.#counted = [...before, added]
    if (isIdentical) return 'identical'
    if (burst + 1 > BURST_MAX) return 'burst'
    return weight > WINDOW_MAX ? 'window' : undefined
  }
}

/** Watches the messages of one connection: at most 50 in any second. */
export class MessageCounter {
  readonly #windowMs: number
  #timesMs: readonly number[] = []

  constructor(timeScale: number) {
    this.#windowMs = SECOND_MS / timeScale - SLACK_MS
  }

  isTooMany(atMs: number): boolean {
    this.#timesMs = [...this.#timesMs.filter((it) => atMs - it < this.#windowMs), atMs]
    return this.#timesMs.length > MESSAGES_MAX
  }
}

/** What a busy machine may let arrive together that was sent apart. A window that is shorter is not enforced. */
const SLACK_MS = 10

export const PACING_VIOLATION: GatewayRefusal = new GatewayRefusal(
  162,
  'Historical Market Data Service error message:Historical data request pacing violation',
)

/** Historical requests that a login may have open at once, in every mode. */
export const SIMULTANEOUS_MAX = 50
export const TOO_MANY_AT_ONCE: GatewayRefusal = new GatewayRefusal(
  322,
  `Error processing request.-'bN' : cause - Only ${SIMULTANEOUS_MAX} simultaneous API historical data requests allowed.`,
)

function isPaced(ask: DataAsk, mode: PacingMode): boolean {
  if (mode === 'off' || ask.kind === 'contract-details') return false
  if (mode === 'strict' || ask.kind === 'historical-ticks') return true
  return ask.kind === 'historical-data' && hasShortBars(ask.barSize)
}

/** 30 seconds and less. */
function hasShortBars(barSize: string): boolean {
  return barSize.endsWith(' secs')
}

/** All that a request says but its id. */
function identityOf(ask: DataAsk): string {
  return JSON.stringify({ ...ask, id: 0 })
}

/** Contract, exchange and kind of prices. */
function streamOf(ask: DataAsk): string {
  const what = 'whatToShow' in ask ? ask.whatToShow : ''
  return [...contractFields(ask.contract), what].join('\0')
}

function contractFields(query: ContractQuery): readonly (string | number)[] {
  const { conId, symbol, secType, exchange, currency, lastTradeDate, strike, right, localSymbol } = query
  return conId === 0
    ? [symbol, secType, exchange, currency, lastTradeDate, strike, right, localSymbol]
    : [conId, exchange]
}

/** BID_ASK counts twice. */
function weightOf(ask: DataAsk): number {
  return 'whatToShow' in ask && ask.whatToShow === 'BID_ASK' ? 2 : 1
}
