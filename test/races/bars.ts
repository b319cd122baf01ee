import { parseInstant } from '../../src/model/time.js'

export const SERIES = { type: 'bars', instrument: 'RACE.SIM', barType: '1-MINUTE-LAST' } as const
const MINUTE_NS = 60_000_000_000n

/** A bar that goes through JSON: the instant as decimal text. Its price is its identity. */
export interface PlainBar {
  readonly ts_event: string
  readonly open: number
  readonly high: number
  readonly low: number
  readonly close: number
}

/** The bar of a session's n-th minute (09:30 in New York is minute 0), told apart by its price. */
export function bar(date: string, minute: number, price: number): PlainBar {
  const ts_event = String(parseInstant(`${date}T14:30:00Z`) + BigInt(minute) * MINUTE_NS)
  return { ts_event, open: price, high: price, low: price, close: price }
}

/** The same as the API takes it. */
export function row({ ts_event, ...prices }: PlainBar): { readonly ts_event: bigint } & Omit<PlainBar, 'ts_event'> {
  return { ts_event: BigInt(ts_event), ...prices }
}

/** What the reader process says of rows: stamps and prices in order. */
export function rowsText(bars: readonly PlainBar[]): string {
  const ordered = [...bars].sort((a, b) => (BigInt(a.ts_event) < BigInt(b.ts_event) ? -1 : 1))
  return ordered.map((it) => `${it.ts_event}:${it.close}`).join(' ')
}
