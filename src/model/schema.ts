/** One Delta table per record type. */
export type RecordType = 'bars' | 'quotes' | 'trades'
export const RECORD_TYPES: readonly RecordType[] = ['bars', 'quotes', 'trades']

/**
 * What a column holds.
 * - `time`: INT64 nanoseconds UTC, `BigInt64Array`
 * - `count`: INT64, `BigInt64Array`
 * - `number`: DOUBLE, `Float64Array`
 * - `text`: UTF8, an array of strings
 * - `micros`: TIMESTAMP(MICROS, UTC), derived from `ts_event` for people and engines
 */
export type ColumnKind = 'time' | 'count' | 'number' | 'text' | 'micros'

export interface ColumnSpec<Name extends string = string> {
  readonly name: Name
  readonly kind: ColumnKind
  readonly nullable: boolean
}

function column<const Name extends string, const Kind extends ColumnKind>(
  name: Name,
  kind: Kind,
  nullable = false,
): { readonly name: Name; readonly kind: Kind; readonly nullable: boolean } {
  return { name, kind, nullable }
}

const TIMES = [column('ts_event', 'time'), column('ts_init', 'time'), column('timestamp', 'micros')] as const

/**
 * The columns of each record type, in the order of the files (DESIGN §3). Frozen by the first commit of a table:
 * names, order, kinds and nullability never change.
 */
export const SCHEMAS = {
  bars: [
    ...TIMES,
    column('open', 'number'),
    column('high', 'number'),
    column('low', 'number'),
    column('close', 'number'),
    column('volume', 'number', true),
    column('vwap', 'number', true),
    column('trade_count', 'count', true),
  ],
  quotes: [
    ...TIMES,
    column('bid_price', 'number', true),
    column('bid_size', 'number', true),
    column('ask_price', 'number', true),
    column('ask_size', 'number', true),
    column('bid_exchange', 'text', true),
    column('ask_exchange', 'text', true),
    column('conditions', 'text', true),
    column('sequence', 'count', true),
  ],
  trades: [
    ...TIMES,
    column('price', 'number'),
    column('size', 'number'),
    column('exchange', 'text', true),
    column('conditions', 'text', true),
    column('trade_id', 'text', true),
    column('aggressor_side', 'text', true),
    column('sequence', 'count', true),
    column('correction', 'text', true),
  ],
} as const satisfies Record<RecordType, readonly ColumnSpec[]>

type SchemaColumn<T extends RecordType> = (typeof SCHEMAS)[T][number]
export type ColumnName<T extends RecordType> = SchemaColumn<T>['name']

interface ValuesByKind {
  time: BigInt64Array
  micros: BigInt64Array
  count: BigInt64Array
  number: Float64Array
  text: readonly (string | null)[]
}
/** The array a column comes as: `ColumnValues<'bars', 'close'>` is `Float64Array`. */
export type ColumnValues<T extends RecordType, N extends ColumnName<T>> = ValuesByKind[Extract<
  SchemaColumn<T>,
  { readonly name: N }
>['kind']]

export function isRecordType(text: string): text is RecordType {
  return RECORD_TYPES.some((it) => it === text)
}
