import type { ColumnChunk, ColumnMetaData, FileMetaData, SchemaTree } from 'hyparquet'
import { CatalogCorruptionError, UnsupportedFormatError } from '../model/errors.js'

/** One column of a Parquet file as it is stored: the values that are there, and the levels that say where. */
export interface Leaf {
  /** In the order of the rows; a `string`, `number`, `bigint` or `boolean` each. */
  readonly values: ArrayLike<unknown>
  /** How much of the path to the value is there, one for each value or missing value. */
  readonly definitionLevels: readonly number[]
  /** 0 where a row begins; empty for a column without lists. */
  readonly repetitionLevels: readonly number[]
  /** The definition level of a value that is there. */
  readonly valueLevel: number
  /** The definition level from which on a list has an element: one less is an empty list. */
  readonly elementLevel: number
}

export interface CheckpointColumns {
  readonly schema: SchemaTree
  /** The footer's key-value pairs. */
  readonly properties: ReadonlyMap<string, string>
  /** Decodes one leaf of the schema, over all row groups. */
  readonly read: (leaf: SchemaTree) => Leaf
}

const CODECS: ReadonlySet<string> = new Set(['UNCOMPRESSED', 'SNAPPY'])

/**
 * Opens a Parquet file to read single leaves. The one door to hyparquet, which is loaded by the first checkpoint read.
 *
 * Only its page decoders are used: assembling nested rows, as its own reader does, builds an array for each level of
 * each value and takes longer than replaying the log that the checkpoint stands for (measured: 20,000 files, 460 ms).
 *
 * @param where the file's path, for errors
 * @throws CatalogCorruptionError, UnsupportedFormatError for a codec that is not read here, and whatever hyparquet
 *   throws for bytes that are no Parquet file
 */
export async function openColumns(bytes: Uint8Array, where: string): Promise<CheckpointColumns> {
  const [{ parquetMetadata, parquetSchema }, decodeChunk] = await Promise.all([
    import('hyparquet/src/metadata.js'),
    chunkDecoder(),
  ])
  const metadata = parquetMetadata(bytes, { geoparquet: false })
  checkFooter(metadata, bytes.byteLength, where)
  const schema = parquetSchema(metadata)
  const properties = (metadata.key_value_metadata ?? []).map(({ key, value = '' }) => [key, value] as const)
  const leaves = new Map<SchemaTree, Leaf>()
  return {
    schema,
    properties: new Map(properties),
    read: (leaf) => {
      const known = leaves.get(leaf)
      if (known !== undefined) return known
      const path = pathTo(schema, leaf)
      const pages = metadata.row_groups.flatMap(({ columns }) =>
        decodeChunk(bytes, chunkOf(columns, leaf, where), path),
      )
      const read = joinPages(pages, path)
      leaves.set(leaf, read)
      return read
    },
  }
}

/** Before rows are read: what another engine wrote has no check, and a wrong number of rows would fill the memory. */
function checkFooter({ num_rows, row_groups }: FileMetaData, sizeBytes: number, where: string): void {
  const rows = row_groups.reduce((sum, it) => sum + it.num_rows, 0n)
  if (rows !== num_rows || rows > BigInt(sizeBytes)) {
    throw new CatalogCorruptionError(`${where}: the footer's number of rows cannot be right`)
  }
}

function chunkOf(columns: readonly ColumnChunk[], leaf: SchemaTree, where: string): ColumnMetaData {
  const name = leaf.path.join('.')
  const metadata = columns.find((it) => it.meta_data?.path_in_schema.join('.') === name)?.meta_data
  if (metadata === undefined) throw new CatalogCorruptionError(`${where}: the column ${name} is not there`)
  if (!CODECS.has(metadata.codec)) throw new UnsupportedFormatError(`${where}: compressed with ${metadata.codec}`)
  return metadata
}

