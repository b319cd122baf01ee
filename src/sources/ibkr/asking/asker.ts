import { throwIfAborted } from '../../../model/abort.js'
import { type Log, silentLog } from '../../../model/log.js'
import type { FetchContext } from '../../../service/historical-source.js'
import { pause } from '../../../storage/pause.js'
import { InFlight } from '../pacing/in-flight.js'
import type { Pacer } from '../pacing/pacer.js'
import type { PacedRequest } from '../pacing/pacing-rules.js'
import { IbFailure, isIbFailure } from '../transport/failure.js'
import type { IbCall } from '../transport/transport.js'
import { backOffMs } from './back-off.js'
import type { Connected, IbConnection } from './connection.js'
import { Tries } from './retry.js'

export interface AskerOptions {
  readonly connection: IbConnection
  readonly openPacer: (login: string) => Pacer
  readonly requestTimeoutMs: number
  /** How long one request may wait for pacing, all pauses together. */
  readonly pacingTimeoutMs: number
  readonly timeScale: number
  readonly log?: Log
}

/** How one request is made on a connection. */
export type Send<T> = (connected: Connected, call: IbCall) => Promise<T>

/**
 * Makes requests one way or another: paced, at most six at once, again after what passes, on a new connection after a
 * lost one. What it throws is final.
 */
export class Asker {
  readonly #options: AskerOptions
  readonly #log: Log
  readonly #inFlight: InFlight
  #pacer: { readonly login: string; readonly pacer: Pacer } | undefined

  constructor(options: AskerOptions) {
    this.#options = options
    this.#log = options.log ?? silentLog
    this.#inFlight = new InFlight(options.timeScale)
  }

  /** @throws IbFailure, PacingError when pacing takes too long, AbortedError */
  async ask<T>(request: PacedRequest, send: Send<T>, context: FetchContext): Promise<T> {
    const { connection, pacingTimeoutMs, timeScale } = this.#options
    const { signal, onWait } = context
    const deadlineMs = Date.now() + pacingTimeoutMs
    const tries = new Tries()
    for (;;) {
      throwIfAborted(signal)
      const connected = await connection.ready(context)
      const pacer = this.#pacerOf(connected)
      const outcome = await this.#inFlight.run(async () => {
        await pacer.acquire(request, { signal, deadlineMs, onWait })
        const result = await this.#try(connected, send, signal)
        // Before its place is free for the next.
        if (isIbFailure(result, 'pacing')) await pacer.penalize()
        return result
      }, signal)
      if (!isIbFailure(outcome)) return outcome
      const next = tries.after(outcome, connection.downMsAgo())
      this.#log.debug({ err: outcome, kind: outcome.kind, code: outcome.ibCode, next, request }, 'a request failed')
      if (next === 'fail') throw outcome
      if (next === 'again') continue
      const waitMs = backOffMs(tries.count, timeScale)
      onWait(`the gateway says "${outcome.message}": asking again`, waitMs)
      await pause(waitMs, signal)
    }
  }

  /** One try. A failure is a value here: what it means is the caller's to decide. */
  async #try<T>(connected: Connected, send: Send<T>, signal: AbortSignal): Promise<T | IbFailure> {
    const { connection, requestTimeoutMs } = this.#options
    const sentMs = performance.now()
    try {
      return await send(connected, { timeoutMs: requestTimeoutMs, signal })
    } catch (error) {
      throwIfAborted(signal)
      if (!isIbFailure(error)) throw error
      const wasDown = connection.downMsAgo() <= performance.now() - sentMs
      if (error.kind !== 'no-data' || !wasDown) return error
      // "No data" of a gateway that cannot reach the data.
      return new IbFailure('retryable', `${error.message} (its line to IB was down)`, { cause: error })
    }
  }

  #pacerOf({ login }: Connected): Pacer {
    const name = [...login.accounts].sort().join(',')
    if (this.#pacer?.login !== name) this.#pacer = { login: name, pacer: this.#options.openPacer(name) }
    return this.#pacer.pacer
  }
}
