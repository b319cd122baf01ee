import { throwIfAborted } from '../model/abort.js'
import { AbortedError } from '../model/errors.js'

/**
 * The result of some work, or an AbortedError as soon as the signal fires: also when the work does not listen to the
 * signal, and when it answers the signal with an error of its own.
 */
export async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work
  let stop: () => void = () => undefined
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(new AbortedError(undefined, { cause: signal.reason }))
  })
  signal.addEventListener('abort', stop, { once: true })
  try {
    throwIfAborted(signal)
    return await Promise.race([work, aborted])
  } catch (error) {
    throwIfAborted(signal)
    throw error
  } finally {
    signal.removeEventListener('abort', stop)
    // Whichever lost the race may still fail; its error has no one to go to.
    for (const it of [work, aborted]) it.catch(() => undefined)
  }
}
