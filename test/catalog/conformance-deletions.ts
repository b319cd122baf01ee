import { expect } from 'vitest'
import type { NsCase } from './conformance-instants.js'

const S = 1_000_000_000n
const T = 1_704_067_200_000_000_000n

/** Deletions, to the nanosecond; what is left is the remainder and nothing else. */
export const DELETION_CASES: readonly NsCase[] = [
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
]
