import { DecodeError, UnsupportedFormatError } from '../model/errors.js'
import { type FileColumn, readColumns } from './columns.js'
import {
  bytesIn,
  CHUNK,
  COLUMN,
  FILE,
  KEY_VALUE,
  ROW_GROUP,
  STATISTICS,
  sizeIn,
  structIn,
  structsIn,
  textIn,
} from './format.js'
import { readStruct, ThriftReader, type ThriftStruct } from './thrift.js'

/** What a Parquet file says of itself, read without touching its data. */
export interface Footer {
  readonly numRows: number
  readonly columns: readonly FileColumn[]
  readonly rowGroups: readonly RowGroup[]
  /** Key-values, of this catalog and of other writers. */
  readonly metadata: ReadonlyMap<string, string>
  /** The footer as it is written, for {@link sew}. */
  readonly tree: ThriftStruct
}

export interface RowGroup {
  readonly numRows: number
  readonly sizeBytes: number
  /** Smallest and largest `ts_event`, from the statistics; absent where the writer kept none. */
  readonly tsEvent: { readonly minNs: bigint; readonly maxNs: bigint } | undefined
}

/**
 * Reads the footer of a whole file's bytes.
 *
 * @throws DecodeError when the bytes are not a Parquet file, or the footer does not read
 * @throws UnsupportedFormatError for an encrypted footer
 */
export function readFooter(bytes: Uint8Array): Footer {
  const tree = readTree(bytes)
  refuseEncrypted(tree)
  const numRows = sizeIn(tree, FILE.numRows)
  const columns = readColumns(structsIn(tree, FILE.schema))
  const rowGroups = structsIn(tree, FILE.rowGroups).map(readRowGroup)
  const sum = rowGroups.reduce((rows, it) => rows + it.numRows, 0)
  if (sum !== numRows) throw new DecodeError(`the Parquet footer claims ${numRows} rows, its row groups ${sum}`)
  return { numRows, columns, rowGroups, metadata: readKeyValues(tree), tree }
}

/** The footer as it is written. @throws like {@link readFooter} */
export function readTree(bytes: Uint8Array): ThriftStruct {
  return readStruct(footerBytes(bytes))
}

/** Columns may be encrypted under a footer that anybody can read: what does not decode then is no damage. */
function refuseEncrypted(tree: ThriftStruct): void {
  const chunks = structsIn(tree, FILE.rowGroups).flatMap((it) => structsIn(it, ROW_GROUP.columns))
  if (tree.has(FILE.encryption) || chunks.some((it) => it.has(CHUNK.encryption)))
    throw new UnsupportedFormatError('columns of the Parquet file are encrypted')
}

function readRowGroup(group: ThriftStruct): RowGroup {
  const chunks = structsIn(group, ROW_GROUP.columns).map((it) => structIn(it, CHUNK.metaData) ?? new Map())
  const times = chunks.find((it) => pathOf(it) === 'ts_event')
  const numRows = sizeIn(group, ROW_GROUP.numRows)
  // Rows are allocated on the footer's word, so a damaged count must not pass for a count.
  if (times !== undefined && sizeIn(times, COLUMN.numValues) !== numRows) {
    throw new DecodeError(`the Parquet footer claims ${numRows} rows for a row group with another number of values`)
  }
  return {
    numRows,
    sizeBytes: chunks.reduce((sum, it) => sum + sizeIn(it, COLUMN.compressedSize), 0),
    tsEvent: times && readTimeRange(structIn(times, COLUMN.statistics)),
  }
}

/** The dotted path of a column chunk; of a flat column, its name. */
export function pathOf(column: ThriftStruct): string {
  const path = column.get(COLUMN.path)?.value
  if (typeof path !== 'object' || !('items' in path)) return ''
  return path.items.map((it) => (it instanceof Uint8Array ? Buffer.from(it).toString('utf8') : '')).join('.')
}

