import fc from 'fast-check'
import { type ColumnData, Frame, storedColumns } from '../../src/model/frame.js'
import type { ColumnSpec } from '../../src/model/schema.js'
import { TABLE_TYPES, type TableType } from '../../src/model/schema.js'
import { MAX_NS, MIN_NS } from '../../src/model/time.js'

/** Frames of any content a column can hold: nulls, NaN, -0, the extremes of int64, empty and non-ASCII text. */
export function anyFrame(maxRows = 40): fc.Arbitrary<Frame> {
  return fc
    .tuple(fc.constantFrom(...TABLE_TYPES), fc.nat({ max: maxRows }))
    .chain(([type, numRows]) => frameOf(type, numRows))
}

function frameOf(type: TableType, numRows: number): fc.Arbitrary<Frame> {
  const specs = storedColumns(type)
  return fc
    .tuple(...specs.map((spec) => anyColumn(spec, numRows)))
    .map(
      (columns) => new Frame(type, numRows, new Map(columns.map((data, i) => [(specs[i] as ColumnSpec).name, data]))),
    )
}

function anyColumn(spec: ColumnSpec, numRows: number): fc.Arbitrary<ColumnData> {
  const size = { minLength: numRows, maxLength: numRows }
  const nulls = spec.nullable
    ? fc.oneof(
        fc.constant(undefined),
        fc.array(fc.constantFrom(0, 1), size).map((it) => Uint8Array.from(it)),
      )
    : fc.constant(undefined)
  if (spec.kind === 'number') {
    return fc.tuple(fc.array(fc.double(), size), nulls).map(([values, marks]) => {
      return { values: Float64Array.from(values, (it, i) => (marks?.[i] === 1 ? Number.NaN : it)), nulls: marks }
    })
  }
  if (spec.kind === 'text') {
    const text = fc.string({ unit: fc.constantFrom('a', 'Z', '7', ',', 'é', '漢', '𝄞') })
    // A text column says null twice, by the value and by the mark: the frame's own convention.
    return fc.tuple(fc.array(text, size), nulls).map(([values, marks]) => {
      return { values: values.map((it, i) => (marks?.[i] === 1 ? null : it)), nulls: marks }
    })
  }
  return fc.tuple(fc.array(fc.bigInt({ min: MIN_NS, max: MAX_NS }), size), nulls).map(([values, marks]) => {
    return { values: BigInt64Array.from(values, (it, i) => (marks?.[i] === 1 ? 0n : it)), nulls: marks }
  })
}

const MINUTE_NS = 60_000_000_000n
const OPEN_NS = 1_704_205_800_000_000_000n

/** Minute bars in cents with some nulls in `vwap`, the same for the same arguments. */
export function minuteBars(numRows: number, startNs: bigint = OPEN_NS): Frame<'bars'> {
  const times = BigInt64Array.from({ length: numRows }, (_, i) => startNs + BigInt(i) * MINUTE_NS)
  const price = (shift: number): ColumnData => ({
    values: Float64Array.from({ length: numRows }, (_, i) => (18_000 + shift + ((i * 7919) % 211)) / 100),
  })
  const vwapNulls = Uint8Array.from({ length: numRows }, (_, i) => (i % 10 === 3 ? 1 : 0))
  const vwap = Float64Array.from({ length: numRows }, (_, i) => (i % 10 === 3 ? Number.NaN : 180 + (i % 17) / 100))
  return new Frame(
    'bars',
    numRows,
    new Map<string, ColumnData>([
      ['ts_event', { values: times }],
      ['ts_init', { values: times.map((it) => it + MINUTE_NS) }],
      ['open', price(0)],
      ['high', price(50)],
      ['low', price(-50)],
      ['close', price(7)],
      ['volume', { values: Float64Array.from({ length: numRows }, (_, i) => (i * 31) % 5000) }],
      ['vwap', { values: vwap, nulls: vwapNulls }],
      ['trade_count', { values: BigInt64Array.from({ length: numRows }, (_, i) => BigInt((i * 13) % 400)) }],
    ]),
  )
}

/** Trades with text columns, some of them null. */
export function someTrades(numRows: number): Frame<'trades'> {
  const times = BigInt64Array.from({ length: numRows }, (_, i) => OPEN_NS + BigInt(i) * 1_234_567n)
  const text = (of: (row: number) => string | null): ColumnData => {
    const values = Array.from({ length: numRows }, (_, i) => of(i))
    return { values, nulls: Uint8Array.from(values, (it) => (it === null ? 1 : 0)) }
  }
  return new Frame(
    'trades',
    numRows,
    new Map<string, ColumnData>([
      ['ts_event', { values: times }],
      ['ts_init', { values: times.map((it) => it + 900n) }],
      ['price', { values: Float64Array.from({ length: numRows }, (_, i) => 180 + (i % 40) / 100) }],
      ['size', { values: Float64Array.from({ length: numRows }, (_, i) => 1 + (i % 300)) }],
      ['exchange', text((i) => (i % 3 === 0 ? 'Q' : 'N'))],
      ['conditions', text((i) => (i % 4 === 0 ? '12,37' : i % 4 === 1 ? '' : null))],
      ['trade_id', text((i) => `${71_675_577_320_000 + i}`)],
      ['aggressor_side', text(() => null)],
      ['sequence', { values: BigInt64Array.from({ length: numRows }, (_, i) => BigInt(i)) }],
      ['correction', text((i) => (i % 9 === 0 ? 'ä€' : null))],
    ]),
  )
}
