import type { Frame } from '../../model/frame.js'
import { lowerBound } from '../../model/frame-edit.js'
import { byStart } from '../../model/interval.js'
import { MAX_NS, MIN_NS } from '../../model/time.js'
import { clipCoverage } from '../coverage/coverage.js'
import type { Period } from '../coverage/period.js'
import type { LiveFile } from '../files/live-file.js'
import type { NewFile } from './bucket.js'

/** How many rows the files of one day of ticks hold. `fullRows` is at most half of `maxRows`. */
export interface PartLimits {
  readonly maxRows: number
  /** From here on a part is complete: what comes after it begins a part of its own. */
  readonly fullRows: number
}

/** Most rows of one file, unless a single stamp has more: a writer holds a file's rows in memory. */
export const TICK_PART_ROWS_MAX = 5_000_000
/** Appending writes at most this many stored rows again; a day of n rows written in small batches has n of these parts. */
export const TICK_PART_ROWS_FULL = 1_000_000
export const TICK_PART_LIMITS: PartLimits = { maxRows: TICK_PART_ROWS_MAX, fullRows: TICK_PART_ROWS_FULL }

/**
 * Cuts a day at both ends of every full part. A write changes the cells it touches: after a full part it begins a new
 * file and reads nothing, beside a small one it rewrites that, in the middle of a full one it rewrites only that. Two
 * small parts never stay neighbours, in whatever order a day comes in.
 *
 * Stamps are whole nanoseconds and a part ends just after its last one, so all rows of a stamp lie in one cell.
 *
 * @param files those that reach into the day
 * @returns all of the day, ascending and disjoint
 */
export function cellsOf(day: Period, files: readonly LiveFile[], { fullRows }: PartLimits): readonly Period[] {
  const cuts = new Set<bigint>([day.startNs])
  for (const { extent } of files.filter((it) => it.numRows >= fullRows)) {
    for (const ns of extent.flatMap((it) => [it.startNs, it.endNs])) if (isInside(day, ns)) cuts.add(ns)
  }
  const starts = [...cuts].map((startNs) => ({ ...day, startNs })).sort(byStart)
  return starts.map((cell, i) => ({ ...cell, endNs: starts[i + 1]?.startNs ?? day.endNs }))
}

function isInside(day: Period, ns: bigint): boolean {
  return day.startNs < ns && ns < day.endNs
}

/** A file as parts of at most `maxRows`, as even as the stamps allow; every coverage entry is cut where the rows are. */
export function splitFile(file: NewFile, { maxRows }: PartLimits): readonly NewFile[] {
  const starts = partStarts(file.frame, maxRows)
  if (starts.length === 1) return [file]
  const times = file.frame.data('ts_event').values as BigInt64Array
  return starts.map((from, i) => {
    const to = starts[i + 1]
    const startNs = i === 0 ? MIN_NS : (times[from] as bigint)
    const endNs = to === undefined ? MAX_NS + 1n : (times[to] as bigint)
    return { ...file, frame: file.frame.slice(from, to), coverage: clipCoverage(file.coverage, [{ startNs, endNs }]) }
  })
}

/** First rows of the parts. Rows of one stamp stay together, also when they are more than `maxRows`. */
function partStarts(frame: Frame, maxRows: number): readonly number[] {
  const times = frame.data('ts_event').values as BigInt64Array
  const starts = [0]
  let from = 0
  while (frame.numRows - from > maxRows) {
    const left = frame.numRows - from
    const stamp = times[from + Math.ceil(left / Math.ceil(left / maxRows))] as bigint
    const before = lowerBound(times, stamp)
    from = before > from ? before : lowerBound(times, stamp + 1n)
    if (from === frame.numRows) break
    starts.push(from)
  }
  return starts
}
