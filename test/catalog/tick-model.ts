import fc from 'fast-check'
import type { WriteMode } from '../../src/catalog/write/operations.js'
import type { PartLimits } from '../../src/catalog/write/tick-parts.js'
import { HOUR_NS, parseInstant } from '../../src/model/time.js'

/**
 * A tick series as a person would write it down: two days around the end of a month as hours, each a stamp (its first
 * nanosecond, at which any number of trades happen) and the rest of the hour. Nothing of files, cells or parts.
 */
export const HOURS = 48
export const ORIGIN_NS: bigint = parseInstant('2024-01-31')
export const LIMITS: PartLimits = { maxRows: 20, fullRows: 8 }

/** `id` is a trade id, or none: then trades of one price are one and the same to a key. */
export interface Tick {
  readonly id: string | null
  readonly price: number
}
/** Place 2h is the stamp of hour h, place 2h + 1 what follows it. Trades happen at stamps only. */
export interface Place {
  readonly isCovered: boolean
  readonly ticks: readonly Tick[]
}
export type Model = readonly Place[]
export const NOTHING: Model = Array.from({ length: 2 * HOURS }, () => ({ isCovered: false, ticks: [] }))

export type Step =
  | {
      readonly kind: 'write'
      readonly mode: WriteMode
      /** First place, a stamp. */
      readonly from: number
      readonly places: number
      /** Trades of each stamp in the places. */
      readonly ticks: readonly (readonly Tick[])[]
    }
  | { readonly kind: 'delete'; readonly from: number; readonly places: number }
  /** The file at this share of the list is damaged and goes. */
  | { readonly kind: 'drop'; readonly share: number }
  | { readonly kind: 'consolidate' }
  /** Inside the places the series becomes what it was at this share of its history. */
  | { readonly kind: 'restore'; readonly share: number; readonly from: number; readonly places: number }

export function placeNs(place: number): bigint {
  return ORIGIN_NS + BigInt(place >> 1) * HOUR_NS + BigInt(place & 1)
}

/** The model after a write, or that it is a conflict and changes nothing. */
export function write(model: Model, step: Step & { readonly kind: 'write' }): Model | 'conflict' {
  const isInside = (place: number): boolean => place >= step.from && place < step.from + step.places
  const next = model.map((old, place): Place => {
    if (!isInside(place)) return old
    const given = place % 2 === 0 ? (step.ticks[(place - step.from) / 2] ?? []) : []
    if (step.mode === 'fill' && old.isCovered) return old
    return { isCovered: true, ticks: step.mode === 'replace' ? given : mergeTicks(old.ticks, given, step.mode) }
  })
  const isConflict = step.mode === 'error' && !same(model, next) && model.some((it, i) => isInside(i) && it.isCovered)
  return isConflict ? 'conflict' : next
}

/** The n-th of a key meets the n-th; the others stay, old before new. */
function mergeTicks(old: readonly Tick[], given: readonly Tick[], mode: WriteMode): readonly Tick[] {
  const out = [...old]
  const met = new Map<string, number>()
  const keyOf = ({ id, price }: Tick): string => id ?? `price ${price}`
  for (const tick of given) {
    const key = keyOf(tick)
    const nth = met.get(key) ?? 0
    met.set(key, nth + 1)
    const at = out.flatMap((it, i) => (i < old.length && keyOf(it) === key ? [i] : []))[nth]
    if (at === undefined) out.push(tick)
    else if (mode !== 'keep-old' && mode !== 'fill') out[at] = tick
  }
  return out
}

export function clear(model: Model, isGone: (place: number) => boolean): Model {
  return model.map((it, place) => (isGone(place) ? { isCovered: false, ticks: [] } : it))
}

export function same(a: Model, b: Model): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}

const tick: fc.Arbitrary<Tick> = fc.record({
  id: fc.constantFrom(null, null, 'a', 'b'),
  price: fc.constantFrom(1, 2, 3),
})
const stretchOf = (max: number) =>
  fc
    .tuple(fc.nat({ max: HOURS - 1 }), fc.integer({ min: 1, max }))
    .map(([hour, places]) => ({ from: 2 * hour, places: Math.min(places, 2 * (HOURS - hour)) }))
const stretch = stretchOf(24)
/** Mostly a few trades a stamp, now and then more than a file may hold. */
const ticksOfStamp = fc.oneof(
  { weight: 12, arbitrary: fc.array(tick, { maxLength: 4 }) },
  { weight: 1, arbitrary: fc.array(tick, { minLength: 18, maxLength: 30 }) },
)
const anyWrite: fc.Arbitrary<Step> = stretch.chain(({ from, places }) =>
  fc.record({
    kind: fc.constant('write' as const),
    mode: fc.constantFrom<WriteMode>('merge', 'merge', 'keep-old', 'error', 'replace', 'fill'),
    from: fc.constant(from),
    places: fc.constant(places),
    ticks: fc.array(ticksOfStamp, { minLength: (places + 1) >> 1, maxLength: (places + 1) >> 1 }),
  }),
)
const share = fc.double({ min: 0, max: 0.999, noNaN: true })

export const anySteps: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.oneof(
    { weight: 8, arbitrary: anyWrite },
    { weight: 2, arbitrary: stretch.map((it): Step => ({ kind: 'delete', ...it })) },
    {
      weight: 1,
      arbitrary: share.map((it): Step => ({ kind: 'drop', share: it })),
    },
    { weight: 1, arbitrary: fc.constant<Step>({ kind: 'consolidate' }) },
    {
      weight: 2,
      arbitrary: fc.tuple(share, stretchOf(2 * HOURS)).map(([at, it]): Step => ({ kind: 'restore', share: at, ...it })),
    },
  ),
  { minLength: 1, maxLength: 14 },
)
