import { setTimeout as sleep } from 'node:timers/promises'
import { Cron } from 'croner'
import { InvalidRequestError } from '../model/errors.js'
import type { Context } from './context.js'
import { exitCodeOf } from './render/errors.js'
import { formatDuration } from './render/units.js'
import { showError } from './show-error.js'

/** When a task runs by itself. */
export interface Schedule {
  /** A cron expression of five fields, or six with seconds first. */
  readonly pattern: string
  /** The zone its fields are in; the machine's when absent. */
  readonly timeZone?: string
}

/** Timers hold at most 2^31 ms, and a machine that slept wakes late: look at the clock again at least this often. */
const LOOK_AGAIN_MS = 60_000

/**
 * Runs a task at every time of a schedule until it is interrupted. One run at a time: what would begin while another is
 * under way is left out. A run that fails is shown, and the next one runs all the same.
 *
 * @returns 0 when it was interrupted between two runs
 * @throws InvalidRequestError for an expression that is none, or one that never comes
 */
export async function runOnSchedule(
  schedule: Schedule,
  context: Context,
  task: () => Promise<number>,
): Promise<number> {
  const { signal, say, terminal, globals } = context
  const cron = parseSchedule(schedule)
  for (;;) {
    const next = cron.nextRun()
    if (next === null) throw new InvalidRequestError(`'${schedule.pattern}' has no further run`, { steps: STEPS })
    say(`next run at ${next.toISOString()}`)
    if (!(await waitUntil(next.getTime(), signal))) return 0
    const startedMs = performance.now()
    try {
      const code = await task()
      say(`run ended with ${code} after ${formatDuration(performance.now() - startedMs)}`)
    } catch (error) {
      if (signal.aborted) throw error
      showError(terminal, error, globals)
      say(`run failed with ${exitCodeOf(error)} after ${formatDuration(performance.now() - startedMs)}`)
    }
  }
}

const STEPS = [
  "Write five fields, minute hour day month weekday: '30 22 * * 1-5' is 22:30 on working days.",
  "Or six, with seconds first: '0 30 22 * * 1-5'.",
]

function parseSchedule({ pattern, timeZone }: Schedule): Cron {
  try {
    const cron = new Cron(pattern, { paused: true, ...(timeZone === undefined ? {} : { timezone: timeZone }) })
    // A zone is looked up only now.
    cron.nextRun()
    return cron
  } catch (cause) {
    const zone = timeZone === undefined ? '' : ` in the zone '${timeZone}'`
    throw new InvalidRequestError(`'${pattern}'${zone} is not a schedule`, { steps: STEPS, cause })
  }
}

/** @returns `false` when the signal fired first */
async function waitUntil(atMs: number, signal: AbortSignal): Promise<boolean> {
  for (let leftMs = atMs - Date.now(); leftMs > 0; leftMs = atMs - Date.now()) {
    try {
      await sleep(Math.min(leftMs, LOOK_AGAIN_MS), undefined, { signal })
    } catch {
      return false
    }
  }
  return !signal.aborted
}
