import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { InvalidRequestError } from '../../src/model/errors.js'
import {
  contains,
  covers,
  hull,
  type Interval,
  intersect,
  interval,
  normalize,
  sameSet,
  subtract,
  union,
} from '../../src/model/interval.js'

const anyInterval = fc
  .tuple(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 1, max: 10 }))
  .map(([start, length]): Interval => ({ startNs: BigInt(start), endNs: BigInt(start + length) }))
const anySet = fc.array(anyInterval, { maxLength: 8 }).map((it) => normalize(it))

/** The instants of a set, one by one: the plain model the set operations are held against. */
function instants(set: readonly Interval[]): Set<bigint> {
  const out = new Set<bigint>()
  for (const { startNs, endNs } of set) for (let ns = startNs; ns < endNs; ns++) out.add(ns)
  return out
}

describe('a set of intervals', () => {
  test('is ascending, and its members neither overlap nor touch', () => {
    fc.assert(
      fc.property(fc.array(anyInterval), (intervals) => {
        const set = normalize(intervals)
        expect(instants(set)).toEqual(instants(intervals))
        for (const [i, it] of set.entries()) if (i > 0) expect((set[i - 1] as Interval).endNs < it.startNs).toBe(true)
      }),
    )
  })

  test('union, intersection and difference are those of its instants', () => {
    fc.assert(
      fc.property(anySet, anySet, (a, b) => {
        const [left, right] = [instants(a), instants(b)]
        expect(instants(union(a, b))).toEqual(new Set([...left, ...right]))
        expect(instants(intersect(a, b))).toEqual(new Set([...left].filter((it) => right.has(it))))
        expect(instants(subtract(a, b))).toEqual(new Set([...left].filter((it) => !right.has(it))))
      }),
    )
  })

  test('knows its instants and what it covers', () => {
    fc.assert(
      fc.property(anySet, anyInterval, (set, it) => {
        const all = instants(set)
        for (let ns = 0n; ns < 55n; ns++) expect(contains(set, ns)).toBe(all.has(ns))
        expect(covers(set, it)).toBe([...instants([it])].every((ns) => all.has(ns)))
      }),
    )
  })

  test('has a hull, unless it is empty', () => {
    expect(hull([])).toBeUndefined()
    expect(
      hull([
        { startNs: 5n, endNs: 9n },
        { startNs: 1n, endNs: 7n },
      ]),
    ).toEqual({ startNs: 1n, endNs: 9n })
    expect(sameSet([{ startNs: 1n, endNs: 2n }], [{ startNs: 1n, endNs: 3n }])).toBe(false)
  })

  test('an interval whose start is not before its end is refused', () => {
    expect(() => interval(2n, 2n)).toThrow(InvalidRequestError)
    expect(() => interval(3n, 2n)).toThrow(/not before/)
  })
})
