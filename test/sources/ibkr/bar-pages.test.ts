import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { barLengthNs, nextBarStartNs, parseBarType } from '../../../src/model/bar-type.js'
import { DAY_NS, MINUTE_NS, parseInstant, SECOND_NS } from '../../../src/model/time.js'
import {
  type BarsPage,
  barsQuery,
  firstBarsPage,
  halvesOf,
  nextBarsPage,
} from '../../../src/sources/ibkr/bars/bar-pages.js'
import { barSizeOf } from '../../../src/sources/ibkr/bars/bar-request.js'
import { barRows, barStampNs } from '../../../src/sources/ibkr/bars/bar-rows.js'
import type { IbBar, IbBarsQuery } from '../../../src/sources/ibkr/transport/transport.js'
import { spans } from '../../support/bars.js'
import { barSeries, span } from './series.js'

const nowNs = parseInstant('2026-11-20T15:00Z')
const minutes = barSeries('1-MINUTE-LAST').barType
const contract = { secType: 'STK', symbol: 'AAPL', exchange: 'SMART' } as const
const queryOf = (barType: string, page: BarsPage): IbBarsQuery =>
  barsQuery({
    contract,
    barSize: barSizeOf(barSeries(barType)),
    whatToShow: 'TRADES',
    useRTH: false,
    page,
    nowNs,
  })

describe('the request of a page', () => {
  test('a session of minutes is asked for in seconds, to its end in UTC', () => {
    const page = firstBarsPage(minutes, span('2024-01-02T14:30Z', '2024-01-02T21:00Z'))
    expect(queryOf('1-MINUTE-LAST', page)).toEqual({
      contract,
      barSize: '1 min',
      whatToShow: 'TRADES',
      useRTH: false,
      endDateTime: '20240102-21:00:00',
      duration: '23400 S',
    })
  })

  test('what ends after now is asked for without an end', () => {
    const page = firstBarsPage(barSeries('1-DAY-LAST').barType, span('2026-11-19', '2026-11-20'))
    expect(queryOf('1-DAY-LAST', page)).toMatchObject({ endDateTime: '', duration: '3 D' })
  })

  test('what ends now says so: the gateway’s clock may be ahead, and seconds are counted from its now', () => {
    const page = firstBarsPage(minutes, span('2026-11-20T14:30Z', '2026-11-20T15:00Z'))
    expect(queryOf('1-MINUTE-LAST', page)).toMatchObject({ endDateTime: '20261120-15:00:00', duration: '1800 S' })
  })

  test('what has to end now reaches from its start to now', () => {
    const page = firstBarsPage(barSeries('1-HOUR-LAST').barType, span('2026-10-01', '2026-10-02'), true)
    expect(queryOf('1-HOUR-LAST', page)).toMatchObject({ endDateTime: '', duration: '8 W' })
  })

  test('more than IB answers safely is asked for in parts', () => {
    const page = firstBarsPage(minutes, span('2024-01-01', '2024-01-10'))
    expect(queryOf('1-MINUTE-LAST', page)).toMatchObject({ endDateTime: '20240110-00:00:00', duration: '86400 S' })
  })
})

describe('the page after it', () => {
  const page = firstBarsPage(minutes, span('2024-01-01', '2024-01-10'))
  const next = (stamps: readonly bigint[], from = page): BarsPage | undefined =>
    nextBarsPage(minutes, '1 min', from, stamps)

  test('there is none when the duration reaches the start, whatever came', () => {
    expect(next([], firstBarsPage(minutes, span('2024-01-02T14:30Z', '2024-01-02T21:00Z')))).toBeUndefined()
  })

  test('there is none of what has to end now', () => {
    expect(next([], { ...page, endsNow: true })).toBeUndefined()
  })

  test('there is none when a bar of the start, or before it, came', () => {
    expect(next([page.startNs, page.endNs - MINUTE_NS])).toBeUndefined()
  })

  test('ends so that the earliest bar comes again, whole', () => {
    const earliest = page.endNs - 90n * MINUTE_NS
    expect(next([page.endNs - MINUTE_NS, earliest])).toEqual({ ...page, endNs: earliest + MINUTE_NS, number: 2 })
  })

  test('goes on before what the duration covered when nothing came of it', () => {
    expect(next([])).toEqual({ ...page, endNs: page.endNs - DAY_NS, number: 2 })
    expect(next([page.endNs - MINUTE_NS])).toEqual({ ...page, endNs: page.endNs - DAY_NS, number: 2 })
    expect(next([page.endNs + MINUTE_NS])).toEqual({ ...page, endNs: page.endNs - DAY_NS, number: 2 })
  })

  test('is refused after a thousand: that gateway does not come to an end', () => {
    expect(() => next([], { ...page, number: 1000 })).toThrow('no end after 1000 pages')
  })
})

describe('half of it', () => {
  const halves = (barType: string, start: string, end: string): readonly string[] =>
    spans(halvesOf(barSeries(barType).barType, span(start, end)) ?? [])

  test('is cut between bars', () => {
    expect(halves('5-MINUTE-LAST', '2024-01-02T14:30Z', '2024-01-02T14:45Z')).toEqual([
      '2024-01-02T14:30:00Z..2024-01-02T14:35:00Z',
      '2024-01-02T14:35:00Z..2024-01-02T14:45:00Z',
    ])
    expect(halves('1-DAY-LAST', '2024-01-02', '2024-01-05')).toEqual([
      '2024-01-02T00:00:00Z..2024-01-03T00:00:00Z',
      '2024-01-03T00:00:00Z..2024-01-05T00:00:00Z',
    ])
  })

  test('there is none of a single bar', () => {
    expect(halves('1-MINUTE-LAST', '2024-01-02T14:30Z', '2024-01-02T14:31Z')).toEqual([])
    expect(halves('1-DAY-LAST', '2024-01-02', '2024-01-03')).toEqual([])
  })
})