function readTimeRange(statistics: ThriftStruct | undefined): RowGroup['tsEvent'] {
  if (statistics === undefined) return undefined
  const min = bytesIn(statistics, STATISTICS.min)
  const max = bytesIn(statistics, STATISTICS.max)
  return min?.length === 8 && max?.length === 8 ? { minNs: int64Of(min), maxNs: int64Of(max) } : undefined
}

function int64Of(bytes: Uint8Array): bigint {
  return new DataView(bytes.buffer, bytes.byteOffset, 8).getBigInt64(0, true)
}

function readKeyValues(tree: ThriftStruct): ReadonlyMap<string, string> {
  if (!tree.has(FILE.keyValues)) return new Map()
  return new Map(
    structsIn(tree, FILE.keyValues).map((it) => [textIn(it, KEY_VALUE.key) ?? '', textIn(it, KEY_VALUE.value) ?? '']),
  )
}

/** Columns and row count alone: the first fields of a footer, so that a daily file of a year's scan costs 1 us here. */
export interface FooterHead {
  readonly columns: readonly FileColumn[]
  readonly numRows: number
}

let lastHead: { readonly prefix: Uint8Array; readonly columns: readonly FileColumn[] } | undefined

/** {@link readFooter} without row groups and key-values. Files with the same schema share one `columns` array. */
export function readFooterHead(bytes: Uint8Array): FooterHead {
  const footer = footerBytes(bytes)
  if (lastHead !== undefined) {
    const { prefix, columns } = lastHead
    if (Buffer.compare(footer.subarray(0, prefix.length), prefix) === 0) {
      return { columns, numRows: readNumRows(footer, prefix.length) }
    }
  }
  const { columns, prefixLength } = readHeadColumns(footer)
  lastHead = { prefix: footer.slice(0, prefixLength), columns }
  return { columns, numRows: readNumRows(footer, prefixLength) }
}

/** Compact-protocol header of field 3, i64, after field 2: where every writer known puts the row count. */
const NUM_ROWS_HEADER = 0x16
/** Compact-protocol headers of fields 1 (i32) and 2 (list) that open a footer. */
const VERSION_HEADER = 0x15
const SCHEMA_HEADER = 0x19

function readHeadColumns(footer: Uint8Array): { columns: readonly FileColumn[]; prefixLength: number } {
  const reader = new ThriftReader(footer)
  const isVersion = reader.byte() === VERSION_HEADER
  reader.int()
  if (!isVersion || reader.byte() !== SCHEMA_HEADER)
    throw new DecodeError('the Parquet footer does not read: no schema')
  const schema = reader.list()
  const structs = schema.items.filter((it): it is ThriftStruct => it instanceof Map)
  return { columns: readColumns(structs), prefixLength: reader.position }
}

function readNumRows(footer: Uint8Array, position: number): number {
  const reader = new ThriftReader(footer)
  reader.position = position
  if (reader.byte() !== NUM_ROWS_HEADER) throw new DecodeError('the Parquet footer does not read: no row count')
  const numRows = reader.int()
  if (numRows < 0) throw new DecodeError(`the Parquet footer claims ${numRows} rows`)
  return numRows
}

const MAGIC = 0x31524150 // 'PAR1', little-endian
const ENCRYPTED_MAGIC = 0x45524150 // 'PARE'
/** Magic at both ends and four bytes of footer length. */
const FRAME_BYTES = 12

function footerBytes(bytes: Uint8Array): Uint8Array {
  if (bytes.length < FRAME_BYTES) throw new DecodeError(`${bytes.length} bytes are too few for a Parquet file`)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const tail = view.getUint32(bytes.length - 4, true)
  if (tail === ENCRYPTED_MAGIC) throw new UnsupportedFormatError('the Parquet file is encrypted')
  if (tail !== MAGIC || view.getUint32(0, true) !== MAGIC) {
    throw new DecodeError('not a Parquet file: it does not begin and end with PAR1')
  }
  const length = view.getUint32(bytes.length - 8, true)
  if (length > bytes.length - FRAME_BYTES) throw new DecodeError('the Parquet footer is longer than the file')
  return bytes.subarray(bytes.length - 8 - length, bytes.length - 8)
}
