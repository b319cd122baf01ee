import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { InvalidDataError, InvalidRequestError, WriteConflictError } from '../../src/model/errors.js'
import { AAPL, bar, MSFT, minuteBars, spans, stamps } from '../support/bars.js'
import { type TestCatalog, testCatalog } from '../support/catalog.js'
import { nanos } from '../support/trades.js'
import { type Ns, NsSeries } from './ns-series.js'

/**
 * The 58 cases NautilusTrader's own catalog is judged by, in our words and on half-open intervals: its closed `[a,b]`
 * is `[a,b+1)` here. Cases of nanoseconds are about trades, those of days and months about bars.
 */
interface NsCase {
  readonly case: number
  readonly name: string
  readonly run: (it: NsSeries) => Promise<unknown>
  readonly rows: readonly Ns[]
  readonly coverage: readonly string[]
}

const S = 1_000_000_000n
const T = 1_704_067_200_000_000_000n
const refused = async (work: Promise<unknown>, error: typeof WriteConflictError | typeof InvalidDataError) =>
  expect(work).rejects.toThrow(error)
const both = async (it: NsSeries, first: readonly [Ns, Ns], second: readonly [Ns, Ns]): Promise<void> => {
  await it.put(first, [first[0], BigInt(first[1]) - 1n], 'merge')
  await it.put(second, [second[0], BigInt(second[1]) - 1n], 'merge')
}

const NS_CASES: readonly NsCase[] = [
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
      await refused(it.put([3, 8], [3, 7]), WriteConflictError),
      expect(await it.catalog.history(it.series)).toHaveLength(1),
    ],
    rows: [1, 5],
    coverage: ['[1,6)'],
  },
  {
    case: 3,
    name: 'mode error: one shared nanosecond is an overlap',
    run: async (it) => [await it.put([1, 6], [1, 5]), await refused(it.put([5, 10], [5, 9]), WriteConflictError)],
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
      await refused(it.put([1, 6], [2, 5]), WriteConflictError)
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
      await refused(it.put([11, 26], []), WriteConflictError)
    },
    rows: [10, 20],
    coverage: ['[10,11)', '[20,21)'],
  },
  { case: 24, name: 'zero is an instant', run: async (it) => it.put([0, 1], []), rows: [], coverage: ['[0,1)'] },
  {
    case: 25,
    name: 'delete from the middle, to the nanosecond',
    run: async (it) => [
      await it.put([S, 4n * S + 1n], [S, 2n * S, 3n * S, 4n * S]),
      await it.remove([1_500_000_000n, 3_500_000_001n]),
    ],
    rows: [S, 4n * S],
    coverage: ['[1000000000,1500000000)', '[3500000001,4000000001)'],
  },
  {
    case: 26,
    name: 'delete a single stamp',
    run: async (it) => [await it.put([1, 4], [1, 2, 3]), await it.remove([2, 3])],
    rows: [1, 3],
    coverage: ['[1,2)', '[3,4)'],
  },
  {
    case: 27,
    name: 'delete between neighbouring nanoseconds of today',
    run: async (it) => [
      await it.put([T, T + 5n], [T, T + 1n, T + 2n, T + 3n, T + 4n]),
      await it.remove([T + 1n, T + 4n]),
    ],
    rows: [T, T + 4n],
    coverage: [`[${T},${T + 1n})`, `[${T + 4n},${T + 5n})`],
  },
  {
    case: 28,
    name: 'delete from the beginning of time, or to its end',
    run: async (it) => [
      await it.put([S, 5n * S], [S, 2n * S, 3n * S, 4n * S]),
      await it.remove([-(2n ** 63n), 2n * S]),
      await it.remove([3n * S, 2n ** 63n - 1n]),
    ],
    rows: [2n * S],
    coverage: ['[2000000000,3000000000)'],
  },
  {
    case: 29,
    name: 'delete across several writes',
    run: async (it) => {
      for (const at of [1n, 5n, 9n]) await it.put([at * S, (at + 4n) * S], [at * S, (at + 3n) * S])
      await it.remove([4n * S, 11n * S])
    },
    rows: [S, 12n * S],
    coverage: ['[1000000000,4000000000)', '[11000000000,13000000000)'],
  },
  {
    case: 30,
    name: 'delete from inside one write to inside another',
    run: async (it) => {
      for (const at of [1n, 3n, 5n, 7n]) await it.put([at * S, (at + 2n) * S], [at * S, (at + 1n) * S])
      await it.remove([1_500_000_000n, 6_500_000_001n])
    },
    rows: [S, 7n * S, 8n * S],
    coverage: ['[1000000000,1500000000)', '[6500000001,9000000000)'],
  },
  {
    case: 31,
    name: 'delete at zero, and before 1970',
    run: async (it) => [await it.put([-2, 4], [-2, -1, 0, 1, 2, 3]), await it.remove([-1, 2])],
    rows: [-2, 2, 3],
    coverage: ['[-2,-1)', '[2,4)'],
  },
  {
    case: 32,
    name: 'delete outside everything: no commit',
    run: async (it) => {
      expect(await it.remove([1, 9])).toBe(false)
      await it.put([1, 4], [1])
      expect(await it.remove([4, 9])).toBe(false)
      expect(await it.catalog.history(it.series)).toHaveLength(1)
    },
    rows: [1],
    coverage: ['[1,4)'],
  },
  {
    case: 34,
    name: 'delete the first row: covered time without rows stays covered on both sides',
    run: async (it) => [await it.put([1, 51], [20, 30]), await it.remove([10, 26])],
    rows: [30],
    coverage: ['[1,10)', '[26,51)'],
  },
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

describe('conformance: instants', () => {
  test.each(NS_CASES)('$case $name', async ({ run, rows, coverage }) => {
    const { catalog } = await testCatalog()
    const series = new NsSeries(catalog)
    await run(series)
    expect(await series.rows()).toEqual(rows.map(BigInt))
    expect(await series.coverage()).toEqual(coverage)
  })
})
