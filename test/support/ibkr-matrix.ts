import type { Fault } from '../../src/gateway/faults.js'
import type { SimGatewayOptions } from '../../src/gateway/house.js'
import { SeededMarket } from '../../src/gateway/seeded-market.js'
import { SimGateway } from '../../src/gateway/sim-gateway.js'
import { parseInstant } from '../../src/model/time.js'
import { isIbFailure } from '../../src/sources/ibkr/transport/failure.js'
import type { IbBars, IbTransportFactory, IbTransportOptions } from '../../src/sources/ibkr/transport/transport.js'
import { type Watched, watched } from './ibkr.js'

/** One simulated gateway and the transports to it; everything is closed with it. */
export class Lab {
  readonly gateway: SimGateway
  readonly #create: IbTransportFactory
  readonly #transports: Watched[] = []
  /** Of the last call that was measured. */
  tookMs = 0

  static async open(create: IbTransportFactory, options: Partial<SimGatewayOptions> = {}): Promise<Lab> {
    const clock = (): bigint => NOW_NS
    const gateway = await SimGateway.start({ market: new SeededMarket({ clock }), clock, ...options })
    return new Lab(create, gateway)
  }

  private constructor(create: IbTransportFactory, gateway: SimGateway) {
    this.#create = create
    this.gateway = gateway
  }

  /** A transport that is not connected yet. */
  transport(options: Partial<IbTransportOptions> = {}): Watched {
    const it = watched(this.#create, this.gateway.port, options)
    this.#transports.push(it)
    return it
  }

  async connected(options: Partial<IbTransportOptions> = {}): Promise<Watched> {
    const it = this.transport(options)
    await it.transport.connect()
    return it
  }

  /** What came of a call, in a few words, and how long it took. */
  async outcome(call: () => Promise<unknown>): Promise<string> {
    const startedMs = performance.now()
    try {
      return describeResult(await call())
    } catch (error) {
      if (!isIbFailure(error)) throw error
      return error.ibCode === undefined ? error.kind : `${error.kind}/${error.ibCode}`
    } finally {
      this.tookMs = performance.now() - startedMs
    }
  }

  /** Closes the transports: what the gateway still has open afterwards is a leak. */
  async hangUp(): Promise<void> {
    await Promise.all(this.#transports.map((it) => it.transport.close()))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.hangUp()
    await this.gateway.close()
  }
}

const NOW_NS = parseInstant('2024-06-14T21:00:00Z')

function describeResult(result: unknown): string {
  return isBars(result) ? `${result.bars.length} bars` : 'ok'
}

function isBars(result: unknown): result is IbBars {
  return typeof result === 'object' && result !== null && 'bars' in result && Array.isArray(result.bars)
}

/** The fault for the first data request, none for those after it. */
export function first(fault: Fault): NonNullable<SimGatewayOptions['faults']> {
  return (_, index) => (index === 0 ? fault : undefined)
}

export interface MatrixRow {
  readonly scenario: string
  readonly transport: string
  readonly outcome: string
  readonly tookMs: number
  readonly openSockets: number
}

/** The table for the docs: a line a scenario, a column a transport. */
export function matrixTable(rows: readonly MatrixRow[]): string {
  const transports = [...new Set(rows.map((it) => it.transport))]
  const cell = (scenario: string, transport: string): string => {
    const row = rows.find((it) => it.scenario === scenario && it.transport === transport)
    return row === undefined ? '' : `${row.outcome}; ${Math.round(row.tookMs)} ms; ${row.openSockets} open`
  }
  const lines = [...new Set(rows.map((it) => it.scenario))].map((scenario) => {
    return `| ${[scenario, ...transports.map((it) => cell(scenario, it))].join(' | ')} |`
  })
  return [`| ${['scenario', ...transports].join(' | ')} |`, `|${'---|'.repeat(transports.length + 1)}`, ...lines].join(
    '\n',
  )
}
