import { InvalidDataError } from '../errors.js'
import { type Frame, schemaOf, storedColumns } from '../frame.js'
import { allocateFrame, type ColumnRoom, setNull } from '../frame-edit.js'
import type { ColumnSpec, TableType } from '../schema.js'
import { MAX_NS, MIN_NS } from '../time.js'

/**
 * What is needed of an Arrow Table. Structural, so that a Table of another installed copy of apache-arrow is one too
 * (`instanceof` would refuse it).
 */
export interface ArrowTableLike {
  readonly numRows: number
  readonly schema: { readonly fields: readonly { readonly name: string; readonly type: ArrowTypeLike }[] }
  getChild(name: string): ArrowVectorLike | null
}

interface ArrowTypeLike {
  readonly typeId: number
  /** Of a timestamp: 0 s, 1 ms, 2 us, 3 ns. */
  readonly unit?: number
  readonly timezone?: string | null
  readonly dictionary?: ArrowTypeLike
  toString(): string
}

interface ArrowVectorLike {
  readonly nullCount: number
  readonly data: readonly ArrowDataLike[]
  get(row: number): unknown
}

interface ArrowDataLike {
  readonly length: number
  readonly values: unknown
  getValid(row: number): boolean
}

/** Whether a value given by a user is an Arrow Table, of whichever copy of apache-arrow. */
export function isArrowTable(value: unknown): value is ArrowTableLike {
  if (typeof value !== 'object' || value === null) return false
  return (
    'numRows' in value &&
    'getChild' in value &&
    typeof value.getChild === 'function' &&
    'schema' in value &&
    typeof value.schema === 'object' &&
    value.schema !== null &&
    'fields' in value.schema &&
    Array.isArray(value.schema.fields)
  )
}

/**
 * Takes an Arrow Table's columns by name. Times are Int64 nanoseconds or timestamps of any unit with a zone; numbers
 * any integers or floats; counts integers, or floats that hold integers; text Utf8, LargeUtf8 or a dictionary of them.
 * Nullable columns may be absent. So may `ts_init`, and the frame has none then, for the caller to work out.
 * `timestamp` is not read, because it follows from `ts_event`; {@link unknownColumns} are not either.
 *
 * @throws InvalidDataError naming the column, its type and the row
 */
export function frameFromArrow<T extends TableType>(type: T, table: ArrowTableLike): Frame<T> {
  const given = new Map(table.schema.fields.map((it) => [it.name, it.type]))
  const specs = storedColumns(type).filter((it) => it.name !== 'ts_init' || given.has('ts_init'))
  const { rooms, frame } = allocateFrame(type, table.numRows, specs)
  for (const room of rooms) {
    const fieldType = given.get(room.spec.name)
    const vector = table.getChild(room.spec.name)
    if (fieldType !== undefined && vector !== null) fill(room, fieldType, vector)
    else if (room.spec.nullable) for (let row = 0; row < table.numRows; row++) setNull(room, row)
    else throw new InvalidDataError(`the Arrow table has no column '${room.spec.name}'`)
  }
  return frame
}

/** Columns of the table that the record type does not have, to be named to whoever gave it. */
export function unknownColumns(type: TableType, table: ArrowTableLike): readonly string[] {
  const known = new Set(schemaOf(type).map((it) => it.name))
  return table.schema.fields.map((it) => it.name).filter((it) => !known.has(it))
}

function fill(room: ColumnRoom, type: ArrowTypeLike, vector: ArrowVectorLike): void {
  const { spec, values } = room
  if (values instanceof Float64Array) fillNumbers(values, spec, type, vector)
  else if (values instanceof BigInt64Array) fillIntegers(values, spec, type, vector)
  else fillText(values, spec, type, vector)
  if (vector.nullCount === 0) return
  let row = 0
  for (const data of vector.data) {
    for (let i = 0; i < data.length; i++, row++) {
      if (data.getValid(i)) continue
      if (!spec.nullable) throw new InvalidDataError(`'${spec.name}' is null in row ${row} of the Arrow table`)
      setNull(room, row)
    }
  }
}

/** Arrow's `Type` of Schema.fbs, as apache-arrow numbers it. */
const INT = 2
const FLOAT = 3
const UTF8 = 5
const TIMESTAMP = 10
const LARGE_UTF8 = 20
const DICTIONARY = -1

const UNIT_NS: readonly bigint[] = [1_000_000_000n, 1_000_000n, 1000n, 1n]

