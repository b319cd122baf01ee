import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { SourceRejectedError } from '../../../src/model/errors.js'
import { parseSeries } from '../../../src/model/series.js'
import { parseInstant, SECOND_NS } from '../../../src/model/time.js'
import {
  startTicks,
  type TickPage,
  type TickRun,
  type TickSurplus,
  takeTicks,
  ticksOf,
  ticksQuery,
} from '../../../src/sources/ibkr/ticks/tick-pages.js'
import { planTicks } from '../../../src/sources/ibkr/ticks/tick-plan.js'
import { spans } from '../../support/bars.js'
import { span } from './series.js'

interface Tick {
  readonly time: number
  readonly place: number
}

const BASE = 1_704_205_800
const nowNs = parseInstant('2026-11-20')
const seconds = (from: number, to: number) => ({
  startNs: BigInt(BASE + from) * SECOND_NS,
  endNs: BigInt(BASE + to) * SECOND_NS,
})
/** As many ticks in each second, from the first on, as the counts say. */
const tape = (counts: readonly number[]): readonly Tick[] => {
  const ticks = counts.flatMap((count, second) => Array.from({ length: count }, () => BASE + second))
  return ticks.map((time, place) => ({ time, place }))
}

interface Rules {
  /** A page ends with the whole of its last second, as IB says; else it is cut at the number asked for. */
  readonly isWhole: boolean
  /** The first second of the second session: no page goes on into it. */
  readonly secondSession: number
}

/** The ticks of a page, as a gateway with these rules gives them. */
function pageOf(ticks: readonly Tick[], { startSecond, numberOfTicks }: TickPage, rules: Rules): readonly Tick[] {
  const border = BASE + rules.secondSession
  const from = ticks.filter((it) => it.time >= startSecond)
  const isFirst = (from[0]?.time ?? border) < border
  const session = isFirst ? from.filter((it) => it.time < border) : from
  const cut = session.slice(0, numberOfTicks)
  const lastTime = cut.at(-1)?.time
  return rules.isWhole ? session.filter((it, i) => i < numberOfTicks || it.time === lastTime) : cut
}

interface Outcome {
  readonly run: TickRun<Tick>
  readonly asked: readonly string[]
}

function askAll(ticks: readonly Tick[], rules: Rules, start: TickRun<Tick>): Outcome {
  let run = start
  const asked: string[] = []
  while (run.next !== undefined) {
    asked.push(`${run.next.startSecond} ${run.next.numberOfTicks}`)
    run = takeTicks(run, pageOf(ticks, run.next, rules))
  }
  return { run, asked }
}

const WHOLE: Rules = { isWhole: true, secondSession: 1e6 }
const CUT: Rules = { isWhole: false, secondSession: 1e6 }
const places = (run: TickRun<Tick>): readonly number[] => ticksOf(run).map((it) => it.place)

describe('a page', () => {
  const start = startTicks<Tick>(seconds(0, 10), nowNs)

  test('is asked for forwards, from the first whole second', () => {
    expect(start.next).toEqual({ startSecond: BASE, numberOfTicks: 1000 })
    const half = startTicks<Tick>(
      { startNs: BigInt(BASE) * SECOND_NS + 1n, endNs: BigInt(BASE + 9) * SECOND_NS + 1n },
      nowNs,
    )
    expect(half).toMatchObject({ startSecond: BASE + 1, endSecond: BASE + 10 })
  })

  test('of exactly the number asked for is asked for again from its last second', () => {
    const run = takeTicks(start, tape([600, 400]))
    expect(run.next).toEqual({ startSecond: BASE + 1, numberOfTicks: 1000 })
    expect(places(run)).toHaveLength(600)
  })

  test('that is longer ends with a whole second, and one that is shorter too', () => {
    expect(takeTicks(start, tape([600, 401])).next?.startSecond).toBe(BASE + 2)
    expect(takeTicks(start, tape([600, 1])).next?.startSecond).toBe(BASE + 2)
  })

  test('without ticks ends the run', () => {
    expect(takeTicks(start, [])).toMatchObject({ next: undefined, kept: [] })
  })

  test('that reaches past the interval ends the run', () => {
    expect(takeTicks(start, tape([1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1])).next).toBeUndefined()
  })

  test('with ticks from before what was asked, or out of order, is put right', () => {
    const [a, b, c, d] = tape([1, 2, 1]) as [Tick, Tick, Tick, Tick]
    const run = takeTicks(takeTicks(start, [a]), [d, b, a, c])
    expect(places(run)).toEqual([0, 1, 2, 3])
  })

  test('after the last changes nothing', () => {
    const done = takeTicks(start, [])
    expect(takeTicks(done, tape([5]))).toBe(done)
  })
})

