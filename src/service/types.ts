import type { Session } from '../catalog/coverage/required.js'
import type { RangeInput } from '../catalog/range.js'
import type { VersionToken } from '../catalog/versions/version-token.js'
import type { IsoInterval } from '../model/errors.js'
import type { Frame } from '../model/frame.js'
import type { Interval } from '../model/interval.js'
import type { RecordType } from '../model/schema.js'
import type { Series } from '../model/series.js'
import type { RejectedRow } from './digest.js'
import type { FetchEstimate } from './historical-source.js'

export interface FetchOptions extends RangeInput {
  /** `regular` by default: what is required, and which rows come back. */
  readonly session?: Session
  /**
   * Asks for the whole range again, whatever the calendar and the coverage say, and replaces it in one commit; an error
   * leaves everything as it was. Rows that did not come again are gone, but for sessions of which the source says nothing
   * at all: those stay, and are named in `report.kept`.
   */
  readonly refresh?: boolean
  /**
   * Commits once, at the end: an error or an abort leaves nothing of the download. All of it is held in memory until
   * then, about 100 bytes a row and twice that at the commit: five million rows take a gigabyte.
   */
  readonly allOrNothing?: boolean
  /** Reads this state of the catalog and never asks a source. */
  readonly asOf?: string
  readonly onProgress?: (progress: FetchProgress) => void
  /** Stops between requests (and a source in its waits); complete answers are kept, unless it is all or nothing. */
  readonly signal?: AbortSignal
}

/**
 * Where a fetch stands. `total` and `done` count requests, `rows` those received. While another process downloads the
 * series, how long it will take and what will be left to ask is not known: then `done`, `total` and `waitMs` are 0.
 */
export type FetchProgress =
  | {
      readonly phase: 'fetch'
      readonly done: number
      readonly total: number
      readonly rows: number
      readonly interval?: Interval
    }
  | {
      readonly phase: 'wait'
      readonly done: number
      readonly total: number
      readonly rows: number
      readonly reason: string
      readonly waitMs: number
    }

export interface FetchReport {
  /** The state of the catalog that was read: the same call with it gives the same rows for ever. */
  readonly asOf: VersionToken | string
  readonly requests: number
  /** Rows received for what was missing. */
  readonly fetchedRows: number
  /** Rows the source sent and the catalog refused; not asked again until they expire. */
  readonly rejected: readonly RejectedRow[]
  /** Parts of the range that are required, complete (before the late edge), and still not covered. */
  readonly missing: readonly IsoInterval[]
  /** Parts of the range that are required and of which a source said that there is nothing. */
  readonly knownEmpty: readonly IsoInterval[]
  /** Stretches that a `refresh` left as they were: there are rows, and the source has none any more. */
  readonly kept: readonly IsoInterval[]
  /** Rows of the result by the source that brought them; `unknown` where none was recorded. */
  readonly bySource: Readonly<Record<string, number>>
  readonly correlationId: string
}

export interface FetchResult<T extends RecordType> {
  readonly frame: Frame<T>
  readonly report: FetchReport
}

export interface UpdateOptions {
  /** Which hours have to be there since the last data: `regular` by default. */
  readonly session?: Session
  /** Of the stored series, when none is named: those to update. */
  readonly among?: (series: Series) => boolean
  /** Plans only: nothing is asked, nothing is written. */
  readonly dryRun?: boolean
  readonly onProgress?: (progress: FetchProgress, series: Series) => void
  /** Told of each series as soon as it is done. */
  readonly onUpdated?: (update: SeriesUpdate) => void | Promise<void>
  /** Stops between requests; complete answers are kept. */
  readonly signal?: AbortSignal
}

/** What an update did to one series. */
export type SeriesUpdate = { readonly series: Series } & (
  | { readonly outcome: 'updated'; readonly report: UpdateReport }
  | { readonly outcome: 'planned'; readonly plan: FetchPlan }
  | { readonly outcome: 'skipped'; readonly reason: string }
  | { readonly outcome: 'failed'; readonly error: unknown }
)

export interface UpdateReport {
  /** The state of the catalog afterwards. */
  readonly asOf: VersionToken
  /** Rows stored, new and old. */
  readonly rows: number
  readonly requests: number
  readonly fetchedRows: number
  readonly rejected: readonly RejectedRow[]
  /** What was asked for and is still not known of: near now a source may not have everything yet. */
  readonly missing: readonly IsoInterval[]
  readonly correlationId: string
}

/** What a fetch would do, without doing it. */
export interface FetchPlan {
  readonly gaps: readonly IsoInterval[]
  readonly requests: readonly IsoInterval[]
  /** What the requests will cost, where the source can tell. */
  readonly estimate?: FetchEstimate
}
