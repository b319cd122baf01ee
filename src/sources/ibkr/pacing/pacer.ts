import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { throwIfAborted } from '../../../model/abort.js'
import { PacingError } from '../../../model/errors.js'
import { encodeSegment } from '../../../model/instrument.js'
import { pause } from '../../../storage/pause.js'
import { sha256 } from '../../../storage/sha256.js'
import { userStateDirectory } from '../../../storage/user-state.js'
import { PacingLog } from './pacing-log.js'
import { type Candidate, candidateOf, earliestSlot, type PacedRequest, type PacingMode } from './pacing-rules.js'
import { type PacingState, withFailure, withoutRequest, withRequest } from './pacing-state.js'
import { type Timing, timingAt } from './timing.js'

export interface PacerOptions {
  /** Whom IB limits: the account names that the gateway lists, joined. */
  readonly login: string
  /** Where the logs of all logins are. Default: `ibkr-pacing` in the user's state directory. */
  readonly directory?: string
  readonly mode: PacingMode
  /** How many times faster the gateway's rules run. Default 1, a real one; others have a log of their own. */
  readonly timeScale?: number
  /** Milliseconds since 1970, of a clock that all processes share. */
  readonly nowMs?: () => number
  readonly onWarning?: (message: string) => void
}

export interface AcquireOptions {
  readonly signal: AbortSignal
  /** The latest instant to be sent, in milliseconds since 1970. */
  readonly deadlineMs: number
  /** Told how long is to wait and why, again whenever that has changed. */
  readonly onWait: (reason: string, waitMs: number) => void
}

/**
 * Keeps all processes of one login within what IB allows. A request takes the first free place in the login's log, which
 * may lie in the future, and waits there for its turn: in the order of asking, and whoever asks later cannot take it.
 */
export class Pacer {
  readonly #log: PacingLog
  readonly #mode: PacingMode
  readonly #timing: Timing
  readonly #nowMs: () => number

  private constructor(log: PacingLog, mode: PacingMode, timing: Timing, nowMs: () => number) {
    this.#log = log
    this.#mode = mode
    this.#timing = timing
    this.#nowMs = nowMs
  }

  static open(options: PacerOptions): Pacer {
    const { login, mode, timeScale = 1, nowMs = Date.now } = options
    const { directory = join(userStateDirectory(), 'ibkr-pacing') } = options
    const timing = timingAt(timeScale)
    const onWarning = options.onWarning ?? ((message) => process.emitWarning(message))
    const log = new PacingLog({ directory: join(directory, nameOfLog(login, timeScale)), timing, nowMs, onWarning })
    return new Pacer(log, mode, timing, nowMs)
  }

  /**
   * Waits until the request may be sent, and notes it as sent: send it at once.
   *
   * @throws PacingError as soon as it is known that its turn comes after the deadline, AbortedError
   */
  async acquire(request: PacedRequest, { signal, deadlineMs, onWait }: AcquireOptions): Promise<void> {
    const id = randomBytes(8).toString('hex')
    const candidate = candidateOf(request, id, this.#mode)
    try {
      for (let isOurs = false; !isOurs; isOurs = this.#isTurnOf(candidate)) {
        throwIfAborted(signal)
        const turn = await this.#takeTurn(candidate, deadlineMs)
        const waitMs = turn.atMs - this.#nowMs()
        if (waitMs <= 0) continue
        onWait(turn.reason, waitMs)
        // The clock may be set meanwhile, and what waits for more than the longest window is asked anew.
        await pause(Math.min(Math.ceil(waitMs), this.#timing.tenMinutesMs), signal)
      }
    } catch (error) {
      await this.#log.change((state) => withoutRequest(state, id))
      throw error
    }
  }

  /** The gateway said that it was too fast: everybody of this login pauses. */
  async penalize(): Promise<void> {
    await this.#log.change((state) => withFailure(state, this.#timing))
  }

  /** Notes the request at the first free instant, in place of where it was noted before. */
  async #takeTurn(candidate: Candidate | undefined, deadlineMs: number): Promise<Turn> {
    let turn: Turn = { atMs: 0, reason: '' }
    await this.#log.change((before) => {
      const state = candidate === undefined ? before : withoutRequest(before, candidate.id)
      turn = turnIn(state, candidate, this.#timing)
      const { atMs } = turn
      // A place so far away is not kept for anybody: who took it may be gone by then.
      const isNear = atMs <= state.savedAtMs + this.#timing.tenMinutesMs
      return candidate === undefined || atMs > deadlineMs || !isNear
        ? state
        : withRequest(state, { ...candidate, atMs })
    })
    if (turn.atMs > deadlineMs) throw tooLate(turn, turn.atMs - this.#nowMs())
    return turn
  }

  /**
   * Whether the request may be sent now. Not during a pause that began while it waited; not long after its turn, because
   * the processor was busy or the machine asleep; not when its note is gone with a lost log.
   */
  #isTurnOf(candidate: Candidate | undefined): boolean {
    const { savedAtMs, requests, pause: rest } = this.#log.read()
    if (savedAtMs < rest.untilMs) return false
    if (candidate === undefined) return true
    const noted = requests.find(({ id }) => id === candidate.id)
    return noted !== undefined && Math.abs(savedAtMs - noted.atMs) <= this.#timing.latenessMs
  }
}

interface Turn {
  readonly atMs: number
  readonly reason: string
}

function turnIn(
  { savedAtMs, requests, pause: rest }: PacingState,
  candidate: Candidate | undefined,
  timing: Timing,
): Turn {
  const fromMs = Math.max(savedAtMs, rest.untilMs)
  const slot = candidate === undefined ? undefined : earliestSlot(candidate, requests, fromMs, timing)
  const whyPaused =
    rest.failures > 0 ? 'IB said that requests came too fast: this login pauses' : 'what was asked before is not known'
  return { atMs: slot?.atMs ?? fromMs, reason: slot?.reason ?? whyPaused }
}

function tooLate({ reason }: Turn, retryAfterMs: number): PacingError {
  const wait = waitText(retryAfterMs)
  return new PacingError(`Interactive Brokers may be asked again in ${wait}, later than this may wait: ${reason}`, {
    retryAfterMs,
    steps: [
      `Run again in ${wait}: what has been fetched is kept, and only the rest is asked for.`,
      'Stop other programs that ask for history with the same login: IB counts their requests too.',
      'Ask for bars of a minute or longer where they will do: of shorter ones and of ticks IB answers 60 requests in 10 minutes.',
    ],
  })
}

function waitText(ms: number): string {
  const seconds = Math.ceil(ms / 1000)
  return seconds < 120 ? `${seconds} s` : `${Math.ceil(seconds / 60)} min`
}

/** At 255 bytes a name ends; an adviser's login lists hundreds of accounts. */
const NAME_MAX = 150

/** The `+` is in no encoded name: no login has the log of another's simulation. */
function nameOfLog(login: string, timeScale: number): string {
  const encoded = encodeSegment(login)
  const isShort = encoded.length <= NAME_MAX
  const name = isShort ? encoded : `${encoded.slice(0, 40)}+${sha256(new TextEncoder().encode(login)).slice(0, 32)}`
  return timeScale === 1 ? `login-${name}` : `login-${name}+x${timeScale}`
}
