/** IB's windows and pauses as they are kept here, all in milliseconds. */
export interface Timing {
  /** No two identical requests within. */
  readonly identicalMs: number
  /** Fewer than six for the same contract, exchange and tick type within. */
  readonly contractMs: number
  /** At most 60 within. No request older than this matters. */
  readonly tenMinutesMs: number
  /** At most ten bars of a minute and longer within: once a second on average, but a few days need not wait. */
  readonly softMs: number
  /** How far from its stamp a request may be sent. */
  readonly latenessMs: number
  /** After a first, a second and every further pacing failure in a row. */
  readonly penaltiesMs: readonly number[]
  /** A failure so long after the end of the last pause counts as a first one. */
  readonly quietMs: number
}

const SECOND_MS = 1_000
const MINUTE_MS = 60 * SECOND_MS
/** What the way to the gateway may take longer for one request than for the next. */
const MARGIN_MS = 1_000
/** A process waits its turn for the processor as long in a simulated world that runs 200 times faster. */
const MARGIN_MIN_MS = 250

/**
 * The gateway goes by when requests arrive, the log by when they are sent. Where a request is held up on the way and the
 * next is not, the gateway sees less time between them than the log. So every window of IB's is kept a margin longer;
 * half of it is for the time between the stamp and the sending, half for the way.
 *
 * @param timeScale how many times faster the gateway's rules run: 1 for a real one
 */
export function timingAt(timeScale: number): Timing {
  // Whole milliseconds: stamps are compared and added up, and must not lose a fraction on the way.
  const scaled = (ms: number): number => Math.ceil(ms / timeScale)
  const marginMs = Math.max(scaled(MARGIN_MS), MARGIN_MIN_MS)
  return {
    identicalMs: scaled(15 * SECOND_MS) + marginMs,
    contractMs: scaled(2 * SECOND_MS) + marginMs,
    tenMinutesMs: scaled(10 * MINUTE_MS) + marginMs,
    // Not IB's rule but ours: nothing is broken where it is a little short.
    softMs: scaled(10 * SECOND_MS),
    latenessMs: marginMs / 2,
    penaltiesMs: [15 * SECOND_MS, MINUTE_MS, 10 * MINUTE_MS].map(scaled),
    quietMs: scaled(10 * MINUTE_MS),
  }
}
