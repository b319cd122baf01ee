import type { RangeInput } from '../catalog/range.js'
import type { Session } from '../catalog/required.js'
import type { VersionToken } from '../catalog/version-token.js'
import type { IsoInterval } from '../model/errors.js'
import type { Frame } from '../model/frame.js'
import type { Interval } from '../model/interval.js'
import type { RecordType } from '../model/schema.js'
import type { RejectedRow } from './digest.js'

export interface FetchOptions extends RangeInput {
  /** `regular` by default: what is required, and which rows come back. */
  readonly session?: Session
  /** Reads this state of the catalog and never asks a source. */
  readonly asOf?: string
  readonly onProgress?: (progress: FetchProgress) => void
  /** Stops between requests (and a source in its waits); complete answers are kept. */
  readonly signal?: AbortSignal
}

/** Where a fetch stands. `total` and `done` count requests. */
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
  /** Rows of the result by the source that brought them; `unknown` where none was recorded. */
  readonly bySource: Readonly<Record<string, number>>
  readonly correlationId: string
}

export interface FetchResult<T extends RecordType> {
  readonly frame: Frame<T>
  readonly report: FetchReport
}

/** What a fetch would do, without doing it. */
export interface FetchPlan {
  readonly gaps: readonly IsoInterval[]
  readonly requests: readonly IsoInterval[]
}
