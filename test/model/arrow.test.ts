import * as arrow from 'apache-arrow'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { frameFromArrow, isArrowTable, unknownColumns } from '../../src/model/arrow/from-arrow.js'
import { frameToArrow } from '../../src/model/arrow/to-arrow.js'
import { InvalidDataError } from '../../src/model/errors.js'
import { Frame, storedColumns } from '../../src/model/frame.js'
import { emptyFrame, sameRows } from '../../src/model/frame-edit.js'
import { anyFrame, minuteBars, someTrades } from '../parquet/frames.js'

const int64 = (...values: (bigint | null)[]): arrow.Vector => arrow.vectorFromArray(values, new arrow.Int64())
const float64 = (...values: (number | null)[]): arrow.Vector => arrow.vectorFromArray(values, new arrow.Float64())
const trades = { ts_event: int64(1n, 2n), ts_init: int64(2n, 3n), price: float64(5, 6), size: float64(1, 2) }

describe('a frame as an Arrow table', () => {
  test('comes back as the same frame, also through IPC', async () => {
    await fc.assert(
      fc.asyncProperty(anyFrame(20), async (frame) => {
        const table = await frameToArrow(frame)
        expect(sameRows(frameFromArrow(frame.type, table), frame)).toBe(true)
        const copy = arrow.tableFromIPC(arrow.tableToIPC(table))
        expect(sameRows(frameFromArrow(frame.type, copy), frame)).toBe(true)
      }),
    )
  })

  test('has the columns of the schema, with their types', async () => {
    const { schema } = await frameToArrow(someTrades(3))
    const types = schema.fields.slice(0, 5).map((it) => [it.name, String(it.type), it.nullable])
    expect(types).toEqual([
      ['ts_event', 'Int64', false],
      ['ts_init', 'Int64', false],
      ['timestamp', 'Timestamp<MICROSECOND, UTC>', false],
      ['price', 'Float64', false],
      ['size', 'Float64', false],
    ])
    expect(schema.fields.find((it) => it.name === 'exchange')?.nullable).toBe(true)
  })

  test('goes through IPC also when its columns share one array', async () => {
    const bars = minuteBars(21)
    const columns = new Map(storedColumns('bars').map((it) => [it.name, bars.data(it.name)]))
    columns.set('high', bars.data('open'))
    const frame = new Frame('bars', 21, columns)
    const copy = arrow.tableFromIPC(arrow.tableToIPC(await frameToArrow(frame)))
    expect(sameRows(frameFromArrow('bars', copy), frame)).toBe(true)
  })

  test('may have no rows, or more than a batch', async () => {
    const none = await frameToArrow(emptyFrame('quotes'))
    expect([none.numRows, none.numCols]).toEqual([0, 11])
    const bars = minuteBars(100_001)
    const table = await frameToArrow(bars)
    expect(table.batches.length).toBe(2)
    expect(sameRows(frameFromArrow('bars', table), bars)).toBe(true)
  })
})

