import { InvalidRequestError, type IsoInterval } from './errors.js'
import { formatInstant } from './time.js'

/** Half-open `[startNs, endNs)` in nanoseconds UTC. Never empty: `startNs < endNs`. */
export interface Interval {
  readonly startNs: bigint
  readonly endNs: bigint
}

/** A set of instants: intervals in ascending order that neither overlap nor touch. */
export type IntervalSet = readonly Interval[]

/** @throws InvalidRequestError unless start < end */
export function interval(startNs: bigint, endNs: bigint): Interval {
  if (startNs >= endNs) {
    throw new InvalidRequestError(
      `the start ${formatInstant(startNs)} is not before the end ${formatInstant(endNs)} (intervals are half-open)`,
      { steps: ['Give a start that lies before the end.'] },
    )
  }
  return { startNs, endNs }
}

/** Sorts and joins intervals that overlap or touch. Empty ones vanish. */
export function normalize(intervals: Iterable<Interval>): IntervalSet {
  const sorted = [...intervals].filter((it) => it.startNs < it.endNs).sort(byStart)
  const out: Interval[] = []
  for (const it of sorted) {
    const last = out.at(-1)
    if (last !== undefined && it.startNs <= last.endNs) {
      if (it.endNs > last.endNs) out[out.length - 1] = { startNs: last.startNs, endNs: it.endNs }
    } else {
      out.push(it)
    }
  }
  return out
}

export function byStart(a: Interval, b: Interval): number {
  return a.startNs < b.startNs ? -1 : a.startNs > b.startNs ? 1 : 0
}

export function union(a: IntervalSet, b: IntervalSet): IntervalSet {
  return normalize([...a, ...b])
}

export function intersect(a: IntervalSet, b: IntervalSet): IntervalSet {
  const out: Interval[] = []
  for (let i = 0, j = 0; i < a.length && j < b.length; ) {
    const left = a[i] as Interval
    const right = b[j] as Interval
    const startNs = left.startNs > right.startNs ? left.startNs : right.startNs
    const endNs = left.endNs < right.endNs ? left.endNs : right.endNs
    if (startNs < endNs) out.push({ startNs, endNs })
    if (left.endNs < right.endNs) i++
    else j++
  }
  return out
}

/** Everything in `a` that is not in `b`. */
export function subtract(a: IntervalSet, b: IntervalSet): IntervalSet {
  const out: Interval[] = []
  let j = 0
  for (const it of a) {
    let startNs = it.startNs
    while (j < b.length && (b[j] as Interval).endNs <= startNs) j++
    for (let k = j; k < b.length && (b[k] as Interval).startNs < it.endNs; k++) {
      const hole = b[k] as Interval
      if (hole.startNs > startNs) out.push({ startNs, endNs: hole.startNs })
      startNs = hole.endNs
    }
    if (startNs < it.endNs) out.push({ startNs, endNs: it.endNs })
  }
  return out
}

export function overlaps(a: Interval, b: Interval): boolean {
  return a.startNs < b.endNs && b.startNs < a.endNs
}

/** Whether `set` covers every instant of `it`. */
export function covers(set: IntervalSet, it: Interval): boolean {
  return subtract([it], set).length === 0
}

/** Whether one instant lies in the set; binary search. */
export function contains(set: IntervalSet, ns: bigint): boolean {
  let low = 0
  let high = set.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((set[middle] as Interval).endNs <= ns) low = middle + 1
    else high = middle
  }
  return low < set.length && (set[low] as Interval).startNs <= ns
}

/** Smallest single interval around the set, or `undefined` for none. */
export function hull(intervals: readonly Interval[]): Interval | undefined {
  const first = intervals[0]
  if (first === undefined) return undefined
  let { startNs, endNs } = first
  for (const it of intervals) {
    if (it.startNs < startNs) startNs = it.startNs
    if (it.endNs > endNs) endNs = it.endNs
  }
  return { startNs, endNs }
}

export function sameSet(a: IntervalSet, b: IntervalSet): boolean {
  return a.length === b.length && a.every((it, i) => it.startNs === b[i]?.startNs && it.endNs === b[i]?.endNs)
}

export function toIso(it: Interval): IsoInterval {
  return { start: formatInstant(it.startNs), end: formatInstant(it.endNs) }
}

/** `2024-01-02T14:30:00Z .. 2024-01-02T21:00:00Z`, for messages. */
export function formatInterval(it: Interval): string {
  return `${formatInstant(it.startNs)} .. ${formatInstant(it.endNs)}`
}
