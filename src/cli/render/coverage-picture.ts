import { type Interval, type IntervalSet, intersect, subtract, union } from '../../model/interval.js'
import { DAY_NS, dayOf, epochDay, formatDay, startOfDayNs } from '../../model/time.js'
import type { Look, StyleName } from './look.js'
import { ellipsisOf } from './table.js'
import { displayWidth, pad, printable, truncate, wrapPieces } from './width.js'

/** One series: what is known about it, and what there is to know. */
export interface CoverageRow {
  readonly label: string
  /** Covered with rows (or with a source's complete answer). */
  readonly data: IntervalSet
  /** A source said that there is nothing. */
  readonly empty: IntervalSet
  /** Rows came and were refused. */
  readonly rejected: IntervalSet
  /** Open time within the range: what complete coverage would have. */
  readonly required: IntervalSet
}

/**
 * Coverage as a picture: a line a series, a character a day, or a week, month, quarter, year or decade when the window
 * is too narrow for days. Under a ruler of months (or years), with a legend of what occurs, and at the end of each line
 * how much of the open time is known: `100 %` only if nothing is missing.
 *
 * ```
 * one character a week, 2024-01-01 .. 2024-03-31 (UTC)
 *              2024
 *              Jan  Feb Mar
 * AAPL.NASDAQ  ████▄×××████  71 %
 * █ full  ▄ partial  × missing
 * ```
 */
export function coveragePicture(rows: readonly CoverageRow[], range: Interval, look: Look): readonly string[] {
  const columns = Number.isFinite(look.columns) ? look.columns : PICTURE_COLUMNS
  const labelColumns = Math.min(
    Math.max(0, ...rows.map((row) => displayWidth(printable(row.label)))),
    Math.max(LABEL_COLUMNS_MIN, Math.floor(columns * LABEL_SHARE)),
  )
  const { unit, cells } = gridOf(range, columns - labelColumns - PERCENT_COLUMNS - 2 * GAP.length)
  const margin = ' '.repeat(labelColumns) + GAP
  const rulers = unit.rulers.map((ruler) => look.paint('dim', margin + rulerText(cells, ruler)))
  const kindsOf = rows.map((row) => cellKinds(row, cells))
  const lines = rows.map((row, i) => {
    const label = pad(truncate(printable(row.label), labelColumns, ellipsisOf(look)), labelColumns, 'left')
    return `${label}${GAP}${paintCells(kindsOf[i] as readonly CellKind[], look)}${GAP}${percentText(row, range)}`
  })
  const dates = `${formatDay(dayOf(range.startNs))} .. ${formatDay(dayOf(range.endNs - 1n))} (UTC)`
  const title = wrapPieces([`one character a ${unit.name},`, dates], ' ', columns)
  return [...title, ...rulers, ...lines, ...legend(new Set(kindsOf.flat()), columns, look)]
}

/** What a picture is drawn for when nothing limits the line: a file is read in a window of about this size. */
const PICTURE_COLUMNS = 120
const LABEL_COLUMNS_MIN = 8
/** Share of the line that labels may take; the picture is the point. */
const LABEL_SHARE = 0.4
const PERCENT_COLUMNS = '100 %'.length
const GAP = '  '

type CellKind = 'full' | 'partial' | 'missing' | 'rejected' | 'empty' | 'closed'

const MARKS: Readonly<
  Record<CellKind, { readonly block: string; readonly ascii: string; readonly style: StyleName; readonly says: string }>
> = {
  full: { block: '█', ascii: '#', style: 'green', says: 'full' },
  partial: { block: '▄', ascii: '+', style: 'yellow', says: 'partial' },
  missing: { block: '×', ascii: 'x', style: 'red', says: 'missing' },
  rejected: { block: '!', ascii: '!', style: 'yellow', says: 'rows refused' },
  empty: { block: '░', ascii: 'o', style: 'cyan', says: 'nothing there (asked)' },
  closed: { block: '·', ascii: '.', style: 'dim', says: 'closed' },
}
const KINDS = Object.keys(MARKS) as readonly CellKind[]

function cellKinds(row: CoverageRow, cells: readonly Interval[]): readonly CellKind[] {
  const known = union(union(row.data, row.empty), row.rejected)
  const inAny = (set: IntervalSet): readonly boolean[] => cellsTouched(set, cells)
  const isOpen = inAny(row.required)
  const isMissing = inAny(subtract(row.required, known))
  const isKnown = inAny(intersect(row.required, known))
  const isRejected = inAny(intersect(row.required, row.rejected))
  const hasData = inAny(intersect(row.required, row.data))
  return cells.map((_, i): CellKind => {
    if (isOpen[i] !== true) return 'closed'
    if (isMissing[i] === true) return isKnown[i] === true ? 'partial' : 'missing'
    if (isRejected[i] === true) return 'rejected'
    return hasData[i] === true ? 'full' : 'empty'
  })
}

/** For each cell, whether the set has an instant in it: one walk along both, which ascend. */
function cellsTouched(set: IntervalSet, cells: readonly Interval[]): readonly boolean[] {
  let at = 0
  return cells.map((cell) => {
    while (at < set.length && (set[at] as Interval).endNs <= cell.startNs) at++
    const next = set[at]
    return next !== undefined && next.startNs < cell.endNs
  })
}

