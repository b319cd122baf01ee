import type { WriteMode } from '../../src/catalog/write/operations.js'
import { DAY_NS, HOUR_NS, parseInstant } from '../../src/model/time.js'
import type { Change, SeriesStep, Span } from './steps.js'

/**
 * A catalog as a person would write it down: of each series, what is known of each of a few dozen cells (an hour, or a
 * trade date) and the one row that begins with the cell. Nothing of files, days, merging, logs or commits.
 */
export const CELLS = 36
export const SOURCES = ['one', 'two'] as const
export type Source = (typeof SOURCES)[number]

export interface Cell {
  readonly state: 'unknown' | 'data' | 'empty' | 'rejected'
  readonly price?: number
  /** Who said that there is nothing here, or sent what was refused, and until when that holds. */
  readonly said?: Readonly<Partial<Record<Source, bigint>>>
}

export const SERIES = ['minutes', 'dates', 'ticks'] as const
export type SeriesName = (typeof SERIES)[number]
export type Cells = readonly Cell[]
export type Model = Readonly<Record<SeriesName, Cells>>

/** Around the end of a month (files of days, and of consolidated months), and of a year (files of years). */
const GRIDS = {
  minutes: { originNs: parseInstant('2024-01-31T06:00Z'), stepNs: HOUR_NS },
  dates: { originNs: parseInstant('2023-12-12'), stepNs: DAY_NS },
  ticks: { originNs: parseInstant('2024-01-31T06:00Z'), stepNs: HOUR_NS },
} as const

export function cellNs(series: SeriesName, cell: number): bigint {
  const { originNs, stepNs } = GRIDS[series]
  return originNs + BigInt(cell) * stepNs
}

const UNKNOWN: Cell = { state: 'unknown' }
const BLANK: Cells = Array.from({ length: CELLS }, () => UNKNOWN)
export const NOTHING: Model = { minutes: BLANK, dates: BLANK, ticks: BLANK }

/** Why a change is refused, by the code of its error. */
export type Refusal = 'WRITE_CONFLICT' | 'DATA_NOT_FOUND'

/** What a change makes of a model, or why it is refused and changes nothing. @param then the model a restore goes back to */
export function changed(model: Model, change: Change, nowNs: bigint, then: Model = NOTHING): Model | Refusal {
  switch (change.kind) {
    case 'consolidate':
      return model
    case 'restore':
      if (isUnknown(then, change.series)) return 'DATA_NOT_FOUND'
      return {
        ...model,
        [change.series]: inside(model[change.series], change.span, (_, i) => then[change.series][i] ?? UNKNOWN),
      }
    case 'restoreAll':
      return { ...model, minutes: then.minutes, dates: then.dates }
    case 'transaction': {
      let next: Model | Refusal = model
      for (const step of change.steps) if (typeof next === 'object') next = seriesChanged(next, step, nowNs)
      return next
    }
    default:
      return seriesChanged(model, change, nowNs)
  }
}

function seriesChanged(model: Model, step: SeriesStep, nowNs: bigint): Model | Refusal {
  const old = model[step.series]
  const cells = inside(old, step.span, (cell, i) => cellChanged(cell, step, i - step.span.from, nowNs))
  const next = { ...model, [step.series]: cells }
  const isOver = step.kind === 'write' && step.mode === 'error' && !same(model, next)
  return isOver && old.some((it, i) => isInside(step.span, i) && it.state === 'data') ? 'WRITE_CONFLICT' : next
}

function cellChanged(old: Cell, step: SeriesStep, index: number, nowNs: bigint): Cell {
  switch (step.kind) {
    case 'delete':
      return UNKNOWN
    case 'claim': {
      if (old.state === 'data' && !step.isReplacing) return old
      const said = { [step.source]: nowNs + step.expiresAfterNs }
      const isJoined = step.state === 'empty' && old.state === 'empty' && !step.isReplacing
      return { state: step.state, said: isJoined ? { ...old.said, ...said } : said }
    }
    case 'write':
      return written(old, step.mode, step.prices[index] ?? undefined, nowNs)
  }
}

function written(old: Cell, mode: WriteMode, given: number | undefined, nowNs: bigint): Cell {
  switch (mode) {
    case 'replace':
      return data(given)
    case 'keep-old':
      return data(old.price ?? given)
    case 'fill':
      return isAnswered(old, undefined, nowNs) ? old : data(given)
    default:
      return data(given ?? old.price)
  }
}

/** Whether a source need not be asked again; any source, when none is named. */
export function isAnswered({ state, said = {} }: Cell, source: Source | undefined, nowNs: bigint): boolean {
  if (state === 'data') return true
  return SOURCES.some((it) => (source ?? it) === it && nowNs < (said[it] ?? nowNs))
}

/** The model without what a lost file covered. */
export function without(model: Model, series: SeriesName, isLost: (cell: number) => boolean): Model {
  return { ...model, [series]: model[series].map((it, i) => (isLost(i) ? UNKNOWN : it)) }
}

export function isUnknown(model: Model, series: SeriesName): boolean {
  return model[series].every((it) => it.state === 'unknown')
}

export function same(a: Model, b: Model): boolean {
  return SERIES.every((it) => coverageText(a[it]) === coverageText(b[it]) && pricesText(a[it]) === pricesText(b[it]))
}

/** `d` data, `e` empty, `r` rejected, `.` never asked, and who said so until when; a word a cell. */
export function coverageText(cells: Cells): string {
  return cells.map(({ state, said }) => `${LETTERS[state]}${saidText(said ?? {})}`).join(' ')
}
export const LETTERS = { data: 'd', empty: 'e', rejected: 'r', unknown: '.' } as const

export function saidText(said: Readonly<Partial<Record<Source, bigint>>>): string {
  return SOURCES.map((it) => (said[it] === undefined ? '' : `(${it} ${said[it]})`)).join('')
}

function pricesText(cells: Cells): string {
  return cells.map((it) => it.price).join(' ')
}

function data(price: number | undefined): Cell {
  return price === undefined ? { state: 'data' } : { state: 'data', price }
}

function inside(cells: Cells, span: Span, to: (cell: Cell, index: number) => Cell): Cells {
  return cells.map((it, i) => (isInside(span, i) ? to(it, i) : it))
}

function isInside({ from, cells }: Span, cell: number): boolean {
  return cell >= from && cell < from + cells
}
