import type { IbFailure } from './failure.js'
import type {
  IbBar,
  IbBarsQuery,
  IbContract,
  IbContractDetails,
  IbHeadQuery,
  IbLogin,
  IbQuote,
  IbSchedule,
  IbScheduleQuery,
  IbTicksQuery,
  IbTrade,
} from './transport.js'

/**
 * One logged-in connection through a client library: it writes requests and reports what comes in. It knows nothing of
 * time-outs, cancelling or which request still waits; that is the transport's, once for all libraries.
 */
export interface IbWire {
  readonly login: IbLogin
  sendBars(id: number, query: IbBarsQuery): void
  sendTicks(id: number, query: IbTicksQuery): void
  sendHead(id: number, query: IbHeadQuery): void
  sendContract(id: number, contract: IbContract): void
  sendSchedule(id: number, query: IbScheduleQuery): void
  sendTime(): void
  /** For bars and schedules. Ticks and contract details cannot be cancelled at the server versions spoken here. */
  cancelBars(id: number): void
  cancelHead(id: number): void
  /** Resolves once the socket is gone. Never throws, may be called twice. */
  destroy(): Promise<void>
}

/**
 * Connects and logs in. When the signal fires it stops and rejects with the signal's reason. However it rejects, it leaves
 * no socket open. The listener is told of what comes in from the first message on, also before the login is complete.
 */
export type OpenWire = (place: WirePlace, listener: WireListener, signal: AbortSignal) => Promise<IbWire>

export interface WirePlace {
  readonly host: string
  readonly port: number
  readonly clientId: number
}

/** Told in the order in which things came in. */
export interface WireListener {
  /** A message of an answer. */
  onReply(id: number, reply: IbReply): void
  /** The answer is complete. */
  onComplete(id: number): void
  /** The gateway's clock: an answer without an id. */
  onTime(seconds: number): void
  /** An error message. An id of 0 or less belongs to no request. */
  onError(id: number, code: number, text: string): void
  /** A stage of the login is reached, for the message when the next one is not. */
  onStage(stage: LoginStage): void
  /** The socket has ended, by an error or by the other side's will. Only the first end counts. */
  onSocketEnd(error: Error | undefined): void
  /** The connection is of no use: what answers is no gateway, or none that is spoken here. */
  onUnusable(why: IbFailure): void
}

/** `connected`: TCP stands; `greeted`: the gateway named its version. */
export type LoginStage = 'connected' | 'greeted'

/** What one message brings. Several make an answer where the gateway sends several. */
export type IbReply =
  | { readonly kind: 'bars'; readonly bars: readonly IbBar[] }
  | { readonly kind: 'trades'; readonly ticks: readonly IbTrade[] }
  | { readonly kind: 'quotes'; readonly ticks: readonly IbQuote[] }
  | { readonly kind: 'head'; readonly text: string }
  | { readonly kind: 'contract'; readonly details: IbContractDetails }
  | { readonly kind: 'schedule'; readonly schedule: IbSchedule }
  | { readonly kind: 'time'; readonly seconds: number }

export type ReplyOf<K extends IbReply['kind']> = Extract<IbReply, { readonly kind: K }>

export function isReply<K extends IbReply['kind']>(reply: IbReply, kind: K): reply is ReplyOf<K> {
  return reply.kind === kind
}

/** What opens, or the signal's reason as soon as it fires. */
export async function orAborted<T>(opening: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted()
  const aborted = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
  return Promise.race([opening, aborted])
}
