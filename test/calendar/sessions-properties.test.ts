import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ALWAYS_OPEN } from '../../src/calendar/always-open.js'
import type { Calendar, SessionKind } from '../../src/calendar/calendar.js'
import { CME } from '../../src/calendar/cme.js'
import { CME_PRODUCT_CALENDARS } from '../../src/calendar/cme-products.js'
import { FX } from '../../src/calendar/fx.js'
import { openIntervals, sessionsIn, tradeDatesIn } from '../../src/calendar/sessions.js'
import { XLON } from '../../src/calendar/xlon.js'
import { XNYS } from '../../src/calendar/xnys.js'
import { type Interval, intersect, normalize, subtract } from '../../src/model/interval.js'
import { DAY_NS, dayOf, MINUTE_NS, parseInstant, startOfDayNs } from '../../src/model/time.js'
import { EVENING } from './evening.js'

/** Around both ends of what a calendar knows, where its rules meet the open years, and somewhere inside. */
const anchors: readonly { readonly calendar: Calendar; readonly at: string }[] = [
  { calendar: XNYS, at: '1990-01-01' },
  { calendar: XNYS, at: '2001-09-11' },
  { calendar: XNYS, at: '2024-03-10' },
  { calendar: XNYS, at: '2050-01-01' },
  { calendar: EVENING, at: '2023-01-01' },
  { calendar: EVENING, at: '2024-01-15' },
  { calendar: EVENING, at: '2025-01-01' },
  { calendar: ALWAYS_OPEN, at: '1970-01-01' },
  { calendar: XLON, at: '1990-01-01' },
  { calendar: XLON, at: '2022-06-02' },
  { calendar: XLON, at: '2050-01-01' },
  { calendar: FX, at: '2005-01-01' },
  { calendar: FX, at: '2024-12-25' },
  { calendar: FX, at: '2050-01-01' },
  { calendar: CME, at: '1990-01-01' },
  { calendar: CME, at: '2024-03-10' },
  { calendar: CME, at: '2050-01-01' },
  ...CME_PRODUCT_CALENDARS.flatMap((calendar) =>
    ['1990-01-01', '2012-11-19', '2015-09-21', '2024-12-25', '2050-01-01'].map((at) => ({ calendar, at })),
  ),
]
const kinds: readonly SessionKind[] = ['regular', 'extended']

const minutes = (max: number) => fc.integer({ min: 0, max }).map((it) => BigInt(it) * MINUTE_NS)
const cases = fc
  .record({
    anchor: fc.constantFrom(...anchors),
    kind: fc.constantFrom(...kinds),
    before: minutes(20_000),
    lead: minutes(20_000),
    length: minutes(20_000),
    tail: minutes(20_000),
  })
  .map(({ anchor: { calendar, at }, kind, before, lead, length, tail }) => {
    const startNs = parseInstant(at) - before
    const range = { startNs, endNs: startNs + length + 1n }
    return { calendar, kind, range, wider: { startNs: startNs - lead, endNs: range.endNs + tail } }
  })

describe('for every calendar and range', () => {
  test('openIntervals of a range are those of a wider one, cut', () => {
    fc.assert(
      fc.property(cases, ({ calendar, kind, range, wider }) => {
        const cut = intersect(openIntervals(calendar, wider, kind), [range])
        expect(openIntervals(calendar, range, kind)).toEqual(cut)
      }),
    )
  })

  test('openIntervals are the trading days of a month around, put together', () => {
    fc.assert(
      fc.property(cases, ({ calendar, kind, range }) => {
        expect(openIntervals(calendar, range, kind)).toEqual(openByDays(calendar, range, kind))
      }),
    )
  })

  test('sessionsIn are openIntervals, only not joined', () => {
    fc.assert(
      fc.property(cases, ({ calendar, kind, range }) => {
        const sessions = sessionsIn(calendar, range, kind)
        expect(normalize(sessions)).toEqual(openIntervals(calendar, range, kind))
        for (const [i, it] of sessions.entries()) {
          expect(it.startNs < it.endNs).toBe(true)
          expect(i === 0 || it.startNs >= (sessions[i - 1] as Interval).endNs).toBe(true)
        }
      }),
    )
  })

  test('the regular session lies inside the extended one', () => {
    fc.assert(
      fc.property(cases, ({ calendar, range }) => {
        const outside = subtract(openIntervals(calendar, range, 'regular'), openIntervals(calendar, range, 'extended'))
        expect(outside).toEqual([])
      }),
    )
  })

  test('trade dates of two ranges that touch are those of both together', () => {
    fc.assert(
      fc.property(cases, ({ calendar, range, wider }) => {
        const left = tradeDatesIn(calendar, { startNs: wider.startNs - DAY_NS, endNs: range.startNs })
        const right = tradeDatesIn(calendar, range)
        const both = tradeDatesIn(calendar, { startNs: wider.startNs - DAY_NS, endNs: range.endNs })
        expect([...left, ...right]).toEqual(both)
      }),
    )
  })
})

function openByDays(calendar: Calendar, range: Interval, kind: SessionKind): readonly Interval[] {
  const parts: Interval[] = []
  for (let day = dayOf(range.startNs) - 30; startOfDayNs(day) < range.endNs + 30n * DAY_NS; day++) {
    parts.push(...(calendar.tradingDay(day)?.[kind] ?? []))
  }
  return intersect(normalize(parts), [range])
}
