import { classify } from './classify.js'
import { IbFailure, type IbFailureKind } from './failure.js'
import { parseHeadTimestamp } from './head-text.js'
import { type Exchange, PendingCalls } from './pending-calls.js'
import type {
  IbBars,
  IbBarsQuery,
  IbCall,
  IbContract,
  IbContractDetails,
  IbHeadQuery,
  IbLogin,
  IbSchedule,
  IbScheduleQuery,
  IbTicks,
  IbTicksQuery,
  IbTransport,
  IbTransportOptions,
} from './transport.js'
import type { IbReply, IbWire, LoginStage, OpenWire, ReplyOf, WireListener } from './wire.js'

/** An {@link IbTransport} over whichever client library opens the wire: here is all that both have in common. */
export class WireTransport implements IbTransport {
  readonly #options: IbTransportOptions
  readonly #open: OpenWire
  readonly #inFlight = new PendingCalls()
  /** Fires with the failure that ends the login before it is done. */
  readonly #loginEnd = new AbortController()
  #stage: LoginStage | undefined
  #opening: Promise<IbWire> | undefined
  #wire: IbWire | undefined
  #ended: IbFailure | undefined
  #isClosedByUs = false

  constructor(options: IbTransportOptions, open: OpenWire) {
    this.#options = options
    this.#open = open
  }

  async connect(): Promise<IbLogin> {
    if (this.#opening !== undefined) throw new IbFailure('connection', 'A transport connects once.')
    if (this.#ended !== undefined) throw this.#ended
    const { connectTimeoutMs } = this.#options
    const timer = setTimeout(() => this.#end(this.#tooSlow()), connectTimeoutMs)
    this.#opening = this.#open(this.#options, this.#listener(), this.#loginEnd.signal)
    try {
      const wire = await this.#opening
      if (this.#ended !== undefined) {
        await wire.destroy()
        throw this.#ended
      }
      this.#wire = wire
      return wire.login
    } catch (error) {
      // A refused connection is reported twice: here, and better worded by the listener.
      throw this.#ended ?? error
    } finally {
      clearTimeout(timer)
    }
  }

  async close(): Promise<void> {
    this.#isClosedByUs = true
    this.#end(new IbFailure('connection', 'The connection was closed.'))
    const wire = await this.#opening?.catch(() => undefined)
    await wire?.destroy()
  }

  async bars(query: IbBarsQuery, call: IbCall): Promise<IbBars> {
    const replies = await this.#ask('bars', call, (wire) => ({
      send: (id) => wire.sendBars(id, query),
      cancel: (id) => wire.cancelBars(id),
    }))
    return { bars: replies.flatMap((it) => it.bars) }
  }

  async ticks(query: IbTicksQuery, call: IbCall): Promise<IbTicks> {
    const exchange = (wire: IbWire) => ({ send: (id: number) => wire.sendTicks(id, query), cancel: () => undefined })
    if (query.whatToShow === 'TRADES') {
      const replies = await this.#ask('trades', call, exchange)
      return { kind: 'trades', ticks: replies.flatMap((it) => it.ticks) }
    }
    const replies = await this.#ask('quotes', call, exchange)
    return { kind: 'quotes', ticks: replies.flatMap((it) => it.ticks) }
  }

