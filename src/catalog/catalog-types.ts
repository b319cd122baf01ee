import type { Calendar } from '../calendar/calendar.js'
import type { Log } from '../model/log.js'
import type { SeriesInput } from '../model/series.js'
import type { Clock } from '../model/time.js'
import type { Codec } from '../parquet/encode.js'
import type { Setting } from './coverage/coverage.js'
import type { Session } from './coverage/required.js'
import type { RangeInput } from './range.js'
import type { VersionToken } from './versions/version-token.js'
import type { RowsInput } from './write/rows-input.js'
import type { WriteOptions } from './write/write-input.js'

export interface CatalogOptions {
  /** `false`: no lock; races are then settled by the log alone. Default `true`. */
  readonly lock?: boolean
  /** How long a write waits for another writer, in milliseconds. Default 60 000. */
  readonly lockTimeoutMs?: number
  /** Told once when a write has to wait for another writer, with that writer's name. */
  readonly onLockWait?: (holder: string) => void
  /** Compression of new files. Default `snappy`. */
  readonly codec?: Codec
  readonly clock?: Clock
  readonly log?: Log
}

export interface AsOfOption {
  /** A state of the catalog instead of the newest: what {@link DataCatalog.version} gave, or a snapshot's name. */
  readonly asOf?: string
}

export interface CommitOptions {
  /** Where the commit is logged; the catalog's own log, with a correlation id of its own, when absent. */
  readonly log?: Log
  /** Ends the wait for another writer's lock. A commit on its way is finished. */
  readonly signal?: AbortSignal
}

export interface QueryOptions extends Partial<RangeInput>, AsOfOption {
  /** Columns of the result, all when absent. */
  readonly columns?: readonly string[]
  /** `all` by default: nothing is filtered, and extended hours are required. */
  readonly session?: Session
  /** Throws DataNotFoundError instead of returning rows with parts missing. */
  readonly requireComplete?: boolean
  /** Overrides the venue's calendar. */
  readonly calendar?: Calendar
}

export interface MissingOptions {
  /** Whose empty answers count; every source's when absent. */
  readonly source?: string
  readonly setting?: Setting
}

export interface GapOptions extends MissingOptions {
  /** `regular` by default. */
  readonly session?: Session
  /** Overrides the venue's calendar; needed where the venue's is not known. */
  readonly calendar?: Calendar
}

export interface WriteReport {
  /** `false`: everything was there already, and nothing was committed. */
  readonly committed: boolean
  /** The state of the catalog that holds the write. */
  readonly asOf: VersionToken
  /** Rows given, equal doubles counted once. */
  readonly rows: number
  /** Equal bars inside the input that became one. */
  readonly collapsed: number
  /** Rows in the catalog after the commit, minus before. */
  readonly rowsAdded: number
  readonly filesAdded: number
  readonly filesRemoved: number
}

export interface SeriesChoice {
  /** One series or several; every series of the catalog when absent. */
  readonly series?: SeriesInput | readonly SeriesInput[]
}

/** Steps of one commit. Nothing happens before the callback has returned. */
export interface Transaction {
  write<S extends SeriesInput>(series: S, rows: RowsInput<S['type']>, options?: WriteOptions): Promise<void>
  deleteRange(series: SeriesInput, range: RangeInput): void
  /** Takes a damaged file (path as in errors and `files`) out, unread; it goes to `_quarantine/`. */
  dropFile(series: SeriesInput, file: string, reason: string): void
}

/** How far a long operation has come. */
export interface StepProgress {
  readonly done: number
  readonly total: number
  /** What is being worked on. */
  readonly current: string
}
