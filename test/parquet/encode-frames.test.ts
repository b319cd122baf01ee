import { Readable } from 'node:stream'
import { tableFromIPC } from 'apache-arrow'
import { expect, test } from 'vitest'
import { arrowFileChunks } from '../../src/model/arrow/ipc-file.js'
import { type ColumnData, Frame } from '../../src/model/frame.js'
import { encodeFrame } from '../../src/parquet/encode.js'
import { encodeFrames } from '../../src/parquet/encode-frames.js'
import { readFooter } from '../../src/parquet/footer.js'

const OPTIONS = { codec: 'snappy', metadata: new Map([['who', 'test']]) } as const
const ROWS = 250_000

/** Trades whose every value follows from its row. */
function trades(from: number, count: number): Frame<'trades'> {
  const stamps = BigInt64Array.from({ length: count }, (_, i) => BigInt(from + i) * 1_000_000n)
  const numbers = Float64Array.from({ length: count }, (_, i) => (from + i) / 8)
  const texts = Array.from({ length: count }, (_, i) => ((from + i) % 3 === 0 ? null : `t${(from + i) % 7}`))
  const nulls = Uint8Array.from(texts, (it) => (it === null ? 1 : 0))
  const sequence = { values: stamps.map((it) => it / 2n), nulls: undefined }
  const text = { values: texts, nulls }
  return new Frame(
    'trades',
    count,
    new Map<string, ColumnData>([
      ['ts_event', { values: stamps }],
      ['ts_init', { values: stamps.slice() }],
      ['price', { values: numbers }],
      ['size', { values: numbers.slice() }],
      ['exchange', text],
      ['conditions', text],
      ['trade_id', text],
      ['aggressor_side', text],
      ['sequence', sequence],
      ['correction', text],
    ]),
  )
}

function* parts(): Generator<Frame<'trades'>> {
  for (let from = 0; from < ROWS; from += 12_500) yield trades(from, 12_500)
}

test('rows in parts are the same Parquet file as rows in one piece', async () => {
  const inParts = await encodeFrames('trades', parts(), OPTIONS)
  expect(readFooter(inParts).rowGroups).toHaveLength(3)
  expect(Buffer.from(inParts).equals(await encodeFrame(trades(0, ROWS), OPTIONS))).toBe(true)
})

test('no rows are a Parquet file with the columns of the type and no row group', async () => {
  const bytes = await encodeFrames('trades', [], OPTIONS)
  expect(readFooter(bytes).rowGroups).toEqual([])
  expect(Buffer.from(bytes).equals(await encodeFrame(trades(0, 0), OPTIONS))).toBe(true)
})

test('an Arrow file is handed on a record batch at a time, and holds every row', async () => {
  const sizes: number[] = []
  const chunks: Uint8Array[] = []
  let given = 0
  function* counted(): Generator<Frame<'trades'>> {
    for (const frame of parts()) {
      given += frame.numRows
      yield frame
    }
  }
  for await (const chunk of arrowFileChunks('trades', counted(), ['sequence', 'ts_event', 'exchange'])) {
    sizes.push(given)
    chunks.push(chunk.slice())
  }
  expect([...new Set(sizes)]).toEqual([100_000, 200_000, ROWS])
  const table = tableFromIPC(Buffer.concat(chunks))
  expect(table.schema.fields.map((it) => it.name)).toEqual(['sequence', 'ts_event', 'exchange'])
  expect(table.numRows).toBe(ROWS)
  const last = ROWS - 1
  expect(table.get(last)?.toJSON()).toEqual({
    sequence: BigInt(last) * 500_000n,
    ts_event: BigInt(last) * 1_000_000n,
    exchange: last % 3 === 0 ? null : `t${last % 7}`,
  })
})

test('an Arrow file without rows still has its columns', async () => {
  const chunks = await Readable.from(arrowFileChunks('trades', [], ['price'])).toArray()
  const table = tableFromIPC(Buffer.concat(chunks))
  expect([table.numRows, table.schema.fields.map((it) => it.name)]).toEqual([0, ['price']])
})
