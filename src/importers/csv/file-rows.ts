import { type ColumnData, Frame, storedColumns } from '../../model/frame.js'
import { allocateFrame, setNull } from '../../model/frame-edit.js'
import type { ColumnSpec, RecordType } from '../../model/schema.js'
import { type Cells, createCells, NumberCells, TimeCells } from './cells.js'
import type { Fault } from './fault.js'

const FIRST_CAPACITY = 1024

/** The rows of a file in its order, a column each in arrays that double: all that is kept of the text. */
export class FileRows {
  readonly type: RecordType
  #length = 0
  #capacity = FIRST_CAPACITY
  #lines = new Uint32Array(FIRST_CAPACITY)
  #tsEventNs = new BigInt64Array(FIRST_CAPACITY)
  readonly #cells = new Map<string, Cells>()

  constructor(type: RecordType) {
    this.type = type
  }

  get length(): number {
    return this.#length
  }

  /** Adds a column of the schema that the file has, before the first row. */
  addColumn(name: string): Cells {
    const spec = storedColumns(this.type).find((it) => it.name === name)
    if (spec === undefined) throw new RangeError(`${this.type} have no column ${name}`)
    return this.#add(name, createCells(this.type, spec, this.#capacity))
  }

  /** Adds the column of `ts_init`. `readTime` returns nanoseconds, or why there are none. */
  addInitColumn(readTime: (text: string) => bigint | Fault): Cells {
    return this.#add('ts_init', new TimeCells(this.#capacity, readTime))
  }

  numbers(name: string): NumberCells | undefined {
    const cells = this.#cells.get(name)
    return cells instanceof NumberCells ? cells : undefined
  }

  /** Index at which the columns may be filled; the row counts once it is {@link push}ed. */
  nextRow(): number {
    if (this.#length === this.#capacity) this.#grow()
    return this.#length
  }

  push(line: number, tsEventNs: bigint): void {
    const row = this.#length++
    this.#lines[row] = line
    this.#tsEventNs[row] = tsEventNs
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

  /** Whether two rows hold the same values, whatever their stamps. */
  isSame(a: number, b: number): boolean {
    for (const cells of this.#cells.values()) if (!cells.isSame(a, b)) return false
    return true
  }

  /** The rows as a frame in the order of the file, on the arrays they were read into. */
  toFrame(initOf: (tsEventNs: bigint) => bigint): Frame {
    const times = this.#tsEventNs.subarray(0, this.#length)
    const columns = new Map<string, ColumnData>([['ts_event', { values: times }]])
    columns.set('ts_init', { values: this.#initTimes(times, initOf) })
    const absent: ColumnSpec[] = []
    for (const spec of storedColumns(this.type)) {
      const cells = this.#cells.get(spec.name)
      if (spec.kind === 'time') continue
      if (cells === undefined) absent.push(spec)
      else columns.set(spec.name, cells.data(this.#length))
    }
    for (const [name, data] of nullColumns(this.type, absent, this.#length)) columns.set(name, data)
    return new Frame(this.type, this.#length, columns)
  }

  #initTimes(times: BigInt64Array, initOf: (tsEventNs: bigint) => bigint): BigInt64Array {
    const read = this.#cells.get('ts_init')?.data(this.#length)
    if (!(read?.values instanceof BigInt64Array)) return times.map(initOf)
    const { values, nulls } = read
    for (let row = 0; row < values.length; row++) if (nulls?.[row] === 1) values[row] = initOf(times[row] as bigint)
    return values
  }

  #add(name: string, cells: Cells): Cells {
    this.#cells.set(name, cells)
    return cells
  }

  #grow(): void {
    this.#capacity *= 2
    const [lines, tsEventNs] = [this.#lines, this.#tsEventNs]
    this.#lines = new Uint32Array(this.#capacity)
    this.#lines.set(lines)
    this.#tsEventNs = new BigInt64Array(this.#capacity)
    this.#tsEventNs.set(tsEventNs)
    for (const cells of this.#cells.values()) cells.grow(this.#capacity)
  }
}

/** Columns that the file does not have. Those of one kind share their arrays: a frame is never written to. */
function nullColumns(
  type: RecordType,
  specs: readonly ColumnSpec[],
  numRows: number,
): readonly (readonly [string, ColumnData])[] {
  const byKind = new Map<string, ColumnData>()
  return specs.map((spec) => {
    const known = byKind.get(spec.kind) ?? nullColumn(type, spec, numRows)
    byKind.set(spec.kind, known)
    return [spec.name, known] as const
  })
}

function nullColumn(type: RecordType, spec: ColumnSpec, numRows: number): ColumnData {
  const [room] = allocateFrame(type, numRows, [spec]).rooms
  if (room === undefined) throw new RangeError(`no room for ${spec.name}`)
  for (let row = 0; row < numRows; row++) setNull(room, row)
  return room
}
