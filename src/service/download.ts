import type { Calendar } from '../calendar/calendar.js'
import type { Coverage, CoverageEntry, Provenance } from '../catalog/coverage/coverage.js'
import { frameOfRows } from '../catalog/write/rows-input.js'
import { initOf } from '../catalog/write/write-input.js'
import { throwIfAborted } from '../model/abort.js'
import { AdjustmentChangedError } from '../model/errors.js'
import type { Frame } from '../model/frame.js'
import { concatFrames } from '../model/frame-edit.js'
import { contains, type Interval, intersect, normalize, overlaps, subtract } from '../model/interval.js'
import type { Log } from '../model/log.js'
import { isDated, type Series } from '../model/series.js'
import { formatInstant } from '../model/time.js'
import { type Digest, digestAnswer, type Question, type RejectedRow } from './digest.js'
import type { HistoricalSource, InstrumentBook, SourceAnswer, SourceRequest } from './historical-source.js'
import type { Overlap } from './overlap.js'
import { cutAtSessions } from './stretches.js'
import type { FetchProgress } from './types.js'
import { unlessAborted } from './unless-aborted.js'

/** At most one commit in this time, so that a long download does not leave a commit a request. */
const COMMIT_EVERY_MS = 2_000
/** Rows held back at most before a commit, whatever the time. */
const HELD_ROWS_MAX = 500_000

