import { DecodeError, UnsupportedFormatError } from '../model/errors.js'
import { type ColumnRoom, setNull } from '../model/frame-edit.js'
import type { ArrowStructs } from './engine.js'
import { RecentTexts } from './recent-texts.js'

/** A column of the decoded struct, and where its values go. */
export interface Target {
  readonly room: ColumnRoom
  readonly index: number
}

/** Rows copied; or none, because a column is not what its Parquet type calls for. */
export interface Copied {
  readonly numRows: number
  readonly unexpected?: UnexpectedType
}

/** A column that decoded to another Arrow type, named by its C Data Interface format. */
export interface UnexpectedType {
  readonly column: string
  readonly format: string
}

/**
 * Copies columns of decoded batches into `targets`, from row `offset` on, by walking the Arrow C Data Interface
 * structs in the engine's memory: no Arrow library on the read path (65 ms to load), no value boxed on the way.
 *
 * @throws DecodeError when there are more rows than `maxRows`
 */
export function copyColumns(arrow: ArrowStructs, targets: readonly Target[], offset: number, maxRows: number): Copied {
  const memory = viewsOf(arrow.memory)
  const unexpected = findUnexpected(memory, arrow.schemaAddress, targets)
  if (unexpected !== undefined) return { numRows: 0, unexpected }
  let numRows = 0
  for (const address of arrow.arrayAddresses) {
    const batch = readArray(memory, address)
    if (numRows + batch.length > maxRows) throw new DecodeError(`the Parquet file holds more than its ${maxRows} rows`)
    const children = pointer(memory, address, ARRAY.children)
    for (const { room, index } of targets) {
      const child = readArray(memory, pointer(memory, children, index))
      copyColumn(memory, child, batch, room, offset + numRows)
    }
    numRows += batch.length
  }
  return { numRows }
}

/** Word (4 byte) places of the fields used, in wasm32. */
const SCHEMA = { format: 0, children: 8 }
const ARRAY = { length: 0, nullCount: 2, offset: 4, buffers: 10, children: 11 }

/** The same bytes in the widths that the walk needs. */
interface Views {
  readonly buffer: ArrayBuffer
  readonly u8: Uint8Array
  readonly u32: Uint32Array
}

let views: Views | undefined

/** Growth replaces the buffer of a WebAssembly memory, so the views are kept for as long as it is the same one. */
function viewsOf(buffer: ArrayBuffer): Views {
  if (views?.buffer !== buffer) views = { buffer, u8: new Uint8Array(buffer), u32: new Uint32Array(buffer) }
  return views
}

function pointer({ u32 }: Views, address: number, word: number): number {
  return u32[(address >>> 2) + word] as number
}

interface ArrayHeader {
  readonly length: number
  readonly offset: number
  readonly nullCount: number
  /** Address of the array of buffer addresses: validity, then values; for text validity, offsets, bytes. */
  readonly buffers: number
}

/** The low words of the 64-bit fields are enough: nothing in a 32-bit memory is longer. */
function readArray(memory: Views, address: number): ArrayHeader {
  return {
    length: pointer(memory, address, ARRAY.length),
    offset: pointer(memory, address, ARRAY.offset),
    nullCount: pointer(memory, address, ARRAY.nullCount),
    buffers: pointer(memory, address, ARRAY.buffers),
  }
}

const FORMATS = { time: 'l', count: 'l', number: 'g', text: 'u', micros: 'tsu:UTC' }

function findUnexpected(memory: Views, schemaAddress: number, targets: readonly Target[]): UnexpectedType | undefined {
  const children = pointer(memory, schemaAddress, SCHEMA.children)
  for (const { room, index } of targets) {
    const format = pointer(memory, pointer(memory, children, index), SCHEMA.format)
    const isExpected = memory.u8[format] === FORMATS[room.spec.kind].charCodeAt(0) && memory.u8[format + 1] === 0
    if (!isExpected) return { column: room.spec.name, format: readText(memory, format) }
  }
  return undefined
}

function readText({ u8 }: Views, address: number): string {
  return Buffer.from(u8.subarray(address, u8.indexOf(0, address))).toString('utf8')
}

function copyColumn(memory: Views, child: ArrayHeader, batch: ArrayHeader, room: ColumnRoom, at: number): void {
  const { values } = room
  const first = child.offset + batch.offset
  const numRows = batch.length
  const start = pointer(memory, child.buffers, 1) + first * 8
  if (values instanceof Float64Array) {
    values.set(new Float64Array(memory.buffer, start, numRows), at)
  } else if (values instanceof BigInt64Array) {
    values.set(new BigInt64Array(memory.buffer, start, numRows), at)
  } else {
    copyText(memory, child, first, numRows, values, at)
  }
  if (child.nullCount !== 0) copyNulls(memory, child, first, numRows, room, at)
}

function copyNulls(
  memory: Views,
  child: ArrayHeader,
  first: number,
  numRows: number,
  room: ColumnRoom,
  at: number,
): void {
  const validity = pointer(memory, child.buffers, 0)
  if (validity === 0) return
  for (let row = 0; row < numRows; row++) {
    const bit = first + row
    const isValid = ((memory.u8[validity + (bit >>> 3)] as number) >>> (bit & 7)) & 1
    if (isValid === 1) continue
    if (!room.spec.nullable) {
      throw new UnsupportedFormatError(`column '${room.spec.name}' of the Parquet file is null in row ${row}`)
    }
    setNull(room, at + row)
  }
}

/**
 * Text of one column. Nearly all of it is ASCII, so it becomes one string that is cut: a tenth of the cost of decoding
 * value by value. A text met lately is not cut again.
 */
function copyText(
  memory: Views,
  child: ArrayHeader,
  first: number,
  numRows: number,
  values: (string | null)[],
  at: number,
): void {
  if (numRows === 0) return
  const offsets = (pointer(memory, child.buffers, 1) >>> 2) + first
  const data = pointer(memory, child.buffers, 2)
  const start = memory.u32[offsets] as number
  const size = (memory.u32[offsets + numRows] as number) - start
  const bytes = Buffer.from(memory.buffer, data + start, size)
  const recent = new RecentTexts(bytes)
  let all: string | undefined
  let from = 0
  for (let row = 0; row < numRows; row++) {
    const to = (memory.u32[offsets + row + 1] as number) - start
    let value = recent.find(from, to)
    if (value === undefined) {
      all ??= bytes.toString('utf8')
      value = all.length === size ? all.slice(from, to) : bytes.toString('utf8', from, to)
      recent.keep(value)
    }
    values[at + row] = value
    from = to
  }
}
