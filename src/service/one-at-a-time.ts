import { throwIfAborted } from '../model/abort.js'
import { unlessAborted } from './unless-aborted.js'

/** The last work of each key in this process. */
const lastByKey = new Map<string, Promise<void>>()

/**
 * Runs work of one key one after another, whichever service object it comes from: two backtests in one process that
 * miss the same series ask for it once, and the second plans from what the first left.
 *
 * @throws AbortedError as soon as the signal fires while waiting; whatever the work throws
 */
export async function oneAtATime(
  key: string,
  signal: AbortSignal | undefined,
  work: () => Promise<void>,
): Promise<void> {
  const before = (lastByKey.get(key) ?? Promise.resolve()).catch(() => undefined)
  const own = before.then(async () => {
    throwIfAborted(signal)
    await work()
  })
  lastByKey.set(key, own)
  const leave = (): void => {
    if (lastByKey.get(key) === own) lastByKey.delete(key)
  }
  own.then(leave, leave)
  await unlessAborted(before, signal)
  await own
}
