import fc from 'fast-check'
import type { CoverageEntry } from '../../src/catalog/coverage/coverage.js'
import type { WriteMode } from '../../src/catalog/write/operations.js'
import { HOUR_NS, parseInstant } from '../../src/model/time.js'
import { bar } from '../support/bars.js'

/**
 * A catalog of one series as a person would write it down: what is known of each hour of three days around the end of a
 * month, and the one bar that begins with the hour. Nothing of files, days, merging or commits.
 */
export const HOURS = 72
export const ORIGIN_NS = parseInstant('2024-01-30')

export interface Hour {
  readonly state: 'unknown' | 'data' | 'empty'
  readonly price: number | undefined
}
export type Model = readonly Hour[]

export type Step =
  | {
      readonly kind: 'write'
      readonly mode: WriteMode
      readonly from: number
      readonly prices: readonly (number | null)[]
    }
  | { readonly kind: 'empty'; readonly from: number; readonly hours: number }
  | { readonly kind: 'delete'; readonly from: number; readonly hours: number }
  | { readonly kind: 'consolidate' }
  /** Inside the hours the series becomes what it was at this share of its history. */
  | { readonly kind: 'restore'; readonly share: number; readonly from: number; readonly hours: number }

const UNKNOWN: Hour = { state: 'unknown', price: undefined }
export const NOTHING: Model = Array.from({ length: HOURS }, () => UNKNOWN)

/** The model after a step, or that the step is a conflict and changes nothing. */
export function apply(model: Model, step: Step, then: Model): Model | 'conflict' {
  if (step.kind === 'consolidate') return model
  const hours = step.kind === 'write' ? step.prices.length : step.hours
  const isInside = (hour: number): boolean => hour >= step.from && hour < step.from + hours
  const next = model.map((old, hour) => (isInside(hour) ? applyHour(old, step, hour, then) : old))
  const isConflict =
    step.kind === 'write' &&
    step.mode === 'error' &&
    !same(model, next) &&
    model.some((it, hour) => isInside(hour) && it.state === 'data')
  return isConflict ? 'conflict' : next
}

function applyHour(old: Hour, step: Exclude<Step, { readonly kind: 'consolidate' }>, hour: number, then: Model): Hour {
  if (step.kind === 'restore') return then[hour] ?? UNKNOWN
  if (step.kind === 'delete') return UNKNOWN
  if (step.kind === 'empty') return old.state === 'data' ? old : { state: 'empty', price: undefined }
  const given = step.prices[hour - step.from] ?? undefined
  switch (step.mode) {
    case 'replace':
      return { state: 'data', price: given }
    case 'keep-old':
      return { state: 'data', price: old.price ?? given }
    case 'fill':
      return old.state === 'unknown' ? { state: 'data', price: given } : old
    default:
      return { state: 'data', price: given ?? old.price }
  }
}

export function same(a: Model, b: Model): boolean {
  return a.every((it, hour) => it.state === b[hour]?.state && it.price === b[hour]?.price)
}

export const hourNs = (hour: number): bigint => ORIGIN_NS + BigInt(hour) * HOUR_NS

/** The bars that a model holds. */
export function barsOf(model: Model): readonly ReturnType<typeof bar>[] {
  return model.flatMap((it, hour) => (it.price === undefined ? [] : [bar(hourNs(hour), it.price)]))
}

/** `d` data, `e` empty, `.` never asked: one letter an hour. */
export function lettersOf(model: Model): string {
  return model.map((it) => LETTERS[it.state]).join('')
}
const LETTERS = { data: 'd', empty: 'e', unknown: '.', rejected: 'r' } as const

/** {@link lettersOf} of a real coverage. Entries that overlap or do not begin on the hour show as `?`. */
export function lettersOfCoverage(coverage: readonly CoverageEntry[]): string {
  return Array.from({ length: HOURS }, (_, hour) => {
    const over = coverage.filter((it) => it.startNs < hourNs(hour + 1) && hourNs(hour) < it.endNs)
    const [entry] = over
    if (entry === undefined) return '.'
    const isWhole = entry.startNs <= hourNs(hour) && entry.endNs >= hourNs(hour + 1)
    return over.length === 1 && isWhole ? LETTERS[entry.state] : '?'
  }).join('')
}

const stretchOf = (max: number) =>
  fc
    .tuple(fc.nat({ max: HOURS - 1 }), fc.integer({ min: 1, max }))
    .map(([from, hours]) => ({ from, hours: Math.min(hours, HOURS - from) }))
const stretch = stretchOf(40)

const restore: fc.Arbitrary<Step> = fc
  .tuple(fc.double({ min: 0, max: 0.999, noNaN: true }), stretchOf(HOURS))
  .map(([share, it]) => ({ kind: 'restore', share, ...it }))

const write: fc.Arbitrary<Step> = stretch.chain(({ from, hours }) =>
  fc.record({
    kind: fc.constant('write' as const),
    mode: fc.constantFrom<WriteMode>('merge', 'keep-old', 'error', 'replace', 'fill'),
    from: fc.constant(from),
    prices: fc.array(fc.constantFrom(null, 10, 20, 30), { minLength: hours, maxLength: hours }),
  }),
)

export const anySteps: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: write },
    { weight: 2, arbitrary: stretch.map((it): Step => ({ kind: 'empty', ...it })) },
    { weight: 2, arbitrary: stretch.map((it): Step => ({ kind: 'delete', ...it })) },
    { weight: 1, arbitrary: fc.constant<Step>({ kind: 'consolidate' }) },
    { weight: 2, arbitrary: restore },
  ),
  { minLength: 1, maxLength: 7 },
)
