import type { LoggedRequest } from './pacing-rules.js'
import type { Timing } from './timing.js'

/** All that pacing knows of one login. */
export interface PacingState {
  /** By the clock of the process that wrote it. */
  readonly savedAtMs: number
  /** Ascending by time. */
  readonly requests: readonly LoggedRequest[]
  readonly pause: Pause
}

/** Nobody of the login sends anything before `untilMs`. */
export interface Pause {
  readonly untilMs: number
  /** Pacing failures in a row that led to it. */
  readonly failures: number
}

const FORMAT = 1
const NO_PAUSE: Pause = { untilMs: 0, failures: 0 }

export const EMPTY_STATE: PacingState = { savedAtMs: 0, requests: [], pause: NO_PAUSE }

export function textOfState(state: PacingState): string {
  return `${JSON.stringify({ format: FORMAT, ...state })}\n`
}

/**
 * `undefined` for anything but a whole state: half of one, one of another format, or one that would make somebody wait
 * for something that no process ever noted.
 */
export function parseState(text: string, timing: Timing): PacingState | undefined {
  try {
    const state: unknown = JSON.parse(text)
    return isState(state) && isPlausible(state, timing) ? state : undefined
  } catch {
    return undefined
  }
}

function isState(value: unknown): value is PacingState {
  if (typeof value !== 'object' || value === null) return false
  const { format, savedAtMs, requests, pause } = value as Partial<Record<keyof PacingState | 'format', unknown>>
  if (format !== FORMAT || !Number.isSafeInteger(savedAtMs)) return false
  return Array.isArray(requests) && requests.every(isRequest) && isPause(pause)
}

function isRequest(value: unknown): value is LoggedRequest {
  if (typeof value !== 'object' || value === null) return false
  const { id, atMs, identity, group, weight, isSmall, isStrict } = value as Partial<
    Record<keyof LoggedRequest, unknown>
  >
  const isText = [id, identity, group].every((it) => typeof it === 'string')
  const isNumber = [atMs, weight].every((it) => Number.isSafeInteger(it))
  return isText && isNumber && typeof isSmall === 'boolean' && typeof isStrict === 'boolean'
}

function isPause(value: unknown): value is Pause {
  if (typeof value !== 'object' || value === null) return false
  const { untilMs, failures } = value as Partial<Record<keyof Pause, unknown>>
  return Number.isSafeInteger(untilMs) && Number.isSafeInteger(failures) && Number(failures) >= 0
}

function isPlausible({ savedAtMs, requests, pause }: PacingState, timing: Timing): boolean {
  const isAscending = requests.every((it, i) => it.atMs >= (requests[i - 1]?.atMs ?? it.atMs))
  const lastMs = Math.max(pause.untilMs, requests.at(-1)?.atMs ?? 0)
  return isAscending && lastMs <= savedAtMs + timing.tenMinutesMs
}

/**
 * A state as it is at `nowMs`: without what no longer matters. Where the clock has been set back since it was written,
 * it is taken for written now: the distances in it hold, and nobody waits for a future that has been.
 */
export function stateAt({ savedAtMs, requests, pause }: PacingState, nowMs: number, timing: Timing): PacingState {
  const backMs = Math.max(0, savedAtMs - nowMs)
  const shifted = backMs === 0 ? requests : requests.map((it) => ({ ...it, atMs: it.atMs - backMs }))
  const untilMs = pause.untilMs - backMs
  return {
    savedAtMs: nowMs,
    requests: shifted.filter((it) => it.atMs > nowMs - timing.tenMinutesMs),
    pause: nowMs < untilMs + timing.quietMs ? { ...pause, untilMs } : NO_PAUSE,
  }
}

/**
 * What to assume where the log was lost: that everything allowed until `lostMs` has been asked. Who asks for longer bars
 * waits 15 s, who asks for shorter ones up to ten minutes.
 */
export function unknownState(lostMs: number, timing: Timing): PacingState {
  const anything = { id: 'unknown', atMs: lostMs, identity: '', group: '', weight: 60, isSmall: true, isStrict: false }
  return { savedAtMs: lostMs, requests: [anything], pause: { untilMs: lostMs + timing.identicalMs, failures: 0 } }
}

export function withRequest(state: PacingState, request: LoggedRequest): PacingState {
  const requests = [...state.requests, request].sort((a, b) => a.atMs - b.atMs)
  return { ...state, requests }
}

/** The same state where there is none to leave out. */
export function withoutRequest(state: PacingState, id: string): PacingState {
  const others = state.requests.filter((it) => it.id !== id)
  return others.length === state.requests.length ? state : { ...state, requests: others }
}

/**
 * The login pauses, the longer the more often in a row. A failure during a pause is of a request that was under way when
 * it began, and tells nothing new.
 *
 * @param state as it is at its `savedAtMs`
 */
export function withFailure(state: PacingState, { penaltiesMs }: Timing): PacingState {
  const { pause, savedAtMs } = state
  if (savedAtMs < pause.untilMs && pause.failures > 0) return state
  const pauseMs = penaltiesMs[Math.min(pause.failures, penaltiesMs.length - 1)] ?? 0
  const untilMs = Math.max(pause.untilMs, savedAtMs + pauseMs)
  return { ...state, pause: { untilMs, failures: pause.failures + 1 } }
}
