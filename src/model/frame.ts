import type { Table } from 'apache-arrow'
import { InvalidRequestError } from './errors.js'
import type { Interval } from './interval.js'
import { type ColumnName, type ColumnSpec, type ColumnValues, SCHEMAS, type TableType } from './schema.js'

/** The values of one column. A null is NaN in a `Float64Array`, 0n in a `BigInt64Array`, and marked in `nulls`. */
export interface ColumnData {
  readonly values: Float64Array | BigInt64Array | readonly (string | null)[]
  /** One byte a row, 1 for null. Absent when the column has no null. */
  readonly nulls?: Uint8Array | undefined
}

export type CellValue = bigint | number | string | null

/** One row as an object: the names of docs/FORMAT.md, `null` where there is no value. */
export type Row<T extends TableType> = T extends TableType
  ? {
      readonly [C in (typeof SCHEMAS)[T][number] as C['name']]:
        | (C['kind'] extends 'number' ? number : C['kind'] extends 'text' ? string : bigint)
        | (C['nullable'] extends true ? null : never)
    }
  : never

/**
 * Rows of one record type as named typed-array columns, in the order (`ts_event`, `sequence`, arrival). Immutable by
 * agreement: the arrays are handed out without a copy.
 *
 * @example
 * ```ts
 * const close = frame.column('close') // Float64Array
 * for (const bar of frame) console.log(bar.ts_event, bar.close)
 * ```
 */
export class Frame<T extends TableType = TableType> implements Iterable<Row<T>> {
  readonly type: T
  readonly numRows: number
  /** Parts of the range asked for that the catalog does not cover, ascending. Empty for a frame that was not queried. */
  readonly missing: readonly Interval[]
  readonly #columns: ReadonlyMap<string, ColumnData>
  /** Derived by the first who asks: once for a frame, not once for each of its cells. */
  #timestamp: ColumnData | undefined

  constructor(type: T, numRows: number, columns: ReadonlyMap<string, ColumnData>, missing: readonly Interval[] = []) {
    for (const [name, { values }] of columns) {
      if (values.length !== numRows) throw new RangeError(`column ${name} has ${values.length} of ${numRows} rows`)
    }
    this.type = type
    this.numRows = numRows
    this.missing = missing
    this.#columns = columns
  }

  /** Names of the columns held, in the order of the schema. */
  get columnNames(): readonly ColumnName<T>[] {
    return schemaOf(this.type)
      .map((it) => it.name as ColumnName<T>)
      .filter((name) => this.#columns.has(name) || (name === 'timestamp' && this.#columns.has('ts_event')))
  }

  /**
   * One column's values: times as `BigInt64Array` of nanoseconds (`timestamp`: microseconds), prices and sizes as
   * `Float64Array`, text as an array of strings.
   *
   * @throws InvalidRequestError when the frame does not hold the column
   */
  column<N extends ColumnName<T>>(name: N): ColumnValues<T, N> {
    return this.data(name).values as ColumnValues<T, N>
  }

  isNull(name: ColumnName<T>, row: number): boolean {
    return this.data(name).nulls?.[row] === 1
  }

  /** Values and nulls of a column, for code that moves whole columns. @throws InvalidRequestError */
  data(name: string): ColumnData {
    const data = this.#columns.get(name)
    if (data !== undefined) return data
    const times = this.#columns.get('ts_event')
    if (name === 'timestamp' && times !== undefined) {
      this.#timestamp ??= { values: toMicros(times.values as BigInt64Array) }
      return this.#timestamp
    }
    throw new InvalidRequestError(`column '${name}' is not in this frame`, {
      steps: [
        `Ask for one of ${schemaOf(this.type)
          .map((it) => it.name)
          .join(', ')}.`,
      ],
    })
  }

  /** One cell; `null` for a null. */
  cell(name: string, row: number): CellValue {
    const { values, nulls } = this.data(name)
    return nulls?.[row] === 1 ? null : (values[row] ?? null)
  }

  /** Rows `[start, end)` as a view on the same arrays; both count as in `Array.prototype.slice`. */
  slice(start = 0, end: number = this.numRows): Frame<T> {
    const at = (index: number): number => Math.min(Math.max(index < 0 ? this.numRows + index : index, 0), this.numRows)
    const from = at(start)
    const to = Math.max(from, at(end))
    if (from === 0 && to === this.numRows) return this
    const columns = new Map<string, ColumnData>()
    for (const [name, { values, nulls }] of this.#columns) {
      columns.set(name, {
        values: ArrayBuffer.isView(values) ? values.subarray(from, to) : values.slice(from, to),
        nulls: nulls?.subarray(from, to),
      })
    }
    return new Frame(this.type, to - from, columns, this.missing)
  }

  withMissing(missing: readonly Interval[]): Frame<T> {
    return new Frame(this.type, this.numRows, this.#columns, missing)
  }

  /** The frame as an apache-arrow Table, which is loaded only now. Numbers share the frame's memory. */
  async toArrow(): Promise<Table> {
    const { frameToArrow } = await import('./arrow/to-arrow.js')
    return frameToArrow(this)
  }

  *[Symbol.iterator](): Iterator<Row<T>> {
    const columns = this.columnNames.map((name) => ({ name, ...this.data(name) }))
    for (let row = 0; row < this.numRows; row++) {
      const out: Record<string, CellValue> = {}
      for (const { name, values, nulls } of columns) out[name] = nulls?.[row] === 1 ? null : (values[row] ?? null)
      yield out as Row<T>
    }
  }
}

export function schemaOf(type: TableType): readonly ColumnSpec[] {
  return SCHEMAS[type]
}

/** The columns a frame stores: all of the schema but `timestamp`, which is derived from `ts_event`. */
export function storedColumns(type: TableType): readonly ColumnSpec[] {
  return schemaOf(type).filter((it) => it.kind !== 'micros')
}

/** Nanoseconds to microseconds, rounded down (also before 1970, where `/` would round up). */
function toMicros(ns: BigInt64Array): BigInt64Array {
  return ns.map((it) => (it >= 0n ? it / 1000n : (it - 999n) / 1000n))
}