export interface Download {
  readonly source: HistoricalSource
  readonly instruments: InstrumentBook
  readonly series: Series
  readonly calendar: Calendar
  /** Ascending; what the answers are cut to. */
  readonly gaps: readonly Interval[]
  /** What is compared with the stored rows, where the source's prices are adjusted. */
  readonly overlap?: Overlap
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
 * Requests that meet stored rows of an adjusted series come first, and no answer is handed on before all of them were
 * compared: a download whose prices do not go with the stored ones leaves nothing.
 *
 * @throws whatever the source throws; AdjustmentChangedError, AbortedError
 */
export async function askSource(
  download: Download,
  counts: Downloaded,
  take: (digest: Digest) => Promise<void>,
): Promise<void> {
  await prepare(download, counts)
  const { requests, meeting } = planRequests(download)
  const held: Digest[] = []
  let open = download.gaps
  const handOn = async (): Promise<void> => {
    for (let it = held.shift(); it !== undefined; it = held.shift()) await take(it)
  }
  try {
    for (const [index, request] of requests.entries()) {
      const digest = await ask(download, counts, { ...request, open }, { done: index, total: requests.length })
      held.push(digest)
      // Requests may overlap; what one has answered is not taken from another again.
      open = subtract(open, normalize(digest.claims))
      if (index + 1 >= meeting) await handOn()
    }
  } catch (error) {
    // Those that were compared go with what is stored, and were paid for.
    if (!(error instanceof AdjustmentChangedError)) await handOn()
    throw error
  }
  download.onProgress({ phase: 'fetch', done: requests.length, total: requests.length, rows: counts.fetchedRows })
}

/** Lets the source learn what its plan depends on. */
async function prepare(download: Download, counts: Downloaded): Promise<void> {
  const { source, series, gaps, instruments, signal, onProgress } = download
  throwIfAborted(signal)
  const place = { done: 0, total: 0, rows: counts.fetchedRows }
  const onWait = (reason: string, waitMs: number): void => onProgress({ ...place, phase: 'wait', reason, waitMs })
  await unlessAborted(source.prepare?.(series, gaps, { signal, onWait, instruments }) ?? Promise.resolve(), signal)
}

/** What a download asks. */
export function planRequests({
  source,
  series,
  gaps,
  overlap,
}: Pick<Download, 'source' | 'series' | 'gaps' | 'overlap'>): {
  readonly requests: readonly SourceRequest[]
  /** How many of them, from the first, hold something to compare. */
  readonly meeting: number
} {
  if (overlap === undefined) return { requests: source.plan(series, gaps), meeting: 0 }
  const planned = source.plan(series, overlap.asked)
  const meets = ({ interval }: SourceRequest): boolean => overlap.sessions.some((it) => overlaps(it, interval))
  const first = planned.filter(meets)
  return { requests: [...first, ...planned.filter((it) => !meets(it))], meeting: first.length }
}

/** A request, and what of the gaps no request before it has answered. */
interface OpenRequest extends SourceRequest {
  readonly open: readonly Interval[]
}

async function ask(
  download: Download,
  counts: Downloaded,
  request: OpenRequest,
  place: { readonly done: number; readonly total: number },
): Promise<Digest> {
  const { signal, onProgress } = download
  const progress = { phase: 'fetch', ...place, rows: counts.fetchedRows } as const
  onProgress({ ...progress, interval: request.interval })
  throwIfAborted(signal)
  const onWait = (reason: string, waitMs: number): void => onProgress({ ...progress, phase: 'wait', reason, waitMs })
  const digest = await askOnce(download, request, onWait)
  counts.requests++
  counts.fetchedRows += digest.frame.numRows
  counts.rejected.push(...digest.rejected)
  return digest
}

async function askOnce(
  download: Download,
  { open, ...request }: OpenRequest,
  onWait: (reason: string, waitMs: number) => void,
): Promise<Digest> {
  const { source, series, calendar, signal, log } = download
  const startedMs = performance.now()
  const receive = async (): Promise<{ readonly answer: SourceAnswer; readonly frame: Frame }> => {
    const answer = await source.fetch(request, { signal, onWait })
    return { answer, frame: await frameOfRows(series, answer.rows, (ns) => initOf(series, ns, calendar)) }
  }
  const { answer, frame } = await unlessAborted(receive(), signal)
  for (const session of download.overlap?.sessions ?? []) {
    for (const it of intersect([session], [request.interval])) await download.overlap?.judge(it, frame)
  }
  const setting = source.settingOf(series)
  const provenance: Provenance = {
    source: source.name,
    fetchedAt: formatInstant(download.nowNs),
    ...answer.provenance,
    ...(Object.keys(setting).length === 0 ? {} : { setting }),
  }
  const gaps = open.flatMap((it) => askedOf(it, request.interval, download))
  const { nowNs, settledNs } = download
  const { answered } = answer
  const question: Question = { series, gaps, answered, source: source.name, setting, provenance, nowNs, settledNs }
  const digest = digestAnswer(frame, question)
  const took = { ms: Math.round(performance.now() - startedMs), rows: frame.numRows, taken: digest.frame.numRows }
  log.debug(
    { start: formatInstant(request.interval.startNs), end: formatInstant(request.interval.endNs), ...took },
    'answered',
  )
  return digest
}

/**
 * What of a gap a request asks for, session by session. A day, week or month goes with its stamp: a request that ends
 * within one has asked for all of it, and the next, which begins there, for none.
 */
function askedOf(gap: Interval, asked: Interval, { series, calendar }: Download): readonly Interval[] {
  const inside = intersect([gap], [asked])
  if (inside.length === 0 || !isDated(series)) return inside.flatMap((it) => cutAtSessions(series, calendar, it))
  return cutAtSessions(series, calendar, gap).filter((it) => contains([asked], it.startNs))
}

/** Writes rows and coverage as one commit. */
export type WriteRows = (rows: Frame, claims: Coverage) => Promise<void>

/** Commits complete answers in groups, so that an interrupted download resumes where it stopped. */
export class GroupedCommits {
  readonly #write: WriteRows
  readonly #atOnce: boolean
  #frames: Frame[] = []
  #claims: CoverageEntry[] = []
  #heldRows = 0
  #lastCommitMs = performance.now()

  /** @param atOnce holds everything back until {@link commit} */
  constructor(write: WriteRows, atOnce = false) {
    this.#write = write
    this.#atOnce = atOnce
  }

  async take({ frame, claims }: Digest): Promise<void> {
    this.#frames.push(frame)
    this.#claims.push(...claims)
    this.#heldRows += frame.numRows
    const isDue = performance.now() - this.#lastCommitMs >= COMMIT_EVERY_MS || this.#heldRows >= HELD_ROWS_MAX
    if (isDue && !this.#atOnce) await this.commit()
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
