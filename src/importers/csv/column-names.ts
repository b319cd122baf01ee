import type { RecordType } from '../../model/schema.js'

/** Columns of a time: `ts_event` in one column or two, and the time of receipt that a tick may have beside it. */
export type TimeRole = 'ts_event' | 'date' | 'time' | 'terse_time' | 'ts_init'

/** What files call our columns. The first name of each list is the most telling: `close` beats `last`. */
export interface ColumnNames {
  readonly times: Readonly<Partial<Record<TimeRole, readonly string[]>>>
  /** By our name. */
  readonly values: ReadonlyMap<string, readonly string[]>
  /** A header that works, for messages. */
  readonly example: string
}

/** Names the instrument of each row. Not stored; more than one in a file is an error. */
export const SYMBOL_NAMES: readonly string[] = ['symbol', 'ticker']

const CLOCK_NAMES = { date: ['date'], time: ['time'], terse_time: ['ts', 't'] } as const

/** Polygon stamps a tick twice: when the exchange had it, and when the consolidated tape did. */
const TICK_TIMES = {
  ...CLOCK_NAMES,
  ts_event: [
    'ts_event',
    'participant_timestamp',
    'exchange_timestamp',
    'timestamp',
    'datetime',
    'gmt_time',
    'sip_timestamp',
  ],
  ts_init: ['ts_init', 'ts_recv', 'sip_timestamp', 'local_timestamp', 'received_at', 'receive_time'],
} as const

const TICK_CONDITIONS = ['conditions', 'condition', 'cond', 'sale_condition'] as const
const TICK_SEQUENCE = ['sequence', 'sequence_number', 'seq'] as const

/** Both sides of a quote are called alike. */
function sideNames(side: 'bid' | 'ask'): readonly (readonly [string, readonly string[]])[] {
  const named = (...words: readonly string[]): readonly string[] => words.map((word) => `${side}_${word}`)
  return [
    [`${side}_price`, [...named('price'), side, ...named('px'), `best_${side}_price`, `best_${side}`]],
    [
      `${side}_size`,
      [...named('size', 'quantity', 'qty', 'volume', 'amount', 'sz'), `best_${side}_size`, `best_${side}_qty`],
    ],
    [`${side}_exchange`, named('exchange', 'venue', 'exch')],
  ]
}

export const COLUMN_NAMES: Readonly<Record<RecordType, ColumnNames>> = {
  bars: {
    times: {
      ...CLOCK_NAMES,
      ts_event: ['ts_event', 'timestamp', 'datetime', 'window_start', 'open_time', 'gmt_time'],
    },
    values: new Map<string, readonly string[]>([
      ['open', ['open', 'o']],
      ['high', ['high', 'h']],
      ['low', ['low', 'l']],
      ['close', ['close', 'c', 'last']],
      ['volume', ['volume', 'vol', 'v']],
      ['vwap', ['vwap', 'average', 'vw']],
      ['trade_count', ['trade_count', 'transactions', 'bar_count', 'trades', 'number_of_trades', 'count', 'n']],
    ]),
    example: 'timestamp,open,high,low,close,volume',
  },
  quotes: {
    times: TICK_TIMES,
    values: new Map<string, readonly string[]>([
      ...sideNames('bid'),
      ...sideNames('ask'),
      ['conditions', [...TICK_CONDITIONS, 'quote_conditions']],
      ['sequence', TICK_SEQUENCE],
    ]),
    example: 'timestamp,bid_price,bid_size,ask_price,ask_size',
  },
  trades: {
    times: TICK_TIMES,
    values: new Map<string, readonly string[]>([
      ['price', ['price', 'trade_price', 'last_price', 'last', 'p']],
      ['size', ['size', 'trade_size', 'last_size', 'quantity', 'qty', 'volume', 'amount', 'vol', 's', 'v']],
      ['exchange', ['exchange', 'venue', 'exch', 'x']],
      ['conditions', [...TICK_CONDITIONS, 'trade_conditions', 'c']],
      ['trade_id', ['trade_id', 'id', 'i']],
      ['aggressor_side', ['aggressor_side', 'aggressor', 'taker_side', 'side']],
      ['sequence', TICK_SEQUENCE],
      ['correction', ['correction', 'corr']],
    ]),
    example: 'timestamp,price,size,exchange',
  },
}

/** What files write for the side that took liquidity, and what is stored. Anything else is stored as it is written. */
const SIDES: ReadonlyMap<string, string> = new Map([
  ['b', 'BUYER'],
  ['buy', 'BUYER'],
  ['buyer', 'BUYER'],
  ['s', 'SELLER'],
  ['sell', 'SELLER'],
  ['seller', 'SELLER'],
  ['none', 'NO_AGGRESSOR'],
  ['no_aggressor', 'NO_AGGRESSOR'],
])

export function aggressorSide(text: string): string {
  return SIDES.get(text.trim().toLowerCase()) ?? text
}
