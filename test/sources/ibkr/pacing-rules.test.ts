import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { estimateMs } from '../../../src/sources/ibkr/pacing/estimate.js'
import {
  candidateOf,
  earliestSlot,
  type LoggedRequest,
  type PacedRequest,
  type PacingMode,
  type Slot,
} from '../../../src/sources/ibkr/pacing/pacing-rules.js'
import { timingAt } from '../../../src/sources/ibkr/pacing/timing.js'
import { type Arrival, violations } from './pacing-gateway.js'
import { minuteBars, smallBars, spread } from './pacing-requests.js'

const TIMING = timingAt(1)

/** The log of requests sent at these seconds. */
function logOf(sent: readonly (readonly [seconds: number, request: PacedRequest])[], mode: PacingMode = 'soft') {
  const log: LoggedRequest[] = []
  for (const [seconds, request] of sent) {
    const candidate = candidateOf(request, `${seconds}`, mode)
    if (candidate !== undefined) log.push({ ...candidate, atMs: seconds * 1000 })
  }
  return log.sort((a, b) => a.atMs - b.atMs)
}

/** When, in seconds, a request may be sent that is ready at `atSeconds`. */
function slot(request: PacedRequest, log: readonly LoggedRequest[], atSeconds = 0, mode: PacingMode = 'soft'): Slot {
  const candidate = candidateOf(request, 'candidate', mode)
  if (candidate === undefined) throw new Error('not counted')
  const { atMs, reason } = earliestSlot(candidate, log, atSeconds * 1000, TIMING)
  return { atMs: atMs / 1000, reason }
}

const at = (seconds: number, requests: readonly PacedRequest[]) => requests.map((it) => [seconds, it] as const)
const FREE = undefined
const BID_ASK = { whatToShow: 'BID_ASK' }

