import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { CatalogCorruptionError, type CatalogError, DecodeError, UnsupportedFormatError } from '../model/errors.js'

/** What a thread says before its first job. */
export const SERVING = 'serving'

/** What a thread answers to a job. */
export type Answer<R> = { readonly value: R } | { readonly error: { readonly code: string; readonly message: string } }

export interface Confines {
  /** JavaScript objects; buffers and the memory of a WebAssembly engine have bounds of their own. */
  readonly heapMb: number
  /** How long one job may take. */
  readonly timeoutMs: number
}

/** A thread that has had nothing to do for so long is ended, and its memory freed. */
const IDLE_MS = 2_000

/**
 * A thread that does one job after another on bytes that nobody vouches for. What such bytes can do to a decoder (a heap
 * that grows without end, a loop that never ends) no `try` catches: here it ends the thread, which is an error like any
 * other, and the next job gets a new one. It costs about 50 ms to start, and does not keep the process alive.
 */
export class ConfinedThread<Job, R> {
  readonly #entry: URL
  readonly #confines: Confines
  #worker: Worker | undefined
  #idle: NodeJS.Timeout | undefined
  #last: Promise<unknown> = Promise.resolve()

  /** @param entry a module that calls `serveJobs` */
  constructor(entry: URL, confines: Confines) {
    this.#entry = entry
    this.#confines = confines
  }

  /**
   * @throws UnsupportedFormatError also for what is beyond the bounds, DecodeError also when the thread ends of it
   * @throws CatalogCorruptionError
   * @throws Error when there is no thread to be had: that says nothing of the bytes
   */
  run(job: Job): Promise<R> {
    const done = this.#last.then(() => this.#do(job))
    this.#last = done.catch(() => undefined)
    return done
  }

  async #do(job: Job): Promise<R> {
    clearTimeout(this.#idle)
    const worker = this.#worker ?? (await this.#start())
    worker.ref()
    try {
      return await this.#answer(worker, job)
    } finally {
      worker.unref()
      this.#idle = setTimeout(() => this.#end(worker), IDLE_MS).unref()
    }
  }

  #answer(worker: Worker, job: Job): Promise<R> {
    return new Promise((resolve, reject) => {
      const { timeoutMs, heapMb } = this.#confines
      const onMessage = (answer: Answer<R>): void => {
        settle()
        if ('value' in answer) resolve(answer.value)
        else reject(errorOf(answer.error))
      }
      const fail = (error: CatalogError): void => {
        settle()
        this.#end(worker)
        reject(error)
      }
      const onError = (cause: Error): void => {
        const isMemory = 'code' in cause && cause.code === 'ERR_WORKER_OUT_OF_MEMORY'
        fail(
          isMemory ? beyond(`${heapMb} MB`, cause) : new DecodeError(`its decoder failed: ${cause.message}`, { cause }),
        )
      }
      const onExit = (): void => fail(new DecodeError('its decoder ended'))
      const timer = setTimeout(() => fail(beyond(`${timeoutMs / 1000} s`)), timeoutMs)
      const settle = (): void => {
        clearTimeout(timer)
        worker.off('message', onMessage).off('error', onError).off('exit', onExit)
      }
      worker.on('message', onMessage).on('error', onError).on('exit', onExit)
      worker.postMessage(job)
    })
  }

  async #start(): Promise<Worker> {
    const { heapMb, timeoutMs } = this.#confines
    const worker = new Worker(this.#entry, {
      resourceLimits: { maxOldGenerationSizeMb: heapMb, maxYoungGenerationSizeMb: 64, stackSizeMb: 4 },
      // A decoder has no use for the secrets that the environment of a process may hold.
      env: {},
    })
    // What a thread says between two jobs, or while it is being ended, is no uncaught error of this process.
    worker.on('error', () => this.#end(worker))
    await untilServing(worker, timeoutMs)
    this.#worker = worker
    return worker
  }

  #end(worker: Worker): void {
    if (this.#worker === worker) this.#worker = undefined
    void worker.terminate()
  }
}

/** @throws Error when the thread ends, or has not begun in time; it does not go on then */
async function untilServing(worker: Worker, timeoutMs: number): Promise<void> {
  const waiting = new AbortController()
  const giveUp = (): void => waiting.abort()
  const timer = setTimeout(giveUp, timeoutMs)
  worker.once('exit', giveUp)
  try {
    await once(worker, 'message', { signal: waiting.signal })
  } catch (cause) {
    void worker.terminate()
    // Not as it is: to others an AbortError says that their caller has stopped them.
    throw waiting.signal.aborted ? new Error('the thread that decodes did not start', { cause }) : cause
  } finally {
    clearTimeout(timer)
    worker.off('exit', giveUp)
  }
}

/** More than is decoded here, which is no damage: a file may be sound, and as large as that. */
function beyond(bound: string, cause?: unknown): UnsupportedFormatError {
  return new UnsupportedFormatError(`the file takes more than ${bound} to decode`, {
    steps: [
      'Ask the program that wrote the file whether it reads it, and get it again if not.',
      'Or write it anew with smaller row groups.',
    ],
    cause,
  })
}

function errorOf({ code, message }: { readonly code: string; readonly message: string }): CatalogError {
  if (code === 'UNSUPPORTED_FORMAT') return new UnsupportedFormatError(message)
  return code === 'CATALOG_CORRUPTION' ? new CatalogCorruptionError(message) : new DecodeError(message)
}
