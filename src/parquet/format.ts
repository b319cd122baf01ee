import { DecodeError } from '../model/errors.js'
import type { ThriftList, ThriftStruct } from './thrift.js'

/** Most rows of a row group, so that a reader can hold one in a few megabytes. */
export const ROW_GROUP_MAX_ROWS = 100_000

/** Field numbers of Parquet's Thrift structs (apache/parquet-format, parquet.thrift): the ones used here. */
export const FILE = {
  version: 1,
  schema: 2,
  numRows: 3,
  rowGroups: 4,
  keyValues: 5,
  createdBy: 6,
  columnOrders: 7,
  encryption: 8,
}
export const SCHEMA = { type: 1, repetition: 3, name: 4, numChildren: 5, convertedType: 6, logicalType: 10 }
export const KEY_VALUE = { key: 1, value: 2 }
export const ROW_GROUP = { columns: 1, totalByteSize: 2, numRows: 3, totalCompressedSize: 6 }
export const CHUNK = { fileOffset: 2, metaData: 3, encryption: 8 }
export const COLUMN = {
  path: 3,
  numValues: 5,
  uncompressedSize: 6,
  compressedSize: 7,
  dataPageOffset: 9,
  dictionaryPageOffset: 11,
  statistics: 12,
}
export const STATISTICS = { max: 5, min: 6 }

export const PHYSICAL_TYPES = [
  'BOOLEAN',
  'INT32',
  'INT64',
  'INT96',
  'FLOAT',
  'DOUBLE',
  'BYTE_ARRAY',
  'FIXED_LEN_BYTE_ARRAY',
] as const
export type PhysicalType = (typeof PHYSICAL_TYPES)[number]

export const OPTIONAL = 1
export const REPEATED = 2

/** A number field, or `undefined` when the struct has none. @throws DecodeError when it is of another kind */
export function intIn(struct: ThriftStruct, id: number): number | undefined {
  const value = struct.get(id)?.value
  if (value === undefined || typeof value === 'number') return value
  throw wrongKind(id)
}

/** A number field that is a size, count or offset of a well-formed file. @throws DecodeError */
export function sizeIn(struct: ThriftStruct, id: number): number {
  const value = intIn(struct, id)
  if (value === undefined || value < 0) throw wrongKind(id)
  return value
}

export function textIn(struct: ThriftStruct, id: number): string | undefined {
  const value = bytesIn(struct, id)
  return value && Buffer.from(value.buffer, value.byteOffset, value.length).toString('utf8')
}

export function bytesIn(struct: ThriftStruct, id: number): Uint8Array | undefined {
  const value = struct.get(id)?.value
  if (value === undefined || value instanceof Uint8Array) return value
  throw wrongKind(id)
}

export function structIn(struct: ThriftStruct, id: number): ThriftStruct | undefined {
  const value = struct.get(id)?.value
  if (value === undefined || value instanceof Map) return value
  throw wrongKind(id)
}

export function structsIn(struct: ThriftStruct, id: number): readonly ThriftStruct[] {
  const value = listIn(struct, id)
  return value.items.map((it) => {
    if (it instanceof Map) return it
    throw wrongKind(id)
  })
}

function listIn(struct: ThriftStruct, id: number): ThriftList {
  const value = struct.get(id)?.value
  if (typeof value === 'object' && 'items' in value) return value
  throw wrongKind(id)
}

function wrongKind(id: number): DecodeError {
  return new DecodeError(`the Parquet footer does not read: field ${id} is absent or of another kind`)
}
