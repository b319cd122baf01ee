import type { Look, StyleName } from './look.js'
import { displayWidth, pad, printable, truncate, wrapPieces } from './width.js'

export interface TableColumn {
  readonly header: string
  /** Numbers and sizes go right. `left` when absent. */
  readonly align?: 'left' | 'right' | undefined
  /** Text may be cut with `…` when the line is too long; a number is shown whole or not at all. */
  readonly canShrink?: boolean | undefined
  /** Among columns that do not fit, the one with the highest rank goes first, then the one furthest right. 0 if absent. */
  readonly dropRank?: number | undefined
  readonly style?: StyleName | undefined
}

/**
 * Rows under a header, columns two spaces apart, nothing drawn around them. When `look.columns` is too narrow, text is
 * cut first (not below {@link SHRUNK_WIDTH}), then whole columns are left out and named below: never a wrapped line,
 * never half a number.
 */
export function renderTable(
  columns: readonly TableColumn[],
  rows: readonly (readonly string[])[],
  look: Look,
): readonly string[] {
  const { header, body, hidden } = layOutTable(columns, rows, look)
  return [header, ...body, ...hiddenNote(hidden, look)]
}

/** Narrowest a shrunk text column becomes, in characters. */
const SHRUNK_WIDTH = 12
const GAP = '  '

export interface TableLayout {
  readonly header: string
  /** One line a row. */
  readonly body: readonly string[]
  /** Headers of the columns that did not fit. */
  readonly hidden: readonly string[]
}

export function layOutTable(
  columns: readonly TableColumn[],
  rows: readonly (readonly string[])[],
  look: Look,
): TableLayout {
  const cells = rows.map((row) => columns.map((_, i) => printable(row[i] ?? '')))
  const natural = columns.map((column, i) =>
    cells.reduce((widest, row) => Math.max(widest, displayWidth(row[i] ?? '')), displayWidth(column.header)),
  )
  const widths = fitWidths(columns, natural, look.columns)
  const shown = columns.flatMap((column, i) => (widths[i] === undefined ? [] : [{ column, i, width: widths[i] }]))
  const line = (texts: readonly string[], paint: (column: TableColumn, text: string) => string): string =>
    shown
      .map(({ column, i, width }, at) => {
        const text = truncate(texts[i] ?? '', width, ellipsisOf(look))
        const align = column.align ?? 'left'
        // No spaces at the end of a line: they wrap in a window that has since become narrower.
        const isLast = at === shown.length - 1
        return paint(column, isLast && align === 'left' ? text : pad(text, width, align))
      })
      .join(GAP)
      .trimEnd()
  return {
    header: line(
      columns.map((it) => it.header),
      (_, text) => look.paint('bold', text),
    ),
    body: cells.map((row) => line(row, ({ style }, text) => (style === undefined ? text : look.paint(style, text)))),
    hidden: columns.filter((_, i) => widths[i] === undefined).map((it) => it.header),
  }
}

/** `not shown (too narrow): ts_init, vwap`, or nothing. */
export function hiddenNote(hidden: readonly string[], look: Look): readonly string[] {
  if (hidden.length === 0) return []
  const names = hidden.map((name, i) => (i < hidden.length - 1 ? `${name},` : name))
  return wrapPieces(['not shown (too narrow):', ...names], ' ', look.columns).map((it) => look.paint('dim', it))
}

export function ellipsisOf(look: Look): string {
  return look.unicode ? '…' : '..'
}

/** Width of each column, `undefined` for those left out. The first column always stays. */
function fitWidths(
  columns: readonly TableColumn[],
  natural: readonly number[],
  columnsMax: number,
): (number | undefined)[] {
  const widths: (number | undefined)[] = [...natural]
  const excess = (): number => {
    const shown = widths.filter((it) => it !== undefined)
    return shown.reduce((sum, it) => sum + it, GAP.length * (shown.length - 1)) - columnsMax
  }
  for (let over = excess(); over > 0; over = excess()) {
    const widest = widestShrinkable(columns, widths)
    if (widest !== undefined) {
      widths[widest] = Math.max(SHRUNK_WIDTH, (widths[widest] as number) - over)
      continue
    }
    const drop = nextDropped(columns, widths)
    if (drop === undefined) {
      widths[0] = Math.max(1, (widths[0] ?? 0) - over)
      break
    }
    widths[drop] = undefined
    // The room that came free goes back to the texts that were cut for it.
    columns.forEach((_, i) => {
      if (widths[i] !== undefined) widths[i] = natural[i]
    })
  }
  return widths
}

function widestShrinkable(
  columns: readonly TableColumn[],
  widths: readonly (number | undefined)[],
): number | undefined {
  let widest: number | undefined
  columns.forEach(({ canShrink }, i) => {
    const width = widths[i] ?? 0
    if (canShrink === true && width > SHRUNK_WIDTH && width > (widest === undefined ? 0 : (widths[widest] ?? 0))) {
      widest = i
    }
  })
  return widest
}

function nextDropped(columns: readonly TableColumn[], widths: readonly (number | undefined)[]): number | undefined {
  let next: number | undefined
  for (let i = columns.length - 1; i > 0; i--) {
    if (widths[i] === undefined) continue
    if (next === undefined || (columns[i]?.dropRank ?? 0) > (columns[next]?.dropRank ?? 0)) next = i
  }
  return next
}
