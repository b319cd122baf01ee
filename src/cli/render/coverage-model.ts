import { type Interval, type IntervalSet, intersect, subtract, union } from '../../model/interval.js'
import { DAY_NS, dayOf, epochDay, formatDay, startOfDayNs } from '../../model/time.js'

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

export type CellKind = 'full' | 'partial' | 'missing' | 'rejected' | 'empty' | 'closed'

/** Every kind with its words, in the order of a legend. */
export const KINDS: Readonly<Record<CellKind, string>> = {
  full: 'full',
  partial: 'partial',
  missing: 'missing',
  rejected: 'rows refused',
  empty: 'nothing there (asked)',
  closed: 'closed',
}

/** Series × time, ready to be drawn: by characters in a terminal, by rectangles in an SVG. */
export interface CoverageModel {
  /** What one cell is: `day`, `week`, … */
  readonly unit: string
  /** `2024-01-01 .. 2024-12-31 (UTC)` */
  readonly dates: string
  readonly cellCount: number
  /** Names of years, months, … above the cells in which they begin: a line each, the longest periods first. */
  readonly rulers: readonly (readonly RulerMark[])[]
  readonly rows: readonly ModelRow[]
}

export interface RulerMark {
  readonly at: number
  readonly text: string
}

export interface ModelRow {
  readonly label: string
  readonly kinds: readonly CellKind[]
  /** Known open time in whole percent, rounded down: 100 only if nothing is missing. Absent where all is closed. */
  readonly percent: number | undefined
}

/** Divides the range into days, or into weeks, months, … where there would be more than `cellsMax` cells. */
export function coverageModel(rows: readonly CoverageRow[], range: Interval, cellsMax: number): CoverageModel {
  const { unit, cells } = gridOf(range, cellsMax)
  return {
    unit: unit.name,
    dates: `${formatDay(dayOf(range.startNs))} .. ${formatDay(dayOf(range.endNs - 1n))} (UTC)`,
    cellCount: cells.length,
    rulers: unit.rulers.map((it) => rulerMarks(cells, it)),
    rows: rows.map((row) => ({ label: row.label, kinds: cellKinds(row, cells), percent: knownPercent(row, range) })),
  }
}

/** Neighbouring cells of one kind: from `from`, `length` of them. */
export interface Run {
  readonly kind: CellKind
  readonly from: number
  readonly length: number
}

export function runsOf(kinds: readonly CellKind[]): readonly Run[] {
  const runs: Run[] = []
  for (let from = 0, to = 0; from < kinds.length; from = to) {
    const kind = kinds[from] as CellKind
    while (to < kinds.length && kinds[to] === kind) to++
    runs.push({ kind, from, length: to - from })
  }
  return runs
}

/** The kinds that occur, in the order of a legend. */
export function kindsIn({ rows }: CoverageModel): readonly CellKind[] {
  const found = new Set(rows.flatMap((it) => it.kinds))
  return (Object.keys(KINDS) as CellKind[]).filter((it) => found.has(it))
}

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

function knownPercent(row: CoverageRow, range: Interval): number | undefined {
  const required = intersect(row.required, [range])
  const totalNs = lengthNs(required)
  if (totalNs === 0n) return undefined
  const knownNs = lengthNs(intersect(required, union(union(row.data, row.empty), row.rejected)))
  return Number((knownNs * 100n) / totalNs)
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

function rulerMarks(cells: readonly Interval[], ruler: Ruler): readonly RulerMark[] {
  const names = cells.map(({ endNs }) => {
    // By the last day of a cell: the week from the 29th to the 4th is where the new month begins.
    const { year, month } = civil(dayOf(endNs - 1n))
    return ruler(year, month)
  })
  return names.flatMap((it, at) => (at === 0 || names[at - 1]?.key !== it.key ? [{ at, text: it.text }] : []))
}

function civil(day: number): { readonly year: number; readonly month: number } {
  const date = new Date(Number(DAY_NS / 1_000_000n) * day)
  return { year: date.getUTCFullYear(), month: date.getUTCMonth() }
}
