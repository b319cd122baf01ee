import { describe, expect, test } from 'vitest'
import type { Calendar } from '../../src/calendar/calendar.js'
import { CME } from '../../src/calendar/cme.js'
import { openIntervals } from '../../src/calendar/sessions.js'
import { calendarByName } from '../../src/calendar/venues.js'
import { type IntervalSet, intersect, subtract, toIso } from '../../src/model/interval.js'
import { dayOf, formatDay, MINUTE_NS, parseInstant } from '../../src/model/time.js'
import { zoneOf } from '../../src/model/zone.js'
import { dataDir } from '../support/data.js'
import { LeanHours, recordedSessions, sessionsOf } from './records.js'

const ORDINARY = '16:00'
const NO_SESSION = 'none'
const chicago = zoneOf('America/Chicago')
const localDate = (ns: bigint): string => formatDay(dayOf(ns + chicago.offsetAtNs(ns)))
const clock = (ns: bigint): string =>
  new Date(Number((ns + chicago.offsetAtNs(ns)) / 1_000_000n)).toISOString().slice(11, 16)

describe.skipIf(dataDir() === undefined)('CME against exchange_calendars', () => {
  test('has exactly its trade dates and early closes from 1990 to 2027-07-16, and the break from 16:00 to 17:00', () => {
    const recorded = recordedSessions('cmes.csv')
    expect(recorded).toHaveLength(9682)
    // There the day lasts 24 hours.
    const withBreak = recorded.map((it) => {
      const closeNs = parseInstant(it.close)
      return clock(closeNs) === '17:00'
        ? { ...it, close: toIso({ startNs: closeNs - HOUR, endNs: closeNs }).start }
        : it
    })
    expect(sessionsOf(CME, '1990-01-01', '2027-07-17')).toEqual(withBreak)
  })

  const reportFridays = ['2010-04-02', '2012-04-06', '2015-04-03', '2021-04-02', '2023-04-07', '2026-04-03']
  test.each([
    ['CME-ES', [...reportFridays, '2018-12-05', '2025-01-09']],
    ['CME-6E', [...reportFridays, '2018-12-05', '2025-01-09']],
    ['CME-ZN', [...reportFridays, '2025-01-09']],
    ['CME-CL', ['2018-12-05', '2025-01-09']],
  ])('%s has its trade dates, and besides them only Good Fridays with a report and days of mourning', (name, more) => {
    const dates = recordedSessions('cmes.csv').map((it) => it.date)
    const ours = sessionsOf(calendarByName(name), '1990-01-01', '2027-07-17').map((it) => it.date)
    expect(ours).toEqual([...dates, ...more].sort())
  })
})

/** Where the rules and Lean part, and the closes they have: ours, then Lean's. The reasons are in cme-products.ts. */
const SANDY = { '2012-10-29': [ORDINARY, NO_SESSION], '2012-10-30': [ORDINARY, NO_SESSION] }
const CHRISTMAS_2025 = { '2025-12-25': [NO_SESSION, ORDINARY] }
const EQUITIES = {
  ...SANDY,
  '2018-12-05': ['08:30', NO_SESSION],
  '2023-07-03': ['12:15', ORDINARY],
  '2024-07-03': ['12:15', ORDINARY],
  '2024-11-29': ['12:15', ORDINARY],
  '2025-01-09': ['08:30', ORDINARY],
  ...CHRISTMAS_2025,
}
const CURRENCIES = { ...SANDY, '2018-12-05': [ORDINARY, NO_SESSION], '2024-11-29': ['13:45', ORDINARY] }
const PARTINGS: readonly (readonly [string, string, string, Readonly<Record<string, readonly string[]>>])[] = [
  ['CME-ES', 'Future-cme-ES', '2009-01-01', EQUITIES],
  ['CME-ES', 'Future-cme-NQ', '2009-01-01', EQUITIES],
  ['CME-ES', 'Future-cme-MES', '2009-01-01', EQUITIES],
  ['CME-ES', 'Future-cbot-YM', '2009-01-01', { ...EQUITIES, '2025-01-09': ['08:30', NO_SESSION] }],
  ['CME-6E', 'Future-cme-6E', '2009-01-01', CURRENCIES],
  ['CME-6E', 'Future-cme-6J', '2009-01-01', CURRENCIES],
  [
    'CME-ZN',
    'Future-cbot-ZN',
    '2009-01-01',
    {
      '2011-05-30': ['12:00', '10:30'],
      ...SANDY,
      '2024-11-29': ['12:15', ORDINARY],
      '2025-01-09': ['12:15', NO_SESSION],
      ...CHRISTMAS_2025,
    },
  ],
  ['CME-CL', 'Future-nymex-CL', '2009-01-01', { ...CURRENCIES, ...CHRISTMAS_2025 }],
  ['CME-CL', 'Future-comex-MGC', '2009-01-01', { ...CURRENCIES, '2025-01-09': [ORDINARY, NO_SESSION] }],
  [
    'CME-CL',
    'Future-comex-GC',
    '2024-01-01',
    { '2024-11-29': ['13:45', ORDINARY], '2025-01-09': [ORDINARY, NO_SESSION] },
  ],
]