describe('an Arrow table as a frame', () => {
  test.each([
    ['seconds', new arrow.TimestampSecond('UTC'), [2n, -1n], [2_000_000_000n, -1_000_000_000n]],
    ['milliseconds', new arrow.TimestampMillisecond('UTC'), [2n, -1n], [2_000_000n, -1_000_000n]],
    ['microseconds', new arrow.TimestampMicrosecond('America/New_York'), [2n, -1n], [2000n, -1000n]],
    [
      'nanoseconds',
      new arrow.TimestampNanosecond('UTC'),
      [1_704_205_800_123_456_789n, -1n],
      [1_704_205_800_123_456_789n, -1n],
    ],
  ])('timestamps of %s are exact', (_, type, values, expected) => {
    const data = arrow.makeData({ type, length: 2, nullCount: 0, data: BigInt64Array.from(values) })
    const table = new arrow.Table({ ...trades, ts_event: new arrow.Vector([data]) })
    expect([...frameFromArrow('trades', table).column('ts_event')]).toEqual(expected)
  })

  test('a timestamp without a zone is refused', () => {
    const naive = arrow.vectorFromArray([1, 2], new arrow.TimestampMicrosecond())
    expect(() => frameFromArrow('trades', new arrow.Table({ ...trades, ts_event: naive }))).toThrow('without a zone')
  })

  test('a timestamp that does not fit nanoseconds is refused, with its row', () => {
    const far = arrow.vectorFromArray([1, 4e14], new arrow.TimestampMillisecond('UTC'))
    expect(() => frameFromArrow('trades', new arrow.Table({ ...trades, ts_event: far }))).toThrow("'ts_event' in row 1")
  })

  test('numbers may be of any integer or float type', () => {
    for (const type of [new arrow.Float32(), new arrow.Int8(), new arrow.Uint16(), new arrow.Int32()]) {
      const table = new arrow.Table({ ...trades, price: arrow.vectorFromArray([5, 6], type) })
      expect([...frameFromArrow('trades', table).column('price')], String(type)).toEqual([5, 6])
    }
    const table = new arrow.Table({ ...trades, size: int64(100n, 7n) })
    expect([...frameFromArrow('trades', table).column('size')]).toEqual([100, 7])
  })

  test('an integer that no double holds is refused, with its row', () => {
    const size = int64(1n, 2n ** 53n + 1n)
    expect(() => frameFromArrow('trades', new arrow.Table({ ...trades, size }))).toThrow("'size' in row 1")
  })

  test('counts may be floats that hold integers, and nothing else', () => {
    const counts = new arrow.Table({ ...trades, sequence: float64(3, null) })
    expect([...frameFromArrow('trades', counts)].map((it) => it.sequence)).toEqual([3n, null])
    const halves = new arrow.Table({ ...trades, sequence: float64(3, 0.5) })
    expect(() => frameFromArrow('trades', halves)).toThrow(InvalidDataError)
  })

  test('text may be Utf8, LargeUtf8 or a dictionary', () => {
    const dictionary = new arrow.Dictionary(new arrow.Utf8(), new arrow.Int32())
    for (const type of [new arrow.Utf8(), new arrow.LargeUtf8(), dictionary]) {
      const table = new arrow.Table({ ...trades, exchange: arrow.vectorFromArray(['é', null], type) })
      const frame = frameFromArrow('trades', table)
      expect(frame.column('exchange'), String(type)).toEqual(['é', null])
      expect(frame.isNull('exchange', 1), String(type)).toBe(true)
    }
  })

  test('a slice that starts inside a byte of the validity bitmap keeps its nulls', () => {
    const values = Array.from({ length: 20 }, (_, i) => (i % 3 === 0 ? null : i))
    const times = int64(...values.map((_, i) => BigInt(i)))
    const all = float64(...values.map((_, i) => i))
    const table = new arrow.Table({
      ts_event: times,
      ts_init: times,
      price: all,
      size: all,
      sequence: float64(...values),
    })
    const frame = frameFromArrow('trades', table.slice(5, 17))
    const expected = values.slice(5, 17).map((it) => (it === null ? null : BigInt(it)))
    expect([...frame].map((it) => it.sequence)).toEqual(expected)
    expect([...frame.column('ts_event')][0]).toBe(5n)
  })

  test('without ts_init the frame has none', () => {
    const { ts_init, ...rest } = trades
    expect(ts_init.length).toBe(2)
    const frame = frameFromArrow('trades', new arrow.Table(rest))
    expect(frame.columnNames).not.toContain('ts_init')
    expect(frame.columnNames).toContain('ts_event')
  })

  test('a column that must be there, or must not be null, is named', () => {
    const { price, ...rest } = trades
    expect(price.length).toBe(2)
    expect(() => frameFromArrow('trades', new arrow.Table(rest))).toThrow("no column 'price'")
    const nulls = new arrow.Table({ ...trades, price: float64(5, null) })
    expect(() => frameFromArrow('trades', nulls)).toThrow("'price' is null in row 1")
    const text = new arrow.Table({ ...trades, price: arrow.vectorFromArray(['5', '6'], new arrow.Utf8()) })
    expect(() => frameFromArrow('trades', text)).toThrow("'price' of the Arrow table is Utf8, not a number")
  })

  test('columns that the type does not have are told apart', () => {
    const table = new arrow.Table({ ...trades, Price: float64(5, 6), timestamp: int64(0n, 0n) })
    expect(unknownColumns('trades', table)).toEqual(['Price'])
  })
})

describe('isArrowTable', () => {
  test('goes by shape, so a table of another copy of the library is one', () => {
    const real = new arrow.Table(trades)
    const stranger = { numRows: 2, schema: { fields: real.schema.fields }, getChild: real.getChild.bind(real) }
    expect(isArrowTable(stranger)).toBe(true)
    expect(frameFromArrow('trades', stranger).numRows).toBe(2)
    for (const other of [null, [], {}, minuteBars(1), new Map(), real.schema]) expect(isArrowTable(other)).toBe(false)
  })
})
