import { candidateOf, earliestSlot, type LoggedRequest, type PacedRequest, type PacingMode } from './pacing-rules.js'
import { timingAt } from './timing.js'

/**
 * How long it takes until the last of these requests may be sent, one after the other, when nothing was asked before and
 * the gateway answers at once.
 */
export function estimateMs(requests: readonly PacedRequest[], mode: PacingMode, timeScale: number): number {
  const timing = timingAt(timeScale)
  const log: LoggedRequest[] = []
  let atMs = 0
  for (const request of requests) {
    const candidate = candidateOf(request, '', mode)
    if (candidate === undefined) continue
    atMs = earliestSlot(candidate, log, atMs, timing).atMs
    const oldestMs = atMs - timing.tenMinutesMs
    while ((log[0]?.atMs ?? atMs) <= oldestMs) log.shift()
    log.push({ ...candidate, atMs })
  }
  return atMs
}
