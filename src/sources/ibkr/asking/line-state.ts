/** IB's codes for the gateway's own line to IB, and for its line to the farm of historical data. */
const BROKEN: readonly number[] = [1100, 2110]
const RESTORED: readonly number[] = [1101, 1102]
const FARM_BROKEN = 2105
const FARM_RESTORED = 2106

/**
 * What the gateway says of its lines to IB. Its socket stays open while they are down, and it may then answer "no data"
 * where there is some: that answer is worth nothing.
 */
export class LineState {
  #isBroken = false
  #isFarmBroken = false
  /** The last moment at which either was down. */
  #lastDownMs = Number.NEGATIVE_INFINITY

  /** @returns whether this has brought the line to IB back */
  notice(code: number, nowMs: number): boolean {
    const wasBroken = this.#isBroken
    if (this.#isDown) this.#lastDownMs = nowMs
    if (BROKEN.includes(code)) this.#isBroken = true
    // 1102 brings the farms back too, and says so in its text alone.
    if (RESTORED.includes(code)) this.#isBroken = this.#isFarmBroken = false
    if (code === FARM_BROKEN) this.#isFarmBroken = true
    if (code === FARM_RESTORED) this.#isFarmBroken = false
    if (this.#isDown) this.#lastDownMs = nowMs
    return wasBroken && !this.#isBroken
  }

  /** A new connection: a gateway whose line is down says so again. */
  reset(nowMs: number): void {
    if (this.#isDown) this.#lastDownMs = nowMs
    this.#isBroken = this.#isFarmBroken = false
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
    return this.#isBroken || this.#isFarmBroken
  }
}
