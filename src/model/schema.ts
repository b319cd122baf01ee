/** Market data: what is fetched, imported, queried and covered. */
export type RecordType = 'bars' | 'quotes' | 'trades'
export const RECORD_TYPES: readonly RecordType[] = ['bars', 'quotes', 'trades']

/** One Delta table each: market data, and the records of what instruments are. */
export type TableType = RecordType | 'instruments'
export const TABLE_TYPES: readonly TableType[] = [...RECORD_TYPES, 'instruments']

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

function column<const Name extends string, const Kind extends ColumnKind, const Nullable extends boolean = false>(
  name: Name,
  kind: Kind,
  // A literal `true` or `false` in the type: it decides whether a row's value may be null.
  nullable: Nullable = false as Nullable,
): { readonly name: Name; readonly kind: Kind; readonly nullable: Nullable } {
  return { name, kind, nullable }
}

const TIMES = [column('ts_event', 'time'), column('ts_init', 'time'), column('timestamp', 'micros')] as const

/**
 * The columns of each table, in the order of the files. Frozen by the first commit of a table:
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
  instruments: [
    ...TIMES,
    column('symbol', 'text'),
    column('venue', 'text'),
    column('security_type', 'text', true),
    column('currency', 'text', true),
    column('tick_size', 'number', true),
    column('multiplier', 'number', true),
    column('time_zone', 'text', true),
    column('trading_hours', 'text', true),
    column('liquid_hours', 'text', true),
    column('primary_exchange', 'text', true),
    column('last_trade_date', 'text', true),
    column('description', 'text', true),
    column('contract_ids', 'text', true),
  ],
} as const satisfies Record<TableType, readonly ColumnSpec[]>

type SchemaColumn<T extends TableType> = (typeof SCHEMAS)[T][number]
export type ColumnName<T extends TableType> = SchemaColumn<T>['name']

interface ValuesByKind {
  time: BigInt64Array
  micros: BigInt64Array
  count: BigInt64Array
  number: Float64Array
  text: readonly (string | null)[]
}
/** The array a column comes as: `ColumnValues<'bars', 'close'>` is `Float64Array`. */
export type ColumnValues<T extends TableType, N extends ColumnName<T>> = ValuesByKind[Extract<
  SchemaColumn<T>,
  { readonly name: N }
>['kind']]

export function isRecordType(text: string): text is RecordType {
  return RECORD_TYPES.some((it) => it === text)
}

export function isTableType(text: string): text is TableType {
  return TABLE_TYPES.some((it) => it === text)
}