describe('a second with as many ticks as a page', () => {
  test('is asked for with one less: a gateway that completes seconds sends more than that', () => {
    const { run, asked } = askAll(tape([3, 1000, 2]), WHOLE, startTicks(seconds(0, 3), nowNs))
    expect(places(run)).toHaveLength(1005)
    expect(asked).toEqual([`${BASE} 1000`, `${BASE + 2} 1000`])
    const alone = askAll(tape([1000, 2]), WHOLE, startTicks(seconds(0, 2), nowNs))
    expect(alone.asked).toEqual([`${BASE} 1000`, `${BASE} 999`, `${BASE + 1} 1000`])
    expect(places(alone.run)).toHaveLength(1002)
  })

  test('is refused where a gateway cuts pages: the rest of it could not be asked for', () => {
    const ask = (): Outcome => askAll(tape([1, 1500]), CUT, startTicks(seconds(0, 2), nowNs))
    expect(ask).toThrow(SourceRejectedError)
    expect(ask).toThrow('the second 2024-01-02T14:30:01Z has more ticks than')
  })
})

describe('all ticks come, each once, in their order, and no request is made twice', () => {
  const anyRules = fc.record({ isWhole: fc.boolean(), secondSession: fc.integer({ min: 0, max: 12 }) })
  const anyCounts = fc.array(
    fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 5 }), fc.integer({ min: 300, max: 999 }), fc.constant(500)),
    { maxLength: 12 },
  )
  const anySpan = fc.tuple(fc.integer({ min: 0, max: 11 }), fc.integer({ min: 1, max: 12 }))

  test('whatever the pages are like', () => {
    fc.assert(
      fc.property(anyCounts, anyRules, anySpan, (counts, rules, [from, length]) => {
        const ticks = tape(counts)
        const { run, asked } = askAll(ticks, rules, startTicks(seconds(from, from + length), nowNs))
        const wanted = ticks.filter((it) => it.time >= BASE + from && it.time < BASE + from + length)
        expect(places(run)).toEqual(wanted.map((it) => it.place))
        expect(new Set(asked).size).toBe(asked.length)
      }),
      { numRuns: 300 },
    )
  })

  test('seconds of any size too, where they come whole', () => {
    const anySecond = fc.oneof(fc.integer({ min: 0, max: 2500 }), fc.constantFrom(0, 999, 1000, 1001, 2000))
    fc.assert(
      fc.property(fc.array(anySecond, { maxLength: 6 }), (counts) => {
        const ticks = tape(counts)
        const { run } = askAll(ticks, WHOLE, startTicks(seconds(0, 6), nowNs))
        expect(places(run)).toEqual(ticks.map((it) => it.place))
      }),
      { numRuns: 100 },
    )
  })

  test('an interval in pieces brings the same, with no more requests when each takes what the last had left over', () => {
    fc.assert(
      fc.property(anyCounts, anyRules, fc.array(fc.integer({ min: 1, max: 12 })), (counts, rules, cuts) => {
        const ticks = tape(counts)
        const edges = [...new Set([0, ...cuts, 13])].sort((a, b) => a - b)
        const inPieces = (isHandedOn: boolean): { places: readonly number[]; requests: number } => {
          let surplus: TickSurplus<Tick> | undefined
          const brought = edges.slice(1).map((to, i) => {
            const start = startTicks(seconds(edges[i] ?? 0, to), nowNs, isHandedOn ? surplus : undefined)
            const { run, asked } = askAll(ticks, rules, start)
            surplus = run.surplus
            return { places: places(run), requests: asked.length }
          })
          return {
            places: brought.flatMap((it) => it.places),
            requests: brought.reduce((sum, it) => sum + it.requests, 0),
          }
        }
        const [handedOn, apart] = [inPieces(true), inPieces(false)]
        expect(handedOn.places).toEqual(ticks.map((it) => it.place))
        expect(apart.places).toEqual(handedOn.places)
        expect(handedOn.requests).toBeLessThanOrEqual(apart.requests)
      }),
      { numRuns: 200 },
    )
  })

  test('what is left over does not serve an interval that begins before it, or after', () => {
    const surplus = { fromSecond: BASE + 3, toSecond: BASE + 5, ticks: tape([0, 0, 0, 1, 1]) }
    for (const from of [2, 5]) {
      expect(startTicks(seconds(from, 9), nowNs, surplus)).toMatchObject({
        kept: [],
        next: { startSecond: BASE + from },
      })
    }
    expect(places(startTicks(seconds(4, 9), nowNs, surplus))).toEqual([1])
  })

  test('a day of a stock that hardly trades is one page, and one to see that nothing follows', () => {
    const ticks = tape(Array.from({ length: 23_400 }, (_, i) => (i % 600 === 0 ? 1 : 0)))
    let surplus: TickSurplus<Tick> | undefined
    let requests = 0
    for (let from = 0; from < 23_400; from += 3600) {
      const outcome = askAll(ticks, WHOLE, startTicks(seconds(from, Math.min(from + 3600, 23_400)), nowNs, surplus))
      surplus = outcome.run.surplus
      requests += outcome.asked.length
    }
    expect(requests).toBe(2)
  })
})

