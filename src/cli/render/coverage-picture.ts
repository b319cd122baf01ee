import type { Interval } from '../../model/interval.js'
import {
  type CellKind,
  type CoverageRow,
  coverageModel,
  KINDS,
  kindsIn,
  type ModelRow,
  type RulerMark,
  runsOf,
} from './coverage-model.js'
import type { Look, StyleName } from './look.js'
import { ellipsisOf } from './table.js'
import { displayWidth, pad, printable, truncate, wrapPieces } from './width.js'

/**
 * Coverage as a picture: a line a series, a character a day, or a week, month, quarter, year or decade when the window
 * is too narrow for days. Under a ruler of months (or years), with a legend of what occurs, and at the end of each line
 * how much of the open time is known: `100 %` only if nothing is missing. In a window too narrow for both, the names
 * stand above their cells.
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
  const widest = Math.max(0, ...rows.map((row) => displayWidth(printable(row.label))))
  const isStacked = widest > Math.floor(columns * LABEL_SHARE)
  const margin = isStacked ? GAP : ' '.repeat(widest) + GAP
  const beside = isStacked ? 0 : GAP.length + PERCENT_COLUMNS
  const model = coverageModel(rows, range, columns - margin.length - beside)
  const lineOf = (row: ModelRow): readonly string[] =>
    isStacked
      ? [labelLine(row, Math.min(columns, widest + GAP.length + PERCENT_COLUMNS), look), margin + cellsText(row, look)]
      : [`${pad(printable(row.label), widest, 'left')}${GAP}${cellsText(row, look)}${GAP}${percentText(row)}`]
  return [
    ...wrapPieces([`one character a ${model.unit},`, model.dates], ' ', columns),
    ...model.rulers.map((marks) => look.paint('dim', margin + rulerText(marks))),
    ...model.rows.flatMap(lineOf),
    ...legend(kindsIn(model), columns, look),
  ]
}

/** What a picture is drawn for when nothing limits the line: a file is read in a window of about this size. */
const PICTURE_COLUMNS = 120
/** Share of the line that labels may take; longer ones get a line of their own, above their cells. */
const LABEL_SHARE = 0.4
const PERCENT_COLUMNS = '100 %'.length
const GAP = '  '

const MARKS: Readonly<Record<CellKind, { readonly block: string; readonly ascii: string; readonly style: StyleName }>> =
  {
    full: { block: '█', ascii: '#', style: 'green' },
    partial: { block: '▄', ascii: '+', style: 'yellow' },
    missing: { block: '×', ascii: 'x', style: 'red' },
    rejected: { block: '!', ascii: '!', style: 'yellow' },
    empty: { block: '░', ascii: 'o', style: 'cyan' },
    closed: { block: '·', ascii: '.', style: 'dim' },
  }

/** A label above its cells, the percentage at its end. */
function labelLine(row: ModelRow, columns: number, look: Look): string {
  const room = Math.max(1, columns - GAP.length - PERCENT_COLUMNS)
  return `${pad(truncate(printable(row.label), room, ellipsisOf(look)), room, 'left')}${GAP}${percentText(row)}`
}

function percentText({ percent }: ModelRow): string {
  return pad(percent === undefined ? '-' : `${percent} %`, PERCENT_COLUMNS, 'right')
}

function cellsText({ kinds }: ModelRow, look: Look): string {
  return runsOf(kinds)
    .map(({ kind, length }) => look.paint(MARKS[kind].style, markOf(kind, look).repeat(length)))
    .join('')
}

function markOf(kind: CellKind, look: Look): string {
  return look.unicode ? MARKS[kind].block : MARKS[kind].ascii
}

function legend(kinds: readonly CellKind[], columns: number, look: Look): readonly string[] {
  const pieces = kinds.map((kind) => `${markOf(kind, look)} ${KINDS[kind]}`)
  return wrapPieces(pieces, GAP, columns)
}

/** Names above the cells in which they begin; a name without room before the next is left out. */
function rulerText(marks: readonly RulerMark[]): string {
  let out = ''
  marks.forEach(({ at, text }, i) => {
    // A rest of a month at the edge of the range gives way to the month after it.
    const fits = i > 0 || at + text.length < (marks[1]?.at ?? Number.POSITIVE_INFINITY)
    if (fits && (out === '' || at > out.length)) out = out.padEnd(at) + text
  })
  return out
}