describe.skipIf(dataDir() === undefined)('CME products against Lean', () => {
  test.each(PARTINGS)('%s closes when %s does, every weekday from %s to 2026', (name, key, start, expected) => {
    const range = { startNs: parseInstant(start), endNs: parseInstant('2027-01-01') }
    const lean = new LeanHours(key).open(start, '2027-01-02')
    const calendar = calendarByName(name)
    const found: Record<string, readonly string[]> = {}
    for (let day = dayOf(range.startNs); day < dayOf(range.endNs); day++) {
      if (new Date(day * 86_400_000).getUTCDay() % 6 === 0) continue
      const pair = [closeOf(calendar, day), leanCloseOf(lean, day)]
      if (pair[0] !== pair[1]) found[formatDay(day)] = pair
    }
    expect(found).toEqual(expected)
  })

  test.each([
    ['CME-ES', 'Future-cme-ES'],
    ['CME-6E', 'Future-cme-6E'],
    ['CME-ZN', 'Future-cbot-ZN'],
    ['CME-CL', 'Future-nymex-CL'],
  ])('%s is open in exactly the minutes of %s in months with both changes of the clocks and a holiday', (name, key) => {
    for (const [start, end] of [
      ['2024-01-01', '2024-03-25'],
      ['2025-02-01', '2025-04-01'],
      ['2025-09-01', '2025-12-20'],
      ['2026-01-01', '2026-06-30'],
    ] as const) {
      const range = { startNs: parseInstant(`${start}T12:00:00Z`), endNs: parseInstant(`${end}T12:00:00Z`) }
      const lean = intersect(new LeanHours(key).open(start, `${end}T23:00:00Z`), [range])
      const ours = openIntervals(calendarByName(name), range, 'regular')
      expect(ours.map(toIso)).toEqual(lean.map(toIso))
    }
  })

  // Four weeks of five sessions of 23 hours; equities stop at noon on Memorial Day.
  test.each([
    ['CME-ES', 'Future-cme-ES', 20 * 23 * 60 - 4 * 60],
    ['CME-6E', 'Future-cme-6E', 20 * 23 * 60],
  ])('%s requires exactly the minute stamps of %s in May 2025: %i', (name, key, count) => {
    const may = { startNs: parseInstant('2025-05-04'), endNs: parseInstant('2025-06-01') }
    const stamps = minutesOf(intersect(new LeanHours(key).open('2025-05-03', '2025-06-02'), [may]))
    expect(stamps).toHaveLength(count)
    expect(minutesOf(openIntervals(calendarByName(name), may, 'regular'))).toEqual(stamps)
  })

  test('6E differs from Lean in the evenings around closed days and on the day of mourning, and in no other minute, 2016 to 2019', () => {
    const years = { startNs: parseInstant('2016-01-04'), endNs: parseInstant('2020-01-01T00:00:00-06:00') }
    const lean = intersect(new LeanHours('Future-cme-6E').open('2016-01-03', '2020-01-02'), [years])
    const ours = openIntervals(calendarByName('CME-6E'), years, 'regular')
    const evenings = (set: IntervalSet): readonly string[] =>
      set.map((it) => `${localDate(it.startNs)} ${clock(it.startNs)}-${clock(it.endNs)}`)
    // Lean keeps the evening that would open a closed date (but for Christmas of 2016) ...
    const eves = ['2016-03-24', '2017-01-01', '2017-04-13', '2017-12-24', '2017-12-31', '2018-03-29']
    const later = ['2018-12-31', '2019-04-18', '2019-12-31']
    expect(evenings(subtract(lean, ours))).toEqual([...eves, ...later].map((it) => `${it} 17:00-00:00`))
    // ... and loses the one that opens the date after it.
    expect(evenings(subtract(ours, lean))).toEqual([
      '2016-12-26 17:00-00:00',
      '2017-01-02 17:00-00:00',
      '2017-12-25 17:00-00:00',
      '2018-01-01 17:00-00:00',
      '2018-12-05 00:00-16:00',
      '2018-12-05 17:00-00:00',
      '2018-12-25 17:00-00:00',
      '2019-01-01 17:00-00:00',
      '2019-12-25 17:00-00:00',
    ])
  })
})

function closeOf(calendar: Calendar, day: number): string {
  const last = calendar.tradingDay(day)?.regular.at(-1)
  return last === undefined ? NO_SESSION : clock(last.endNs)
}

/** The close of the session that is open at 05:00 Chicago time. */
function leanCloseOf(lean: IntervalSet, day: number): string {
  const [morningNs = 0n] = chicago.instantsOf(BigInt(day) * 24n * HOUR + 5n * HOUR)
  const session = lean.find((it) => it.startNs <= morningNs && morningNs < it.endNs)
  return session === undefined ? NO_SESSION : clock(session.endNs)
}

function minutesOf(set: IntervalSet): readonly bigint[] {
  const stamps: bigint[] = []
  for (const it of set) for (let ns = it.startNs; ns < it.endNs; ns += MINUTE_NS) stamps.push(ns)
  return stamps
}

const HOUR = 60n * MINUTE_NS
