import { tableFromIPC } from 'apache-arrow'
import { type ColumnChunkMetaData, Compression, Encoding, ParquetFile, readParquet } from 'parquet-wasm'
import { describe, expect, test } from 'vitest'
import { schemaOf } from '../../src/model/frame.js'
import { emptyFrame } from '../../src/model/frame-edit.js'
import { TABLE_TYPES, type TableType } from '../../src/model/schema.js'
import { type Codec, encodeFrame } from '../../src/parquet/encode.js'
import { readFooter } from '../../src/parquet/footer.js'
import { minuteBars, someTrades } from './frames.js'

/** What the engine's own reader says of the file: not this code's word for it. */
async function chunksOf(bytes: Uint8Array): Promise<ColumnChunkMetaData[]> {
  const file = await ParquetFile.fromFile(new Blob([Buffer.from(bytes)]))
  return file
    .metadata()
    .rowGroups()
    .flatMap((it) => it.columns())
}

const metadata = new Map([['k', 'v']])

describe('the layout of a file', () => {
  test('times and integers are DELTA_BINARY_PACKED, floats PLAIN, text with a dictionary', async () => {
    const [bars, trades] = [minuteBars(390), someTrades(100)]
    for (const frame of [bars, trades]) {
      const chunks = await chunksOf(await encodeFrame(frame, { codec: 'snappy', metadata }))
      const specs = schemaOf(frame.type)
      expect(chunks.map((it) => it.columnPath())).toEqual(specs.map((it) => [it.name]))
      for (const [i, { kind }] of specs.entries()) {
        const encodings = new Set(chunks[i]?.encodings())
        const isDictionary = encodings.has(Encoding.RLE_DICTIONARY)
        if (kind === 'number') expect(encodings).toEqual(new Set([Encoding.PLAIN, Encoding.RLE]))
        else if (kind === 'text') expect(isDictionary).toBe(true)
        else expect(encodings).toEqual(new Set([Encoding.DELTA_BINARY_PACKED, Encoding.RLE]))
      }
    }
  })

  test('every file gets the codec asked for, not only the first', async () => {
    const expected: readonly (readonly [Codec, Compression])[] = [
      ['snappy', Compression.SNAPPY],
      ['zstd', Compression.ZSTD],
      ['lz4_raw', Compression.LZ4_RAW],
      ['none', Compression.UNCOMPRESSED],
    ]
    for (const [codec, compression] of [...expected, ...expected]) {
      const chunks = await chunksOf(await encodeFrame(minuteBars(30), { codec, rowGroupRows: 10, metadata }))
      expect(new Set(chunks.map((it) => it.compression()))).toEqual(new Set([compression]))
    }
  })

  test.each(TABLE_TYPES)('columns of %s are exactly those of the schema, null only where it says so', async (type) => {
    const { columns } = readFooter(await emptyFile(type))
    const physical = { time: 'INT64', count: 'INT64', number: 'DOUBLE', text: 'BYTE_ARRAY', micros: 'INT64' }
    const annotation = { time: undefined, count: undefined, number: undefined, text: 'STRING', micros: 'TIMESTAMP' }
    expect(columns).toEqual(
      schemaOf(type).map(({ name, kind, nullable }, index) => {
        return { name, index, physicalType: physical[kind], annotation: annotation[kind], required: !nullable }
      }),
    )
  })

  test('timestamp is microseconds in UTC, ts_event rounded down, also before 1970', async () => {
    const bars = minuteBars(3)
    bars.column('ts_event').set([-1n, 1_999n, 1_704_205_800_123_456_789n])
    const bytes = await encodeFrame(bars, { codec: 'snappy', metadata })
    const table = tableFromIPC(readParquet(bytes).intoIPCStream())
    expect(String(table.getChild('timestamp')?.type)).toBe('Timestamp<MICROSECOND, UTC>')
    expect([...(table.getChild('timestamp')?.data[0]?.values ?? [])]).toEqual([-1n, 1n, 1_704_205_800_123_456n])
  })

  test('a daily bar file has one row group, a larger one a group for every 100,000 rows', async () => {
    expect(readFooter(await encodeFrame(minuteBars(390), { codec: 'snappy', metadata })).rowGroups).toHaveLength(1)
    const bytes = await encodeFrame(minuteBars(200_001), { codec: 'snappy', metadata })
    expect(readFooter(bytes).rowGroups.map((it) => it.numRows)).toEqual([100_000, 100_000, 1])
  })

  test('the same rows give the same bytes', async () => {
    const options = { codec: 'snappy', metadata } as const
    expect(await encodeFrame(minuteBars(390), options)).toEqual(await encodeFrame(minuteBars(390), options))
  })

  test('a daily file carries no key-values but those given', async () => {
    const file = await ParquetFile.fromFile(new Blob([Buffer.from(await emptyFile('bars'))]))
    expect(file.metadata().fileMetadata().keyValueMetadata()).toEqual(metadata)
  })
})

async function emptyFile(type: TableType): Promise<Uint8Array> {
  return encodeFrame(emptyFrame(type), { codec: 'snappy', metadata })
}
