import { describe, expect, test } from 'vitest'
import { InvalidRequestError } from '../../src/model/errors.js'
import { sameRows } from '../../src/model/frame-edit.js'
import { decodeFrame, decodeRowGroups } from '../../src/parquet/decode.js'
import { encodeFrame } from '../../src/parquet/encode.js'
import { minuteBars, someTrades } from './frames.js'

const metadata = new Map<string, string>()

describe('projection', () => {
  // Few rows are decoded whole, many are cut out of the file first: both must give the columns asked for.
  test.each([5, 390, 20_000])(
    'the columns of %d rows are those asked for, in the order of the schema',
    async (numRows) => {
      const bars = minuteBars(numRows)
      const bytes = await encodeFrame(bars, { codec: 'snappy', metadata })
      const { frame } = decodeFrame('bars', bytes, { columns: ['vwap', 'close'] })
      expect(frame.columnNames).toEqual(['close', 'vwap'])
      expect(frame.column('close')).toEqual(bars.column('close'))
      expect(frame.column('vwap')).toEqual(bars.column('vwap'))
      expect(frame.isNull('vwap', 3)).toBe(true)
    },
  )

  test.each([3, 20_000])('timestamp of %d rows brings ts_event, from which it follows', async (numRows) => {
    const bytes = await encodeFrame(minuteBars(numRows), { codec: 'snappy', metadata })
    const { frame } = decodeFrame('bars', bytes, { columns: ['timestamp'] })
    expect(frame.columnNames).toEqual(['ts_event', 'timestamp'])
    expect(frame.column('timestamp')[2]).toBe(minuteBars(3).column('timestamp')[2])
  })

  test('text columns are cut out with their dictionaries', async () => {
    const trades = someTrades(9000)
    const bytes = await encodeFrame(trades, { codec: 'zstd', rowGroupRows: 4000, metadata })
    const parts = [...decodeRowGroups('trades', bytes, { columns: ['correction', 'exchange'] })]
    expect(parts.flatMap((it) => [...it.column('exchange')])).toEqual(trades.column('exchange'))
    expect(parts.flatMap((it) => [...it.column('correction')])).toEqual(trades.column('correction'))
  })

  test('all columns by name are the same as none named', async () => {
    const bars = minuteBars(390)
    const bytes = await encodeFrame(bars, { codec: 'snappy', metadata })
    expect(sameRows(decodeFrame('bars', bytes, { columns: bars.columnNames }).frame, bars)).toBe(true)
  })

  test('a column that the type does not have is refused', async () => {
    const bytes = await encodeFrame(minuteBars(1), { codec: 'snappy', metadata })
    expect(() => decodeFrame('bars', bytes, { columns: ['bid_price'] })).toThrow(InvalidRequestError)
  })
})
