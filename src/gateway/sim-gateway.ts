import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import { InvalidRequestError } from '../model/errors.js'
import { systemClock } from '../model/time.js'
import { Connection } from './connection.js'
import type { House, SimGatewayOptions } from './house.js'
import { PacingPolice, type Violation } from './pacing.js'
import { type GatewayRequest, isDataAsk } from './request.js'
import { FIRST_VERSION, LAST_VERSION } from './versions.js'

/**
 * A TWS or IB Gateway that is simulated: it speaks their protocol on a real socket, serves a market, keeps IB's pacing
 * rules when told to, and goes wrong when told to.
 *
 * @example
 * ```ts
 * const gateway = await SimGateway.start({ market: new SeededMarket() })
 * // … connect any client of the TWS API to gateway.port
 * await gateway.close()
 * ```
 */
export class SimGateway {
  readonly #server: Server
  readonly #house: House
  readonly #connections = new Map<Socket, Connection>()
  #requests: GatewayRequest[] = []
  readonly #violations: Violation[] = []
  #port = 0
  #connectionsSeen = 0
  #dataRequests = 0

  private constructor(options: SimGatewayOptions) {
    this.#house = this.#createHouse(options)
    this.#server = createServer((socket) => this.#onConnection(socket))
  }

  /** Listens; rejects with the system's error when it cannot. @throws InvalidRequestError for a version it cannot speak */
  static async start(options: SimGatewayOptions): Promise<SimGateway> {
    const version = options.maxServerVersion ?? LAST_VERSION
    if (!Number.isInteger(version) || version < FIRST_VERSION || version > LAST_VERSION) {
      throw new InvalidRequestError(`the simulated gateway does not speak protocol version ${version}`, {
        steps: [`Use a version from ${FIRST_VERSION} to ${LAST_VERSION}.`],
      })
    }
    const gateway = new SimGateway(options)
    gateway.#server.listen(options.port ?? 0, options.host ?? LOCALHOST)
    await once(gateway.#server, 'listening')
    const address = gateway.#server.address()
    if (typeof address === 'object' && address !== null) gateway.#port = address.port
    return gateway
  }

  get port(): number {
    return this.#port
  }

  /** Connections that are not closed yet. */
  get openSockets(): number {
    return this.#connections.size
  }

  /** Every request there was, in the order of arrival; after a hundred thousand the oldest are forgotten. */
  get requests(): readonly GatewayRequest[] {
    return this.#requests
  }

  /** The cancellations among them. */
  get cancels(): readonly GatewayRequest[] {
    return this.#requests.filter((it) => it.kind === 'cancel-historical-data' || it.kind === 'cancel-head-timestamp')
  }

  /** Every break of a pacing rule. */
  get violations(): readonly Violation[] {
    return this.#violations
  }

  /** Says something that belongs to no request to every client: 1100, 2105, … */
  say(code: number, text: string): void {
    this.#house.say({ code, text })
  }

  /** Ends every connection, as a gateway that restarts. */
  drop(how: 'rst' | 'fin'): void {
    for (const it of this.#connections.values()) it.end(how)
  }

  /** Ends every connection and stops listening; resolves once all of it is gone. */
  async close(): Promise<void> {
    const gone = [...this.#connections.keys()].map((socket) => once(socket, 'close'))
    if (this.#server.listening) gone.push(once(this.#server, 'close'))
    this.#server.close()
    for (const it of this.#connections.values()) it.destroy()
    await Promise.all(gone)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  #onConnection(socket: Socket): void {
    this.#connectionsSeen += 1
    this.#connections.set(socket, new Connection(socket, this.#house, this.#connectionsSeen))
    socket.on('close', () => this.#connections.delete(socket))
  }

  /** A gateway may run for weeks. */
  #remember(request: GatewayRequest): void {
    this.#requests.push(request)
    if (this.#requests.length > REMEMBERED_MAX) this.#requests = this.#requests.slice(REMEMBERED_MAX / 2)
  }

  #createHouse(options: SimGatewayOptions): House {
    const { faults, onRequest, onViolation, onFailure, timeScale = 1, pacing = 'off' } = options
    return {
      market: options.market,
      maxServerVersion: options.maxServerVersion ?? LAST_VERSION,
      accounts: options.accounts ?? [SIM_ACCOUNT],
      clock: options.clock ?? systemClock,
      zone: options.zone ?? NEW_YORK,
      timeScale,
      pacing,
      login: options.login ?? 'normal',
      police: new PacingPolice(pacing, timeScale),
      clientIds: new Set(),
      open: new Set(),
      receive: (request) => {
        this.#remember(request)
        onRequest?.(request)
        return isDataAsk(request) ? faults?.(request, this.#dataRequests++) : undefined
      },
      violated: (violation) => {
        this.#violations.push(violation)
        onViolation?.(violation)
      },
      failed: (error) => onFailure?.(error),
      say: (notice) => {
        for (const it of this.#connections.values()) it.say(notice)
      },
    }
  }
}

const REMEMBERED_MAX = 100_000
const LOCALHOST = '127.0.0.1'
const NEW_YORK = 'America/New_York'
/** No account of IB's begins so: theirs are U…, DU… and F…. */
const SIM_ACCOUNT = 'SIM000001'
