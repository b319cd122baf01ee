import { type ArrowTableLike, frameFromArrow, isArrowTable, unknownColumns } from '../../model/arrow/from-arrow.js'
import { InvalidDataError } from '../../model/errors.js'
import { type ColumnData, Frame, type Row, schemaOf, storedColumns } from '../../model/frame.js'
import { allocateFrame, type ColumnRoom, concatFrames, setNull } from '../../model/frame-edit.js'
import type { ColumnSpec, RecordType, TableType } from '../../model/schema.js'
import { formatSeries, type Series } from '../../model/series.js'
import { type InstantInput, parseInstant } from '../../model/time.js'

type InputValue = InstantInput | number | string | null | undefined

/**
 * One row as the caller has it: the columns of docs/FORMAT.md by name, instants in any form the API takes, `null` or absent
 * for no value, `ts_init` absent to have it worked out.
 */
export type RowInput<T extends RecordType> = {
  readonly [N in keyof Row<T>]?: N extends 'ts_event' | 'ts_init' ? InstantInput : Row<T>[N] | number
} & { readonly ts_event: InstantInput }

export type RowsInput<T extends RecordType> =
  | Frame<T>
  | ArrowTableLike
  | Iterable<RowInput<T>>
  | AsyncIterable<RowInput<T>>

/** Works out the `ts_init` of a row whose caller left it out. */
export type InitOf = (tsEventNs: bigint) => bigint

/**
 * Any accepted form of rows as a frame with every stored column, in the order they came.
 *
 * @throws InvalidDataError naming row and value when one has the wrong type or a column that must not be null is
 */
export async function frameOfRows(series: Series, rows: RowsInput<RecordType>, initOf: InitOf): Promise<Frame> {
  if (rows instanceof Frame) return complete(series, rows, initOf)
  if (isArrowTable(rows)) {
    const [unknown] = unknownColumns(series.type, rows)
    if (unknown !== undefined) throw unknownColumn(series.type, unknown, 'the Arrow table')
    return complete(series, frameFromArrow(series.type, rows), initOf)
  }
  if (!isIterable(rows)) {
    throw new InvalidDataError('the rows are neither a Frame, an Arrow Table nor a list of objects', {
      steps: ['Pass an array (or any iterable) of row objects, also for a single row.'],
    })
  }
  const columns = new RowsToColumns(series.type, initOf)
  // Waiting for each row costs more than taking it in, and is needed only for those that come one by one.
  if (Symbol.iterator in rows) for (const row of rows) columns.add(row)
  else for await (const row of rows) columns.add(row)
  return columns.finish()
}

/** Rows turned into columns at once: objects of a million rows are several times their columns. */
const CHUNK_ROWS = 65_536

/** Collects row objects as columns, a chunk at a time. */
class RowsToColumns {
  readonly #type: RecordType
  readonly #initOf: InitOf
  readonly #known: ReadonlySet<string>
  readonly #frames: Frame[] = []
  #chunk: RowInput<RecordType>[] = []
  #numRows = 0

  constructor(type: RecordType, initOf: InitOf) {
    this.#type = type
    this.#initOf = initOf
    this.#known = new Set(schemaOf(type).map((it) => it.name))
  }

