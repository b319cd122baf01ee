import { InvalidRequestError } from '../../model/errors.js'
import { type ColumnData, type Frame, schemaOf } from '../../model/frame.js'
import type { ColumnSpec, TableType } from '../../model/schema.js'
import type { Zone } from '../../model/zone.js'
import { timeText } from './time-text.js'

export type RowFormat = 'csv' | 'json' | 'ndjson'
export const ROW_FORMATS: readonly RowFormat[] = ['csv', 'json', 'ndjson']

export interface RowTextOptions {
  readonly type: TableType
  readonly format: RowFormat
  /** Columns in the order they are wanted; all of the type, in the order of its schema, when absent. */
  readonly columns?: readonly string[] | undefined
  /** Times in this zone with its offset; UTC with `Z` when absent. */
  readonly zone?: Zone | undefined
}

/** Characters a chunk has when it is handed on: large enough that writing it, not asking for it, is the cost. */
export const CHUNK_LENGTH = 65_536

/**
 * Rows as text in chunks of about 64 kB: a frame at a time, so a stream of any length needs the memory of one.
 *
 * Numbers are the shortest text that reads back to the same double (`-0` included). Times are ISO with as many digits
 * below the second as they need (0, 3, 6 or 9). A null is an empty field in `csv`, `null` elsewhere; an empty text is
 * `""` in both. Counts (int64) are JSON numbers while a double holds them exactly, strings beyond 2^53. A NaN or an
 * infinity, which the catalog never stores, is written by name in `csv` and as `null` in JSON, which has no word for it.
 *
 * @throws InvalidRequestError for a column that the type or the frame does not have, or that is asked for twice
 */
export async function* renderRows(
  frames: Iterable<Frame> | AsyncIterable<Frame>,
  options: RowTextOptions,
): AsyncGenerator<string, void, undefined> {
  const specs = wantedColumns(options)
  const dialect = DIALECTS[options.format](specs)
  let rowsSeen = 0
  if (dialect.head !== '') yield dialect.head
  for await (const frame of frames) {
    yield* frameChunks(frame, specs, dialect, options.zone, rowsSeen)
    rowsSeen += frame.numRows
  }
  const tail = rowsSeen === 0 ? dialect.tailOfNone : dialect.tail
  if (tail !== '') yield tail
}

function wantedColumns({ type, columns }: RowTextOptions): readonly ColumnSpec[] {
  const all = schemaOf(type)
  if (columns === undefined) return all
  const known = new Map(all.map((it) => [it.name, it]))
  const steps = [`Choose from ${all.map((it) => it.name).join(', ')}.`]
  if (columns.length === 0) throw new InvalidRequestError('no columns were asked for', { steps })
  return columns.map((name, index) => {
    const spec = known.get(name)
    if (spec === undefined) throw new InvalidRequestError(`${type} have no column '${name}'`, { steps })
    if (columns.indexOf(name) !== index) {
      throw new InvalidRequestError(`column '${name}' is asked for twice`, { steps: ['Name each column once.'] })
    }
    return spec
  })
}

/** What sets one format apart from another: the text around and inside the cells. */
interface Dialect {
  readonly head: string
  readonly tail: string
  readonly tailOfNone: string
  /** Goes before every row, but for the very first. */
  readonly between: string
  /** Goes before the cell of each column. */
  readonly before: readonly string[]
  readonly afterRow: string
  readonly nullText: string
  readonly time: (text: string) => string
  readonly count: (value: bigint) => string
  readonly number: (value: number) => string
  readonly text: (value: string) => string
}

const DIALECTS: Readonly<Record<RowFormat, (specs: readonly ColumnSpec[]) => Dialect>> = {
  csv: (specs) => ({
    head: `${specs.map((it) => it.name).join(',')}\n`,
    tail: '',
    tailOfNone: '',
    between: '',
    before: specs.map((_, index) => (index === 0 ? '' : ',')),
    afterRow: '\n',
    nullText: '',
    time: (text) => text,
    count: String,
    number: numberText,
    text: csvText,
  }),
  json: (specs) => ({
    ...jsonCells(specs),
    head: '[\n',
    tail: '\n]\n',
    tailOfNone: ']\n',
    between: ',\n',
    afterRow: '}',
  }),
  ndjson: (specs) => ({ ...jsonCells(specs), head: '', tail: '', tailOfNone: '', between: '', afterRow: '}\n' }),
}

function jsonCells(
  specs: readonly ColumnSpec[],
): Omit<Dialect, 'head' | 'tail' | 'tailOfNone' | 'between' | 'afterRow'> {
  return {
    before: specs.map((it, index) => `${index === 0 ? '{' : ','}${JSON.stringify(it.name)}:`),
    nullText: 'null',
    time: (text) => `"${text}"`,
    count: (value) => (Number.isSafeInteger(Number(value)) ? String(value) : `"${value}"`),
    number: (value) => (Number.isFinite(value) ? numberText(value) : 'null'),
    text: (value) => JSON.stringify(value),
  }
}

/** The shortest text that reads back to the same double. `String(-0)` is `0`, which does not. */
function numberText(value: number): string {
  return value === 0 && Object.is(value, -0) ? '-0' : String(value)
}

/** RFC 4180; an empty text is quoted, because an empty field is a null. */
function csvText(value: string): string {
  return value === '' || /[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value
}

function* frameChunks(
  frame: Frame,
  specs: readonly ColumnSpec[],
  dialect: Dialect,
  zone: Zone | undefined,
  rowsBefore: number,
): Generator<string, void, undefined> {
  const cells = specs.map((spec) => cellText(spec, frame.data(spec.name), dialect, zone))
  const { before, between, afterRow } = dialect
  let chunk = ''
  for (let row = 0; row < frame.numRows; row++) {
    if (row + rowsBefore > 0) chunk += between
    for (let i = 0; i < cells.length; i++) chunk += (before[i] as string) + (cells[i] as CellText)(row)
    chunk += afterRow
    if (chunk.length >= CHUNK_LENGTH) {
      yield chunk
      chunk = ''
    }
  }
  if (chunk !== '') yield chunk
}

type CellText = (row: number) => string

function cellText(spec: ColumnSpec, { values, nulls }: ColumnData, dialect: Dialect, zone: Zone | undefined): CellText {
  const text = valueText(spec, values, dialect, zone)
  return nulls === undefined ? text : (row) => (nulls[row] === 1 ? dialect.nullText : text(row))
}

function valueText(spec: ColumnSpec, values: ColumnData['values'], dialect: Dialect, zone: Zone | undefined): CellText {
  if (values instanceof Float64Array) return (row) => dialect.number(values[row] as number)
  if (values instanceof BigInt64Array) {
    if (spec.kind === 'count') return (row) => dialect.count(values[row] as bigint)
    const time = timeText(values, spec.kind === 'micros' ? 1000n : 1n, zone)
    return (row) => dialect.time(time(row))
  }
  return (row) => {
    const value = values[row]
    return value === null || value === undefined ? dialect.nullText : dialect.text(value)
  }
}
