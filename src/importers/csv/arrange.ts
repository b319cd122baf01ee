import type { Frame } from '../../model/frame.js'
import { firstOutOfOrder, takeRows } from '../../model/frame-edit.js'

/** Rows of a file in the order of a frame. */
export interface Arranged {
  /** Rows of the file, ascending by stamp; of bars one a stamp. */
  readonly order: Uint32Array
  /** Bars left out because an equal one has the stamp. */
  readonly collapsed: number
  /** Bars left out because another one has the stamp: the row, and the one that was kept. */
  readonly conflicts: readonly Conflict[]
}

export interface Conflict {
  readonly row: number
  readonly keptRow: number
}

/**
 * Puts rows in order of their stamps. Of several bars with one stamp the first in the file stays; ticks all stay, in
 * the order of the file, because identical ticks are real.
 */
export function arrange(
  frame: Frame,
  isDropped: (row: number) => boolean,
  isSame: (a: number, b: number) => boolean,
): Arranged {
  const times = frame.data('ts_event').values as BigInt64Array
  const sorted = sortedRows(times)
  const order = new Uint32Array(sorted.length)
  const conflicts: Conflict[] = []
  let [size, collapsed] = [0, 0]
  for (const row of sorted) {
    if (isDropped(row)) continue
    const keptRow = order[size - 1]
    if (frame.type !== 'bars' || keptRow === undefined || times[keptRow] !== times[row]) order[size++] = row
    else if (isSame(keptRow, row)) collapsed++
    else conflicts.push({ row, keptRow })
  }
  return { order: order.subarray(0, size), collapsed, conflicts: conflicts.sort((a, b) => a.row - b.row) }
}

/** The rows of `order`. The frame itself, and no copy of it, when that is all of them as they are. */
export function inOrderOf(frame: Frame, order: Uint32Array): Frame {
  const isWhole = order.length === frame.numRows && order.every((row, i) => row === i)
  return isWhole ? frame : takeRows(frame, order)
}

/** Stable, so that equal stamps stay in file order. A file that descends costs one pass: sort finds its runs. */
function sortedRows(times: BigInt64Array): ArrayLike<number> & Iterable<number> {
  const rows = new Uint32Array(times.length)
  for (let row = 0; row < rows.length; row++) rows[row] = row
  if (firstOutOfOrder(times) === undefined) return rows
  return Array.from(rows).sort((a, b) => {
    const [left, right] = [times[a] as bigint, times[b] as bigint]
    return left < right ? -1 : left > right ? 1 : 0
  })
}
