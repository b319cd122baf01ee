import { expect } from 'vitest'
import { InvalidRequestError, WriteConflictError } from '../../src/model/errors.js'
import { nanos } from '../support/trades.js'
import type { Ns, NsRange, NsSeries } from './ns-series.js'

/** A case about nanoseconds, played on trades: what is done, and what the series then holds. */
export interface NsCase {
  readonly case: number
  readonly name: string
  readonly run: (it: NsSeries) => Promise<unknown>
  readonly rows: readonly Ns[]
  readonly coverage: readonly string[]
}

const refused = (work: Promise<unknown>): Promise<void> => expect(work).rejects.toThrow(WriteConflictError)

/** Two stretches, each with a row at its first and its last nanosecond. */
async function both(it: NsSeries, ...stretches: readonly NsRange[]): Promise<void> {
  for (const [start, end] of stretches) await it.put([start, end], [start, BigInt(end) - 1n], 'merge')
}

export const NS_CASES: readonly NsCase[] = [
  {
    case: 1,
    name: 'writes that touch are one stretch of coverage',
    run: async (it) => [await it.put([1, 3], [1, 2]), await it.put([3, 4], [3])],
    rows: [1, 2, 3],
    coverage: ['[1,4)'],
  },
  {
    case: 2,
    name: 'mode error: rows between stored ones are refused, nothing is written',
    run: async (it) => [
      await it.put([1, 6], [1, 5]),
      await refused(it.put([3, 8], [3, 7])),
      expect(await it.catalog.history(it.series)).toHaveLength(1),
    ],
    rows: [1, 5],
    coverage: ['[1,6)'],
  },
  {
    case: 3,
    name: 'mode error: one shared nanosecond is an overlap',
    run: async (it) => [await it.put([1, 6], [1, 5]), await refused(it.put([5, 10], [5, 9]))],
    rows: [1, 5],
    coverage: ['[1,6)'],
  },
  {
    case: 4,
    name: 'mode error: the next nanosecond is none',
    run: async (it) => [await it.put([1, 6], [1, 5]), await it.put([6, 10], [6, 9])],
    rows: [1, 5, 6, 9],
    coverage: ['[1,10)'],
  },
  {
    case: 5,
    name: 'the same write again is nothing; other rows for the same interval are refused, not skipped',
    run: async (it) => {
      await it.put([1, 6], [1, 5])
      expect(await it.put([1, 6], [1, 5])).toBe(false)
      await refused(it.put([1, 6], [2, 5]))
      expect(await it.catalog.files(it.series)).toHaveLength(1)
    },
    rows: [1, 5],
    coverage: ['[1,6)'],
  },
  {
    case: 6,
    name: 'mode merge: rows between stored ones come out in order',
    run: async (it) => [await it.put([1, 6], [1, 5]), await it.put([3, 8], [3, 7], 'merge')],
    rows: [1, 3, 5, 7],
    coverage: ['[1,8)'],
  },
  {
    case: 7,
    name: 'unsorted rows are refused by name of both, equal stamps are not',
    run: async (it) => {
      await expect(it.put([1, 3], [2, 1])).rejects.toThrow(
        /row 2 \(1970-01-01T00:00:00\.000000001Z\).* row 1 \(1970-01-01T00:00:00\.000000002Z\)/,
      )
      await it.put([1, 3], [1, 1, 2])
    },
    rows: [1, 1, 2],
    coverage: ['[1,3)'],
  },
  {
    case: 9,
    name: 'missing: before, between, after',
    run: async (it) => {
      await both(it, [1, 3], [5, 7])
      expect(await it.missing([0, 11])).toEqual(['[0,1)', '[3,5)', '[7,11)'])
    },
    rows: [1, 2, 5, 6],
    coverage: ['[1,3)', '[5,7)'],
  },
  {
    case: 10,
    name: 'missing: around two wide stretches',
    run: async (it) => {
      await both(it, [10, 31], [60, 81])
      expect(await it.missing([1, 101])).toEqual(['[1,10)', '[31,60)', '[81,101)'])
    },
    rows: [10, 30, 60, 80],
    coverage: ['[10,31)', '[60,81)'],
  },
  {
    case: 11,
    name: 'missing: nothing of what is covered exactly',
    run: async (it) => [await it.put([10, 31], [10]), expect(await it.missing([10, 31])).toEqual([])],
    rows: [10],
    coverage: ['[10,31)'],
  },
  {
    case: 12,
    name: 'missing: after two stretches that touch',
    run: async (it) => {
      await both(it, [10, 21], [21, 31])
      expect(await it.missing([10, 41])).toEqual(['[31,41)'])
    },
    rows: [10, 20, 21, 30],
    coverage: ['[10,31)'],
  },
  {
    case: 13,
    name: 'missing: one stretch inside another counts once',
    run: async (it) => {
      await both(it, [10, 31], [15, 21])
      expect(await it.missing([5, 36])).toEqual(['[5,10)', '[31,36)'])
    },
    rows: [10, 15, 20, 30],
    coverage: ['[10,31)'],
  },
  {
    case: 14,
    name: 'missing: a start at or after its end is an error of the caller',
    run: async (it) => {
      await expect(it.missing([5, 4])).rejects.toThrow(InvalidRequestError)
      await expect(it.missing([5, 5])).rejects.toThrow(InvalidRequestError)
    },
    rows: [],
    coverage: [],
  },
  {
    case: 15,
    name: 'missing: everything where there is nothing',
    run: async (it) => expect(await it.missing([1, 11])).toEqual(['[1,11)']),
    rows: [],
    coverage: [],
  },
  {
    case: 16,
    name: 'missing: the single nanosecond before',
    run: async (it) => [await it.put([10, 21], [10]), expect(await it.missing([9, 10])).toEqual(['[9,10)'])],
    rows: [10],
    coverage: ['[10,21)'],
  },
  {
    case: 19,
    name: 'an unknown series covers nothing, and leaves nothing behind when asked for',
    run: async (it) => {
      expect(await it.coverage()).toEqual([])
      expect(await it.catalog.list()).toEqual([])
    },
    rows: [],
    coverage: [],
  },
  {
    case: 20,
    name: 'no rows after rows: covered',
    run: async (it) => [await it.put([1000, 1001], [1000]), await it.put([1001, 2001], [])],
    rows: [1000],
    coverage: ['[1000,2001)'],
  },
  {
    case: 21,
    name: 'no rows between rows: one stretch',
    run: async (it) => [await it.put([1, 2], [1]), await it.put([4, 5], [4]), await it.put([2, 4], [])],
    rows: [1, 4],
    coverage: ['[1,5)'],
  },
  {
    case: 22,
    name: 'no rows and no neighbour: recorded all the same',
    run: async (it) => it.put([5, 10], []),
    rows: [],
    coverage: ['[5,10)'],
  },
  {
    case: 23,
    name: 'mode error: "no rows" over a stored row is refused before anything changes',
    run: async (it) => {
      await it.put([10, 11], [10])
      await it.put([20, 21], [20])
      await refused(it.put([11, 26], []))
    },
    rows: [10, 20],
    coverage: ['[10,11)', '[20,21)'],
  },
  { case: 24, name: 'zero is an instant', run: async (it) => it.put([0, 1], []), rows: [], coverage: ['[0,1)'] },
  {
    case: 39,
    name: 'mode merge: a trade in both writes is one',
    run: async (it) => [await it.put([1, 3], [1, 2]), await it.put([2, 4], [2, 3], 'merge')],
    rows: [1, 2, 3],
    coverage: ['[1,4)'],
  },
  {
    case: 40,
    name: 'mode merge: a write inside another keeps the wider coverage and the order',
    run: async (it) => [await it.put([1, 11], [1, 6, 10]), await it.put([2, 6], [2, 5], 'merge')],
    rows: [1, 2, 5, 6, 10],
    coverage: ['[1,11)'],
  },
  {
    case: 53,
    name: 'query: start included, end excluded, equal stamps in the order they came',
    run: async (it) => {
      const rows = ['b', 'a', 'c'].map((trade_id) => ({ ts_event: 2n, price: 1, size: 1, trade_id }))
      await it.catalog.write(it.series, [{ ts_event: 1n, price: 1, size: 1 }, ...rows], { mode: 'error' })
      const frame = await it.catalog.query(it.series, { start: 2n, end: 3n })
      expect([...frame].map((row) => row.trade_id)).toEqual(['b', 'a', 'c'])
      expect(nanos(await it.catalog.query(it.series, { start: 1n, end: 2n }))).toEqual([1n])
    },
    rows: [1, 2, 2, 2],
    coverage: ['[1,3)'],
  },
  {
    case: 55,
    name: 'query: two ranges on one object, each right',
    run: async (it) => {
      await it.put([1, 6], [1, 3, 5])
      expect(nanos(await it.catalog.query(it.series, { start: 1n, end: 4n }))).toEqual([1n, 3n])
      expect(nanos(await it.catalog.query(it.series, { start: 3n, end: 6n }))).toEqual([3n, 5n])
    },
    rows: [1, 3, 5],
    coverage: ['[1,6)'],
  },
  {
    case: 57,
    name: 'fetch what is missing, fill it in, ask again: nothing',
    run: async (it) => {
      await it.put([1, 2], [1])
      expect(await it.missing([1, 11])).toEqual(['[2,11)'])
      expect(await it.put([2, 11], [10], 'fill')).toBe(true)
      expect(await it.missing([1, 11])).toEqual([])
      expect(await it.put([2, 11], [9, 10], 'fill')).toBe(false)
    },
    rows: [1, 10],
    coverage: ['[1,11)'],
  },
]
