import type { IbTransport, IbTransportOptions } from '../transport.js'
import { WireTransport } from '../wire-transport.js'

/** A transport over the optional package `@stoqey/ib`, which is loaded when it connects. */
export function createStoqeyTransport(options: IbTransportOptions): IbTransport {
  return new WireTransport(options, async (place, listener, signal) => {
    const { openStoqeyWire } = await import('./stoqey-wire.js')
    return openStoqeyWire(place, listener, signal)
  })
}
