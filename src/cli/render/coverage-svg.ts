import type { Interval } from '../../model/interval.js'
import {
  type CellKind,
  type CoverageModel,
  type CoverageRow,
  coverageModel,
  KINDS,
  kindsIn,
  type ModelRow,
  type RulerMark,
  runsOf,
} from './coverage-model.js'
import { svgStyle } from './coverage-svg-style.js'
import { formatCount } from './units.js'
import { displayWidth, printable, truncate } from './width.js'

/**
 * Coverage as a standalone SVG: a row a series, a cell a day, or a week, month, … where there would be too many. Light
 * or dark as the reader's system is; no script and nothing from elsewhere, so it works as an image in a page. Each row
 * says more when pointed at.
 */
export function coverageSvg(rows: readonly CoverageRow[], range: Interval): string {
  const cellsMax = Math.max(1, Math.min(ROW_CELLS_MAX, Math.floor(CELLS_MAX / Math.max(1, rows.length))))
  const model = coverageModel(rows, range, cellsMax)
  const layout = layOut(model)
  const { width, height, gridTop, rowsTop } = layout
  const title = `Coverage, one cell a ${model.unit}, ${model.dates}`
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="${escaped(title)}">`,
    `<style>${svgStyle()}</style>`,
    `<rect class="bg" width="${width}" height="${height}" rx="6"/>`,
    `<text x="${MARGIN}" y="${MARGIN + 12}"><tspan class="title">Coverage</tspan><tspan class="dim" dx="10">one cell a ${model.unit}, ${escaped(model.dates)}</tspan></text>`,
    ...model.rulers.flatMap((marks, i) => rulerLines(marks, layout, gridTop - (model.rulers.length - i) * RULER + 10)),
    ...gridLines(model, layout),
    `<g stroke-dasharray="${px(layout.cellWidth - layout.gap)} ${px(layout.gap)}">`,
    ...model.rows.map((row, i) => rowLines(row, rowsTop + i * ROW, model.unit, layout)),
    '</g>',
    ...legendLines(kindsIn(model), layout),
    '</svg>',
    '',
  ].join('\n')
}

/** Most cells of a row: narrower ones than two pixels are not seen. */
const ROW_CELLS_MAX = 400
/** Most cells of a picture, so that 500 series of 20 years (by month: 120,000 cells) stay well below 2 MB. */
const CELLS_MAX = 150_000

/** Pixels. */
const MARGIN = 16
const TITLE_WIDTH = 92
const RULER = 16
const ROW = 18
const PERCENT_WIDTH = 48
const PLOT_WIDTH = 800
const CELL_WIDTH_MAX = 14
const LEGEND = 22
/** Of the monospaced font of labels, at 12 px. */
const CHARACTER = 7.25
const LABEL_CHARACTERS_MAX = 48

interface Layout {
  readonly width: number
  readonly height: number
  /** Left edge of the cells. */
  readonly plotX: number
  readonly cellWidth: number
  /** Between two cells; it gives way where cells are narrow. */
  readonly gap: number
  readonly gridTop: number
  readonly rowsTop: number
  readonly gridBottom: number
}

function layOut(model: CoverageModel): Layout {
  const characters = Math.max(0, ...model.rows.map((it) => displayWidth(printable(it.label))))
  const plotX = MARGIN + Math.ceil(Math.min(characters, LABEL_CHARACTERS_MAX) * CHARACTER) + 12
  const cellWidth = round(Math.min(CELL_WIDTH_MAX, PLOT_WIDTH / Math.max(1, model.cellCount)))
  const gap = cellWidth >= 4 ? 1 : round(cellWidth / 8)
  const plotWidth = Math.ceil(model.cellCount * cellWidth)
  const gridTop = MARGIN + 28 + model.rulers.length * RULER
  const gridBottom = gridTop + 6 + model.rows.length * ROW
  const textWidth = TITLE_WIDTH + Math.ceil(`one cell a ${model.unit}, ${model.dates}`.length * 6.6)
  return {
    width: Math.max(plotX + plotWidth + PERCENT_WIDTH, MARGIN + textWidth, LEGEND_WIDTH) + MARGIN,
    height: gridBottom + LEGEND + MARGIN,
    plotX,
    cellWidth,
    gap,
    gridTop,
    rowsTop: gridTop + 6,
    gridBottom,
  }
}

/** Names of periods; one without room before the next is left out, the rest of a period at the left edge first. */
function rulerLines(marks: readonly RulerMark[], { plotX, cellWidth }: Layout, y: number): readonly string[] {
  const lines: string[] = []
  let freeX = Number.NEGATIVE_INFINITY
  marks.forEach(({ at, text }, i) => {
    const [x, widthPx] = [plotX + at * cellWidth, text.length * 6.6 + 5]
    const next = i === 0 ? marks[1] : undefined
    const isCutShort = next !== undefined && x + widthPx > plotX + next.at * cellWidth
    if (x < freeX || isCutShort) return
    freeX = x + widthPx
    lines.push(`<text class="dim" x="${px(x)}" y="${y}">${escaped(text)}</text>`)
  })
  return lines
}

/** A line where each period begins, but for the first; years (or decades) stronger than months. */
function gridLines({ rulers }: CoverageModel, { plotX, cellWidth, gridTop, gridBottom }: Layout): readonly string[] {
  return rulers.flatMap((marks, i) => {
    const path = marks
      .filter(({ at }) => at > 0)
      .map(({ at }) => `M${px(plotX + at * cellWidth)} ${gridTop}V${gridBottom}`)
      .join('')
    return path === '' ? [] : [`<path class="${i === 0 ? 'major' : 'minor'}" d="${path}"/>`]
  })
}

function rowLines(row: ModelRow, top: number, unit: string, { plotX, cellWidth, width }: Layout): string {
  const label = printable(row.label)
  const percent = row.percent === undefined ? '–' : `${row.percent} %`
  return [
    `<g transform="translate(0 ${top})"><title>${escaped(tooltip(row, unit))}</title>`,
    `<rect class="hit" width="${width}" height="${ROW}"/>`,
    `<text class="label" x="${MARGIN}" y="13">${escaped(truncate(label, LABEL_CHARACTERS_MAX))}</text>`,
    ...rowPaths(row, plotX, cellWidth),
    `<text class="dim end" x="${px(plotX + row.kinds.length * cellWidth + PERCENT_WIDTH)}" y="13">${percent}</text></g>`,
  ].join('')
}

/** One path for each kind: a line along each run of cells, which the dashes of its group cut into cells. */
function rowPaths({ kinds }: ModelRow, plotX: number, cellWidth: number): readonly string[] {
  const paths = new Map<CellKind, string>()
  for (const { kind, from, length } of runsOf(kinds)) {
    const line = `M${px(plotX + from * cellWidth)} ${MIDDLE[kind]}h${px(length * cellWidth)}`
    paths.set(kind, (paths.get(kind) ?? '') + line)
  }
  return [...paths].map(([kind, path]) => `<path class="${kind}" d="${path}"/>`)
}

/** Where the line of a kind runs in its row; how thick it is, its style says. Shape tells kinds apart, not colour alone. */
const MIDDLE: Readonly<Record<CellKind, number>> = {
  full: 9,
  partial: 12,
  missing: 9,
  rejected: 9,
  empty: 9,
  closed: 9,
}

/** `AAPL.NASDAQ 1-MINUTE-LAST: 56 % of the open time is known` and how many cells of each kind. */
function tooltip({ label, kinds, percent }: ModelRow, unit: string): string {
  const known = percent === undefined ? 'closed throughout' : `${percent} % of the open time is known`
  const counts = (Object.keys(KINDS) as CellKind[]).flatMap((kind) => {
    const count = kinds.filter((it) => it === kind).length
    return count === 0 ? [] : [`${formatCount(count)} ${KINDS[kind]}`]
  })
  return `${printable(label)}: ${known}\n${unit}s: ${counts.join(', ')}`
}

const LEGEND_ITEMS: Readonly<Record<CellKind, number>> = {
  full: 58,
  partial: 76,
  missing: 84,
  rejected: 112,
  empty: 166,
  closed: 70,
}
const LEGEND_WIDTH = MARGIN + Object.values(LEGEND_ITEMS).reduce((sum, it) => sum + it, 0)

function legendLines(kinds: readonly CellKind[], { gridBottom }: Layout): readonly string[] {
  let x = MARGIN
  return kinds.map((kind) => {
    const line = `<g transform="translate(${x} ${gridBottom + LEGEND - 10})"><path class="${kind}" d="M0 ${MIDDLE[kind]}h12"/><text class="dim" x="18" y="13">${KINDS[kind]}</text></g>`
    x += LEGEND_ITEMS[kind]
    return line
  })
}

function px(value: number): string {
  return String(round(value))
}

function round(value: number): number {
  return Math.round(value * 100) / 100
}

/** Text as XML: escaped, and without the two characters beside controls that XML does not have. */
function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replace(/[\uFFFE\uFFFF]/g, ' ')
}