  /** @throws InvalidDataError, at the latest when the chunk is full */
  add(row: RowInput<RecordType>): void {
    this.#chunk.push(row)
    if (this.#chunk.length === CHUNK_ROWS) this.#turn()
  }

  finish(): Frame {
    this.#turn()
    return concatFrames<TableType>(this.#type, this.#frames)
  }

  #turn(): void {
    const { rooms, frame } = allocateFrame(this.#type, this.#chunk.length, storedColumns(this.#type))
    for (const [index, row] of this.#chunk.entries()) {
      const nth = this.#numRows + index
      fillRow(rooms, index, nth, row, this.#initOf)
      for (const name in row) if (!this.#known.has(name)) throw unknownColumn(this.#type, name, `row ${nth + 1}`)
    }
    this.#frames.push(frame)
    this.#numRows += frame.numRows
    this.#chunk = []
  }
}

/** A mistyped nullable column (`Volume`) would otherwise be lost without a word. */
function unknownColumn(type: TableType, name: string, where: string): InvalidDataError {
  return new InvalidDataError(`${where} has a column '${name}', which ${type} do not have`, {
    steps: [
      `Leave it out, or rename it to one of ${schemaOf(type)
        .map((it) => it.name)
        .join(', ')}.`,
    ],
  })
}

function isIterable(rows: unknown): boolean {
  return typeof rows === 'object' && rows !== null && (Symbol.iterator in rows || Symbol.asyncIterator in rows)
}

/** @param nth the row's place in the input, for messages; `index` is that in the rooms */
function fillRow(
  rooms: readonly ColumnRoom[],
  index: number,
  nth: number,
  row: RowInput<RecordType>,
  initOf: InitOf,
): void {
  if (typeof row !== 'object' || row === null) throw notARow(nth)
  const cells: Readonly<Record<string, InputValue>> = row as Readonly<Record<string, InputValue>>
  for (const room of rooms) {
    const { name } = room.spec
    const value = name === 'ts_init' ? (cells[name] ?? initOf(eventOf(cells, nth))) : cells[name]
    if (value === null || value === undefined) {
      if (!room.spec.nullable) throw wrong(nth, room.spec, value)
      setNull(room, index)
    } else {
      fillCell(room, index, nth, value)
    }
  }
}

function eventOf(cells: Readonly<Record<string, InputValue>>, nth: number): bigint {
  const value = cells['ts_event']
  if (value === null || value === undefined || typeof value === 'number') throw wrong(nth, TS_EVENT, value)
  return parseInstant(value, `row ${nth + 1}: ts_event`)
}

const TS_EVENT: ColumnSpec = { name: 'ts_event', kind: 'time', nullable: false }

function fillCell(room: ColumnRoom, index: number, nth: number, value: NonNullable<InputValue>): void {
  const { spec, values } = room
  if (spec.kind === 'time' && values instanceof BigInt64Array && typeof value !== 'number') {
    values[index] = parseInstant(value, `row ${nth + 1}: ${spec.name}`)
  } else if (spec.kind === 'number' && values instanceof Float64Array && typeof value === 'number') {
    values[index] = value
  } else if (spec.kind === 'count' && values instanceof BigInt64Array && isCount(value)) {
    values[index] = BigInt(value)
  } else if (spec.kind === 'text' && Array.isArray(values) && typeof value === 'string') {
    values[index] = value
  } else {
    throw wrong(nth, spec, value)
  }
}

function isCount(value: NonNullable<InputValue>): value is number | bigint {
  if (typeof value === 'bigint') return BigInt.asIntN(64, value) === value
  return typeof value === 'number' && Number.isSafeInteger(value)
}

const EXPECTED: Readonly<Record<ColumnSpec['kind'], string>> = {
  time: 'an instant (bigint nanoseconds, Date, Temporal.Instant or ISO text)',
  micros: 'an instant',
  count: 'a whole number',
  number: 'a number',
  text: 'a text',
}

function wrong(nth: number, spec: ColumnSpec, value: unknown): InvalidDataError {
  const what = value === undefined ? 'missing' : value === null ? 'null' : `${typeof value} ${String(value)}`
  const problem = `row ${nth + 1}: ${spec.name} is ${what}, not ${EXPECTED[spec.kind]}`
  return new InvalidDataError(problem, {
    problems: [problem],
    steps: ['Correct the row and write again: nothing was written.'],
  })
}

function notARow(nth: number): InvalidDataError {
  return new InvalidDataError(`row ${nth + 1} is not an object`, { steps: ['Give each row as { ts_event, … }.'] })
}

/** Adds the columns a frame leaves out: nulls where they may be, `ts_init` worked out. */
function complete(series: Series, frame: Frame, initOf: InitOf): Frame {
  if (frame.type !== series.type) {
    throw new InvalidDataError(`rows of ${frame.type} cannot be written to ${formatSeries(series)}`, {
      steps: [`Write them to a series of type '${frame.type}'.`],
    })
  }
  const names = new Set<string>(frame.columnNames)
  const specs = storedColumns(series.type)
  if (specs.every((it) => names.has(it.name))) return frame
  const columns = new Map<string, ColumnData>()
  for (const spec of specs) {
    if (names.has(spec.name)) columns.set(spec.name, frame.data(spec.name))
    else if (spec.name === 'ts_init') columns.set(spec.name, { values: frame.column('ts_event').map(initOf) })
    else if (spec.nullable) columns.set(spec.name, allNull(spec, frame.numRows))
    else
      throw new InvalidDataError(`the rows have no column '${spec.name}'`, { steps: ['Query them with all columns.'] })
  }
  return new Frame(frame.type, frame.numRows, columns)
}

function allNull(spec: ColumnSpec, numRows: number): ColumnData {
  const nulls = new Uint8Array(numRows).fill(1)
  if (spec.kind === 'text') return { values: new Array<string | null>(numRows).fill(null), nulls }
  const values = spec.kind === 'number' ? new Float64Array(numRows).fill(Number.NaN) : new BigInt64Array(numRows)
  return { values, nulls }
}
