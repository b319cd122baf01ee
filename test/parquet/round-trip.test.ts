import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { InvalidDataError, InvalidRequestError } from '../../src/model/errors.js'
import { Frame, storedColumns } from '../../src/model/frame.js'
import { allocateFrame, emptyFrame, sameRows } from '../../src/model/frame-edit.js'
import { TABLE_TYPES } from '../../src/model/schema.js'
import { MAX_NS, MIN_NS } from '../../src/model/time.js'
import { decodeFrame, decodeInto, decodeRowGroups } from '../../src/parquet/decode.js'
import { type Codec, encodeFrame } from '../../src/parquet/encode.js'
import { anyFrame, minuteBars, someTrades } from './frames.js'

const CODECS: readonly Codec[] = ['snappy', 'zstd', 'lz4_raw', 'none']
const NO_METADATA: ReadonlyMap<string, string> = new Map()

describe('round trip', () => {
  test('any frame comes back bit for bit, with any codec and any size of row group', async () => {
    await fc.assert(
      fc.asyncProperty(
        anyFrame(),
        fc.constantFrom(...CODECS),
        fc.integer({ min: 1, max: 50 }),
        async (frame, codec, rowGroupRows) => {
          const bytes = await encodeFrame(frame, { codec, rowGroupRows, metadata: NO_METADATA })
          expect(sameRows(decodeFrame(frame.type, bytes).frame, frame)).toBe(true)
        },
      ),
      { numRuns: 150 },
    )
  })

  test('NaN in a number is not a null, and -0 is not 0', async () => {
    const bars = minuteBars(4)
    bars.column('close').set([Number.NaN, -0, Number.NEGATIVE_INFINITY, Number.MIN_VALUE])
    const { frame } = decodeFrame('bars', await encodeFrame(bars, { codec: 'snappy', metadata: NO_METADATA }))
    expect([...frame.column('close')]).toEqual([Number.NaN, -0, Number.NEGATIVE_INFINITY, Number.MIN_VALUE])
    expect(frame.isNull('close', 0)).toBe(false)
  })

  test('the bits of a NaN survive', async () => {
    const bars = minuteBars(1)
    new BigUint64Array(bars.column('open').buffer)[0] = 0x7ff8_0000_dead_beefn
    const { frame } = decodeFrame('bars', await encodeFrame(bars, { codec: 'snappy', metadata: NO_METADATA }))
    expect(new BigUint64Array(frame.column('open').buffer)[0]).toBe(0x7ff8_0000_dead_beefn)
  })

  test('a null reads as null and NaN, an empty text as empty', async () => {
    const trades = someTrades(8)
    const { frame } = decodeFrame('trades', await encodeFrame(trades, { codec: 'zstd', metadata: NO_METADATA }))
    expect(frame.column('conditions')).toEqual(['12,37', '', null, null, '12,37', '', null, null])
    expect(frame.isNull('conditions', 1)).toBe(false)
    expect(frame.isNull('conditions', 2)).toBe(true)
    const bars = decodeFrame('bars', await encodeFrame(minuteBars(5), { codec: 'zstd', metadata: NO_METADATA })).frame
    expect(bars.column('vwap')[3]).toBeNaN()
    expect(bars.cell('vwap', 3)).toBeNull()
  })

  test('the extremes of int64 survive', async () => {
    const bars = minuteBars(2)
    bars.column('ts_event').set([MIN_NS, MAX_NS])
    const { frame } = decodeFrame('bars', await encodeFrame(bars, { codec: 'snappy', metadata: NO_METADATA }))
    expect([...frame.column('ts_event')]).toEqual([MIN_NS, MAX_NS])
  })

  test.each(TABLE_TYPES)('no rows of %s are a file with all columns, metadata and no row group', async (type) => {
    const metadata = new Map([['coverage', '[]']])
    const decoded = decodeFrame(type, await encodeFrame(emptyFrame(type), { codec: 'snappy', metadata }))
    expect(decoded.frame.numRows).toBe(0)
    expect(decoded.frame.columnNames).toEqual(emptyFrame(type).columnNames)
    expect(decoded.metadata).toEqual(metadata)
  })

  test('a view on part of larger arrays encodes its own rows', async () => {
    const part = minuteBars(100).slice(33, 71)
    const bytes = await encodeFrame(part, { codec: 'snappy', rowGroupRows: 7, metadata: NO_METADATA })
    expect(sameRows(decodeFrame('bars', bytes).frame, part)).toBe(true)
  })

  test('columns may share one array', async () => {
    const prices = { values: minuteBars(21).column('open') }
    const columns = new Map(storedColumns('bars').map((it) => [it.name, minuteBars(21).data(it.name)]))
    for (const name of ['open', 'high', 'low', 'close']) columns.set(name, prices)
    const frame = new Frame('bars', 21, columns)
    const bytes = await encodeFrame(frame, { codec: 'snappy', metadata: NO_METADATA })
    expect(sameRows(decodeFrame('bars', bytes).frame, frame)).toBe(true)
  })

  test('key-values survive, of any length and any language', async () => {
    const metadata = new Map([
      ['ntrader.coverage', JSON.stringify(Array.from({ length: 3000 }, (_, i) => i))],
      ['ключ', '値 𝄞'],
      ['empty', ''],
    ])
    for (const frame of [minuteBars(3), minuteBars(0)]) {
      expect(decodeFrame('bars', await encodeFrame(frame, { codec: 'snappy', metadata })).metadata).toEqual(metadata)
    }
  })
})

