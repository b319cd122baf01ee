import type { Frame } from '../../model/frame.js'
import { storedColumns } from '../../model/frame.js'
import { concatFrames, emptyFrame, lowerBound, takeRows } from '../../model/frame-edit.js'
import type { Interval } from '../../model/interval.js'
import type { TableType } from '../../model/schema.js'

/** Which side's row stays where both have one with the same key. */
export type Winner = 'new' | 'old'

/**
 * Merges two frames, each sorted by `ts_event`. Rows without a counterpart all stay; the result is in the order
 * (`ts_event`, `sequence`, arrival), old before new.
 *
 * The key of a bar is its `ts_event`. The key of a tick is (`ts_event`, exchange, trade_id), without an id the whole
 * row but `ts_init`, each with its occurrence number within its side: identical ticks are real, and two of them on
 * each side are two in the result.
 */
export function mergeFrames(older: Frame, newer: Frame, winner: Winner): Frame {
  if (older.numRows === 0) return newer
  if (newer.numRows === 0) return older
  const [olderSpan, newerSpan] = [spanOf(older), spanOf(newer)]
  // Only where the two lie over each other are rows compared: appending to a day costs what is appended.
  const startNs = olderSpan.startNs > newerSpan.startNs ? olderSpan.startNs : newerSpan.startNs
  const endNs = olderSpan.endNs < newerSpan.endNs ? olderSpan.endNs : newerSpan.endNs
  if (startNs >= endNs) return concatFrames(older.type, olderSpan.endNs <= startNs ? [older, newer] : [newer, older])
  const [olders, newers] = [inThree(older, startNs, endNs), inThree(newer, startNs, endNs)]
  const middle = mergeOverlap(olders[1], newers[1], winner)
  return concatFrames(older.type, [olders[0], newers[0], middle, olders[2], newers[2]])
}

/** The rows before, inside and after an interval. */
function inThree(frame: Frame, startNs: bigint, endNs: bigint): readonly [Frame, Frame, Frame] {
  const times = frame.data('ts_event').values as BigInt64Array
  const [from, to] = [lowerBound(times, startNs), lowerBound(times, endNs)]
  return [frame.slice(0, from), frame.slice(from, to), frame.slice(to)]
}

function mergeOverlap(older: Frame, newer: Frame, winner: Winner): Frame {
  if (older.numRows === 0) return newer
  if (newer.numRows === 0) return older
  const both = concatFrames(older.type, [older, newer])
  return takeRows(both, mergedOrder(both, older.numRows, winner))
}

function spanOf(frame: Frame): Interval {
  const times = frame.data('ts_event').values as BigInt64Array
  return { startNs: times[0] as bigint, endNs: (times[frame.numRows - 1] as bigint) + 1n }
}

/**
 * {@link mergeFrames} for any number of frames, later ones newer. Frames that lie apart in time, as the files of a
 * series do, are put one after another without looking at their rows.
 */
export function mergeAll(type: TableType, frames: readonly Frame[]): Frame {
  const apart: Frame[] = []
  for (const frame of frames) {
    if (frame.numRows === 0) continue
    let next = frame
    for (let last = apart.at(-1); last !== undefined && !endsBefore(last, next); last = apart.at(-1)) {
      next = mergeFrames(last, next, 'new')
      apart.pop()
    }
    apart.push(next)
  }
  return apart.length === 0 ? emptyFrame(type) : concatFrames(type, apart)
}

function endsBefore(earlier: Frame, later: Frame): boolean {
  return spanOf(earlier).endNs <= spanOf(later).startNs
}

/** Indices into `both` (old rows first) of the merged result. */
function mergedOrder(both: Frame, oldCount: number, winner: Winner): Uint32Array {
  const times = both.data('ts_event').values as BigInt64Array
  const keys = keyReader(both)
  const order = new Uint32Array(both.numRows)
  let size = 0
  let [i, j] = [0, oldCount]
  while (i < oldCount || j < both.numRows) {
    const ns = j >= both.numRows || (i < oldCount && (times[i] as bigint) <= (times[j] as bigint)) ? times[i] : times[j]
    const [fromOld, fromNew] = [i, j]
    while (i < oldCount && times[i] === ns) i++
    while (j < both.numRows && times[j] === ns) j++
    // Nearly every stamp is one of these; a list and a map for each would be most of the work.
    if (i === fromOld) for (let row = fromNew; row < j; row++) order[size++] = row
    else if (j === fromNew) for (let row = fromOld; row < i; row++) order[size++] = row
    else if (hasOneRowPerStamp(both)) order[size++] = winner === 'new' ? fromNew : fromOld
    else for (const row of mergeStamp(both, keys, range(fromOld, i), range(fromNew, j), winner)) order[size++] = row
  }
  return order.subarray(0, size)
}