function paintCells(kinds: readonly CellKind[], look: Look): string {
  let out = ''
  for (let from = 0, to = 0; from < kinds.length; from = to) {
    const kind = kinds[from] as CellKind
    while (to < kinds.length && kinds[to] === kind) to++
    out += look.paint(MARKS[kind].style, markOf(kind, look).repeat(to - from))
  }
  return out
}

function markOf(kind: CellKind, look: Look): string {
  return look.unicode ? MARKS[kind].block : MARKS[kind].ascii
}

function legend(kinds: ReadonlySet<CellKind>, columns: number, look: Look): readonly string[] {
  const pieces = KINDS.filter((kind) => kinds.has(kind)).map((kind) => `${markOf(kind, look)} ${MARKS[kind].says}`)
  return wrapPieces(pieces, GAP, columns)
}

/** Known open time in whole percent, rounded down; `-` where the venue was closed throughout. */
function percentText(row: CoverageRow, range: Interval): string {
  const required = intersect(row.required, [range])
  const totalNs = lengthNs(required)
  if (totalNs === 0n) return pad('-', PERCENT_COLUMNS, 'right')
  const knownNs = lengthNs(intersect(required, union(union(row.data, row.empty), row.rejected)))
  return pad(`${(knownNs * 100n) / totalNs} %`, PERCENT_COLUMNS, 'right')
}

function lengthNs(set: IntervalSet): bigint {
  return set.reduce((sum, it) => sum + (it.endNs - it.startNs), 0n)
}

/** How the months or years above the cells are named: the text at the cell in which one begins. */
type Ruler = (year: number, month: number) => { readonly key: number; readonly text: string }

interface CellUnit {
  readonly name: string
  /** First day of the unit that a day lies in; `step` units later. */
  readonly startDay: (day: number, step: 0 | 1) => number
  readonly rulers: readonly Ruler[]
}

const MONTH_NAMES = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
const YEARS: Ruler = (year) => ({ key: year, text: String(year) })
const MONTHS: Ruler = (year, month) => ({ key: year * 12 + month, text: MONTH_NAMES[month] ?? '' })
const DECADES: Ruler = (year) => ({ key: Math.floor(year / 10), text: String(Math.floor(year / 10) * 10) })

function monthsUnit(name: string, months: number, rulers: readonly Ruler[]): CellUnit {
  const startDay = (day: number, step: 0 | 1): number => {
    const { year, month } = civil(day)
    const index = (Math.floor((year * 12 + month) / months) + step) * months
    return epochDay(Math.floor(index / 12), (index % 12) + 1, 1) ?? day
  }
  return { name, startDay, rulers }
}

const UNITS: readonly CellUnit[] = [
  { name: 'day', startDay: (day, step) => day + step, rulers: [YEARS, MONTHS] },
  // Weeks begin on Monday; day 0 was a Thursday.
  { name: 'week', startDay: (day, step) => day - ((((day + 3) % 7) + 7) % 7) + 7 * step, rulers: [YEARS, MONTHS] },
  monthsUnit('month', 1, [YEARS]),
  monthsUnit('quarter', 3, [YEARS]),
  monthsUnit('year', 12, [DECADES]),
  monthsUnit('decade', 120, [DECADES]),
]

/** The smallest unit of which the range has at most `cellsMax`, and its cells, cut to the range. */
function gridOf(range: Interval, cellsMax: number): { readonly unit: CellUnit; readonly cells: readonly Interval[] } {
  const largest = UNITS.at(-1) as CellUnit
  const unit = UNITS.find((it) => cellsOf(range, it, cellsMax + 1).length <= cellsMax) ?? largest
  return { unit, cells: cellsOf(range, unit, Number.POSITIVE_INFINITY) }
}

/** At most `countMax` cells: a range of centuries must not be cut into days only to find that they do not fit. */
function cellsOf(range: Interval, unit: CellUnit, countMax: number): readonly Interval[] {
  const cells: Interval[] = []
  for (let { startNs } = range; startNs < range.endNs && cells.length < countMax; ) {
    let endNs = startOfDayNs(unit.startDay(dayOf(startNs), 1))
    if (endNs > range.endNs) endNs = range.endNs
    cells.push({ startNs, endNs })
    startNs = endNs
  }
  return cells
}

/** Names above the cells in which they begin; a name without room before the next is left out. */
function rulerText(cells: readonly Interval[], ruler: Ruler): string {
  const names = cells.map(({ endNs }) => {
    // By the last day of a cell: the week from the 29th to the 4th is where the new month begins.
    const { year, month } = civil(dayOf(endNs - 1n))
    return ruler(year, month)
  })
  const starts = names.flatMap((it, at) => (at === 0 || names[at - 1]?.key !== it.key ? [{ at, text: it.text }] : []))
  let out = ''
  starts.forEach(({ at, text }, i) => {
    // A rest of a month at the edge of the range gives way to the month after it.
    const fits = i > 0 || at + text.length < (starts[1]?.at ?? Number.POSITIVE_INFINITY)
    if (fits && (out === '' || at > out.length)) out = out.padEnd(at) + text
  })
  return out
}

function civil(day: number): { readonly year: number; readonly month: number } {
  const date = new Date(Number(DAY_NS / 1_000_000n) * day)
  return { year: date.getUTCFullYear(), month: date.getUTCMonth() }
}
