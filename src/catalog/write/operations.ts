import type { Frame } from '../../model/frame.js'
import type { Interval } from '../../model/interval.js'
import type { Series, StoredSeries } from '../../model/series.js'
import type { Coverage, CoveredBy } from '../coverage/coverage.js'
import type { CheckedDefinition } from '../instruments/instrument-record.js'

/**
 * What happens where rows with the same key, or coverage, are already there.
 * - `merge`: new rows win, old rows without a counterpart stay
 * - `keep-old`: old rows win
 * - `error`: WriteConflictError, unless nothing would change
 * - `replace`: inside `coverage` the rows become exactly those given
 * - `fill`: only what is missing at commit time is taken
 */
export type WriteMode = 'merge' | 'keep-old' | 'error' | 'replace' | 'fill'
export const WRITE_MODES: readonly WriteMode[] = ['merge', 'keep-old', 'error', 'replace', 'fill']

/** One step of a transaction, as data: it can be planned again on a newer snapshot when another writer was faster. */
export type Operation =
  | WriteOperation
  | DeleteOperation
  | DropOperation
  | ConsolidateOperation
  | RestoreOperation
  | RecordOperation

/** Rows, checked, in order, without equal doubles, all inside `claims`. */
export interface WriteOperation {
  readonly kind: 'write'
  readonly series: Series
  readonly frame: Frame
  readonly claims: Coverage
  readonly mode: WriteMode
  /** For `fill`: whose earlier empty answers count as not missing. */
  readonly asker: CoveredBy
}

/** Rows and coverage of the interval go; the next `fetchOrLoad` asks for them again. */
export interface DeleteOperation {
  readonly kind: 'delete'
  readonly series: Series
  readonly interval: Interval
}

/** A file goes, unread, with its rows and coverage: it is damaged. */
export interface DropOperation {
  readonly kind: 'drop'
  readonly series: StoredSeries
  /** `LiveFile.path`. Nothing happens when it is no longer live. */
  readonly path: string
  /** Becomes `tags.reason` of the remove. */
  readonly reason: string
}

/** The files of one closed month of bars, or in one part of a day of ticks, become one file. Rows and coverage stay. */
export interface ConsolidateOperation {
  readonly kind: 'consolidate'
  readonly series: Series
  readonly interval: Interval
}

/** Inside the interval the series becomes what it was right after an earlier commit: rows, coverage and settings. */
export interface RestoreOperation {
  readonly kind: 'restore'
  readonly series: StoredSeries
  readonly interval: Interval
  /** Of the series' table. */
  readonly version: number
}

/** What an instrument is joins the records of it, unless that is known. */
export interface RecordOperation {
  readonly kind: 'record'
  readonly series: StoredSeries & { readonly type: 'instruments' }
  readonly said: CheckedDefinition
  readonly nowNs: bigint
  /** A changed contract id begins the record anew instead of being refused. */
  readonly replaceContract: boolean
}