/** The values of one page, dereferenced, and the levels as stored. */
interface Page {
  readonly values: ArrayLike<unknown>
  readonly definitionLevels: readonly number[]
  readonly repetitionLevels: readonly number[]
}

type ChunkDecoder = (bytes: Uint8Array, chunk: ColumnMetaData, path: SchemaTree[]) => readonly Page[]

async function chunkDecoder(): Promise<ChunkDecoder> {
  const [{ parquetHeader, readPage }, { decompressPage, readDataPage, readDataPageV2 }, convert, schema] =
    await Promise.all([
      import('hyparquet/src/column.js'),
      import('hyparquet/src/datapage.js'),
      import('hyparquet/src/convert.js'),
      import('hyparquet/src/schema.js'),
    ])
  return (bytes, chunk, schemaPath) => {
    const { type, codec, path_in_schema: pathInSchema } = chunk
    const element = (schemaPath.at(-1) as SchemaTree).element
    const column = { pathInSchema, type, element, schemaPath, codec, parsers: convert.DEFAULT_PARSERS }
    const start = Number(chunk.dictionary_page_offset ?? chunk.data_page_offset)
    const view = new DataView(bytes.buffer, bytes.byteOffset + start, Number(chunk.total_compressed_size))
    const reader = { view, offset: 0 }
    const valueLevel = schema.getMaxDefinitionLevel(schemaPath)
    const pages: Page[] = []
    let dictionary: ReturnType<typeof convert.convert> | undefined
    while (reader.offset < view.byteLength) {
      const header = parquetHeader(reader)
      if (header.type === 'DICTIONARY_PAGE') {
        dictionary = convert.convert(readPage(reader, header, column, undefined, undefined, 0).data ?? [], column)
        continue
      }
      const body = new Uint8Array(view.buffer, view.byteOffset + reader.offset, header.compressed_page_size)
      reader.offset += header.compressed_page_size
      const { data_page_header: v1, data_page_header_v2: v2 } = header
      const info = v1 ?? v2
      if (info === undefined) continue
      const page =
        v1 === undefined
          ? readDataPageV2(body, header, column)
          : readDataPage(decompressPage(body, header.uncompressed_page_size, codec, undefined), v1, column)
      const values = convert.convertWithDictionary(page.dataPage, dictionary, info.encoding, column)
      const { definitionLevels = [], repetitionLevels } = page
      // hyparquet leaves the levels out of a page in which every value is there.
      const isFull = definitionLevels.length === 0
      const stored = isFull ? new Array<number>(info.num_values).fill(valueLevel) : definitionLevels
      pages.push({ values, definitionLevels: stored, repetitionLevels })
    }
    return pages
  }
}

function joinPages(pages: readonly Page[], path: readonly SchemaTree[]): Leaf {
  const optional = path.slice(1).map((it) => it.element.repetition_type !== 'REQUIRED')
  const repeated = path.slice(1).findIndex((it) => it.element.repetition_type === 'REPEATED')
  const count = (flags: readonly boolean[]): number => flags.filter((it) => it).length
  const valueLevel = count(optional)
  const levels = { valueLevel, elementLevel: count(optional.slice(0, repeated + 1)) }
  const [page] = pages
  // What this program writes has one page a column: nothing has to be copied.
  if (page !== undefined && pages.length === 1) return { ...page, ...levels }
  return {
    values: pages.flatMap((it) => Array.from(it.values)),
    definitionLevels: pages.flatMap((it) => it.definitionLevels),
    repetitionLevels: pages.flatMap((it) => it.repetitionLevels),
    ...levels,
  }
}

/** From the root, which has no level of its own, to a leaf. */
function pathTo(root: SchemaTree, leaf: SchemaTree): SchemaTree[] {
  const path = [root]
  for (const name of leaf.path) {
    const next = path.at(-1)?.children.find((it) => it.element.name === name)
    if (next !== undefined) path.push(next)
  }
  return path
}