describe('row groups', () => {
  test('a file decodes one row group at a time, in order', async () => {
    const bars = minuteBars(25)
    const bytes = await encodeFrame(bars, { codec: 'snappy', rowGroupRows: 10, metadata: NO_METADATA })
    const parts = [...decodeRowGroups('bars', bytes)]
    expect(parts.map((it) => it.numRows)).toEqual([10, 10, 5])
    expect(parts.every((part, i) => sameRows(part, bars.slice(i * 10, i * 10 + part.numRows)))).toBe(true)
  })

  test('chosen row groups come in the order asked for', async () => {
    const bytes = await encodeFrame(minuteBars(25), { codec: 'snappy', rowGroupRows: 10, metadata: NO_METADATA })
    const { frame } = decodeFrame('bars', bytes, { rowGroups: [2, 0] })
    const times = minuteBars(25).column('ts_event')
    expect([...frame.column('ts_event')]).toEqual([...times.subarray(20), ...times.subarray(0, 10)])
  })

  test('a row group that is not there is refused', async () => {
    const bytes = await encodeFrame(minuteBars(5), { codec: 'snappy', metadata: NO_METADATA })
    expect(() => decodeFrame('bars', bytes, { rowGroups: [1] })).toThrow(InvalidRequestError)
  })
})

describe('decoding into columns', () => {
  test('files land one after another', async () => {
    const days = [minuteBars(7), minuteBars(0), minuteBars(390, 1_704_292_200_000_000_000n)]
    const { rooms, frame } = allocateFrame('bars', 397, storedColumns('bars'))
    let offset = 0
    for (const day of days) {
      offset += decodeInto(rooms, offset, await encodeFrame(day, { codec: 'snappy', metadata: NO_METADATA }))
    }
    expect(offset).toBe(397)
    expect(sameRows(frame.slice(0, 7), minuteBars(7))).toBe(true)
    expect(sameRows(frame.slice(7, 397), minuteBars(390, 1_704_292_200_000_000_000n))).toBe(true)
  })

  test('more rows than there is room for are an error', async () => {
    const bytes = await encodeFrame(minuteBars(5), { codec: 'snappy', metadata: NO_METADATA })
    const { rooms } = allocateFrame('bars', 6, storedColumns('bars'))
    expect(() => decodeInto(rooms, 2, bytes)).toThrow('5 rows, where 4 were expected')
  })
})

describe('what cannot be stored is refused', () => {
  test('a null in a column that has none, by name and row', async () => {
    const columns = new Map(storedColumns('bars').map((it) => [it.name, minuteBars(3).data(it.name)]))
    columns.set('close', { values: new Float64Array(3), nulls: Uint8Array.of(0, 0, 1) })
    const frame = new Frame('bars', 3, columns)
    await expect(encodeFrame(frame, { codec: 'snappy', metadata: NO_METADATA })).rejects.toThrow(
      "'close' is null in row 2",
    )
  })

  test('half of a surrogate pair, also when the next row holds the other half', async () => {
    const columns = new Map(storedColumns('trades').map((it) => [it.name, someTrades(2).data(it.name)]))
    columns.set('exchange', { values: ['a\ud834', '\udd1eb'] })
    const frame = new Frame('trades', 2, columns)
    await expect(encodeFrame(frame, { codec: 'snappy', metadata: NO_METADATA })).rejects.toThrow(InvalidDataError)
  })

  test('a frame without all columns', async () => {
    const frame = new Frame('bars', 1, new Map([['ts_event', minuteBars(1).data('ts_event')]]))
    await expect(encodeFrame(frame, { codec: 'snappy', metadata: NO_METADATA })).rejects.toThrow(InvalidRequestError)
  })

  test.each([0, 1.5, 100_001])('row groups of %d rows', async (rowGroupRows) => {
    const encoding = encodeFrame(minuteBars(1), { codec: 'snappy', rowGroupRows, metadata: NO_METADATA })
    await expect(encoding).rejects.toThrow(InvalidRequestError)
  })
})
