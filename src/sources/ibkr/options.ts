import { InvalidRequestError } from '../../model/errors.js'
import { type Log, silentLog } from '../../model/log.js'
import { type Clock, systemClock } from '../../model/time.js'
import type { ExplicitContracts } from './contracts/contract-of.js'
import type { PacingMode } from './pacing/pacing-rules.js'
import type { IbClientLibrary } from './transport/transports.js'
import type { HistoryOptions } from './what-to-show.js'

/** How the gateway counts the volume of US stocks: its switch "Send market data in lots for US stocks". */
export type IbVolumeUnit = 'shares' | 'lots'

export interface IbkrSourceOptions extends HistoryOptions {
  /** Default `127.0.0.1`. */
  readonly host?: string
  /** IB Gateway 4001 (live) or 4002 (paper, the default); TWS 7496 or 7497. */
  readonly port?: number
  /** Of any number of programs connected at once each has its own. Default 1. */
  readonly clientId?: number
  /** Which client library carries the connection. Default `ib-tws-api`; `stoqey` needs the package `@stoqey/ib`. */
  readonly client?: IbClientLibrary
  /** Default `shares`. */
  readonly volumeUnit?: IbVolumeUnit
  /**
   * How hard the rule "60 requests in ten minutes" is taken for bars of a minute and longer, where IB says that it is
   * lifted: `soft` (default) asks about once a second, `strict` keeps it. For shorter bars and ticks it is always kept.
   */
  readonly pacing?: PacingMode
  /** Contracts named by hand, by instrument id: what is given here goes before what the id says. */
  readonly contracts?: ExplicitContracts
  /** For connecting and logging in. Default 15 s. */
  readonly connectTimeoutMs?: number
  /** For one request, once it is sent. Default 120 s. */
  readonly requestTimeoutMs?: number
  /** How long one request may wait for pacing. Default 30 min. */
  readonly pacingTimeoutMs?: number
  /** How long a gateway that was lost is waited for. Default 5 min. */
  readonly reconnectWithinMs?: number
  /** Takes what a simulated gateway sends for venues other than `SIM` too. Default `false`. */
  readonly allowSimulated?: boolean
  /** Divides every wait, for a simulated gateway that runs as many times faster. Default 1; refused by a real one. */
  readonly timeScale?: number
  /** Where the log of requests lies that all processes of this user share. Default: the user's state directory. */
  readonly stateDirectory?: string
  readonly clock?: Clock
  readonly log?: Log
}

export const IBKR_DEFAULTS = {
  host: '127.0.0.1',
  port: 4002,
  clientId: 1,
  client: 'ib-tws-api',
  adjustment: 'splits',
  volumeUnit: 'shares',
  pacing: 'soft',
  contracts: {},
  connectTimeoutMs: 15_000,
  requestTimeoutMs: 120_000,
  pacingTimeoutMs: 30 * 60_000,
  reconnectWithinMs: 5 * 60_000,
  allowSimulated: false,
  timeScale: 1,
} as const satisfies IbkrSourceOptions

/** Options with what they are when nobody says. */
export type IbkrFullOptions = IbkrSourceOptions &
  Required<Pick<IbkrSourceOptions, keyof typeof IBKR_DEFAULTS | 'clock' | 'log'>>

/** @throws InvalidRequestError for an option that cannot be, naming it */
export function withDefaults(options: IbkrSourceOptions): IbkrFullOptions {
  const full = { ...IBKR_DEFAULTS, clock: systemClock, log: silentLog, ...options }
  const { port, clientId, timeScale } = full
  if (!isWhole(port, 1, 65_535)) throw impossible('port', port, 'a port from 1 to 65535')
  if (!isWhole(clientId, 0, 2 ** 31 - 1)) throw impossible('clientId', clientId, 'a whole number, 0 or more')
  if (!(timeScale >= 1)) throw impossible('timeScale', timeScale, '1 or more')
  checkWaits(full)
  return full
}

function isWhole(value: number, least: number, most: number): boolean {
  return Number.isInteger(value) && value >= least && value <= most
}

function impossible(name: string, value: number, what: string): InvalidRequestError {
  return new InvalidRequestError(`${name} is ${value}, not ${what}`, { steps: [`Give it ${what}.`] })
}

/** A timer that is set for longer goes off at once. */
const WAIT_MAX_MS = 2 ** 31 - 1

function checkWaits(options: Required<Pick<IbkrSourceOptions, Wait>>): void {
  for (const [name, leastMs] of LEAST_MS) {
    const ms = options[name]
    if (ms >= leastMs && ms <= WAIT_MAX_MS) continue
    throw new InvalidRequestError(`${name} is ${ms}, not a number of milliseconds from ${leastMs} to ${WAIT_MAX_MS}`, {
      steps: [`Write a duration from ${leastMs === 0 ? '0s' : '1s'} to 24d: ibkr.${name.replace(/Ms$/, '')}.`],
    })
  }
}

type Wait = 'connectTimeoutMs' | 'requestTimeoutMs' | 'pacingTimeoutMs' | 'reconnectWithinMs'

const LEAST_MS: readonly (readonly [Wait, number])[] = [
  ['connectTimeoutMs', 1],
  ['requestTimeoutMs', 1],
  ['pacingTimeoutMs', 0],
  ['reconnectWithinMs', 0],
]
