import { DecodeError } from '../model/errors.js'
import { endOfSubtree } from './columns.js'
import { pathOf } from './footer.js'
import {
  CHUNK,
  COLUMN,
  FILE,
  intIn,
  KEY_VALUE,
  ROW_GROUP,
  SCHEMA,
  sizeIn,
  structIn,
  structsIn,
  textIn,
} from './format.js'
import {
  BINARY,
  I32,
  I64,
  LIST,
  STRUCT,
  type ThriftField,
  type ThriftStruct,
  type ThriftValue,
  writeStruct,
} from './thrift.js'

/** One row group of a file in memory, to be taken over into another file. */
export interface Piece {
  readonly bytes: Uint8Array
  readonly tree: ThriftStruct
  readonly rowGroup: number
}

export interface SewOptions {
  /** Top-level columns to keep, all when absent. */
  readonly columns?: ReadonlySet<string>
  readonly metadata?: ReadonlyMap<string, string>
}

/**
 * Makes one Parquet file of row groups of others with the same schema: their column chunks are copied as they are and
 * only the footer is new. This is how a large frame is encoded, and how a part of a large file is decoded, while the
 * engine holds a single row group, whose memory never shrinks again.
 *
 * Nothing of the footer's key-values is taken over, nor the page indexes. The `ARROW:schema` that arrow-rs adds is
 * 7 % of a daily file, and the types say the same without it.
 *
 * @param schemaOf the footer whose schema the file gets
 */
export function sew(schemaOf: ThriftStruct, pieces: readonly Piece[], options: SewOptions = {}): Uint8Array {
  const kept = keepColumns(schemaOf, options.columns)
  const body: Uint8Array[] = [MAGIC]
  let position = MAGIC.length
  let numRows = 0
  const rowGroups = pieces.map((piece) => {
    const group = structsIn(piece.tree, FILE.rowGroups)[piece.rowGroup]
    if (group === undefined) throw new DecodeError(`the Parquet file has no row group ${piece.rowGroup}`)
    const moved = moveRowGroup(group, piece.bytes, kept.names, body, position)
    position = moved.end
    numRows += sizeIn(group, ROW_GROUP.numRows)
    return moved.group
  })
  const footer = writeStruct(
    struct(
      [FILE.version, { type: I32, value: sizeIn(schemaOf, FILE.version) }],
      [FILE.schema, list(kept.elements)],
      [FILE.numRows, { type: I64, value: numRows }],
      [FILE.rowGroups, list(rowGroups)],
      [FILE.keyValues, options.metadata && list([...options.metadata].map(keyValue))],
      [FILE.createdBy, schemaOf.get(FILE.createdBy)],
      // Orders of the columns' statistics, one a column: of no use to a file that keeps only some.
      [FILE.columnOrders, options.columns === undefined ? schemaOf.get(FILE.columnOrders) : undefined],
    ),
  )
  const length = new Uint8Array(4)
  new DataView(length.buffer).setUint32(0, footer.length, true)
  return concat([...body, footer, length, MAGIC])
}

const MAGIC = Uint8Array.of(0x50, 0x41, 0x52, 0x31)

/** Not `Buffer.concat`, whose small results share one pool: these bytes may be transferred to a worker. */
function concat(parts: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((sum, it) => sum + it.length, 0))
  let at = 0
  for (const part of parts) {
    out.set(part, at)
    at += part.length
  }
  return out
}

function keepColumns(
  tree: ThriftStruct,
  columns: ReadonlySet<string> | undefined,
): { readonly elements: readonly ThriftStruct[]; readonly names: ReadonlySet<string> | undefined } {
  const elements = structsIn(tree, FILE.schema)
  const root = elements[0]
  if (columns === undefined || root === undefined) return { elements, names: undefined }
  const kept: ThriftStruct[] = []
  for (let at = 1; at < elements.length; at = endOfSubtree(elements, at)) {
    const element = elements[at] as ThriftStruct
    if (columns.has(textIn(element, SCHEMA.name) ?? '')) kept.push(element)
  }
  const trimmed = withField(root, SCHEMA.numChildren, { type: I32, value: kept.length })
  return { elements: [trimmed, ...kept], names: columns }
}

