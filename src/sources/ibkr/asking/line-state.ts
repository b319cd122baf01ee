import { farmOf } from '../transport/classify.js'
import type { IbNotice } from '../transport/transport.js'

/** IB's codes for the gateway's own line to IB, and for its lines to the farms of historical data. */
const BROKEN: readonly number[] = [1100, 2110]
const RESTORED: readonly number[] = [1101, 1102]
const FARM_BROKEN = 2105
/** "Is OK", and "is inactive but should be available upon demand". */
const FARM_RESTORED: readonly number[] = [2106, 2107]
/** Of a notice that does not say which. */
const ANY_FARM = ''

/**
 * What the gateway says of its lines to IB. Its socket stays open while they are down, and it may then answer "no data"
 * where there is some: that answer is worth nothing.
 */
export class LineState {
  #isBroken = false
  /** By name: America's, Europe's and Asia's history lie in farms of their own, and one says nothing of another. */
  readonly #brokenFarms = new Set<string>()
  /** The last moment at which either was down. */
  #lastDownMs = Number.NEGATIVE_INFINITY

  /** @returns whether this has brought the line to IB back */
  notice({ code, text }: IbNotice, nowMs: number): boolean {
    const wasBroken = this.#isBroken
    if (this.#isDown) this.#lastDownMs = nowMs
    if (BROKEN.includes(code)) this.#isBroken = true
    // 1102 brings the farms back too, and says so in its text alone.
    if (RESTORED.includes(code)) this.#restoreAll()
    if (code === FARM_BROKEN) this.#brokenFarms.add(farmOf(text) ?? ANY_FARM)
    if (FARM_RESTORED.includes(code)) this.#restoreFarm(farmOf(text))
    if (this.#isDown) this.#lastDownMs = nowMs
    return wasBroken && !this.#isBroken
  }

  /** A new connection: a gateway whose line is down says so again. */
  reset(nowMs: number): void {
    if (this.#isDown) this.#lastDownMs = nowMs
    this.#restoreAll()
  }

  /** Whether the line to IB is down: nothing can be asked. */
  get isBroken(): boolean {
    return this.#isBroken
  }

  /** How long ago either was last down; 0 while one is. */
  downMsAgo(nowMs: number): number {
    return this.#isDown ? 0 : nowMs - this.#lastDownMs
  }

  get #isDown(): boolean {
    return this.#isBroken || this.#brokenFarms.size > 0
  }

  #restoreAll(): void {
    this.#isBroken = false
    this.#brokenFarms.clear()
  }

  #restoreFarm(name: string | undefined): void {
    if (name === undefined) this.#brokenFarms.clear()
    else for (const it of [name, ANY_FARM]) this.#brokenFarms.delete(it)
  }
}
