import type { CatalogError } from '../model/errors.js'
import type { Clock } from '../model/time.js'
import type { Fault } from './faults.js'
import type { GatewayMarket } from './market.js'
import type { PacingMode, PacingPolice, Violation } from './pacing.js'
import type { GatewayNotice } from './replies.js'
import type { GatewayRequest } from './request.js'

/**
 * How the gateway receives its clients.
 * - `normal`: it logs them in
 * - `silent`: it takes the connection and never says a word
 * - `no-next-id`: it tells the accounts, and never the next valid id
 * - `hangs-up`: it ends the connection at once, as one that nobody has logged in to
 * - `too-new`: it answers with a protocol version beyond the client's
 */
export type LoginMode = 'normal' | 'silent' | 'no-next-id' | 'hangs-up' | 'too-new'

export interface SimGatewayOptions {
  readonly market: GatewayMarket
  /** `127.0.0.1` by default. */
  readonly host?: string
  /** 0, the default, takes any that is free. */
  readonly port?: number
  /** Newest protocol version that is spoken: 151 to 193, the default. */
  readonly maxServerVersion?: number
  /** `SIM000001` by default: the name marks what comes from here as simulated. */
  readonly accounts?: readonly string[]
  /** What time it is in the market. The machine's clock by default. */
  readonly clock?: Clock
  /** The zone TWS is set to, for dates without one. New York by default. */
  readonly zone?: string
  /** The windows of the pacing rules are so many times shorter. 1 by default. */
  readonly timeScale?: number
  /** `off` by default. */
  readonly pacing?: PacingMode
  /** What goes wrong with a data request; `index` counts them from 0. */
  readonly faults?: (request: GatewayRequest, index: number) => Fault | undefined
  readonly login?: LoginMode
  /** Told of every request, as it comes. */
  readonly onRequest?: (request: GatewayRequest) => void
  /** Told of every break of a pacing rule, before the offender is disconnected. */
  readonly onViolation?: (violation: Violation) => void
  /** Told why the market could not answer; the client is told too. */
  readonly onFailure?: (error: CatalogError) => void
}

/** What all connections of a gateway share. */
export interface House {
  readonly market: GatewayMarket
  readonly maxServerVersion: number
  readonly accounts: readonly string[]
  readonly clock: Clock
  readonly zone: string
  readonly timeScale: number
  readonly pacing: PacingMode
  readonly login: LoginMode
  readonly police: PacingPolice
  /** Ids of the clients that are logged in. */
  readonly clientIds: Set<number>
  /** Historical requests that wait for their answer, of all clients. */
  readonly open: Set<object>
  /** Remembers a request, and says what goes wrong with it. */
  receive(request: GatewayRequest): Fault | undefined
  violated(violation: Violation): void
  failed(error: CatalogError): void
  /** Says something to every client. */
  say(notice: GatewayNotice): void
}
