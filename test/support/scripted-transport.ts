import { IbFailure } from '../../src/sources/ibkr/transport/failure.js'
import type {
  IbBars,
  IbBarsQuery,
  IbCall,
  IbContractDetails,
  IbLogin,
  IbSchedule,
  IbTicks,
  IbTransport,
  IbTransportFactory,
  IbTransportOptions,
} from '../../src/sources/ibkr/transport/transport.js'

/** What a gateway does, connection by connection. */
export interface GatewayScript {
  /** What the n-th login comes to. */
  readonly login?: (attempt: number) => IbLogin | IbFailure | Promise<IbLogin>
  readonly bars?: (query: IbBarsQuery, transport: ScriptedTransport, call: IbCall) => IbBars | Promise<IbBars>
}

/** A connection that does what a test says, and remembers what was done with it. */
export class ScriptedTransport implements IbTransport {
  readonly options: IbTransportOptions
  readonly asked: IbBarsQuery[] = []
  isClosed = false
  readonly #script: GatewayScript
  readonly #attempt: number

  constructor(options: IbTransportOptions, script: GatewayScript, attempt: number) {
    this.options = options
    this.#script = script
    this.#attempt = attempt
  }

  async connect(): Promise<IbLogin> {
    const login = (await this.#script.login?.(this.#attempt)) ?? { serverVersion: 175, accounts: ['SIM000001'] }
    if (login instanceof IbFailure) throw login
    return login
  }

  async close(): Promise<void> {
    this.isClosed = true
  }

  async bars(query: IbBarsQuery, call: IbCall): Promise<IbBars> {
    this.asked.push(query)
    return (await this.#script.bars?.(query, this, call)) ?? { bars: [] }
  }

  /** What the gateway says of itself. */
  say(code: number, text = ''): void {
    this.options.onNotice({ code, text })
  }

  /** The gateway goes away. */
  drop(): void {
    this.options.onClose(new IbFailure('connection', 'the gateway closed the connection'))
  }

  ticks(): Promise<IbTicks> {
    throw new IbFailure('permanent', 'no ticks in this script')
  }

  headTimestamp(): Promise<number> {
    throw new IbFailure('no-data', 'no head time stamp')
  }

  contractDetails(): Promise<readonly IbContractDetails[]> {
    throw new IbFailure('permanent', 'no contracts in this script', { ibCode: 200 })
  }

  schedule(): Promise<IbSchedule> {
    throw new IbFailure('permanent', 'no schedule in this script')
  }

  currentTime(): Promise<number> {
    return Promise.resolve(0)
  }
}

/** A factory for an {@link IbTransport}, and every transport it made. */
export function scriptedGateway(script: GatewayScript = {}): {
  readonly factory: IbTransportFactory
  readonly transports: readonly ScriptedTransport[]
} {
  const transports: ScriptedTransport[] = []
  const factory: IbTransportFactory = (options) => {
    const transport = new ScriptedTransport(options, script, transports.length)
    transports.push(transport)
    return transport
  }
  return { factory, transports }
}
