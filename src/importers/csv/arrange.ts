import { type Frame, storedColumns } from '../../model/frame.js'
import { allocateFrame, type ColumnRoom, setNull } from '../../model/frame-edit.js'
import { type BarColumns, NUMBER_COLUMNS } from './bar-columns.js'

/** Rows of a file in the order of a frame. */
export interface Arranged {
  /** Rows of the columns, ascending by stamp, one a stamp. */
  readonly order: readonly number[]
  /** Rows left out because an equal row has the stamp. */
  readonly collapsed: number
  /** Rows left out because another bar has the stamp: the row, and the one that was kept. */
  readonly conflicts: readonly Conflict[]
}

export interface Conflict {
  readonly row: number
  readonly keptRow: number
}

/** Puts rows in order of their stamps; of several with one stamp the first in the file stays. */
export function arrange(columns: BarColumns, isDropped: (row: number) => boolean): Arranged {
  const sorted = sortedRows(columns).filter((row) => !isDropped(row))
  const order: number[] = []
  const conflicts: Conflict[] = []
  let collapsed = 0
  for (const row of sorted) {
    const keptRow = order.at(-1)
    if (keptRow === undefined || columns.tsEventNsOf(keptRow) !== columns.tsEventNsOf(row)) order.push(row)
    else if (columns.sameBar(keptRow, row)) collapsed++
    else conflicts.push({ row, keptRow })
  }
  return { order, collapsed, conflicts: conflicts.sort((a, b) => a.row - b.row) }
}

/** Stable, so that equal stamps stay in file order. A file that descends costs one pass: sort finds its runs. */
function sortedRows(columns: BarColumns): readonly number[] {
  const rows = Array.from({ length: columns.length }, (_, row) => row)
  const isAscending = rows.every((row) => row === 0 || columns.tsEventNsOf(row - 1) <= columns.tsEventNsOf(row))
  if (isAscending) return rows
  return rows.sort((a, b) => {
    const [left, right] = [columns.tsEventNsOf(a), columns.tsEventNsOf(b)]
    return left < right ? -1 : left > right ? 1 : 0
  })
}

/** The rows of `order` as a frame. `closeOfNs` gives `ts_init`, the first instant a backtest may see the bar. */
export function toFrame(
  columns: BarColumns,
  order: readonly number[],
  closeOfNs: (tsEventNs: bigint) => bigint,
): Frame<'bars'> {
  const { rooms, frame } = allocateFrame('bars', order.length, storedColumns('bars'))
  for (const room of rooms) {
    const name = NUMBER_COLUMNS.find((it) => it === room.spec.name)
    if (name !== undefined) fill(room, order, (row) => columns.numberOf(name, row))
    else if (room.spec.name === 'ts_event') fill(room, order, (row) => columns.tsEventNsOf(row))
    else if (room.spec.name === 'ts_init') fill(room, order, (row) => closeOfNs(columns.tsEventNsOf(row)))
    else fill(room, order, (row) => columns.tradeCountOf(row))
  }
  return frame
}

function fill<V extends bigint | number>(
  room: ColumnRoom,
  order: readonly number[],
  valueAt: (row: number) => V | null,
): void {
  order.forEach((row, i) => {
    const value = valueAt(row)
    if (value === null) setNull(room, i)
    else room.values[i] = value
  })
}
