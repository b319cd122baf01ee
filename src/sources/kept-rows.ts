import type { Frame } from '../model/frame.js'

/** Rows kept in memory, about 100 bytes each; of the file read last all of them, whatever its size. */
const KEPT_ROWS_MAX = 2_000_000

/** What was read of files, the last used of it: one budget for all series of a source, of which there may be hundreds. */
export class KeptRows {
  readonly #rowsMax: number
  /** The longest unused first. */
  readonly #frames = new Map<string, Frame>()

  constructor(rowsMax: number = KEPT_ROWS_MAX) {
    this.#rowsMax = rowsMax
  }

  get(key: string): Frame | undefined {
    const frame = this.#frames.get(key)
    if (frame === undefined) return undefined
    this.#frames.delete(key)
    this.#frames.set(key, frame)
    return frame
  }

  set(key: string, frame: Frame): void {
    this.#frames.delete(key)
    this.#frames.set(key, frame)
    let rows = [...this.#frames.values()].reduce((sum, it) => sum + it.numRows, 0)
    for (const [other, { numRows }] of this.#frames) {
      if (rows <= this.#rowsMax || other === key) break
      this.#frames.delete(other)
      rows -= numRows
    }
  }

  delete(key: string): void {
    this.#frames.delete(key)
  }
}