const CUT_OFF = 666

/** A gateway with these bars (ascending stamps), that answers as it likes within IB's rules. */
class Answerer {
  readonly asked: string[] = []
  readonly #barType
  readonly #stamps
  readonly #chance: () => number

  constructor(barType: string, stamps: readonly bigint[], chance: () => number) {
    this.#barType = parseBarType(barType)
    this.#stamps = stamps
    this.#chance = chance
  }

  /** @param wholeStartNs from where a request counts as one that covers everything, and is answered in full */
  answer({ endDateTime, duration }: IbBarsQuery, wholeStartNs: bigint): readonly IbBar[] {
    this.asked.push(`${endDateTime} ${duration}`)
    const [, date, time] = /^(\d{8})-([\d:]{8})$/.exec(endDateTime) ?? []
    const endNs = parseInstant(`${date?.replace(/(\d{4})(\d\d)/, '$1-$2-')}T${time}Z`)
    const startNs = endNs - this.#elapsed(duration)
    const inside = this.#stamps.filter((it) => it < endNs && this.#wholeEnd(it) > startNs)
    const isFull = startNs <= wholeStartNs || this.#chance() < 0.5
    // Replies are cut short at their beginning; a handful of bars always comes.
    const sent = isFull ? inside : inside.slice(-Math.max(5, Math.floor(this.#chance() * inside.length)))
    return sent.map((ns, i) => {
      const isCutOff = this.#wholeEnd(ns) > endNs || (i === 0 && (ns < startNs || sent.length < inside.length))
      return this.#bar(ns, isCutOff)
    })
  }

  #elapsed(duration: string): bigint {
    const [count = '', unit = ''] = duration.split(' ')
    // A day may be the evening session only; a month 28 to 31 days; a year may be a leap year.
    const days = {
      D: Number(count) - this.#chance(),
      W: 7 * Number(count),
      M: (28 + 3 * this.#chance()) * Number(count),
    }
    if (unit === 'S') return BigInt(count) * SECOND_NS
    if (unit === 'Y') return BigInt(count) * 365n * DAY_NS
    return BigInt(Math.floor((days[unit as keyof typeof days] ?? 0) * 86_400)) * SECOND_NS
  }

  #wholeEnd(ns: bigint): bigint {
    return nextBarStartNs(this.#barType, ns)
  }

  #bar(ns: bigint, isCutOff: boolean): IbBar {
    const price = isCutOff ? CUT_OFF : 100
    const prices = { open: price, high: price, low: price, close: price }
    const time =
      barLengthNs(this.#barType) === undefined
        ? new Date(Number((this.#wholeEnd(ns) - DAY_NS) / 1_000_000n)).toISOString().slice(0, 10).replaceAll('-', '')
        : String(ns / SECOND_NS)
    return { time, ...prices, volume: '1', wap: '1', count: 1 }
  }
}

describe('paging', () => {
  const FIRST_NS = parseInstant('2015-01-05')
  const cases = [
    { barType: '1-MINUTE-LAST', gridNs: MINUTE_NS, mostUnits: 5 * 1440 },
    { barType: '30-SECOND-LAST', gridNs: 30n * SECOND_NS, mostUnits: 4000 },
    { barType: '5-MINUTE-LAST', gridNs: 5n * MINUTE_NS, mostUnits: 20 * 288 },
    { barType: '1-HOUR-LAST', gridNs: 60n * MINUTE_NS, mostUnits: 100 * 24 },
    { barType: '1-DAY-LAST', gridNs: DAY_NS, mostUnits: 1100 },
    { barType: '1-WEEK-LAST', gridNs: 7n * DAY_NS, mostUnits: 180 },
  ] as const

  test.each(cases)(
    '$barType: all bars of the interval come, whole, and no request is made twice',
    ({ barType, gridNs, mostUnits }) => {
      const series = barSeries(barType)
      const barSize = barSizeOf(series)
      fc.assert(
        fc.property(
          fc.array(fc.integer({ min: 0, max: mostUnits }), { maxLength: 200 }),
          fc.integer({ min: 0, max: mostUnits }),
          fc.integer({ min: 1, max: mostUnits }),
          fc.infiniteStream(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })),
          (units, from, length, chances) => {
            const stamps = [...new Set(units)].sort((a, b) => a - b).map((it) => FIRST_NS + BigInt(it) * gridNs)
            const interval = {
              startNs: FIRST_NS + BigInt(from) * gridNs,
              endNs: FIRST_NS + BigInt(from + length) * gridNs,
            }
            const gateway = new Answerer(barType, stamps, () => chances.next().value ?? 0)
            const pages: (readonly IbBar[])[] = []
            let page: BarsPage | undefined = firstBarsPage(series.barType, interval)
            while (page !== undefined) {
              const bars = gateway.answer(queryOf(barType, page), page.startNs)
              pages.push(bars)
              page = nextBarsPage(
                series.barType,
                barSize,
                page,
                bars.map((it) => barStampNs(series.barType, it.time)),
              )
            }
            const rows = barRows({ barType: series.barType, pages, nowNs, session: 'extended' })
            const inside = rows.filter((it) => {
              const ns = it.ts_event
              return typeof ns === 'bigint' && ns >= interval.startNs && ns < interval.endNs
            })
            const wanted = stamps.filter((it) => it >= interval.startNs && it < interval.endNs)
            expect(inside.map((it) => it.ts_event)).toEqual(wanted)
            expect(inside.filter((it) => it.open === CUT_OFF)).toEqual([])
            expect(new Set(gateway.asked).size).toBe(gateway.asked.length)
          },
        ),
        { numRuns: 150 },
      )
    },
  )
})
