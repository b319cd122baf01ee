import { DecodeError } from '../model/errors.js'

/**
 * Thrift's compact protocol as a tree that reads and writes back unchanged: all of it that Parquet footers use
 * (no maps). A struct keeps every field, known or not, so that a footer can be edited without knowing all of it.
 */
export type ThriftValue = boolean | number | Uint8Array | ThriftList | ThriftStruct

export interface ThriftField {
  readonly type: number
  readonly value: ThriftValue
}
export type ThriftStruct = ReadonlyMap<number, ThriftField>

export interface ThriftList {
  readonly elementType: number
  readonly items: readonly ThriftValue[]
}

const TRUE = 1
const FALSE = 2
const I8 = 3
const I16 = 4
export const I32 = 5
export const I64 = 6
export const DOUBLE = 7
export const BINARY = 8
export const LIST = 9
export const STRUCT = 12

/** Parquet's own structs nest six deep; bytes that nest deeper are noise, and must not overflow the stack. */
const MAX_DEPTH = 24

/** Reads the struct that starts at `bytes[0]`. @throws DecodeError */
export function readStruct(bytes: Uint8Array): ThriftStruct {
  return new ThriftReader(bytes).struct()
}

/** A cursor over compact-protocol bytes. Every method throws {@link DecodeError} rather than read past the end. */
export class ThriftReader {
  position = 0
  readonly #bytes: Uint8Array
  #depth = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  struct(): ThriftStruct {
    const fields = new Map<number, ThriftField>()
    if (++this.#depth > MAX_DEPTH) throw broken('it nests too deep')
    for (let id = 0; ; ) {
      const header = this.byte()
      if (header === 0) break
      const type = header & 0x0f
      const delta = header >> 4
      id = delta === 0 ? this.int() : id + delta
      fields.set(id, { type, value: this.#value(type) })
    }
    this.#depth--
    return fields
  }

  byte(): number {
    const byte = this.#bytes[this.position++]
    if (byte === undefined) throw broken('it ends in the middle of a value')
    return byte
  }

  /** A zigzag varint. Sizes, counts and offsets are far below 2^53; a number above that is damage. */
  int(): number {
    const value = this.#varint()
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2
  }

  #varint(): number {
    let value = 0
    for (let scale = 1; ; scale *= 128) {
      const byte = this.byte()
      value += (byte & 0x7f) * scale
      if (value > Number.MAX_SAFE_INTEGER) throw broken('a number in it is out of range')
      if (byte < 0x80) return value
    }
  }

  #value(type: number): ThriftValue {
    switch (type) {
      case TRUE:
        return true
      case FALSE:
        return false
      case I8:
        return this.byte()
      case I16:
      case I32:
      case I64:
        return this.int()
      case DOUBLE:
        return this.#take(8)
      case BINARY:
        return this.#take(this.#varint())
      case LIST:
        return this.list()
      case STRUCT:
        return this.struct()
      default:
        throw broken(`it holds a value of unknown type ${type}`)
    }
  }

  list(): ThriftList {
    const header = this.byte()
    const elementType = header & 0x0f
    const size = header >> 4 === 15 ? this.#varint() : header >> 4
    // The smallest element takes one byte, so a longer list than there are bytes is damage, not a reason to allocate.
    if (size > this.#bytes.length - this.position) throw broken('a list in it is longer than the footer')
    const items: ThriftValue[] = []
    for (let i = 0; i < size; i++) {
      items.push(elementType === TRUE || elementType === FALSE ? this.byte() === TRUE : this.#value(elementType))
    }
    return { elementType, items }
  }

  #take(length: number): Uint8Array {
    const end = this.position + length
    if (end > this.#bytes.length) throw broken('it ends in the middle of a value')
    const taken = this.#bytes.subarray(this.position, end)
    this.position = end
    return taken
  }
}

function broken(why: string): DecodeError {
  return new DecodeError(`the Parquet footer does not read: ${why}`)
}

/** Bytes of one struct. */
export function writeStruct(struct: ThriftStruct): Uint8Array {
  const out = new ThriftWriter()
  out.struct(struct)
  return out.bytes()
}

class ThriftWriter {
  #buffer = new Uint8Array(4096)
  #length = 0

  bytes(): Uint8Array {
    return this.#buffer.subarray(0, this.#length)
  }

  struct(struct: ThriftStruct): void {
    let last = 0
    for (const [id, { type, value }] of struct) {
      const delta = id - last
      const header = type === TRUE || type === FALSE ? (value === true ? TRUE : FALSE) : type
      if (delta > 0 && delta < 16) {
        this.#byte((delta << 4) | header)
      } else {
        this.#byte(header)
        this.#int(id)
      }
      last = id
      this.#value(type, value)
    }
    this.#byte(0)
  }

  #value(type: number, value: ThriftValue): void {
    if (typeof value === 'boolean') return
    if (typeof value === 'number') {
      if (type === I8) this.#byte(value)
      else this.#int(value)
    } else if (value instanceof Uint8Array) {
      if (type === BINARY) this.#varint(value.length)
      this.#append(value)
    } else if ('items' in value) {
      this.#list(value)
    } else {
      this.struct(value)
    }
  }

  #list({ elementType, items }: ThriftList): void {
    if (items.length < 15) {
      this.#byte((items.length << 4) | elementType)
    } else {
      this.#byte(0xf0 | elementType)
      this.#varint(items.length)
    }
    for (const item of items) {
      if (typeof item === 'boolean') this.#byte(item ? TRUE : FALSE)
      else this.#value(elementType, item)
    }
  }

  #int(value: number): void {
    this.#varint(value >= 0 ? value * 2 : -value * 2 - 1)
  }

  #varint(value: number): void {
    let rest = value
    while (rest >= 128) {
      this.#byte((rest % 128) | 0x80)
      rest = Math.floor(rest / 128)
    }
    this.#byte(rest)
  }

  #byte(byte: number): void {
    this.#reserve(1)
    this.#buffer[this.#length++] = byte
  }

  #append(bytes: Uint8Array): void {
    this.#reserve(bytes.length)
    this.#buffer.set(bytes, this.#length)
    this.#length += bytes.length
  }

  #reserve(extra: number): void {
    const needed = this.#length + extra
    if (needed <= this.#buffer.length) return
    const grown = new Uint8Array(Math.max(needed, this.#buffer.length * 2))
    grown.set(this.#buffer.subarray(0, this.#length))
    this.#buffer = grown
  }
}
