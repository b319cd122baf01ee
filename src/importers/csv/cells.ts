import type { ColumnData } from '../../model/frame.js'
import type { ColumnKind, ColumnSpec, RecordType } from '../../model/schema.js'
import { aggressorSide } from './column-names.js'
import type { Fault } from './fault.js'
import { isMissing, parseCount, parseOptional } from './numbers.js'

/** The values of one column while a file is read: in arrays that grow, so that no row is kept as an object. */
export interface Cells {
  /** Stores what a field says; otherwise says why it cannot (`'x' is not a number`), and the row is not kept. */
  read(row: number, text: string): Fault | undefined
  grow(capacity: number): void
  isSame(a: number, b: number): boolean
  /** The first `count` values. Arrays are handed out without a copy. */
  data(count: number): ColumnData
}

/** Room for one column of the schema, as fields of a record type are read. */
export function createCells(type: RecordType, { name, kind, nullable }: ColumnSpec, capacity: number): Cells {
  if (kind === 'number') return new NumberCells(capacity, nullable, type === 'bars' && nullable)
  if (kind === 'count') return new CountCells(capacity, type === 'bars')
  if (kind === 'text') return new TextCells(name === 'aggressor_side' ? aggressorSide : undefined)
  throw unreadable(kind)
}

function unreadable(kind: ColumnKind): RangeError {
  return new RangeError(`a column of kind ${kind} is not read as a field`)
}

/** Interactive Brokers writes −1 for "no value" in the volume, vwap and count of a bar. In a tick it is a value. */
const NO_VALUE_OF_BARS = -1

export class NumberCells implements Cells {
  #values: Float64Array
  #hasNulls = false
  readonly #nullable: boolean
  readonly #hasNoValue: boolean

  constructor(capacity: number, nullable: boolean, hasNoValue: boolean) {
    this.#values = new Float64Array(capacity)
    this.#nullable = nullable
    this.#hasNoValue = hasNoValue
  }

