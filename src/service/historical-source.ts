import type { Provenance, Setting } from '../catalog/coverage/coverage.js'
import type { InstrumentDefinition, InstrumentRecord } from '../catalog/instruments/instrument-record.js'
import type { RowsInput } from '../catalog/write/rows-input.js'
import type { Interval, IntervalSet } from '../model/interval.js'
import type { RecordType } from '../model/schema.js'
import type { Series } from '../model/series.js'

/** One question to a source: all rows of a series whose `ts_event` lies in the interval. */
export interface SourceRequest {
  readonly series: Series
  readonly interval: Interval
}

export interface SourceAnswer {
  /** Rows in any accepted form; rows outside the question are cut off. No rows: the source says there are none. */
  readonly rows: RowsInput<RecordType>
  /**
   * What of the question this answer speaks for, by the rows it has; all of it when absent. A source that states it says
   * nothing of the rest, which stays missing, and never that there is nothing: a stretch in it without rows is covered by
   * the rows around it, and takes nothing away that is stored there.
   */
  readonly answered?: IntervalSet
  /** What the answer is worth knowing by; source, time and setting are added by the service. */
  readonly provenance?: Omit<Provenance, 'source' | 'fetchedAt' | 'setting'>
}

export interface FetchContext {
  readonly signal: AbortSignal
  /** Told when the source has to wait before it may ask: for pacing, for a reconnect. */
  readonly onWait: (reason: string, waitMs: number) => void
}

/** What the catalog knows of instruments, and where a source records what it has learned of them. */
export interface InstrumentBook {
  get(id: string): Promise<InstrumentRecord | undefined>
  /** @throws WriteConflictError when the source's contract id has changed, which mostly means another company */
  put(definition: InstrumentDefinition): Promise<unknown>
}

export interface PrepareContext extends FetchContext {
  readonly instruments: InstrumentBook
}

/** What some requests will cost, as far as that is known before they are made. */
export interface FetchEstimate {
  /** Pacing included. */
  readonly durationMs: number
  /** The most that can come; absent where nobody knows before it comes. */
  readonly rowsMax?: number
  /** Of `rowsMax`, as the source sends them. */
  readonly sizeBytesMax?: number
}

/**
 * Where history comes from on a miss. An answer is complete or it is an error: a time-out, a pacing violation or a lost
 * connection is thrown (ConnectionError, PacingError), never returned as "no rows".
 */
export interface HistoricalSource {
  /** Recorded in the coverage of everything it brings: `sim`, `ibkr`. */
  readonly name: string
  /** How it would ask for the series, where the values depend on it. Never throws: what is stored may be of another source. */
  settingOf(series: Series): Setting
  /**
   * Learns what planning and asking depend on (which contract it is, since when there is data) before {@link plan} is
   * called for a download. Not called for a dry run, which asks nothing.
   *
   * @param gaps ascending
   */
  prepare?(series: Series, gaps: readonly Interval[], context: PrepareContext): Promise<void>
  /**
   * The requests that answer the gaps. Asks nothing. Nearby gaps may share a request. Where requests overlap the first counts.
   *
   * @throws SourceRejectedError for a series it does not serve
   */
  plan(series: Series, gaps: readonly Interval[]): readonly SourceRequest[]
  fetch(request: SourceRequest, context: FetchContext): Promise<SourceAnswer>
  /** For a dry run. Asks nothing. */
  estimate?(requests: readonly SourceRequest[]): FetchEstimate
  /**
   * How long after its end a stretch may still change or arrive, in nanoseconds. Default: 30 min for bars shorter than a
   * day and for ticks, one session for daily and longer bars.
   */
  settleLagNs?(series: Series): bigint
  close?(): Promise<void>
}

/**
 * Joins gaps that lie no further apart than `joinNs`, as long as a request stays within `spanNs`; longer gaps are split.
 *
 * @param gaps ascending
 */
export function groupGaps(gaps: readonly Interval[], spanNs: bigint, joinNs: bigint): readonly Interval[] {
  const requests: Interval[] = []
  for (const gap of gaps) {
    const last = requests.at(-1)
    if (last !== undefined && gap.startNs - last.endNs <= joinNs && gap.endNs - last.startNs <= spanNs) {
      requests[requests.length - 1] = { startNs: last.startNs, endNs: gap.endNs }
      continue
    }
    for (let startNs = gap.startNs; startNs < gap.endNs; startNs += spanNs) {
      requests.push({ startNs, endNs: startNs + spanNs < gap.endNs ? startNs + spanNs : gap.endNs })
    }
  }
  return requests
}