describe('the second that is under way', () => {
  const now = BigInt(BASE + 5) * SECOND_NS + SECOND_NS / 2n

  test('is not asked for, and what came of it is neither kept nor left over', () => {
    const { run } = askAll(tape([1, 1, 1, 1, 1, 1]), WHOLE, startTicks(seconds(0, 10), now))
    expect(places(run)).toEqual([0, 1, 2, 3, 4])
    expect(run.surplus).toBeUndefined()
    const early = askAll(tape([1, 1, 1, 1, 1, 1]), WHOLE, startTicks(seconds(0, 3), now)).run
    expect(early.surplus).toMatchObject({ fromSecond: BASE + 3, toSecond: BASE + 5 })
  })

  test('nothing is asked for where nothing is over', () => {
    expect(startTicks(seconds(5, 10), now).next).toBeUndefined()
  })
})

test('the request of a page names its start in UTC', () => {
  const contract = { secType: 'STK', symbol: 'AAPL', exchange: 'SMART' } as const
  expect(ticksQuery({ startSecond: BASE, numberOfTicks: 1000 }, { contract, whatToShow: 'TRADES' })).toEqual({
    contract,
    startDateTime: '20240102-14:30:00',
    endDateTime: '',
    numberOfTicks: 1000,
    whatToShow: 'TRADES',
    useRTH: false,
  })
})

describe('the plan', () => {
  const trades = { ...parseSeries({ type: 'trades', instrument: 'AAPL.NASDAQ' }), type: 'trades' } as const

  test('is by the hour, and a session is not joined with the next', () => {
    const gaps = [span('2024-01-02T14:30Z', '2024-01-02T16:00Z'), span('2024-01-02T16:01Z', '2024-01-02T16:02Z')]
    expect(spans(planTicks(trades, gaps, 'STK'))).toEqual([
      '2024-01-02T14:30:00Z..2024-01-02T15:30:00Z',
      '2024-01-02T15:30:00Z..2024-01-02T16:00:00Z',
      '2024-01-02T16:01:00Z..2024-01-02T16:02:00Z',
    ])
  })

  test('refuses what IB does not have, and what would take weeks', () => {
    expect(() => planTicks(trades, [], 'CASH')).toThrow('has no trades of CASH')
    expect(() => planTicks(trades, [span('2020-01-01', '2026-01-01')], 'CRYPTO')).toThrow('takes 52608 requests')
  })
})
