import { parentPort, type TransferListItem } from 'node:worker_threads'
import { CatalogError } from '../model/errors.js'
import { type Answer, SERVING } from './confined-thread.js'

/** A result, and the buffers in it that are handed over instead of copied. */
export interface Result<R> {
  readonly value: R
  readonly transfer?: readonly TransferListItem[]
}

/** Makes this thread answer the jobs of a `ConfinedThread`. Whatever `work` throws is an answer. */
export function serveJobs<Job, R>(work: (job: Job) => Result<R> | Promise<Result<R>>): void {
  const port = parentPort
  port?.on('message', async (job: Job) => {
    try {
      const { value, transfer = [] } = await work(job)
      port.postMessage({ value } satisfies Answer<R>, transfer)
    } catch (error) {
      port.postMessage({ error: toldOf(error) } satisfies Answer<R>)
    }
  })
  port?.postMessage(SERVING)
}

function toldOf(error: unknown): { readonly code: string; readonly message: string } {
  if (error instanceof CatalogError) return { code: error.code, message: error.message }
  const message = error instanceof Error ? error.message : String(error)
  return { code: 'DECODE', message: `the file does not decode: ${message}` }
}
