import { given } from '../../../model/given.js'
import { type Log, silentLog } from '../../../model/log.js'
import type { FetchContext } from '../../../service/historical-source.js'
import { unlessAborted } from '../../../service/unless-aborted.js'
import { pause } from '../../../storage/pause.js'
import { IbFailure, IbLoginFailure, isIbFailure } from '../transport/failure.js'
import type { IbLogin, IbNotice, IbTransport, IbTransportFactory } from '../transport/transport.js'
import { backOffMs } from './back-off.js'
import { LineState } from './line-state.js'

export interface ConnectionOptions {
  readonly factory: IbTransportFactory
  readonly host: string
  readonly port: number
  readonly clientId: number
  readonly connectTimeoutMs: number
  /** How long a gateway that was there is waited for once it is lost. */
  readonly reconnectWithinMs: number
  /** Divides the waits between two tries. */
  readonly timeScale: number
  readonly log?: Log
}

/** A gateway that can be asked. */
export interface Connected {
  readonly transport: IbTransport
  readonly login: IbLogin
}

/**
 * Keeps a gateway at hand: connects when it is first needed, waits while it has lost its line to IB, and connects again
 * when it went away. A gateway that was never there is an error at once: nobody wants to wait for a wrong port.
 */
export class IbConnection {
  readonly #options: ConnectionOptions
  readonly #log: Log
  readonly #line = new LineState()
  #current: Connected | undefined
  #opening: Promise<Connected> | undefined
  /** When a connection was last lost; `undefined` before that. */
  #lostAtMs: number | undefined
  #isClosed = false
  /** Told when the line is back, and when the transport has gone. */
  #waiting: (() => void)[] = []

  constructor(options: ConnectionOptions) {
    this.#options = options
    this.#log = options.log ?? silentLog
  }

  /**
   * A gateway that can be asked now.
   *
   * @throws IbFailure of kind `connection` when there is none, AbortedError
   */
  async ready({ signal, onWait }: Pick<FetchContext, 'signal' | 'onWait'>): Promise<Connected> {
    const deadlineMs = performance.now() + this.#options.reconnectWithinMs
    for (;;) {
      if (this.#isClosed) throw new IbFailure('connection', 'the source was closed')
      const current = this.#current
      if (current !== undefined && !this.#line.isBroken) return current
      if (current === undefined) {
        // Shared by all who wait: the abort of one must not end it for the others.
        this.#opening ??= this.#open(onWait).finally(() => {
          this.#opening = undefined
        })
        return unlessAborted(this.#opening, signal)
      }
      await this.#lineBack(deadlineMs, signal, onWait)
    }
  }

  /** How long ago the gateway, or its line to IB or to the data, was last down; 0 while it is. */
  downMsAgo(): number {
    const nowMs = performance.now()
    return Math.min(this.#line.downMsAgo(nowMs), nowMs - (this.#lostAtMs ?? Number.NEGATIVE_INFINITY))
  }

  async close(): Promise<void> {
    this.#isClosed = true
    this.#wake()
    const opening = this.#opening?.catch(() => undefined)
    await this.#current?.transport.close()
    this.#current = undefined
    await (await opening)?.transport.close()
  }

  async #open(onWait: FetchContext['onWait']): Promise<Connected> {
    const { reconnectWithinMs, timeScale, host, port } = this.#options
    const lostAtMs = this.#lostAtMs
    for (let attempt = 0; ; attempt++) {
      try {
        return await this.#connect()
      } catch (error) {
        if (!isIbFailure(error)) throw error
        const waitMs = backOffMs(attempt, timeScale)
        const isOver = lostAtMs === undefined || performance.now() + waitMs > lostAtMs + reconnectWithinMs
        if (isOver || this.#isClosed) throw error
        this.#log.warn({ host, port, err: error, waitMs }, 'the gateway is away: trying again')
        onWait('the gateway is away: connecting again', waitMs)
        await pause(waitMs, undefined)
      }
    }
  }

  async #connect(): Promise<Connected> {
    const { factory, host, port, clientId, connectTimeoutMs } = this.#options
    const transport: IbTransport = factory({
      host,
      port,
      clientId,
      connectTimeoutMs,
      onNotice: (notice) => this.#notice(notice),
      onClose: (why) => this.#lost(transport, why),
    })
    const login = await transport.connect().catch((error: unknown) => {
      if (!isIbFailure(error)) throw error
      const { kind, message, ibCode, cause } = error
      throw new IbLoginFailure(kind, message, { ...given('ibCode', ibCode), cause: cause ?? error })
    })
    if (this.#isClosed) {
      await transport.close()
      throw new IbFailure('connection', 'the source was closed')
    }
    this.#log.info({ host, port, clientId, ...login }, 'connected to the gateway')
    this.#line.reset(performance.now())
    this.#current = { transport, login }
    return this.#current
  }

  #notice({ code, text }: IbNotice): void {
    this.#log.info({ code, text }, 'the gateway says')
    if (this.#line.notice(code, performance.now())) this.#wake()
  }

  #lost(transport: IbTransport, why: IbFailure): void {
    if (this.#current?.transport !== transport) return
    this.#log.warn({ err: why }, 'the gateway has closed the connection')
    this.#current = undefined
    this.#lostAtMs = performance.now()
    this.#wake()
  }

  /** Waits for 1101 or 1102, or for the end of the connection. */
  async #lineBack(deadlineMs: number, signal: AbortSignal, onWait: FetchContext['onWait']): Promise<void> {
    const leftMs = deadlineMs - performance.now()
    if (leftMs <= 0) throw new IbFailure('connection', 'the gateway has lost its line to IB', { ibCode: 1100 })
    onWait('the gateway has lost its line to IB and restores it by itself', leftMs)
    const woken = new Promise<void>((resolve) => this.#waiting.push(resolve))
    const stop = new AbortController()
    try {
      await unlessAborted(Promise.race([woken, pause(leftMs, stop.signal).catch(() => undefined)]), signal)
    } finally {
      stop.abort()
    }
  }

  #wake(): void {
    for (const wake of this.#waiting.splice(0)) wake()
  }
}
