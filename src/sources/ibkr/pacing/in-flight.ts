import { throwIfAborted } from '../../../model/abort.js'

/** IB allows 50 at once, and asks clients for few. */
const IN_FLIGHT_MAX = 6
/** IB allows 50; cancels are messages too. */
const MESSAGES_A_SECOND_MAX = 40
const SECOND_MS = 1_000

/** Keeps one connection within what a gateway takes from it: first come, first served. */
export class InFlight {
  readonly #secondMs: number
  readonly #waiting: (() => void)[] = []
  /** When the last ones began, ascending. */
  readonly #begun: number[] = []
  #running = 0
  #timer: NodeJS.Timeout | undefined

  /** @param timeScale how many times faster the gateway's seconds pass: 1 for a real one */
  constructor(timeScale = 1) {
    this.#secondMs = SECOND_MS / timeScale
  }

  /** @throws AbortedError when the signal fires before the work has begun */
  async run<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    await this.#turn(signal)
    try {
      throwIfAborted(signal)
      return await work()
    } finally {
      this.#running--
      this.#admit()
    }
  }

  async #turn(signal: AbortSignal | undefined): Promise<void> {
    throwIfAborted(signal)
    let giveUp: (() => void) | undefined
    const turn = new Promise<void>((resolve, reject) => {
      this.#waiting.push(resolve)
      giveUp = () => {
        const place = this.#waiting.indexOf(resolve)
        // Its turn has come already: the work's own signal ends it.
        if (place === -1) return
        this.#waiting.splice(place, 1)
        reject(signal?.reason)
      }
      signal?.addEventListener('abort', giveUp, { once: true })
      this.#admit()
    })
    try {
      await turn
    } catch (error) {
      throwIfAborted(signal)
      throw error
    } finally {
      if (giveUp !== undefined) signal?.removeEventListener('abort', giveUp)
    }
  }

  #admit(): void {
    clearTimeout(this.#timer)
    while (this.#waiting.length > 0 && this.#running < IN_FLIGHT_MAX) {
      const nowMs = performance.now()
      const oldestMs = this.#begun[0]
      if (oldestMs !== undefined && this.#begun.length >= MESSAGES_A_SECOND_MAX) {
        const waitMs = oldestMs + this.#secondMs - nowMs
        if (waitMs > 0) {
          this.#timer = setTimeout(() => this.#admit(), Math.ceil(waitMs))
          return
        }
        this.#begun.shift()
      }
      this.#begun.push(nowMs)
      this.#running++
      this.#waiting.shift()?.()
    }
  }
}