describe('a request is sent', () => {
  test('at once when nothing was asked', () => {
    expect(slot(smallBars(), [], 7)).toEqual({ atMs: 7, reason: FREE })
  })

  test('no sooner than 15 s and the margin after an identical one, whatever its size', () => {
    for (const make of [smallBars, minuteBars]) {
      const request = make({ identity: 'the same' })
      const log = logOf([[0, make({ identity: 'the same', contractKey: 'named otherwise' })]])
      expect(slot(request, log, 3)).toEqual({ atMs: 16, reason: 'IB allows no identical request within 15 s' })
      expect(slot(request, log, 16)).toEqual({ atMs: 16, reason: FREE })
    }
  })

  test('as one of five for a contract and tick type in 2 s and the margin', () => {
    const log = logOf([[0, smallBars()], ...at(1, [smallBars(), smallBars(), smallBars(), smallBars()])])
    const late = { atMs: 3, reason: 'IB allows fewer than 6 requests for the same contract within 2 s' }
    expect(slot(smallBars(), log, 2.5)).toEqual(late)
    expect(slot(minuteBars(), log, 2.5)).toEqual(late)
    expect(slot(smallBars({ contractKey: 'MSFT@SMART' }), log, 2.5).reason).toBe(FREE)
    expect(slot(smallBars({ whatToShow: 'MIDPOINT' }), log, 2.5).reason).toBe(FREE)
  })

  test('as one of two in 2 s when it asks for BID_ASK, which counts twice', () => {
    const log = logOf(at(0, [smallBars(BID_ASK), smallBars(BID_ASK)]))
    expect(slot(smallBars(BID_ASK), log).atMs).toBe(3)
  })

  test('as one of 60 in 10 min and the margin, for bars up to 30 s and for ticks', () => {
    const log = logOf(spread(60, smallBars).map((it, i) => [i, it] as const))
    const late = { atMs: 601, reason: 'IB allows 60 requests within 10 min, and counts BID_ASK twice' }
    expect(slot(smallBars(), log.slice(1), 60).reason).toBe(FREE)
    expect(slot(smallBars(), log, 60)).toEqual(late)
    expect(slot(minuteBars({ kind: 'ticks' }), log, 60)).toEqual(late)
    expect(slot(smallBars({ kind: 'head' }), log, 60)).toEqual(late)
    expect(slot(smallBars(BID_ASK), log, 60)).toEqual({ ...late, atMs: 602 })
    expect(slot(minuteBars(), log, 60).reason).toBe(FREE)
    expect(slot(minuteBars(), log, 60, 'strict')).toEqual(late)
  })

  test('as one of 30 in 10 min when all ask for BID_ASK', () => {
    const log = logOf(spread(30, smallBars).map((it, i) => [i * 2, { ...it, ...BID_ASK }] as const))
    expect(slot(smallBars(), log, 60).atMs).toBe(601)
  })

  test('about once a second for bars of a minute and longer, ten without a wait', () => {
    const log = logOf(at(0, spread(10, minuteBars)))
    expect(slot(minuteBars(), log.slice(1), 5).reason).toBe(FREE)
    const reason = 'about 1 request a second keeps IB from slowing this login down'
    expect(slot(minuteBars(), log, 5)).toEqual({ atMs: 10, reason })
    expect(slot(minuteBars({ kind: 'head' }), log, 5)).toEqual({ atMs: 10, reason })
    expect(slot(minuteBars({ kind: 'schedule', whatToShow: 'SCHEDULE' }), log, 5)).toEqual({ atMs: 10, reason })
  })

  test('for short bars without regard to how many longer ones were asked: IB has lifted the rule for these', () => {
    const log = logOf(spread(300, minuteBars).map((it, i) => [i, it] as const))
    expect(slot(smallBars(), log, 300).reason).toBe(FREE)
    expect(slot(smallBars(), log, 300, 'strict').atMs).toBe(300 - 60 + 601)
  })

  test('by the strict rule for all once one process of the login keeps it, which would else never have its turn', () => {
    const log = [
      ...logOf(spread(59, minuteBars).map((it, i) => [i, it] as const)),
      ...logOf([[300, minuteBars()]], 'strict'),
    ]
    expect(slot(minuteBars(), log, 60).atMs).toBe(601)
  })

  test('so that it takes nobody’s turn who waits already', () => {
    const waiting = logOf([...at(0, spread(60, smallBars)), ...at(601, spread(59, smallBars))])
    expect(slot(smallBars(BID_ASK), waiting).atMs).toBe(1202)
    expect(slot(smallBars(), waiting).atMs).toBe(601)
    const same = smallBars({ identity: 'the same' })
    expect(slot(same, logOf([[20, same]]), 0).reason).toBe(FREE)
    expect(slot(same, logOf([[20, same]]), 5).atMs).toBe(36)
  })

  test('without a rule when it asks for contract details, which are no history', () => {
    expect(candidateOf(smallBars({ kind: 'details' }), 'id', 'strict')).toBeUndefined()
  })
})

