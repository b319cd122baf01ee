import type { DataCatalog } from '../../src/catalog/catalog.js'
import type { BarRow } from '../support/bars.js'

export interface Mutation {
  /** Makes what is there before, in an empty catalog at `root`. */
  readonly prepare: (catalog: DataCatalog, root: string) => Promise<unknown>
  /** The one change. Done again when it is done already, it changes nothing. */
  readonly run: (catalog: DataCatalog) => Promise<unknown>
}

export const NOW_NS: bigint
export const clock: () => bigint
export const AAPL: { readonly type: 'bars'; readonly instrument: string; readonly barType: string }
export const MSFT: typeof AAPL
/** The first minutes of a session; the price tells bars of one stamp apart. */
export function bars(date: string, count?: number, price?: number, fromMinute?: number): readonly BarRow[]
export const MUTATIONS: Readonly<Record<string, Mutation>>