/** Appends a row group's chunks to `body` and rewrites where they lie. */
function moveRowGroup(
  group: ThriftStruct,
  bytes: Uint8Array,
  names: ReadonlySet<string> | undefined,
  body: Uint8Array[],
  position: number,
): { readonly group: ThriftStruct; readonly end: number } {
  let end = position
  let uncompressed = 0
  const chunks: ThriftStruct[] = []
  for (const chunk of structsIn(group, ROW_GROUP.columns)) {
    const column = structIn(chunk, CHUNK.metaData)
    if (column === undefined) throw new DecodeError('the Parquet footer does not read: a column without metadata')
    if (names !== undefined && !names.has(pathOf(column))) continue
    const [from, to] = rangeOf(column, bytes.length)
    chunks.push(moveChunk(column, end - from))
    body.push(bytes.subarray(from, to))
    end += to - from
    uncompressed += sizeIn(column, COLUMN.uncompressedSize)
  }
  const moved = struct(
    [ROW_GROUP.columns, list(chunks)],
    [ROW_GROUP.totalByteSize, { type: I64, value: uncompressed }],
    [ROW_GROUP.numRows, group.get(ROW_GROUP.numRows)],
    [ROW_GROUP.totalCompressedSize, { type: I64, value: end - position }],
  )
  return { group: moved, end }
}

/** Bytes `[from, to)` of a column chunk: its dictionary, if it has one, and its data pages. @throws DecodeError */
function rangeOf(column: ThriftStruct, fileSize: number): readonly [number, number] {
  const data = sizeIn(column, COLUMN.dataPageOffset)
  const dictionary = intIn(column, COLUMN.dictionaryPageOffset) ?? 0
  // Some writers say 0 for "none"; no page can start inside the magic.
  const from = dictionary > 0 && dictionary < data ? dictionary : data
  const to = from + sizeIn(column, COLUMN.compressedSize)
  if (from < MAGIC.length || to > fileSize) throw new DecodeError('the Parquet footer points outside the file')
  return [from, to]
}

/** Fields of a column's metadata that say where something else in the old file lies. */
const INDEX_PAGE_OFFSET = 10
const BLOOM_FILTER_OFFSET = 14
const BLOOM_FILTER_LENGTH = 15

function moveChunk(column: ThriftStruct, by: number): ThriftStruct {
  const moved = new Map(column)
  for (const id of [COLUMN.dataPageOffset, COLUMN.dictionaryPageOffset]) {
    const offset = intIn(column, id)
    if (offset !== undefined) moved.set(id, { type: I64, value: offset > 0 ? offset + by : 0 })
  }
  for (const id of [INDEX_PAGE_OFFSET, BLOOM_FILTER_OFFSET, BLOOM_FILTER_LENGTH]) moved.delete(id)
  return struct([CHUNK.fileOffset, { type: I64, value: 0 }], [CHUNK.metaData, { type: STRUCT, value: moved }])
}

function keyValue([key, value]: readonly [string, string]): ThriftStruct {
  return struct(
    [KEY_VALUE.key, { type: BINARY, value: Buffer.from(key) }],
    [KEY_VALUE.value, { type: BINARY, value: Buffer.from(value) }],
  )
}

function struct(...fields: readonly (readonly [number, ThriftField | undefined])[]): ThriftStruct {
  return new Map(fields.filter((it): it is readonly [number, ThriftField] => it[1] !== undefined))
}

function list(items: readonly ThriftValue[]): ThriftField {
  return { type: LIST, value: { elementType: STRUCT, items } }
}

function withField(tree: ThriftStruct, id: number, field: ThriftField): ThriftStruct {
  return new Map(tree).set(id, field)
}
