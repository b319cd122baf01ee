import type { IsoInterval } from '../../model/errors.js'
import type { FetchEstimate } from '../../service/historical-source.js'
import type { FetchPlan, FetchProgress, FetchReport } from '../../service/types.js'
import { named } from './named.js'
import type { Progress } from './progress.js'
import { formatBytes, formatCount, formatCounted, formatDuration } from './units.js'

export function showFetchProgress(progress: Progress, it: FetchProgress): void {
  const doing = `${formatCount(it.rows)} rows`
  // Who waits for another process does not know yet how many requests are left.
  const total = it.phase === 'wait' && it.total === 0 ? undefined : it.total
  if (it.phase === 'wait') progress.update({ done: it.done, total, doing: it.reason, waitMs: it.waitMs })
  else progress.update({ done: it.done, total, doing })
}

/** What a person should know of a download besides its result, a line each. */
export function remarksOn(
  name: string,
  { rejected, missing, kept = [] }: Pick<FetchReport, 'rejected' | 'missing'> & Partial<Pick<FetchReport, 'kept'>>,
): readonly string[] {
  return [
    ...rejected.map(({ at, reason }) => `${name}: set aside ${at}: ${reason}`),
    ...countedStretches(`${name}: kept as it was, because the source has nothing there:`, kept),
    ...countedStretches(`${name}: still missing`, missing),
  ]
}

function countedStretches(text: string, stretches: readonly IsoInterval[]): readonly string[] {
  const [first] = stretches
  if (first === undefined) return []
  return [`${text} ${formatCounted(stretches.length, 'stretch', 'stretches')}, first ${first.start} .. ${first.end}`]
}

/** @param what gaps, or what a refresh would replace */
export function planLines(
  name: string,
  { gaps, requests, estimate }: FetchPlan,
  what: readonly [one: string, many: string] = ['gap', 'gaps'],
): readonly string[] {
  return [
    `${name}: ${formatCounted(gaps.length, ...what)}, ${formatCounted(requests.length, 'request')} (dry run, nothing was asked)`,
    ...(estimate === undefined || requests.length === 0 ? [] : [estimateLine(estimate)]),
    ...named(requests, (it) => `  ${it.start} .. ${it.end}`),
  ]
}

function estimateLine({ durationMs, rowsMax, sizeBytesMax }: FetchEstimate): string {
  const rows = rowsMax === undefined ? '' : `, at most ${formatCount(rowsMax)} rows`
  const size = sizeBytesMax === undefined ? '' : `, ${formatBytes(sizeBytesMax)} to receive`
  return `  about ${formatDuration(durationMs)} at the source's pacing${rows}${size}`
}
