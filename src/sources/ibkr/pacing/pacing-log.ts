import { StorageError } from '../../../model/errors.js'
import { SharedText, type TextVersion } from '../../../storage/shared-text.js'
import { EMPTY_STATE, type PacingState, parseState, stateAt, textOfState, unknownState } from './pacing-state.js'
import type { Timing } from './timing.js'

export interface PacingLogOptions {
  readonly directory: string
  readonly timing: Timing
  readonly nowMs: () => number
  readonly onWarning: (message: string) => void
}

/** Where it cannot be kept on disk: by directory, so that at least all of this process share it. */
const inProcess = new Map<string, PacingState>()

/**
 * What is known of one login, shared by every process of the user. It never fails: a log that cannot be read counts as
 * full, and one that cannot be written is kept in this process alone.
 */
export class PacingLog {
  readonly #options: PacingLogOptions
  /** `undefined` once the disk has refused. */
  #shared: SharedText | undefined
  /** As it was last read from disk. */
  #seen = EMPTY_STATE
  #hasWarned = false

  constructor(options: PacingLogOptions) {
    this.#options = options
    this.#shared = inProcess.has(options.directory) ? undefined : new SharedText(options.directory)
  }

  /** As it is now. */
  read(): PacingState {
    try {
      if (this.#shared !== undefined) return this.#now(this.#stateOf(this.#shared.read()))
    } catch (error) {
      this.#goOnAlone(error)
    }
    return this.#now(this.#alone())
  }

  /** @param next of the state as it is now; called again when another process was faster; the same state changes nothing */
  async change(next: (state: PacingState) => PacingState): Promise<void> {
    try {
      if (this.#shared !== undefined) return await this.#shared.change((version) => this.#nextText(version, next))
    } catch (error) {
      this.#goOnAlone(error)
    }
    inProcess.set(this.#options.directory, next(this.#now(this.#alone())))
  }

  #nextText(version: TextVersion | undefined, next: (state: PacingState) => PacingState): string | undefined {
    const read = this.#stateOf(version)
    const state = this.#now(read)
    const changed = next(state)
    const isDamaged = version !== undefined && read !== this.#seen
    const isOfTheFuture = read.savedAtMs > state.savedAtMs
    // Such a log is written as it is taken now, also when nothing is added: else no time would ever pass for it.
    return changed === state && !isDamaged && !isOfTheFuture ? undefined : textOfState(changed)
  }

  #stateOf(version: TextVersion | undefined): PacingState {
    if (version === undefined) return EMPTY_STATE
    const { timing, nowMs, directory } = this.#options
    const state = parseState(version.text, timing)
    if (state !== undefined) {
      this.#seen = state
      return state
    }
    this.#warn(
      `the log of requests to Interactive Brokers in ${directory} is damaged: what was asked before is not known, so the next requests may have to wait up to 10 minutes`,
    )
    return unknownState(Math.min(version.modifiedMs, Math.floor(nowMs())), timing)
  }

  #now(state: PacingState): PacingState {
    return stateAt(state, Math.floor(this.#options.nowMs()), this.#options.timing)
  }

  #alone(): PacingState {
    return inProcess.get(this.#options.directory) ?? this.#seen
  }

  #goOnAlone(error: unknown): void {
    if (!(error instanceof StorageError)) throw error
    this.#shared = undefined
    this.#warn(
      `the log of requests to Interactive Brokers cannot be kept (${error.message}): what other programs ask with the same login is not seen, and a restart forgets what was asked`,
    )
  }

  #warn(message: string): void {
    if (this.#hasWarned) return
    this.#hasWarned = true
    this.#options.onWarning(message)
  }
}
