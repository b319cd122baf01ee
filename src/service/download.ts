import type { Calendar } from '../calendar/calendar.js'
import type { Coverage, CoverageEntry, Provenance } from '../catalog/coverage.js'
import { frameOfRows } from '../catalog/rows-input.js'
import { initOf } from '../catalog/write-input.js'
import { throwIfAborted } from '../model/abort.js'
import type { Frame } from '../model/frame.js'
import { concatFrames } from '../model/frame-edit.js'
import { type Interval, intersect } from '../model/interval.js'
import type { Log } from '../model/log.js'
import type { Series } from '../model/series.js'
import { formatInstant } from '../model/time.js'
import { type Digest, digestAnswer, type Question, type RejectedRow } from './digest.js'
import type { HistoricalSource, SourceAnswer, SourceRequest } from './historical-source.js'
import { cutAtSessions } from './stretches.js'
import type { FetchProgress } from './types.js'
import { unlessAborted } from './unless-aborted.js'

/** At most one commit in this time, so that a long download does not leave a commit a request. */
const COMMIT_EVERY_MS = 2_000
/** Rows held back at most before a commit, whatever the time. */
const HELD_ROWS_MAX = 500_000

export interface Download {
  readonly source: HistoricalSource
  readonly series: Series
  readonly calendar: Calendar
  /** Ascending; what the answers are cut to. */
  readonly gaps: readonly Interval[]
  readonly nowNs: bigint
  /** See `settledNs` of late-edge. */
  readonly settledNs: bigint
  readonly signal: AbortSignal
  readonly onProgress: (progress: FetchProgress) => void
  readonly log: Log
}

export interface Downloaded {
  requests: number
  fetchedRows: number
  readonly rejected: RejectedRow[]
}

/**
 * Asks the source for every gap and hands each complete answer on. An error leaves what was handed on before; the one
 * who receives it decides how much of that is committed.
 *
 * @throws whatever the source throws; AbortedError
 */
export async function askSource(
  download: Download,
  counts: Downloaded,
  take: (digest: Digest) => Promise<void>,
): Promise<void> {
  const { source, series, gaps, signal, onProgress } = download
  const requests = source.plan(series, gaps)
  for (const [index, request] of requests.entries()) {
    const progress = { phase: 'fetch', done: index, total: requests.length, rows: counts.fetchedRows } as const
    onProgress({ ...progress, interval: request.interval })
    throwIfAborted(signal)
    const onWait = (reason: string, waitMs: number): void => onProgress({ ...progress, phase: 'wait', reason, waitMs })
    const digest = await askOnce(download, request, onWait)
    counts.requests++
    counts.fetchedRows += digest.frame.numRows
    counts.rejected.push(...digest.rejected)
    await take(digest)
  }
  onProgress({ phase: 'fetch', done: requests.length, total: requests.length, rows: counts.fetchedRows })
}

async function askOnce(
  download: Download,
  request: SourceRequest,
  onWait: (reason: string, waitMs: number) => void,
): Promise<Digest> {
  const { source, series, calendar, signal, log } = download
  const startedMs = performance.now()
  const receive = async (): Promise<{ readonly answer: SourceAnswer; readonly frame: Frame }> => {
    const answer = await source.fetch(request, { signal, onWait })
    return { answer, frame: await frameOfRows(series, answer.rows, (ns) => initOf(series, ns, calendar)) }
  }
  const { answer, frame } = await unlessAborted(receive(), signal)
  const setting = source.settingOf(series)
  const provenance: Provenance = {
    source: source.name,
    fetchedAt: formatInstant(download.nowNs),
    ...answer.provenance,
    ...(Object.keys(setting).length === 0 ? {} : { setting }),
  }
  const gaps = download.gaps
    .flatMap((it) => intersect([it], [request.interval]))
    .flatMap((it) => cutAtSessions(series, calendar, it))
  const { nowNs, settledNs } = download
  const question: Question = { series, gaps, source: source.name, setting, provenance, nowNs, settledNs }
  const digest = digestAnswer(frame, question)
  const took = { ms: Math.round(performance.now() - startedMs), rows: frame.numRows, taken: digest.frame.numRows }
  log.debug(
    { start: formatInstant(request.interval.startNs), end: formatInstant(request.interval.endNs), ...took },
    'answered',
  )
  return digest
}

/** Writes rows and coverage as one commit. */
export type WriteRows = (rows: Frame, claims: Coverage) => Promise<void>

/** Commits complete answers in groups, so that an interrupted download resumes where it stopped. */
export class GroupedCommits {
  readonly #write: WriteRows
  #frames: Frame[] = []
  #claims: CoverageEntry[] = []
  #heldRows = 0
  #lastCommitMs = performance.now()

  constructor(write: WriteRows) {
    this.#write = write
  }

  async take({ frame, claims }: Digest): Promise<void> {
    this.#frames.push(frame)
    this.#claims.push(...claims)
    this.#heldRows += frame.numRows
    const isDue = performance.now() - this.#lastCommitMs >= COMMIT_EVERY_MS || this.#heldRows >= HELD_ROWS_MAX
    if (isDue) await this.commit()
  }

  /** Commits what is held. */
  async commit(): Promise<void> {
    const [first] = this.#frames
    // What could not be written stays held: it was paid for, and the next commit may get through.
    if (first !== undefined && this.#claims.length > 0) {
      await this.#write(concatFrames(first.type, this.#frames), this.#claims)
    }
    this.#frames = []
    this.#claims = []
    this.#heldRows = 0
    this.#lastCommitMs = performance.now()
  }
}
