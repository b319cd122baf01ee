import { setTimeout as sleep } from 'node:timers/promises'
import { throwIfAborted } from '../model/abort.js'

/** Waits, and stops waiting as soon as the signal fires. @throws AbortedError */
export async function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await sleep(ms, undefined, signal === undefined ? {} : { signal })
  } catch (error) {
    throwIfAborted(signal)
    throw error
  }
}