  read(row: number, text: string): Fault | undefined {
    const value = parseOptional(text)
    if (value === undefined) return { message: `'${text.trim()}' is not a number` }
    if (value === null || (this.#hasNoValue && value === NO_VALUE_OF_BARS)) {
      if (!this.#nullable) return { message: `has no value ('${text.trim()}')` }
      this.#hasNulls = true
      this.#values[row] = Number.NaN
    } else {
      this.#values[row] = value
    }
    return undefined
  }

  /** NaN where there is no value: what is read is finite. */
  at(row: number): number {
    return this.#values[row] as number
  }

  isSame(a: number, b: number): boolean {
    const [left, right] = [this.at(a), this.at(b)]
    return left === right || (Number.isNaN(left) && Number.isNaN(right))
  }

  grow(capacity: number): void {
    const grown = new Float64Array(capacity)
    grown.set(this.#values)
    this.#values = grown
  }

  data(count: number): ColumnData {
    const values = this.#values.subarray(0, count)
    if (!this.#hasNulls) return { values }
    const nulls = new Uint8Array(count)
    for (let row = 0; row < count; row++) if (Number.isNaN(values[row])) nulls[row] = 1
    return { values, nulls }
  }
}

class CountCells implements Cells {
  #values: BigInt64Array
  #nulls: Uint8Array | undefined
  readonly #isOfBars: boolean

  constructor(capacity: number, isOfBars: boolean) {
    this.#values = new BigInt64Array(capacity)
    this.#isOfBars = isOfBars
  }

  read(row: number, text: string): Fault | undefined {
    const read = parseCount(text)
    const count = this.#isOfBars && read === BigInt(NO_VALUE_OF_BARS) ? null : read
    if (count === undefined || (count !== null && count < 0n && this.#isOfBars)) {
      return { message: `'${text.trim()}' is not a whole number` }
    }
    if (count === null) this.#nulls ??= new Uint8Array(this.#values.length)
    // A row that was refused may have left its mark here.
    if (this.#nulls !== undefined) this.#nulls[row] = count === null ? 1 : 0
    this.#values[row] = count ?? 0n
    return undefined
  }

  isSame(a: number, b: number): boolean {
    return this.#values[a] === this.#values[b] && this.#nulls?.[a] === this.#nulls?.[b]
  }

  grow(capacity: number): void {
    const grown = new BigInt64Array(capacity)
    grown.set(this.#values)
    this.#values = grown
    if (this.#nulls === undefined) return
    const nulls = new Uint8Array(capacity)
    nulls.set(this.#nulls)
    this.#nulls = nulls
  }

  data(count: number): ColumnData {
    const values = this.#values.subarray(0, count)
    return this.#nulls === undefined ? { values } : { values, nulls: this.#nulls.subarray(0, count) }
  }
}

/** Texts remembered so that a million trades of one exchange hold one text. A column of more is one of ids. */
const SHARED_TEXTS_MAX = 4096
/** V8 keeps a longer piece of a text as a reference into the whole, and with it all that was read along. */
const COPIED_CHARS = 13

/** What a decoder makes of bytes that are no text. */
const REPLACEMENT = '\ufffd'

class TextCells implements Cells {
  readonly #values: (string | null)[] = []
  #hasNulls = false
  #shared: Map<string, string> | undefined = new Map()
  readonly #translate: ((text: string) => string) | undefined

  constructor(translate: ((text: string) => string) | undefined) {
    this.#translate = translate
  }

  /** A text is kept as it is written, spaces too; only an empty field is no value. */
  read(row: number, text: string): Fault | undefined {
    // What the file has in its place cannot be told any more, and two exchanges would become one.
    if (text.includes(REPLACEMENT)) return { message: `'${text}' holds bytes that are not UTF-8` }
    if (text === '') this.#hasNulls = true
    this.#values[row] = text === '' ? null : this.#share(text)
    return undefined
  }

  isSame(a: number, b: number): boolean {
    return this.#values[a] === this.#values[b]
  }

  grow(): void {
    // A list grows by itself.
  }

  data(count: number): ColumnData {
    const values = this.#values
    values.length = count
    if (!this.#hasNulls) return { values }
    const nulls = new Uint8Array(count)
    for (let row = 0; row < count; row++) if (values[row] === null) nulls[row] = 1
    return { values, nulls }
  }

  #share(text: string): string {
    const known = this.#shared?.get(text)
    if (known !== undefined) return known
    const detached = text.length < COPIED_CHARS ? text : Buffer.from(text).toString()
    const value = this.#translate?.(detached) ?? detached
    this.#shared?.set(detached, value)
    if (this.#shared?.size === SHARED_TEXTS_MAX) this.#shared = undefined
    return value
  }
}

/** Stamps of receipt. Where a row has none it is that of the event, which may still be moved by the file's order. */
export class TimeCells implements Cells {
  #values: BigInt64Array
  #absent: Uint8Array
  readonly #readTime: (text: string) => bigint | Fault

  constructor(capacity: number, readTime: (text: string) => bigint | Fault) {
    this.#values = new BigInt64Array(capacity)
    this.#absent = new Uint8Array(capacity)
    this.#readTime = readTime
  }

  read(row: number, text: string): Fault | undefined {
    const ns = this.#readTime(text)
    const isAbsent = typeof ns !== 'bigint'
    if (isAbsent && !isMissing(text)) return ns
    this.#values[row] = isAbsent ? 0n : ns
    this.#absent[row] = isAbsent ? 1 : 0
    return undefined
  }

  isSame(a: number, b: number): boolean {
    return this.#values[a] === this.#values[b] && this.#absent[a] === this.#absent[b]
  }

  grow(capacity: number): void {
    const [values, absent] = [new BigInt64Array(capacity), new Uint8Array(capacity)]
    values.set(this.#values)
    absent.set(this.#absent)
    this.#values = values
    this.#absent = absent
  }

  data(count: number): ColumnData {
    return { values: this.#values.subarray(0, count), nulls: this.#absent.subarray(0, count) }
  }
}