function fillNumbers(values: Float64Array, spec: ColumnSpec, type: ArrowTypeLike, vector: ArrowVectorLike): void {
  if (type.typeId !== INT && type.typeId !== FLOAT) throw wrongType(spec, type)
  forEachChunk(spec, type, vector, (chunk, from, isValid) => {
    if (chunk instanceof Float64Array) {
      values.set(chunk, from)
      return
    }
    for (let i = 0; i < chunk.length; i++) {
      const value = Number(chunk[i])
      const isExact = type.typeId === FLOAT || Number.isSafeInteger(value)
      if (!isExact && isValid(i)) throw wrongValue(spec, from + i, `${chunk[i]} is no exact double`)
      values[from + i] = value
    }
  })
}

function fillIntegers(values: BigInt64Array, spec: ColumnSpec, type: ArrowTypeLike, vector: ArrowVectorLike): void {
  const unit = spec.kind === 'time' ? unitOfTime(spec, type) : 1n
  if (spec.kind === 'count' && type.typeId !== INT && type.typeId !== FLOAT) throw wrongType(spec, type)
  forEachChunk(spec, type, vector, (chunk, from, isValid) => {
    if (chunk instanceof BigInt64Array && unit === 1n) {
      values.set(chunk, from)
      return
    }
    for (let i = 0; i < chunk.length; i++) {
      if (!isValid(i)) continue
      const value = chunk[i] as number | bigint
      if (typeof value === 'number' && !Number.isSafeInteger(value)) {
        throw wrongValue(spec, from + i, `${value} is no exact integer`)
      }
      const scaled = BigInt(value) * unit
      if (scaled < MIN_NS || scaled > MAX_NS) throw wrongValue(spec, from + i, `${scaled} does not fit 64 bits`)
      values[from + i] = scaled
    }
  })
}

function unitOfTime(spec: ColumnSpec, type: ArrowTypeLike): bigint {
  if (type.typeId === INT) return 1n
  const unit = UNIT_NS[type.unit ?? -1]
  if (type.typeId !== TIMESTAMP || unit === undefined) throw wrongType(spec, type)
  if (!type.timezone) {
    throw new InvalidDataError(`'${spec.name}' of the Arrow table is a timestamp without a zone, so it is no instant`, {
      steps: ["Cast it to a timestamp with timezone 'UTC', or to Int64 nanoseconds."],
    })
  }
  return unit
}

function fillText(values: (string | null)[], spec: ColumnSpec, type: ArrowTypeLike, vector: ArrowVectorLike): void {
  const { typeId } = type.typeId === DICTIONARY && type.dictionary ? type.dictionary : type
  if (typeId !== UTF8 && typeId !== LARGE_UTF8) throw wrongType(spec, type)
  for (let row = 0; row < values.length; row++) {
    const value = vector.get(row)
    values[row] = typeof value === 'string' ? value : null
  }
}

type Chunk = ArrayLike<number | bigint> & ArrayBufferView & { subarray(from: number, to: number): Chunk }

/** The raw values chunk by chunk: `get` would turn a timestamp of nanoseconds into a number of milliseconds. */
function forEachChunk(
  spec: ColumnSpec,
  type: ArrowTypeLike,
  vector: ArrowVectorLike,
  visit: (chunk: Chunk, from: number, isValid: (row: number) => boolean) => void,
): void {
  let from = 0
  for (const data of vector.data) {
    if (!isChunk(type, data.values)) throw wrongType(spec, type)
    visit(data.values.subarray(0, data.length), from, (row) => data.getValid(row))
    from += data.length
  }
}

/** Typed arrays whose elements are the values; those of a Float16 column are bit patterns in a `Uint16Array`. */
function isChunk(type: ArrowTypeLike, values: unknown): values is Chunk {
  if (type.typeId === FLOAT) return values instanceof Float64Array || values instanceof Float32Array
  return ArrayBuffer.isView(values) && !(values instanceof DataView)
}

function wrongType(spec: ColumnSpec, type: ArrowTypeLike): InvalidDataError {
  const wanted = {
    time: 'Int64 or Timestamp',
    micros: 'Timestamp',
    count: 'an integer',
    number: 'a number',
    text: 'Utf8',
  }
  return new InvalidDataError(`'${spec.name}' of the Arrow table is ${type}, not ${wanted[spec.kind]}`)
}

function wrongValue(spec: ColumnSpec, row: number, what: string): InvalidDataError {
  return new InvalidDataError(`'${spec.name}' in row ${row} of the Arrow table: ${what}`)
}
