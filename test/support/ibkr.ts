import type { IbFailure } from '../../src/sources/ibkr/transport/failure.js'
import { isIbFailure } from '../../src/sources/ibkr/transport/failure.js'
import { createStoqeyTransport } from '../../src/sources/ibkr/transport/stoqey/transport.js'
import type {
  IbBarsQuery,
  IbContract,
  IbNotice,
  IbTransport,
  IbTransportFactory,
  IbTransportOptions,
} from '../../src/sources/ibkr/transport/transport.js'
import { createTwsTransport } from '../../src/sources/ibkr/transport/tws/transport.js'

/** What every rule of a transport is tested on. */
export const TRANSPORTS: readonly { readonly name: string; readonly create: IbTransportFactory }[] = [
  { name: 'ib-tws-api', create: createTwsTransport },
  { name: '@stoqey/ib', create: createStoqeyTransport },
]

/** A transport with what it told of its own accord. */
export interface Watched {
  readonly transport: IbTransport
  readonly notices: IbNotice[]
  readonly closes: IbFailure[]
}

let lastClientId = 100

export function watched(create: IbTransportFactory, port: number, options: Partial<IbTransportOptions> = {}): Watched {
  const notices: IbNotice[] = []
  const closes: IbFailure[] = []
  lastClientId += 1
  const transport = create({
    host: '127.0.0.1',
    port,
    clientId: lastClientId,
    connectTimeoutMs: 5_000,
    onNotice: (it) => notices.push(it),
    onClose: (it) => closes.push(it),
    ...options,
  })
  return { transport, notices, closes }
}

export const CALL = { timeoutMs: 10_000 } as const

export const AAPL: IbContract = { secType: 'STK', symbol: 'AAPL', exchange: 'SMART', currency: 'USD' }

/** Five bars. */
export const MINUTES: IbBarsQuery = {
  contract: AAPL,
  endDateTime: '20240105-21:00:00',
  duration: '300 S',
  barSize: '1 min',
  whatToShow: 'TRADES',
  useRTH: true,
}

/** The failure of a call, for tests that say what it must be. */
export async function failureOf(call: Promise<unknown>): Promise<IbFailure> {
  try {
    await call
  } catch (error) {
    if (isIbFailure(error)) return error
    throw error
  }
  throw new Error('It did not fail.')
}
