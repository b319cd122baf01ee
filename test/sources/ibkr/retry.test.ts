import { describe, expect, test } from 'vitest'
import { backOffMs } from '../../../src/sources/ibkr/asking/back-off.js'
import { type Next, Tries } from '../../../src/sources/ibkr/asking/retry.js'
import { IbFailure, type IbFailureKind } from '../../../src/sources/ibkr/transport/failure.js'

const NEVER_DOWN = Number.POSITIVE_INFINITY

/** What is done after the same failure, time after time. */
function course(kind: IbFailureKind, times: number, options: { ibCode?: number; downMsAgo?: number } = {}): Next[] {
  const tries = new Tries()
  const { downMsAgo = NEVER_DOWN, ...rest } = options
  return Array.from({ length: times }, () => tries.after(new IbFailure(kind, 'x', rest), downMsAgo))
}

describe('after a failure', () => {
  test.each<[IbFailureKind, readonly Next[]]>([
    ['no-data', ['fail']],
    ['permission', ['fail']],
    ['session', ['fail']],
    ['permanent', ['fail']],
    ['timeout', ['fail']],
    ['retryable', ['back-off', 'back-off', 'fail']],
    ['cancelled', ['back-off', 'fail']],
    ['connection', ['again', 'again', 'again', 'again', 'again', 'fail']],
    ['pacing', Array(8).fill('again')],
  ])('%s: %j', (kind, expected) => expect(course(kind, expected.length)).toEqual(expected))

  test('an unknown contract is asked again near a reset, and believed otherwise', () => {
    expect(course('permanent', 3, { ibCode: 200, downMsAgo: 59_000 })).toEqual(['back-off', 'back-off', 'fail'])
    expect(course('permanent', 1, { ibCode: 200, downMsAgo: 61_000 })).toEqual(['fail'])
    expect(course('permanent', 1, { ibCode: 321, downMsAgo: 0 })).toEqual(['fail'])
  })
})

test('the waits double from a second to a minute, each between half of that and all of it', () => {
  for (const [attempt, fullMs] of [1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000].entries()) {
    for (let i = 0; i < 50; i++) {
      const waitMs = backOffMs(attempt, 1)
      expect(waitMs).toBeGreaterThanOrEqual(fullMs / 2)
      expect(waitMs).toBeLessThanOrEqual(fullMs)
    }
  }
})
