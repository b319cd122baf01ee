const FIRST_CAPACITY = 1024
/** Marks a count that is null: a stored count is never negative. */
const NO_COUNT = -1n

export const NUMBER_COLUMNS = ['open', 'high', 'low', 'close', 'volume', 'vwap'] as const
export type NumberColumn = (typeof NUMBER_COLUMNS)[number]

/** One bar as it is read; `null` where the file has no value. */
export interface BarValues {
  readonly tsEventNs: bigint
  readonly open: number
  readonly high: number
  readonly low: number
  readonly close: number
  readonly volume: number | null
  readonly vwap: number | null
  readonly tradeCount: bigint | null
}

/** Bars in the order of their file, a column each in arrays that double: all that is kept of the text. */
export class BarColumns {
  #length = 0
  #lines = new Uint32Array(FIRST_CAPACITY)
  #tsEventNs = new BigInt64Array(FIRST_CAPACITY)
  #tradeCount = new BigInt64Array(FIRST_CAPACITY)
  /** A null is NaN: what was read is finite. */
  readonly #numbers: Record<NumberColumn, Float64Array> = {
    open: new Float64Array(FIRST_CAPACITY),
    high: new Float64Array(FIRST_CAPACITY),
    low: new Float64Array(FIRST_CAPACITY),
    close: new Float64Array(FIRST_CAPACITY),
    volume: new Float64Array(FIRST_CAPACITY),
    vwap: new Float64Array(FIRST_CAPACITY),
  }

  get length(): number {
    return this.#length
  }

  push(line: number, bar: BarValues): void {
    if (this.#length === this.#lines.length) this.#grow()
    const row = this.#length++
    const numbers = this.#numbers
    this.#lines[row] = line
    this.#tsEventNs[row] = bar.tsEventNs
    numbers.open[row] = bar.open
    numbers.high[row] = bar.high
    numbers.low[row] = bar.low
    numbers.close[row] = bar.close
    numbers.volume[row] = bar.volume ?? Number.NaN
    numbers.vwap[row] = bar.vwap ?? Number.NaN
    this.#tradeCount[row] = bar.tradeCount ?? NO_COUNT
  }

  lineOf(row: number): number {
    return this.#lines[row] as number
  }

  tsEventNsOf(row: number): bigint {
    return this.#tsEventNs[row] as bigint
  }

  setTsEventNs(row: number, tsEventNs: bigint): void {
    this.#tsEventNs[row] = tsEventNs
  }

  numberOf(name: NumberColumn, row: number): number | null {
    const value = this.#numbers[name][row] as number
    return Number.isNaN(value) ? null : value
  }

  tradeCountOf(row: number): bigint | null {
    const count = this.#tradeCount[row] as bigint
    return count === NO_COUNT ? null : count
  }

  /** Whether two rows hold the same bar, whatever their stamps. */
  sameBar(a: number, b: number): boolean {
    return (
      NUMBER_COLUMNS.every((name) => this.numberOf(name, a) === this.numberOf(name, b)) &&
      this.tradeCountOf(a) === this.tradeCountOf(b)
    )
  }

  #grow(): void {
    const capacity = this.#length * 2
    const [lines, tsEventNs, tradeCount] = [this.#lines, this.#tsEventNs, this.#tradeCount]
    this.#lines = new Uint32Array(capacity)
    this.#lines.set(lines)
    this.#tsEventNs = new BigInt64Array(capacity)
    this.#tsEventNs.set(tsEventNs)
    this.#tradeCount = new BigInt64Array(capacity)
    this.#tradeCount.set(tradeCount)
    for (const name of NUMBER_COLUMNS) {
      const values = this.#numbers[name]
      this.#numbers[name] = new Float64Array(capacity)
      this.#numbers[name].set(values)
    }
  }
}
