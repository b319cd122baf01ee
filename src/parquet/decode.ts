import { DecodeError, InvalidRequestError, UnsupportedFormatError } from '../model/errors.js'
import { type Frame, schemaOf, storedColumns } from '../model/frame.js'
import { allocateFrame, type ColumnRoom, setNull } from '../model/frame-edit.js'
import type { ColumnSpec, TableType } from '../model/schema.js'
import { copyColumns, type Target, type UnexpectedType } from './c-data.js'
import { type FileColumn, findColumn } from './columns.js'
import { withDecoded } from './engine.js'
import { type Footer, readFooter, readFooterHead } from './footer.js'
import { sew } from './sew.js'

export interface DecodeOptions {
  /** Columns to decode, all of the record type when absent. The frame holds them in the order of the schema. */
  readonly columns?: readonly string[]
  /** Indexes of the row groups to decode, in the order wanted; all of them when absent. */
  readonly rowGroups?: readonly number[]
}

export interface DecodedFile<T extends TableType = TableType> {
  readonly frame: Frame<T>
  /** Key-values of the footer. */
  readonly metadata: ReadonlyMap<string, string>
}

/**
 * Decodes the bytes of a Parquet file. Columns that the record type does not have are ignored, nullable ones that the
 * file does not have are null.
 *
 * @throws DecodeError when the bytes do not decode, or to another number of rows than the footer promises
 * @throws UnsupportedFormatError when a column has another type than the record type's, or a non-null one is absent
 * @throws InvalidRequestError for a column or a row group that does not exist
 */
export function decodeFrame<T extends TableType>(
  type: T,
  bytes: Uint8Array,
  options: DecodeOptions = {},
): DecodedFile<T> {
  const footer = readFooter(bytes)
  const rowGroups = options.rowGroups ?? [...footer.rowGroups.keys()]
  const { rooms, frame } = allocateFrame(type, countRows(footer, rowGroups), wantedColumns(type, options.columns))
  if (options.rowGroups === undefined) decodeInto(rooms, 0, bytes)
  else decodePart(rooms, 0, bytes, footer, rowGroups)
  return { frame, metadata: footer.metadata }
}

/**
 * Decodes a file row group by row group: what is in memory at once is the file's bytes and one row group.
 *
 * @throws like {@link decodeFrame}, when the row group is reached
 */
export function* decodeRowGroups<T extends TableType>(
  type: T,
  bytes: Uint8Array,
  options: DecodeOptions = {},
): Generator<Frame<T>, void, undefined> {
  const footer = readFooter(bytes)
  const specs = wantedColumns(type, options.columns)
  for (const rowGroup of options.rowGroups ?? footer.rowGroups.keys()) {
    const { rooms, frame } = allocateFrame(type, countRows(footer, [rowGroup]), specs)
    decodePart(rooms, 0, bytes, footer, [rowGroup])
    yield frame
  }
}

/**
 * Decodes a whole file into columns allocated before (`allocateFrame`), from row `offset` on: the rows of a year of
 * daily files are copied once. Only the columns that there is room for are copied.
 *
 * @returns the number of rows
 * @throws DecodeError, also when the rows do not fit; then the rooms hold nothing of use
 * @throws UnsupportedFormatError like {@link decodeFrame}
 */
export function decodeInto(rooms: readonly ColumnRoom[], offset: number, bytes: Uint8Array): number {
  const { columns, numRows } = readFooterHead(bytes)
  const targets = targetsIn(columns, rooms)
  if (rooms.length === 0 || numRows === 0) return numRows
  checkCapacity(rooms, offset, numRows)
  if (isPartWorthwhile(bytes, targets.length / columns.length)) return decodeAllGroups(rooms, offset, bytes)
  const decoded = withDecoded(bytes, (arrow) => copyColumns(arrow, targets, offset, numRows))
  // Another writer may have embedded an Arrow schema that asks for other Arrow types: LargeUtf8, views, dictionaries.
  if (decoded.unexpected !== undefined) return decodeAllGroups(rooms, offset, bytes)
  checkCount(decoded.numRows, numRows)
  if (targets.length < rooms.length) fillAbsent(rooms, columns, offset, numRows)
  return numRows
}

/**
 * Cutting out the columns that are needed takes about 25 us, as much as the engine needs for 7 kB of the others. Files
 * above 1 MB may hold several row groups, which one at a time leave the engine's memory small: it never shrinks.
 */
