import { IbFailure } from './failure.js'
import type { IbCall } from './transport.js'
import { type IbReply, isReply, type ReplyOf } from './wire.js'

/**
 * The requests of one connection that wait for an answer. Each ends once: with its complete answer, an error, its
 * time-out, its caller's signal, or with the connection. What comes for a request that has ended is ignored.
 */
export class PendingCalls {
  readonly #waiting = new Map<number, Waiting>()

  /** Sends a request under an id of its own and waits for every message of the answer. @throws IbFailure */
  async ask<K extends IbReply['kind']>(kind: K, call: IbCall, exchange: Exchange): Promise<readonly ReplyOf<K>[]> {
    const { signal, timeoutMs } = call
    if (signal?.aborted === true) throw cancelledBy(signal)
    const id = nextRequestId()
    const giveUp = (why: IbFailure) => {
      exchange.cancel(id)
      this.fail(id, why)
    }
    const timer = setTimeout(() => giveUp(noAnswerIn(timeoutMs)), timeoutMs)
    const onAbort = () => giveUp(cancelledBy(signal))
    signal?.addEventListener('abort', onAbort, { once: true })
    try {
      const replies = await new Promise<readonly IbReply[]>((resolve, reject) => {
        this.#waiting.set(id, { kind, replies: [], resolve, reject })
        exchange.send(id)
      })
      exchange.release?.(id)
      return replies.map((it) => ofKind(it, kind))
    } finally {
      clearTimeout(timer)
      signal?.removeEventListener('abort', onAbort)
      this.#waiting.delete(id)
    }
  }

  /** One message of an answer. */
  add(id: number, reply: IbReply): void {
    this.#waiting.get(id)?.replies.push(reply)
  }

  complete(id: number): void {
    const ended = this.#take(id)
    ended?.resolve(ended.replies)
  }

  /** Ends every request of a kind that is answered without an id. */
  completeEach(reply: IbReply): void {
    for (const [id, { kind }] of [...this.#waiting]) {
      if (kind !== reply.kind) continue
      this.add(id, reply)
      this.complete(id)
    }
  }

  isWaiting(id: number): boolean {
    return this.#waiting.has(id)
  }

  fail(id: number, why: IbFailure): void {
    this.#take(id)?.reject(why)
  }

  failAll(why: IbFailure): void {
    for (const id of [...this.#waiting.keys()]) this.fail(id, why)
  }

  #take(id: number): Waiting | undefined {
    const waiting = this.#waiting.get(id)
    this.#waiting.delete(id)
    return waiting
  }
}

/** How a request is sent and taken back. */
export interface Exchange {
  readonly send: (id: number) => void
  readonly cancel: (id: number) => void
  /** For a request that the gateway keeps open after its answer. */
  readonly release?: (id: number) => void
}

interface Waiting {
  readonly kind: IbReply['kind']
  readonly replies: IbReply[]
  readonly resolve: (replies: readonly IbReply[]) => void
  readonly reject: (why: IbFailure) => void
}

let lastRequestId = 0

/**
 * Ids are never used twice in a process, by whatever connection: an answer that comes late, or to the next connection,
 * then finds nobody. With ids that begin anew at each login, 55 of 100 requests got another one's bars.
 */
function nextRequestId(): number {
  lastRequestId += 1
  return lastRequestId
}

function ofKind<K extends IbReply['kind']>(reply: IbReply, kind: K): ReplyOf<K> {
  if (isReply(reply, kind)) return reply
  throw new IbFailure('retryable', `The gateway answered with ${reply.kind} where ${kind} were asked for.`)
}

function noAnswerIn(timeoutMs: number): IbFailure {
  return new IbFailure('timeout', `The gateway did not answer within ${timeoutMs} ms; the request was cancelled.`)
}

function cancelledBy(signal: AbortSignal | undefined): IbFailure {
  return new IbFailure('cancelled', 'The request was cancelled.', { cause: signal?.reason })
}