describe('whatever is asked in whatever order', () => {
  interface Step {
    readonly request: PacedRequest
    readonly mode: PacingMode
    /** Until the next one is ready. */
    readonly gapMs: number
    /** As parts of the margin: from the stamp to the sending, and on the way. */
    readonly lateness: number
    readonly way: number
  }

  const request: fc.Arbitrary<PacedRequest> = fc.record({
    kind: fc.constantFrom('bars', 'bars', 'bars', 'ticks', 'head', 'schedule', 'details'),
    contractKey: fc.constantFrom('AAPL@SMART', 'MSFT@SMART', 'EUR.USD@IDEALPRO'),
    whatToShow: fc.constantFrom('TRADES', 'TRADES', 'BID_ASK', 'MIDPOINT'),
    identity: fc.nat({ max: 120 }).map(String),
    isSmallBars: fc.boolean(),
  })
  const steps = (mode: fc.Arbitrary<PacingMode>): fc.Arbitrary<Step[]> =>
    fc.array(
      fc.record({
        request,
        mode,
        gapMs: fc.oneof(fc.constant(0), fc.nat({ max: 3_000 }), fc.nat({ max: 60_000 })),
        lateness: fc.double({ min: 0, max: 1, noNaN: true }),
        way: fc.double({ min: 0, max: 1, noNaN: true }),
      }),
      { maxLength: 160, size: 'max' },
    )

  function arrivalsOf(all: readonly Step[], timeScale: number): readonly Arrival[] {
    const timing = timingAt(timeScale)
    const log: LoggedRequest[] = []
    let nowMs = 1_700_000_000_000
    return all.flatMap(({ request: asked, mode, gapMs, lateness, way }, i) => {
      nowMs += Math.round(gapMs / timeScale)
      const candidate = candidateOf(asked, String(i), mode)
      if (candidate === undefined) return []
      const { atMs } = earliestSlot(candidate, log, nowMs, timing)
      log.push({ ...candidate, atMs })
      log.sort((a, b) => a.atMs - b.atMs)
      const arrivedMs = atMs + (lateness + way) * timing.latenessMs * 0.999
      return [{ request: asked, arrivedMs, isStrict: mode === 'strict' }]
    })
  }

  const modes: readonly (readonly [string, fc.Arbitrary<PacingMode>])[] = [
    ['soft', fc.constant('soft')],
    ['strict', fc.constant('strict')],
    ['soft in one process and strict in another', fc.constantFrom('soft', 'soft', 'soft', 'strict')],
  ]
  test.each(modes)('a gateway that goes by the time of arrival sees no breach (%s)', (_, mode) => {
    fc.assert(
      fc.property(steps(mode), fc.constantFrom(1, 3, 200), (all, timeScale) => {
        expect(violations(arrivalsOf(all, timeScale), timeScale)).toEqual([])
      }),
      // The limit is for the search of a shorter example once one has failed.
      { numRuns: 60, interruptAfterTimeLimit: 20_000 },
    )
  })

  test('the gateway of these tests sees breaches', () => {
    const arriving = (requests: readonly (readonly [number, PacedRequest])[], isStrict = false) =>
      violations(requests.map(([seconds, it]) => ({ request: it, arrivedMs: seconds * 1000, isStrict })))
    const same = { identity: 'the same' }
    expect(arriving([...at(0, [smallBars(same)]), ...at(15, [smallBars(same)])])).toHaveLength(1)
    expect(
      arriving(
        at(
          0,
          Array.from({ length: 6 }, () => minuteBars()),
        ),
      ),
    ).toHaveLength(1)
    expect(
      arriving(
        at(
          0,
          Array.from({ length: 3 }, () => smallBars(BID_ASK)),
        ),
      ),
    ).toHaveLength(1)
    expect(arriving(at(0, spread(61, smallBars)))).toHaveLength(1)
    expect(arriving(at(0, spread(61, minuteBars)))).toHaveLength(0)
    expect(arriving(at(0, spread(61, minuteBars)), true)).toHaveLength(1)
  })
})

describe('the estimate of a plan', () => {
  test('is nothing for what need not wait', () => {
    expect(estimateMs([], 'soft', 1)).toBe(0)
    expect(estimateMs([minuteBars(), minuteBars({ kind: 'details' })], 'soft', 1)).toBe(0)
  })

  test('for a year of 1-minute bars, a day a request, is about 4 minutes; by the strict rule 40', () => {
    const year = Array.from({ length: 252 }, () => minuteBars())
    expect(estimateMs(year, 'soft', 1) / 60_000).toBeCloseTo(4, 0)
    expect(estimateMs(year, 'strict', 1) / 60_000).toBeCloseTo(40, 0)
  })

  test('of short bars grows by ten minutes for every 60, of BID_ASK for every 30', () => {
    const plan = Array.from({ length: 301 }, () => smallBars())
    expect(estimateMs(plan, 'soft', 1)).toBe(5 * 601_000)
    const double = Array.from({ length: 301 }, () => smallBars(BID_ASK))
    expect(estimateMs(double, 'soft', 1)).toBe(10 * 601_000)
  })

  test('shrinks with the time scale, but for the margin', () => {
    const plan = Array.from({ length: 61 }, () => smallBars())
    expect(estimateMs(plan, 'soft', 200)).toBe(3_250)
  })

  test('of ten thousand requests is made in no time', () => {
    const startMs = performance.now()
    estimateMs(
      Array.from({ length: 10_000 }, () => minuteBars()),
      'soft',
      1,
    )
    expect(performance.now() - startMs).toBeLessThan(20_000)
  })
})
