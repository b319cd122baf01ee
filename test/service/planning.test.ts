import { describe, expect, test } from 'vitest'
import { NO_CALENDAR } from '../../src/calendar/always-open.js'
import type { Calendar } from '../../src/calendar/calendar.js'
import { XNYS } from '../../src/calendar/xnys.js'
import type { Interval } from '../../src/model/interval.js'
import { parseSeries } from '../../src/model/series.js'
import { parseInstant } from '../../src/model/time.js'
import { groupGaps } from '../../src/service/historical-source.js'
import { cutAtSessions } from '../../src/service/stretches.js'
import { spans } from '../support/bars.js'

/** `[0,10] [20,30]` as intervals of nanoseconds. */
const gaps = (...pairs: readonly (readonly [number, number])[]): readonly Interval[] =>
  pairs.map(([start, end]) => ({ startNs: BigInt(start), endNs: BigInt(end) }))

describe('groupGaps', () => {
  test.each([
    ['nothing is asked for nothing', gaps(), gaps()],
    ['gaps near each other share a request', gaps([0, 10], [15, 20]), gaps([0, 20])],
    ['gaps exactly as far apart as allowed share one', gaps([0, 10], [16, 20]), gaps([0, 20])],
    ['gaps further apart do not', gaps([0, 10], [17, 20]), gaps([0, 10], [17, 20])],
    ['a request never spans more than the limit', gaps([0, 10], [12, 50], [52, 101]), gaps([0, 50], [52, 101])],
    ['a request may span exactly the limit', gaps([0, 50], [52, 100]), gaps([0, 100])],
    ['a long gap is split, its last piece short', gaps([0, 250]), gaps([0, 100], [100, 200], [200, 250])],
    ['a gap of the limit is one request', gaps([5, 105]), gaps([5, 105])],
    ['the next gap joins the last piece of a split one', gaps([0, 150], [152, 160]), gaps([0, 100], [100, 160])],
  ])('%s', (_, given, requests) => {
    expect(groupGaps(given, 100n, 6n)).toEqual(requests)
  })
})

describe('cutAtSessions', () => {
  const cut = (barType: string, calendar: Calendar, start: string, end: string): readonly string[] =>
    spans(
      cutAtSessions(parseSeries({ type: 'bars', instrument: 'A.B', barType }), calendar, {
        startNs: parseInstant(start),
        endNs: parseInstant(end),
      }),
    )

  test('leaves the gap of one session as it is', () => {
    expect(cut('1-MINUTE-LAST', XNYS, '2024-01-03T14:30:00Z', '2024-01-03T21:00:00Z')).toHaveLength(1)
  })

  test('gives each session with the closed time after it, over a weekend too', () => {
    expect(cut('1-MINUTE-LAST', XNYS, '2024-01-04T21:00:00Z', '2024-01-08T21:00:00Z')).toEqual([
      '2024-01-04T21:00:00Z..2024-01-05T09:00:00Z',
      '2024-01-05T09:00:00Z..2024-01-08T09:00:00Z',
      '2024-01-08T09:00:00Z..2024-01-08T21:00:00Z',
    ])
  })

  test('cuts at UTC midnight where it is always open', () => {
    expect(cut('1-HOUR-LAST', NO_CALENDAR, '2024-01-05T12:00:00Z', '2024-01-07T12:00:00Z')).toEqual([
      '2024-01-05T12:00:00Z..2024-01-06T00:00:00Z',
      '2024-01-06T00:00:00Z..2024-01-07T00:00:00Z',
      '2024-01-07T00:00:00Z..2024-01-07T12:00:00Z',
    ])
  })

  test('never cuts a bar in two', () => {
    expect(cut('4-HOUR-LAST', XNYS, '2024-01-03T00:00:00Z', '2024-01-05T00:00:00Z')).toEqual([
      '2024-01-03T00:00:00Z..2024-01-03T08:00:00Z',
      '2024-01-03T08:00:00Z..2024-01-04T08:00:00Z',
      '2024-01-04T08:00:00Z..2024-01-05T00:00:00Z',
    ])
  })

  test('cuts daily bars at trade dates', () => {
    expect(cut('1-DAY-LAST', XNYS, '2024-01-04', '2024-01-10')).toEqual([
      '2024-01-04T00:00:00Z..2024-01-05T00:00:00Z',
      '2024-01-05T00:00:00Z..2024-01-08T00:00:00Z',
      '2024-01-08T00:00:00Z..2024-01-09T00:00:00Z',
      '2024-01-09T00:00:00Z..2024-01-10T00:00:00Z',
    ])
  })
})
