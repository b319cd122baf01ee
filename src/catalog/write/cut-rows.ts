import type { Frame } from '../../model/frame.js'
import { concatFrames, lowerBound } from '../../model/frame-edit.js'
import type { Interval, IntervalSet } from '../../model/interval.js'

/** The rows of a sorted frame inside an interval. */
export function sliceRows(frame: Frame, { startNs, endNs }: Interval): Frame {
  const times = frame.data('ts_event').values as BigInt64Array
  return frame.slice(lowerBound(times, startNs), lowerBound(times, endNs))
}

/** The rows of a sorted frame outside a set. */
export function dropRows(frame: Frame, set: IntervalSet): Frame {
  const parts: Frame[] = []
  const times = frame.data('ts_event').values as BigInt64Array
  let from = 0
  for (const hole of set) {
    parts.push(frame.slice(from, Math.max(from, lowerBound(times, hole.startNs))))
    from = Math.max(from, lowerBound(times, hole.endNs))
  }
  parts.push(frame.slice(from, frame.numRows))
  return concatFrames(frame.type, parts)
}
