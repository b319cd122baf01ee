import type { DataCatalog } from '../../src/catalog/catalog.js'
import { type Coverage, type CoverageEntry, claimsOf } from '../../src/catalog/coverage/coverage.js'
import type { Frame } from '../../src/model/frame.js'
import { type Interval, type IntervalSet, normalize } from '../../src/model/interval.js'
import { SCHEMAS } from '../../src/model/schema.js'
import { formatSeries, parseSeries } from '../../src/model/series.js'
import { bar } from '../support/bars.js'
import { trade } from '../support/trades.js'
import {
  CELLS,
  type Cells,
  cellNs,
  coverageText,
  isAnswered,
  isUnknown,
  LETTERS,
  type Model,
  SERIES,
  type SeriesName,
  SOURCES,
  type Source,
  saidText,
} from './model.js'
import type { Span } from './steps.js'

export const INPUTS = {
  minutes: { type: 'bars', instrument: 'AAPL.NASDAQ', barType: '1-MINUTE-LAST' },
  dates: { type: 'bars', instrument: 'eur/usd.IDEALPRO', barType: '1-DAY-MID' },
  ticks: { type: 'trades', instrument: 'X.TEST' },
} as const

export function intervalOf(series: SeriesName, { from, cells }: Span): Interval {
  return { startNs: cellNs(series, from), endNs: cellNs(series, from + cells) }
}

/** `intervalOf` as the API takes it. */
export function rangeOf(series: SeriesName, span: Span): { readonly start: bigint; readonly end: bigint } {
  const { startNs, endNs } = intervalOf(series, span)
  return { start: startNs, end: endNs }
}

export const WHOLE: Span = { from: 0, cells: CELLS }

/** The rows that a model's prices stand for. */
export function barRows(series: SeriesName, prices: readonly (number | null | undefined)[], from = 0) {
  return prices.flatMap((it, i) => (it == null ? [] : [bar(cellNs(series, from + i), it)]))
}

export function tradeRows(prices: readonly (number | null | undefined)[], from = 0) {
  return prices.flatMap((it, i) => (it == null ? [] : [trade(cellNs('ticks', from + i), { price: it, trade_id: 'x' })]))
}

/** All that the newest state of a catalog shows, as the model has it; compared by `===`. */
export async function seen(catalog: DataCatalog): Promise<string> {
  const lines = await Promise.all(SERIES.map((it) => seenOf(catalog, it)))
  const listed = (await catalog.list()).map((it) => `${formatSeries(it.series)} ${it.rows} ${it.firstNs} ${it.lastNs}`)
  for (const series of SERIES) {
    const missing = await Promise.all(
      [undefined, ...SOURCES].map((source) =>
        catalog.missing(INPUTS[series], rangeOf(series, WHOLE), source === undefined ? {} : { source }),
      ),
    )
    lines.push(missing.map(spansText).join(' | '))
  }
  return [...lines, ...listed].join('\n')
}

export function expected(model: Model, nowNs: bigint): string {
  const lines = SERIES.map((it) => expectedOf(model, it))
  for (const series of SERIES) {
    const missing = [undefined, ...SOURCES].map((source) =>
      normalize(
        model[series].flatMap((it, i) =>
          isAnswered(it, source, nowNs) ? [] : [intervalOf(series, { from: i, cells: 1 })],
        ),
      ),
    )
    lines.push(missing.map(spansText).join(' | '))
  }
  return [...lines, ...listedIn(model)].join('\n')
}

/** Coverage and rows of one series, in the newest state or an earlier one. */
export async function seenOf(catalog: DataCatalog, series: SeriesName, asOf?: string): Promise<string> {
  const at = asOf === undefined ? {} : { asOf }
  const coverage = await catalog.coverage(INPUTS[series], at)
  const rows = await rowsOf(catalog, series, WHOLE, at)
  return `${series}: ${coverageTextOf(series, coverage)}\n${rows}`
}

export function expectedOf(model: Model, series: SeriesName): string {
  return `${series}: ${coverageText(model[series])}\n${expectedRows(model, series, WHOLE)}`
}

