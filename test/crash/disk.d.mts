/** One call of node:fs, as a plan is told of it. */
export interface Call {
  /** `writeFile`, `link`, `fsyncDirectory`: the same for all styles of node:fs. */
  readonly name: string
  /** Below the watched folder, `/` between segments. */
  readonly path: string
  /** The second path of a link or a rename. */
  readonly to?: string
  /** What is written. */
  readonly bytes?: Uint8Array
  /** Whether the disk is another after it. */
  readonly isChange: boolean
  /** Its place among all calls, from 1. */
  readonly number: number
  /** Its place among the calls that change something, from 1; of a read that of the change before it. */
  readonly change: number
  /** Set once it has been made and has succeeded. */
  readonly isDone?: true
}

/** What becomes of a call; nothing said: it passes. `skip` says it was done and does nothing. */
export type Verdict = 'crash before' | 'crash torn' | 'crash after' | 'skip' | `E${string}` | undefined

export interface Watch {
  readonly calls: number
  readonly changes: number
  readonly isFrozen: boolean
  /** Functions of node:fs that touched the folder and are not known here: must be empty. */
  readonly unknown: readonly string[]
  /** Resolves when a plan has ended the process. */
  readonly crashed: Promise<void>
  idle(): Promise<void>
  unwatch(): void
}

/** @param kill ends the process in truth; without it nothing of this process reaches the folder any more */
export function watch(folder: string, plan: (call: Call) => Verdict, kill?: () => void): Watch

/** Work that answers at once and that no plan is told of: the test's own, also in the folder of a process that ended. */
export function unwatched<T>(work: () => T): T
