import { createStoqeyTransport } from './stoqey/transport.js'
import type { IbTransportFactory } from './transport.js'
import { createTwsTransport } from './tws/transport.js'

/** The client libraries that can carry the requests. */
export type IbClientLibrary = 'ib-tws-api' | 'stoqey'

/** Neither library is loaded before a transport connects. */
export function transportFactory(client: IbClientLibrary): IbTransportFactory {
  return client === 'stoqey' ? createStoqeyTransport : createTwsTransport
}
