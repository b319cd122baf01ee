import { createHash } from 'node:crypto'
import type { Timing } from './timing.js'

/** Bars of a minute and longer: `soft` asks about once a second, `strict` keeps IB's 60 in 10 minutes for them too. */
export type PacingMode = 'soft' | 'strict'

/** What pacing must know of a request to the gateway. */
export interface PacedRequest {
  readonly kind: 'bars' | 'ticks' | 'head' | 'details' | 'schedule'
  readonly contractKey: string
  readonly whatToShow: string
  /** Everything that makes two requests identical. */
  readonly identity: string
  /** Bars of 30 s and less, and what is asked for their sake. Ticks always count as such. */
  readonly isSmallBars: boolean
}

/** A request as the log keeps it, which need not tell what somebody trades. */
export interface LoggedRequest {
  /** Random: of one request of one process. */
  readonly id: string
  /** When it was sent; in the future for one that waits for its turn. */
  readonly atMs: number
  /** Equal for identical requests. */
  readonly identity: string
  /** Equal for requests for the same contract, exchange and tick type. */
  readonly group: string
  /** IB counts BID_ASK twice. */
  readonly weight: number
  readonly isSmall: boolean
  /** Made by a process that keeps to 60 in 10 minutes for all bars. */
  readonly isStrict: boolean
}

export type Candidate = Omit<LoggedRequest, 'atMs'>

/** When a request may be sent, and what held it up. */
export interface Slot {
  readonly atMs: number
  /** Of the rule that moved it last; `undefined` when none did. */
  readonly reason: string | undefined
}

/** The log's form of a request; `undefined` for contract details, which are no history: IB's rules do not name them. */
export function candidateOf(request: PacedRequest, id: string, mode: PacingMode): Candidate | undefined {
  if (request.kind === 'details') return undefined
  return {
    id,
    identity: digest(request.identity),
    group: digest(`${request.contractKey}\n${request.whatToShow}`),
    weight: request.whatToShow === 'BID_ASK' ? 2 : 1,
    isSmall: request.isSmallBars || request.kind === 'ticks',
    isStrict: mode === 'strict',
  }
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('base64url').slice(0, 12)
}

/**
 * The first instant from `fromMs` on at which the candidate breaks no rule, whatever else is in the log, before it or
 * after it: a request that waits for its turn keeps it.
 *
 * @param log ascending by time
 */
export function earliestSlot(
  candidate: Candidate,
  log: readonly LoggedRequest[],
  fromMs: number,
  timing: Timing,
): Slot {
  const windows = rulesFor(candidate, log, timing).map((rule) => {
    const oldestMs = fromMs - rule.windowMs
    return { rule, requests: log.filter((it) => it.atMs > oldestMs && rule.counts(it)) }
  })
  let slot: Slot = { atMs: fromMs, reason: undefined }
  for (let isFree = false; !isFree; ) {
    isFree = true
    for (const { rule, requests } of windows) {
      const untilMs = blockedUntil(rule, requests, slot.atMs)
      if (untilMs === undefined) continue
      slot = { atMs: untilMs, reason: rule.reason }
      isFree = false
    }
  }
  return slot
}

/** At most `room` besides the candidate in any stretch of this length. */
interface Rule {
  readonly reason: string
  readonly windowMs: number
  readonly room: number
  readonly counts: (it: LoggedRequest) => boolean
  readonly weightOf: (it: LoggedRequest) => number
}

const one = (): number => 1
const weightOf = ({ weight }: LoggedRequest): number => weight

function rulesFor(candidate: Candidate, log: readonly LoggedRequest[], timing: Timing): readonly Rule[] {
  const { identity, group, weight, isSmall } = candidate
  const rules: readonly Rule[] = [
    {
      reason: 'IB allows no identical request within 15 s',
      windowMs: timing.identicalMs,
      room: 0,
      counts: (it) => it.identity === identity,
      weightOf: one,
    },
    {
      reason: 'IB allows fewer than 6 requests for the same contract within 2 s',
      windowMs: timing.contractMs,
      room: 5 - weight,
      counts: (it) => it.group === group,
      weightOf,
    },
  ]
  // One strict process binds all of its login: it could never ask between others that fill every ten minutes.
  const isStrict = candidate.isStrict || log.some((it) => it.isStrict)
  if (isStrict || isSmall) {
    return [
      ...rules,
      {
        reason: 'IB allows 60 requests within 10 min, and counts BID_ASK twice',
        windowMs: timing.tenMinutesMs,
        room: 60 - weight,
        // IB has lifted the rule for longer bars, so these use up nothing of it.
        counts: (it) => isStrict || it.isSmall,
        weightOf,
      },
    ]
  }
  return [
    ...rules,
    {
      reason: 'about 1 request a second keeps IB from slowing this login down',
      windowMs: timing.softMs,
      room: 10 - weight,
      counts: () => true,
      weightOf,
    },
  ]
}

/**
 * Until when a candidate at `atMs` is too early for a rule; `undefined` when it is not. Of all stretches that hold it,
 * those matter that begin with a request, and the one that begins with itself.
 *
 * @param requests that the rule counts, ascending by time
 */
function blockedUntil(rule: Rule, requests: readonly LoggedRequest[], atMs: number): number | undefined {
  const { windowMs, room, weightOf } = rule
  const firstLater = requests.findIndex((it) => it.atMs > atMs)
  const later = firstLater === -1 ? requests.length : firstLater
  let used = 0
  let end = later
  for (let it = requests[end]; it !== undefined && it.atMs < atMs + windowMs; it = requests[++end]) used += weightOf(it)
  if (used > room) return requests[later]?.atMs
  for (let i = later - 1; i >= 0; i--) {
    const start = requests[i]
    if (start === undefined || start.atMs <= atMs - windowMs) return undefined
    used += weightOf(start)
    // The stretch has moved back: what is no longer in it is no longer counted.
    for (let it = requests[end - 1]; it !== undefined && it.atMs >= start.atMs + windowMs; it = requests[end - 1]) {
      used -= weightOf(it)
      end--
    }
    if (used > room) return start.atMs + windowMs
  }
  return undefined
}
