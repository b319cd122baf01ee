import type { IbFailure } from '../transport/failure.js'

/** Tries of one request after failures that may pass. */
const RETRYABLE_MAX = 3
/** Some gateways answer what lies before a listing by cancelling it: it will not get better. */
const CANCELLED_MAX = 2
/** Reconnections that one request may cost: a request that the gateway dies of is not sent for ever. */
const RECONNECTIONS_MAX = 5
/** IB throws requests out with "no security definition" while it resets (ib_insync#330). */
const RESET_MS = 60_000

/** What to do after a failure. `again`: at once, which a lost connection or a pause of the login makes wait. */
export type Next = 'fail' | 'back-off' | 'again'

/** How often one request has failed so far, by what it failed of. */
export class Tries {
  #retryable = 0
  #cancelled = 0
  #reconnections = 0

  get count(): number {
    return this.#retryable + this.#cancelled + this.#reconnections
  }

  /** @param downMsAgo how long ago the gateway, or its line to IB, was last down */
  after({ kind, ibCode }: IbFailure, downMsAgo: number): Next {
    const wasDown = downMsAgo <= RESET_MS
    switch (kind) {
      case 'pacing':
        return 'again'
      case 'connection':
        return ++this.#reconnections <= RECONNECTIONS_MAX ? 'again' : 'fail'
      case 'cancelled':
        return ++this.#cancelled < CANCELLED_MAX ? 'back-off' : 'fail'
      case 'retryable':
        return ++this.#retryable < RETRYABLE_MAX ? 'back-off' : 'fail'
      case 'permanent':
        return ibCode === 200 && wasDown && ++this.#retryable < RETRYABLE_MAX ? 'back-off' : 'fail'
      case 'no-data':
      case 'permission':
      case 'session':
      case 'timeout':
        return 'fail'
    }
  }
}