const PART_MIN_SKIPPED_BYTES = 7 * 1024
const PART_MAX_SHARE = 0.7
const PART_MIN_BYTES = 1024 * 1024

function isPartWorthwhile(bytes: Uint8Array, share: number): boolean {
  const skippedBytes = bytes.length * (1 - share)
  return (share <= PART_MAX_SHARE && skippedBytes >= PART_MIN_SKIPPED_BYTES) || bytes.length >= PART_MIN_BYTES
}

function decodeAllGroups(rooms: readonly ColumnRoom[], offset: number, bytes: Uint8Array): number {
  const footer = readFooter(bytes)
  return decodePart(rooms, offset, bytes, footer, [...footer.rowGroups.keys()])
}

/** Decodes some row groups, one at a time, and of them only the columns there is room for. Returns the rows. */
function decodePart(
  rooms: readonly ColumnRoom[],
  offset: number,
  bytes: Uint8Array,
  { tree, columns, rowGroups }: Footer,
  wanted: readonly number[],
): number {
  const present = targetsIn(columns, rooms).map(({ room, index }) => ({ room, index, name: room.spec.name }))
  const names = new Set(present.map((it) => it.name))
  // In the part, the columns lie in the order of the file, without those left out.
  const targets = present.toSorted((a, b) => a.index - b.index).map(({ room }, index) => ({ room, index }))
  let at = offset
  for (const rowGroup of wanted) {
    const numRows = rowGroups[rowGroup]?.numRows ?? 0
    checkCapacity(rooms, at, numRows)
    if (targets.length > 0) {
      const part = sew(tree, [{ bytes, tree, rowGroup }], { columns: names })
      const decoded = withDecoded(part, (arrow) => copyColumns(arrow, targets, at, numRows))
      if (decoded.unexpected !== undefined) throw unexpectedType(decoded.unexpected)
      checkCount(decoded.numRows, numRows)
    }
    fillAbsent(rooms, columns, at, numRows)
    at += numRows
  }
  return at - offset
}

/** Specs of the columns asked for, in the schema's order; `timestamp` is derived from `ts_event` and brings that. */
function wantedColumns(type: TableType, names: readonly string[] | undefined): readonly ColumnSpec[] {
  if (names === undefined) return storedColumns(type)
  const known = schemaOf(type).map((it) => it.name)
  const unknown = names.find((it) => !known.includes(it))
  if (unknown !== undefined) {
    throw new InvalidRequestError(`${type} have no column '${unknown}'`, {
      steps: [`Use some of ${known.join(', ')}.`],
    })
  }
  const stored = new Set(names.map((it) => (it === 'timestamp' ? 'ts_event' : it)))
  return storedColumns(type).filter((it) => stored.has(it.name))
}

function countRows(footer: Footer, rowGroups: readonly number[]): number {
  return rowGroups.reduce((sum, index) => {
    const group = footer.rowGroups[index]
    if (group !== undefined) return sum + group.numRows
    throw new InvalidRequestError(
      `the Parquet file has ${footer.rowGroups.length} row groups, and no row group ${index}`,
    )
  }, 0)
}

function targetsIn(columns: readonly FileColumn[], rooms: readonly ColumnRoom[]): readonly Target[] {
  const targets: Target[] = []
  for (const room of rooms) {
    const column = findColumn(columns, room.spec)
    if (column !== undefined) targets.push({ room, index: column.index })
  }
  return targets
}

function fillAbsent(rooms: readonly ColumnRoom[], columns: readonly FileColumn[], from: number, numRows: number): void {
  for (const room of rooms) {
    if (findColumn(columns, room.spec) !== undefined) continue
    for (let row = from; row < from + numRows; row++) setNull(room, row)
  }
}

function checkCapacity(rooms: readonly ColumnRoom[], offset: number, numRows: number): void {
  const capacity = (rooms[0]?.values.length ?? 0) - offset
  if (numRows > capacity)
    throw new DecodeError(`the Parquet file holds ${numRows} rows, where ${capacity} were expected`)
}

/** A reader must not take a short answer for the whole: of six fuzzed files another reader accepts, four lose rows. */
function checkCount(numRows: number, promised: number): void {
  if (numRows !== promised) {
    throw new DecodeError(`the Parquet file decodes to ${numRows} rows, where its footer promises ${promised}`)
  }
}

function unexpectedType({ column, format }: UnexpectedType): UnsupportedFormatError {
  return new UnsupportedFormatError(`column '${column}' of the Parquet file decodes to Arrow type '${format}'`)
}
