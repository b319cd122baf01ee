import type { DataCatalog } from '../catalog/catalog.js'
import { throwIfAborted } from '../model/abort.js'
import type { Log } from '../model/log.js'
import { formatSeries, type Series, type SeriesInput } from '../model/series.js'
import type { LeaseHolder } from '../storage/storage.js'
import type { FetchProgress } from './types.js'
import { unlessAborted } from './unless-aborted.js'

/** Whose turn is waited for, and who is told. */
export interface Turn {
  readonly catalog: DataCatalog
  readonly input: SeriesInput
  readonly series: Series
  /** Whether a source may be asked. Who asks nobody keeps no other process waiting, and writes nothing. */
  readonly asks: boolean
  /** Rows fetched so far by the call. */
  readonly rows: number
  readonly signal: AbortSignal | undefined
  readonly onProgress: ((progress: FetchProgress) => void) | undefined
  readonly log: Log
}

/** The last work of each series in this process. */
const lastByKey = new Map<string, Promise<void>>()

/**
 * Runs downloads of one series one after another, whichever service object or process they come from: two backtests
 * that miss the same series ask for it once, and the second plans from what the first left.
 *
 * First those of this process in order, then, by a lease, all processes: so a process never waits for itself.
 *
 * @throws AbortedError as soon as the signal fires while waiting; whatever the work throws
 */
export async function oneAtATime(turn: Turn, work: () => Promise<void>): Promise<void> {
  const { catalog, series, signal } = turn
  const key = `${catalog.root} ${series.type} ${formatSeries(series)}`
  const before = (lastByKey.get(key) ?? Promise.resolve()).catch(() => undefined)
  const own = before.then(async () => {
    throwIfAborted(signal)
    if (turn.asks) await withLease(turn, work)
    else await work()
  })
  lastByKey.set(key, own)
  const leave = (): void => {
    if (lastByKey.get(key) === own) lastByKey.delete(key)
  }
  own.then(leave, leave)
  await unlessAborted(before, signal)
  await own
}

async function withLease(turn: Turn, work: () => Promise<void>): Promise<void> {
  const { catalog, input, signal, log, rows, onProgress } = turn
  const onWait = (holder: LeaseHolder): void => {
    log.info({ holder }, 'waiting for a download by another process')
    const reason = `another process (pid ${holder.pid} on ${holder.host}) downloads this series`
    // How long, and what will be left to ask for, is not known before it ends.
    onProgress?.({ phase: 'wait', done: 0, total: 0, rows, reason, waitMs: 0 })
  }
  const lease = await catalog.downloadLease(input, { signal, onWait })
  try {
    await work()
  } finally {
    await lease.release()
  }
}
