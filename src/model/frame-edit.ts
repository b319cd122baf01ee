import { type ColumnData, Frame, storedColumns } from './frame.js'
import type { ColumnSpec, TableType } from './schema.js'

/** A frame of no rows with every stored column. */
export function emptyFrame<T extends TableType>(type: T): Frame<T> {
  return allocateFrame(type, 0, storedColumns(type)).frame
}

/** Room for one column while a frame is being filled. `nulls` is made by the first null. */
export interface ColumnRoom {
  readonly spec: ColumnSpec
  readonly values: Float64Array | BigInt64Array | (string | null)[]
  nulls: Uint8Array | undefined
}

/** Columns of `numRows` zeros and empty texts to fill in place; `frame` is ready once they are full. */
export function allocateFrame<T extends TableType>(
  type: T,
  numRows: number,
  specs: readonly ColumnSpec[],
): { readonly rooms: readonly ColumnRoom[]; readonly frame: Frame<T> } {
  const rooms = specs.map((spec): ColumnRoom => ({ spec, values: allocate(spec, numRows), nulls: undefined }))
  return { rooms, frame: new Frame(type, numRows, new Map(rooms.map((room) => [room.spec.name, room]))) }
}

function allocate(spec: ColumnSpec, numRows: number): ColumnRoom['values'] {
  if (spec.kind === 'text') return new Array<string | null>(numRows).fill(null)
  return spec.kind === 'number' ? new Float64Array(numRows) : new BigInt64Array(numRows)
}

/** Marks a cell null: NaN or 0n below the mark, so that a reader who forgets to ask does not compute with it. */
export function setNull(room: ColumnRoom, row: number): void {
  room.nulls ??= new Uint8Array(room.values.length)
  room.nulls[row] = 1
  if (room.values instanceof Float64Array) room.values[row] = Number.NaN
  else if (room.values instanceof BigInt64Array) room.values[row] = 0n
  else room.values[row] = null
}

/** Frames one after another. All must hold the same columns. */
export function concatFrames<T extends TableType>(type: T, frames: readonly Frame<T>[]): Frame<T> {
  const parts = frames.filter((it) => it.numRows > 0)
  if (parts.length === 0) return frames[0] ?? emptyFrame(type)
  if (parts.length === 1) return parts[0] as Frame<T>
  const numRows = parts.reduce((sum, it) => sum + it.numRows, 0)
  const names = new Set<string>((parts[0] as Frame<T>).columnNames)
  const specs = storedColumns(type).filter((it) => names.has(it.name))
  const columns = new Map<string, ColumnData>()
  for (const { name } of specs)
    columns.set(
      name,
      concatColumn(
        parts.map((it) => it.data(name)),
        numRows,
      ),
    )
  return new Frame(type, numRows, columns)
}

function concatColumn(parts: readonly ColumnData[], numRows: number): ColumnData {
  const values = concatValues(
    parts.map((it) => it.values),
    numRows,
  )
  if (parts.every((it) => it.nulls === undefined)) return { values }
  const nulls = new Uint8Array(numRows)
  let offset = 0
  for (const part of parts) {
    if (part.nulls !== undefined) nulls.set(part.nulls, offset)
    offset += part.values.length
  }
  return { values, nulls }
}

function concatValues(parts: readonly ColumnData['values'][], numRows: number): ColumnData['values'] {
  const [first] = parts
  if (Array.isArray(first)) return concatTexts(parts as readonly (readonly (string | null)[])[], numRows)
  const values = first instanceof Float64Array ? new Float64Array(numRows) : new BigInt64Array(numRows)
  let offset = 0
  for (const part of parts) {
    if (values instanceof Float64Array) values.set(part as Float64Array, offset)
    else values.set(part as BigInt64Array, offset)
    offset += part.length
  }
  return values
}

/** Not `Array.prototype.concat`: of large arrays with nulls it takes ten times as long. */
function concatTexts(parts: readonly (readonly (string | null)[])[], numRows: number): (string | null)[] {
  const values = new Array<string | null>(numRows)
  let at = 0
  for (const part of parts) for (let i = 0; i < part.length; i++) values[at++] = part[i] as string | null
  return values
}

/** The rows at `indices`, in that order. */
export function takeRows<T extends TableType>(frame: Frame<T>, indices: ArrayLike<number>): Frame<T> {
  const columns = new Map<string, ColumnData>()
  const names = new Set<string>(frame.columnNames)
  // Beside its `ts_event` the timestamp is derived again; alone it is all there is of the stamps.
  if (names.has('ts_event')) names.delete('timestamp')
  for (const name of names) {
    const { values, nulls } = frame.data(name)
    columns.set(name, { values: pick(values, indices), nulls: nulls && Uint8Array.from(indices, (i) => nulls[i] ?? 0) })
  }
  return new Frame(frame.type, indices.length, columns, frame.missing)
}

function pick(values: ColumnData['values'], indices: ArrayLike<number>): ColumnData['values'] {
  if (values instanceof Float64Array) {
    const out = new Float64Array(indices.length)
    for (let k = 0; k < indices.length; k++) out[k] = values[indices[k] as number] as number
    return out
  }
  if (values instanceof BigInt64Array) {
    const out = new BigInt64Array(indices.length)
    for (let k = 0; k < indices.length; k++) out[k] = values[indices[k] as number] as bigint
    return out
  }
  return Array.from(indices, (i) => values[i] as string | null)
}

/** The rows for which `keep` is true. The same frame when that is all of them. */
export function filterRows<T extends TableType>(frame: Frame<T>, keep: (row: number) => boolean): Frame<T> {
  const indices: number[] = []
  for (let row = 0; row < frame.numRows; row++) if (keep(row)) indices.push(row)
  return indices.length === frame.numRows ? frame : takeRows(frame, indices)
}

/** The first row that is earlier than the one before it. */
export function firstOutOfOrder(times: BigInt64Array): number | undefined {
  for (let row = 1; row < times.length; row++) if ((times[row] as bigint) < (times[row - 1] as bigint)) return row
  return undefined
}

/** First row whose stamp is at or after `ns`; `times` ascends. */
export function lowerBound(times: BigInt64Array, ns: bigint): number {
  let low = 0
  let high = times.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((times[middle] as bigint) < ns) low = middle + 1
    else high = middle
  }
  return low
}

/** Whether two frames hold the same stored columns with bit-equal values (so NaN equals NaN, 0 differs from −0). */
export function sameRows(a: Frame, b: Frame): boolean {
  if (a.type !== b.type || a.numRows !== b.numRows) return false
  return storedColumns(a.type).every(({ name }) => sameColumn(a.data(name), b.data(name)))
}

function sameColumn(a: ColumnData, b: ColumnData): boolean {
  // Equal bytes are equal values: ten times faster than one by one, and nearly always the answer.
  if (sameBytes(a.values, b.values) && (a.nulls === b.nulls || sameBytes(a.nulls, b.nulls))) return true
  for (let row = 0; row < a.values.length; row++) {
    if ((a.nulls?.[row] ?? 0) !== (b.nulls?.[row] ?? 0)) return false
    if (!Object.is(a.values[row], b.values[row]) && a.nulls?.[row] !== 1) return false
  }
  return true
}

function sameBytes(a: unknown, b: unknown): boolean {
  return ArrayBuffer.isView(a) && ArrayBuffer.isView(b) && Buffer.compare(bytesOf(a), bytesOf(b)) === 0
}

function bytesOf(view: ArrayBufferView): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength)
}
