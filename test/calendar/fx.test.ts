import { describe, expect, test } from 'vitest'
import { FX } from '../../src/calendar/fx.js'
import { openIntervals, tradeDatesIn } from '../../src/calendar/sessions.js'
import { type Interval, intersect, normalize, subtract, toIso } from '../../src/model/interval.js'
import { DAY_NS, formatDay, parseInstant } from '../../src/model/time.js'
import { dataDir } from '../support/data.js'
import { LeanHours } from './records.js'

const range = (start: string, end: string) => ({ startNs: parseInstant(start), endNs: parseInstant(end) })

function open(start: string, end: string): readonly string[] {
  return openIntervals(FX, range(start, end), 'regular')
    .map(toIso)
    .map((it) => `${it.start.slice(5, 16)} ${it.end.slice(5, 16)}`)
}

test('a week is one stretch from Sunday 17:00 to Friday 17:00 New York time, an hour earlier in UTC in summer', () => {
  expect(open('2024-03-02', '2024-03-16')).toEqual(['03-03T22:00 03-08T22:00', '03-10T21:00 03-15T21:00'])
  expect(open('2024-10-26', '2024-11-09')).toEqual(['10-27T21:00 11-01T21:00', '11-03T22:00 11-08T22:00'])
})

test('the trade date is the date of the 17:00 close', () => {
  expect(tradeDatesIn(FX, range('2024-01-05', '2024-01-10')).map(formatDay)).toEqual([
    '2024-01-05',
    '2024-01-08',
    '2024-01-09',
  ])
  const monday = FX.tradingDay(tradeDatesIn(FX, range('2024-01-08', '2024-01-09'))[0] as number)
  expect(monday?.regular.map(toIso)).toEqual([{ start: '2024-01-07T22:00:00Z', end: '2024-01-08T22:00:00Z' }])
  expect(monday?.extended).toEqual(monday?.regular)
})

test('Christmas and New Year are closed from 17:00 of the eve to 17:00 of the day', () => {
  expect(open('2024-12-24', '2025-01-03')).toEqual([
    '12-24T00:00 12-24T22:00',
    '12-25T22:00 12-27T22:00',
    '12-29T22:00 12-31T22:00',
    '01-01T22:00 01-03T00:00',
  ])
})

test('Christmas on a Sunday takes no Monday', () => {
  expect(open('2022-12-24', '2022-12-27')).toEqual(['12-25T22:00 12-27T00:00'])
})

test('everything is open before 2005 and from 2050 on', () => {
  expect(open('2004-12-25', '2005-01-04')).toEqual(['12-25T00:00 01-01T00:00', '01-02T22:00 01-04T00:00'])
  expect(open('2049-12-31T21:00:00Z', '2050-01-03')).toEqual(['12-31T21:00 12-31T22:00', '01-01T00:00 01-03T00:00'])
})

describe.skipIf(dataDir() === undefined)('FX against Lean', () => {
  test('is open exactly when Interactive Brokers is, but for Christmas and New Year, from 2005 to 2026', () => {
    const all = range('2005-01-03', '2026-12-31')
    const lean = intersect(new LeanHours('Forex-interactivebrokers-[*]').open('2005-01-01', '2027-01-02'), [all])
    const years = Array.from({ length: 22 }, (_, i) => 2005 + i)
    const holidays = normalize(years.flatMap((year) => [newYorkDay(`${year}-01-01`), newYorkDay(`${year}-12-25`)]))
    expect(lean.length).toBeGreaterThan(1140)
    expect(openIntervals(FX, all, 'regular')).toEqual(subtract(lean, holidays))
  })

  test('has no session on seven Christmases and New Years on which OANDA is closed at noon', () => {
    const lean = new LeanHours('Forex-oanda-[*]').open('2018-12-01', '2025-12-31')
    for (const date of [
      '2018-12-25',
      '2019-01-01',
      '2019-12-25',
      '2020-01-01',
      '2024-12-25',
      '2025-01-01',
      '2025-12-25',
    ]) {
      const noonNs = parseInstant(`${date}T17:00:00Z`)
      expect([date, lean.some((it) => it.startNs <= noonNs && noonNs < it.endNs)]).toEqual([date, false])
      expect([date, tradeDatesIn(FX, { startNs: parseInstant(date), endNs: parseInstant(date) + 1n })]).toEqual([
        date,
        [],
      ])
    }
  })
})

/** From 17:00 of the evening before to 17:00 in winter. */
function newYorkDay(date: string): Interval {
  const endNs = parseInstant(`${date}T17:00:00-05:00`)
  return { startNs: endNs - DAY_NS, endNs }
}