/** The rows of some cells as text, or `DATA_NOT_FOUND` for a series that is not there. */
export async function rowsOf(
  catalog: DataCatalog,
  series: SeriesName,
  span: Span,
  options: { readonly asOf?: string; readonly isStreamed?: boolean } = {},
): Promise<string> {
  const { isStreamed = false, ...at } = options
  const query = { ...rangeOf(series, span), ...at }
  try {
    if (!isStreamed) return textOfRows(await catalog.query(INPUTS[series], query))
    const parts: string[] = []
    for await (const part of catalog.stream(INPUTS[series], query)) parts.push(textOfRows(part))
    return parts.join('\n')
  } catch (error) {
    return codeOf(error)
  }
}

export function expectedRows(model: Model, series: SeriesName, { from, cells }: Span): string {
  if (isUnknown(model, series)) return 'DATA_NOT_FOUND'
  const rows = pricesOf(model[series]).flatMap((price, i) =>
    price === undefined || i < from || i >= from + cells ? [] : [expectedRow(series, i, price)],
  )
  return rows.join('\n')
}

/** The stable code of an error the catalog throws on purpose; anything else is thrown on. */
export function codeOf(error: unknown): string {
  if (error instanceof Error && 'code' in error && typeof error.code === 'string' && 'steps' in error) return error.code
  throw error
}

function pricesOf(cells: Cells): readonly (number | undefined)[] {
  return cells.map((it) => it.price)
}

function textOfRows(frame: Frame): string {
  const columns = SCHEMAS[frame.type].map(({ name }) => name)
  return Array.from({ length: frame.numRows }, (_, row) => columns.map((name) => frame.cell(name, row)).join(',')).join(
    '\n',
  )
}

const rowTexts = new Map<string, string>()
function expectedRow(series: SeriesName, cell: number, price: number): string {
  const key = `${series} ${cell} ${price}`
  const known = rowTexts.get(key)
  if (known !== undefined) return known
  const ns = cellNs(series, cell)
  const given: Readonly<Record<string, unknown>> =
    series === 'ticks'
      ? { ...trade(ns, { price, trade_id: 'x' }), ts_init: ns, timestamp: ns / 1000n }
      : { ...bar(ns, price) }
  const type = INPUTS[series].type
  const text = SCHEMAS[type].map(({ name }) => given[name] ?? null).join(',')
  rowTexts.set(key, text)
  return text
}

/** {@link coverageText} of a real coverage; `?` for a cell that is covered twice or in part. */
function coverageTextOf(series: SeriesName, coverage: Coverage): string {
  return Array.from({ length: CELLS }, (_, i) => {
    const cell = intervalOf(series, { from: i, cells: 1 })
    const over = coverage.filter((it) => it.startNs < cell.endNs && cell.startNs < it.endNs)
    const [entry] = over
    if (entry === undefined) return LETTERS.unknown
    if (over.length > 1 || entry.startNs > cell.startNs || entry.endNs < cell.endNs) return '?'
    return `${LETTERS[entry.state]}${saidText(saidIn(entry))}`
  }).join(' ')
}

function saidIn(entry: CoverageEntry): Readonly<Partial<Record<Source, bigint>>> {
  return Object.fromEntries(claimsOf(entry).map((it) => [it.source, it.expiresAtNs]))
}

function spansText(set: IntervalSet): string {
  return set.map((it) => `${it.startNs}..${it.endNs}`).join(' ')
}

/** What `list` says, by the name of the series. */
function listedIn(model: Model): readonly string[] {
  const lines = SERIES.filter((it) => !isUnknown(model, it)).map((series) => {
    const held = pricesOf(model[series]).flatMap((price, i) => (price === undefined ? [] : [cellNs(series, i)]))
    return `${formatSeries(parseSeries(INPUTS[series]))} ${held.length} ${held[0]} ${held.at(-1)}`
  })
  return lines.sort((a, b) => (a < b ? -1 : 1))
}
