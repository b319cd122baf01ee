const SLOTS = 1024
/** Longer texts hardly repeat. */
const LENGTH_MAX = 32
/** After so many rows it shows whether a column repeats itself. */
const TRIAL_ROWS = 4096

/**
 * The texts of a column met lately, found by their bytes: a million rows of exchanges and conditions hold a few dozen
 * different texts, which then are a few dozen strings and not a million. In a column of ids, where nothing is found, it
 * stops looking.
 */
export class RecentTexts {
  readonly #bytes: Uint8Array
  readonly #starts = new Int32Array(SLOTS)
  readonly #lengths = new Int32Array(SLOTS)
  readonly #texts = new Array<string | undefined>(SLOTS).fill(undefined)
  #looked = 0
  #found = 0
  /** Where the text last looked for belongs. */
  #slot = -1
  #from = 0
  #length = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  /** The text of bytes `[from, to)`, if it was kept. */
  find(from: number, to: number): string | undefined {
    if (from === to) return ''
    const length = to - from
    this.#slot = -1
    if (length > LENGTH_MAX || (this.#looked === TRIAL_ROWS && this.#found < TRIAL_ROWS / 2)) return undefined
    if (this.#looked < TRIAL_ROWS) this.#looked++
    const bytes = this.#bytes
    let hash = length
    for (let i = from; i < to; i++) hash = (Math.imul(hash, 31) + (bytes[i] as number)) | 0
    const slot = (hash ^ (hash >>> 10)) & (SLOTS - 1)
    this.#slot = slot
    this.#from = from
    this.#length = length
    if (this.#lengths[slot] !== length) return undefined
    const start = this.#starts[slot] as number
    for (let i = 0; i < length; i++) if (bytes[start + i] !== bytes[from + i]) return undefined
    if (this.#found < TRIAL_ROWS) this.#found++
    return this.#texts[slot]
  }

  /** Keeps the text last looked for, in the place of another one. */
  keep(text: string): void {
    if (this.#slot < 0) return
    this.#texts[this.#slot] = text
    this.#starts[this.#slot] = this.#from
    this.#lengths[this.#slot] = this.#length
  }
}
