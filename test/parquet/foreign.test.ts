import * as arrow from 'apache-arrow'
import { Table, writeParquet } from 'parquet-wasm'
import { describe, expect, test } from 'vitest'
import { UnsupportedFormatError } from '../../src/model/errors.js'
import { decodeFrame } from '../../src/parquet/decode.js'
import { readFooter } from '../../src/parquet/footer.js'

/** A file as other writers make them: default properties, dictionaries everywhere, an embedded Arrow schema. */
function foreignFile(columns: Readonly<Record<string, arrow.Vector>>): Uint8Array {
  return writeParquet(Table.fromIPCStream(arrow.tableToIPC(new arrow.Table(columns), 'stream')))
}

const int64 = (...values: (bigint | null)[]): arrow.Vector => arrow.vectorFromArray(values, new arrow.Int64())
const float64 = (...values: (number | null)[]): arrow.Vector => arrow.vectorFromArray(values, new arrow.Float64())

const bars = {
  ts_event: int64(1n, 2n),
  ts_init: int64(2n, 3n),
  open: float64(1, 2),
  high: float64(2, 3),
  low: float64(0.5, 1.5),
  close: float64(1.5, 2.5),
}
const trades = {
  ts_event: int64(1n, 2n, 3n),
  ts_init: int64(2n, 3n, 4n),
  price: float64(5, 6, 7),
  size: float64(1, 1, 2),
}

describe('files of other writers', () => {
  test('columns may come in any order, and OPTIONAL', () => {
    const { close, open, ...rest } = bars
    const { frame } = decodeFrame('bars', foreignFile({ close, ...rest, open }))
    expect([...frame.column('open')]).toEqual([1, 2])
    expect([...frame.column('close')]).toEqual([1.5, 2.5])
  })

  test('a part is read by name too, not by place', () => {
    const { ts_event, ts_init, price, size } = trades
    const exchange = arrow.vectorFromArray(['Q', null, 'é'], new arrow.LargeUtf8())
    const { frame } = decodeFrame('trades', foreignFile({ size, exchange, ts_init, price, ts_event }))
    expect([...frame.column('ts_event'), ...frame.column('ts_init')]).toEqual([1n, 2n, 3n, 2n, 3n, 4n])
    expect([...frame.column('price'), ...frame.column('size')]).toEqual([5, 6, 7, 1, 1, 2])
  })

  test('nullable columns that are absent read as null', () => {
    const { frame } = decodeFrame('bars', foreignFile(bars))
    expect([...frame].map((it) => [it.volume, it.vwap, it.trade_count])).toEqual([
      [null, null, null],
      [null, null, null],
    ])
  })

  test('columns that the type does not have are ignored, nested ones too', () => {
    const list = arrow.vectorFromArray([[1, 2], []], new arrow.List(new arrow.Field('item', new arrow.Float64(), true)))
    const { close, ...rest } = bars
    const { frame } = decodeFrame('bars', foreignFile({ note: list, ...rest, adj_close: float64(9, 9), close }))
    expect([...frame.column('close')]).toEqual([1.5, 2.5])
    expect(frame.columnNames).not.toContain('note')
  })

  test.each([
    ['LargeUtf8', arrow.vectorFromArray(['Q', null, 'é'], new arrow.LargeUtf8())],
    ['Dictionary', arrow.vectorFromArray(['Q', null, 'é'], new arrow.Dictionary(new arrow.Utf8(), new arrow.Int32()))],
  ])('text is read where the embedded Arrow schema calls it %s', (_, exchange) => {
    const { frame } = decodeFrame('trades', foreignFile({ ...trades, exchange }))
    expect(frame.column('exchange')).toEqual(['Q', null, 'é'])
    expect(frame.isNull('exchange', 1)).toBe(true)
  })

  test('nulls are found past the first byte of the bitmap', () => {
    const volumes = Array.from({ length: 21 }, (_, i) => (i % 5 === 4 ? null : i))
    const times = (): arrow.Vector => int64(...volumes.map((_, i) => BigInt(i)))
    const prices = (): arrow.Vector => float64(...volumes.map((_, i) => i))
    const file = foreignFile({
      ts_event: times(),
      ts_init: times(),
      open: prices(),
      high: prices(),
      low: prices(),
      close: prices(),
      volume: float64(...volumes),
    })
    expect([...decodeFrame('bars', file).frame].map((it) => it.volume)).toEqual(volumes)
  })

  test('a non-null column that is absent is named', () => {
    const { close, ...rest } = bars
    expect(close.length).toBe(2)
    expect(() => decodeFrame('bars', foreignFile(rest))).toThrow(
      new UnsupportedFormatError("the Parquet file has no column 'close'"),
    )
  })

  test.each([
    ['close', 'FLOAT', arrow.vectorFromArray([1, 2], new arrow.Float32())],
    ['close', 'INT64', int64(1n, 2n)],
    ['trade_count', 'INT32', arrow.vectorFromArray([1, 2], new arrow.Int32())],
    ['trade_count', 'INT64 (UNSIGNED)', arrow.vectorFromArray([1n, 2n], new arrow.Uint64())],
    ['ts_event', 'INT64 (TIMESTAMP)', arrow.vectorFromArray([1, 2], new arrow.TimestampNanosecond('UTC'))],
    ['ts_init', 'BYTE_ARRAY (STRING)', arrow.vectorFromArray(['1', '2'], new arrow.Utf8())],
  ])('%s of type %s is unsupported, and named', (name, type, vector) => {
    const decode = (): unknown => decodeFrame('bars', foreignFile({ ...bars, [name]: vector }))
    expect(decode).toThrow(UnsupportedFormatError)
    expect(decode).toThrow(`column '${name}' of the Parquet file is ${type}, not`)
  })

  test('text without the UTF8 annotation is unsupported', () => {
    const exchange = arrow.vectorFromArray([Buffer.from('Q'), Buffer.from('N'), null], new arrow.Binary())
    const decode = (): unknown => decodeFrame('trades', foreignFile({ ...trades, exchange }))
    expect(decode).toThrow("column 'exchange' of the Parquet file is BYTE_ARRAY, not BYTE_ARRAY (STRING)")
  })

  test('a null where the type has none is unsupported, and named', () => {
    const decode = (): unknown => decodeFrame('bars', foreignFile({ ...bars, close: float64(1, null) }))
    expect(decode).toThrow(new UnsupportedFormatError("column 'close' of the Parquet file is null in row 1"))
  })

  test('their key-values are read', () => {
    expect([...readFooter(foreignFile(bars)).metadata.keys()]).toEqual(['ARROW:schema'])
  })
})
