import { decimalsOf } from '../../model/decimals.js'
import { type ColumnData, type Frame, schemaOf } from '../../model/frame.js'
import { takeRows } from '../../model/frame-edit.js'
import type { ColumnSpec } from '../../model/schema.js'
import { formatInstant } from '../../model/time.js'
import { formatInZone, type Zone } from '../../model/zone.js'
import type { Look } from './look.js'
import { ellipsisOf, hiddenNote, layOutTable, type TableColumn } from './table.js'
import { formatCounted } from './units.js'
import { wrapPieces } from './width.js'

export interface FrameTableOptions {
  /** Rows shown at most, half of them from each end. */
  readonly maxRows: number
  /** Columns in the order they are wanted; all of the frame when absent. */
  readonly columns?: readonly string[] | undefined
  /** Times in this zone with its offset; UTC when absent. */
  readonly zone?: Zone | undefined
}

/**
 * A frame for a person: its first and last rows, `… 98,240 rows …` between, and a line that says how much there is.
 * Numbers of a column share their decimals: as many as the rows shown have, at most {@link DIGITS_SHOWN} digits in all
 * (a VWAP has 17, of which nobody reads the last 8). For exact values there is `--format csv`.
 *
 * @throws InvalidRequestError for a column that the frame does not have
 */
export function frameTable(frame: Frame, options: FrameTableOptions, look: Look): readonly string[] {
  const names = options.columns ?? frame.columnNames
  const { rows, headRows } = shownRows(frame.numRows, options.maxRows)
  const shown = takeRows(frame, rows)
  const columns = names.map((name) => frameColumn(shown, name, [...rows.keys()], options.zone))
  const cells = rows.map((_, i) => columns.map((it) => it.texts[i] ?? ''))
  const { header, body, hidden } = layOutTable(
    columns.map((it) => it.column),
    cells,
    look,
  )
  const left = frame.numRows - rows.length
  const dots = ellipsisOf(look)
  const elision = left === 0 ? [] : [look.paint('dim', `${dots} ${formatCounted(left, 'row')} ${dots}`)]
  return [
    header,
    ...body.slice(0, headRows),
    ...elision,
    ...body.slice(headRows),
    ...footer(frame, names.length, options.zone, look).map((it) => look.paint('dim', it)),
    ...hiddenNote(hidden, look),
  ]
}

/** Digits a number is shown with at most, before and after the point together. */
const DIGITS_SHOWN = 9

/** Numbers of the rows shown, and how many of them stand above the elision. */
function shownRows(numRows: number, maxRows: number): { readonly rows: readonly number[]; readonly headRows: number } {
  // Leaving out a single row would take the line that the row itself needs.
  if (numRows <= maxRows + 1) return { rows: Array.from({ length: numRows }, (_, i) => i), headRows: numRows }
  const headRows = Math.ceil(maxRows / 2)
  const tailFrom = numRows - (maxRows - headRows)
  return { rows: Array.from({ length: maxRows }, (_, i) => (i < headRows ? i : tailFrom + i - headRows)), headRows }
}

/** What a narrow window does without first: the same instant for engines, and the one a bar's length away. */
const DROP_RANKS: Readonly<Record<string, number>> = { timestamp: 2, ts_init: 1 }
const NULL_TEXT = '-'

function frameColumn(
  frame: Frame,
  name: string,
  rows: readonly number[],
  zone: Zone | undefined,
): { readonly column: TableColumn; readonly texts: readonly string[] } {
  const data = frame.data(name)
  const spec = schemaOf(frame.type).find((it) => it.name === name)
  const isNumeric = data.values instanceof Float64Array || spec?.kind === 'count'
  return {
    column: {
      header: name,
      align: isNumeric ? 'right' : 'left',
      canShrink: spec?.kind === 'text',
      dropRank: DROP_RANKS[name],
    },
    texts: cellTexts(spec, data, rows, zone),
  }
}

function cellTexts(
  spec: ColumnSpec | undefined,
  { values, nulls }: ColumnData,
  rows: readonly number[],
  zone: Zone | undefined,
): readonly string[] {
  const isNull = (row: number): boolean => nulls?.[row] === 1 || values[row] === null
  if (values instanceof Float64Array) {
    const numbers = rows.map((row) => (isNull(row) ? undefined : (values[row] as number)))
    const decimals = sharedDecimals(numbers.filter((it) => it !== undefined))
    return numbers.map((it) => (it === undefined ? NULL_TEXT : decimalText(it, decimals)))
  }
  return rows.map((row) => {
    if (isNull(row)) return NULL_TEXT
    const value = values[row] as bigint | string
    if (typeof value === 'string' || spec?.kind === 'count') return String(value)
    return timeOf(spec?.kind === 'micros' ? value * 1000n : value, zone)
  })
}

function sharedDecimals(numbers: readonly number[]): number {
  let decimals = 0
  let largest = 0
  for (const value of numbers) {
    if (!Number.isFinite(value)) continue
    largest = Math.max(largest, Math.abs(value))
    decimals = Math.max(decimals, decimalsOf(value))
  }
  // Digits before the point; negative for 0.000012, whose leading zeros are not digits anybody reads.
  const digitsBefore = largest === 0 ? 1 : Math.floor(Math.log10(largest)) + 1
  return Math.min(decimals, Math.max(0, DIGITS_SHOWN - digitsBefore), DECIMALS_MAX)
}

/** The most that `Number.toFixed` takes. */
const DECIMALS_MAX = 100

function decimalText(value: number, decimals: number): string {
  return Number.isFinite(value) ? value.toFixed(decimals) : String(value)
}

function timeOf(ns: bigint, zone: Zone | undefined): string {
  return zone === undefined ? formatInstant(ns) : formatInZone(ns, zone)
}

/** `98,280 rows × 10 columns, 2024-01-02T14:30:00Z .. 2024-12-31T20:59:00Z`: the first and the last stamp. */
function footer(frame: Frame, columns: number, zone: Zone | undefined, look: Look): readonly string[] {
  const size = `${formatCounted(frame.numRows, 'row')} ${look.unicode ? '×' : 'x'} ${formatCounted(columns, 'column')}`
  if (frame.numRows === 0 || !frame.columnNames.includes('ts_event')) return [size]
  const times = frame.column('ts_event')
  const [first, last] = [times[0] as bigint, times[frame.numRows - 1] as bigint]
  return wrapPieces([`${size},`, `${timeOf(first, zone)} ..`, timeOf(last, zone)], ' ', look.columns)
}