/** The rows of one stamp that both sides have. */
function mergeStamp(
  both: Frame,
  keys: (row: number) => string,
  olds: readonly number[],
  news: readonly number[],
  winner: Winner,
): readonly number[] {
  const kept = new Map<string, number>()
  for (const side of [olds, news]) {
    const occurrences = new Map<string, number>()
    for (const row of side) {
      const key = keys(row)
      const occurrence = (occurrences.get(key) ?? 0) + 1
      occurrences.set(key, occurrence)
      const full = `${occurrence} ${key}`
      if (!kept.has(full) || winner === 'new') kept.set(full, row)
    }
  }
  return bySequence(both, [...kept.values()])
}

function keyReader(frame: Frame): (row: number) => string {
  if (hasOneRowPerStamp(frame)) return () => ''
  const names = storedColumns(frame.type)
    .map((it) => it.name)
    .filter((name) => name !== 'ts_event' && name !== 'ts_init')
  const rowKey = (row: number): string => names.map((name) => keyPart(frame, name, row)).join('\u0001')
  if (frame.type === 'quotes') return rowKey
  return (row) => {
    const id = frame.cell('trade_id', row)
    return id === null ? rowKey(row) : `id ${keyPart(frame, 'exchange', row)}\u0001${id}`
  }
}

function keyPart(frame: Frame, name: string, row: number): string {
  const value = frame.cell(name, row)
  return value === null ? '\u0000' : Object.is(value, -0) ? '-0' : String(value)
}

/** Ticks of one stamp in the order of their sequence; the same frame when they are. Bars have one row a stamp. */
export function inSequence(frame: Frame): Frame {
  if (hasOneRowPerStamp(frame) || ascends(frame)) return frame
  const times = frame.data('ts_event').values as BigInt64Array
  const order = new Uint32Array(frame.numRows)
  let isMoved = false
  for (let from = 0, to = 0; from < frame.numRows; from = to) {
    while (to < frame.numRows && times[to] === times[from]) to++
    for (const [i, row] of bySequence(frame, range(from, to)).entries()) {
      order[from + i] = row
      if (row !== from + i) isMoved = true
    }
  }
  return isMoved ? takeRows(frame, order) : frame
}

/** Whether no row of a stamp has a lower sequence than the one before it, which nearly all input is like. */
function ascends(frame: Frame): boolean {
  const times = frame.data('ts_event').values as BigInt64Array
  const { values, nulls } = frame.data('sequence')
  for (let row = 1; row < frame.numRows; row++) {
    if (times[row] !== times[row - 1]) continue
    // A row without a sequence says nothing of those on its two sides.
    if (nulls?.[row] === 1 || nulls?.[row - 1] === 1) return nulls.every((it) => it === 1)
    if ((values[row] as bigint) < (values[row - 1] as bigint)) return false
  }
  return true
}

/** Stable: rows without a sequence, and rows with equal ones, stay in the order of their arrival. */
function bySequence(frame: Frame, rows: readonly number[]): readonly number[] {
  if (hasOneRowPerStamp(frame) || rows.length < 2) return rows
  const sequence = (row: number): bigint | undefined => {
    const value = frame.cell('sequence', row)
    return typeof value === 'bigint' ? value : undefined
  }
  if (rows.some((row) => sequence(row) === undefined)) return rows
  return [...rows].sort((a, b) => {
    const [left, right] = [sequence(a) as bigint, sequence(b) as bigint]
    return left < right ? -1 : left > right ? 1 : 0
  })
}

/** Bars, and records of an instrument; any number of ticks can share a stamp. */
function hasOneRowPerStamp(frame: Frame): boolean {
  return frame.type === 'bars' || frame.type === 'instruments'
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, i) => from + i)
}