  async headTimestamp(query: IbHeadQuery, call: IbCall): Promise<number> {
    const [head] = await this.#ask('head', call, (wire) => ({
      send: (id) => wire.sendHead(id, query),
      cancel: (id) => wire.cancelHead(id),
      release: (id) => wire.cancelHead(id),
    }))
    return parseHeadTimestamp(head?.text ?? '')
  }

  async contractDetails(contract: IbContract, call: IbCall): Promise<readonly IbContractDetails[]> {
    const replies = await this.#ask('contract', call, (wire) => ({
      send: (id) => wire.sendContract(id, contract),
      cancel: () => undefined,
    }))
    return replies.map((it) => it.details)
  }

  async schedule(query: IbScheduleQuery, call: IbCall): Promise<IbSchedule> {
    const [reply] = await this.#ask('schedule', call, (wire) => ({
      send: (id) => wire.sendSchedule(id, query),
      cancel: (id) => wire.cancelBars(id),
    }))
    if (reply === undefined) throw new IbFailure('retryable', 'The gateway sent no schedule.')
    return reply.schedule
  }

  async currentTime(call: IbCall): Promise<number> {
    const [reply] = await this.#ask('time', call, (wire) => ({ send: () => wire.sendTime(), cancel: () => undefined }))
    if (reply === undefined) throw new IbFailure('retryable', 'The gateway sent no time.')
    return reply.seconds
  }

  async #ask<K extends IbReply['kind']>(
    kind: K,
    call: IbCall,
    exchange: (wire: IbWire) => Exchange,
  ): Promise<readonly ReplyOf<K>[]> {
    if (this.#ended !== undefined) throw this.#ended
    if (this.#wire === undefined) throw new IbFailure('connection', 'Not connected.', { ibCode: NOT_CONNECTED })
    return this.#inFlight.ask(kind, call, exchange(this.#wire))
  }

  #listener(): WireListener {
    return {
      onReply: (id, reply) => this.#inFlight.add(id, reply),
      onComplete: (id) => this.#inFlight.complete(id),
      onTime: (seconds) => this.#inFlight.completeEach({ kind: 'time', seconds }),
      onError: (id, code, text) => this.#onError(id, code, text),
      onStage: (stage) => {
        this.#stage = stage
      },
      onSocketEnd: (error) => this.#end(this.#socketFailure(error)),
      onUnusable: (why) => this.#end(why),
    }
  }

  #onError(id: number, code: number, text: string): void {
    // A library may go on talking about the socket that we closed.
    if (this.#ended !== undefined) return
    if (id > 0) this.#onRequestError(id, code, text)
    else this.#onSystemError(code, text)
  }

  #onRequestError(id: number, code: number, text: string): void {
    const kind = classify(code, text)
    if (kind === 'notice') {
      if (this.#inFlight.isWaiting(id)) this.#options.onNotice({ code, text })
      return
    }
    this.#inFlight.fail(id, new IbFailure(kind, text, { ibCode: code }))
  }

  /** What belongs to no request concerns all of them when the line to IB is gone, or messages were refused or unreadable. */
  #onSystemError(code: number, text: string): void {
    const kind = classify(code, text)
    if (kind !== 'notice' && (ENDS_ALL.includes(kind) || UNREADABLE.includes(code))) {
      const failure = new IbFailure(kind, text, { ibCode: code })
      if (ENDS_CONNECTION.includes(code)) this.#end(failure)
      else this.#inFlight.failAll(failure)
    }
    this.#options.onNotice({ code, text })
  }

  /** Ends the login or the open connection, whichever it is. Only the first reason counts. */
  #end(why: IbFailure): void {
    if (this.#ended !== undefined) return
    this.#ended = why
    this.#loginEnd.abort(why)
    this.#inFlight.failAll(why)
    if (this.#wire === undefined) return
    void this.#wire.destroy()
    if (!this.#isClosedByUs) this.#options.onClose(why)
  }

  #tooSlow(): IbFailure {
    const undone = UNREACHED[this.#stage ?? 'none']
    return new IbFailure('connection', `${this.#address} ${undone} within ${this.#options.connectTimeoutMs} ms.`)
  }

  #socketFailure(error: Error | undefined): IbFailure {
    if (error !== undefined && this.#stage === undefined) {
      const message = `Cannot connect to ${this.#address}: ${error.message}`
      return new IbFailure('connection', message, { ibCode: CANNOT_CONNECT, cause: error })
    }
    if (error !== undefined) {
      return new IbFailure('connection', `The connection to ${this.#address} was lost: ${error.message}`, {
        cause: error,
      })
    }
    const when = this.#wire === undefined ? ' before the login was complete' : ''
    return new IbFailure('connection', `${this.#address} closed the connection${when}.`)
  }

  get #address(): string {
    return `${this.#options.host}:${this.#options.port}`
  }
}

const CANNOT_CONNECT = 502
const NOT_CONNECTED = 504
const ENDS_ALL: readonly IbFailureKind[] = ['connection', 'pacing']
/** "The client id is already in use" and "TWS socket port has been reset": the gateway hangs up, or leaves it to us. */
const ENDS_CONNECTION: readonly number[] = [326, 1300]
/** A message that cannot be decoded, and does not say whose answer it is. */
const UNREADABLE: readonly number[] = [505, 508]

const UNREACHED = {
  none: 'did not accept the connection',
  connected: 'accepted the connection but did not answer the handshake',
  greeted: 'answered the handshake but did not complete the login',
} as const
