import type { IbTransport, IbTransportOptions } from '../transport.js'
import { WireTransport } from '../wire-transport.js'

/** A transport over `ib-tws-api`, which is loaded when it connects. */
export function createTwsTransport(options: IbTransportOptions): IbTransport {
  return new WireTransport(options, async (place, listener, signal) => {
    const { openTwsWire } = await import('./guarded-client.js')
    return openTwsWire(place, listener, signal)
  })
}
