import type { RowInput } from '../../src/catalog/write/rows-input.js'
import type { Frame } from '../../src/model/frame.js'

export const TRADES = { type: 'trades', instrument: 'X.TEST' } as const

/** A trade at a nanosecond; `given` overrides. */
export function trade(ns: bigint | number, given: Partial<RowInput<'trades'>> = {}): RowInput<'trades'> {
  return { ts_event: BigInt(ns), price: 10, size: 1, ...given }
}

/** The stamps of a frame in nanoseconds. */
export function nanos(frame: Frame): readonly bigint[] {
  return [...(frame.data('ts_event').values as BigInt64Array)]
}
