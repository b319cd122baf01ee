import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { inflateRawSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { tradeDatesIn } from '../../src/calendar/sessions.js'
import { XNYS } from '../../src/calendar/xnys.js'
import { dayOf, epochDay, formatDay, formatInstant, parseInstant, startOfDayNs } from '../../src/model/time.js'
import { dataDir } from '../support/data.js'

const root = dataDir()

describe.skipIf(root === undefined)('XNYS against the record', () => {
  test('has exactly the sessions of exchange_calendars from 1990 to 2023-01-13, to the second', () => {
    const recorded = lines('calendar/xnys.csv')
      .slice(1)
      .map((line) => {
        const [date = '', open = '', close = ''] = line.split(',')
        return [date.slice(0, 10), open, close].join(' ')
      })
    expect(recorded).toHaveLength(8324)
    expect(sessionsAsText('1990-01-01', '2023-01-14')).toEqual(recorded)
  })

  test('is closed on exactly the holidays of Lean, and half days are its early closes, from 2000 to 2028', () => {
    const { holidays, earlyCloses } = leanHours()
    const end = parseInstant('2029-01-01')
    for (let day = dayOf(parseInstant('2000-01-01')); startOfDayNs(day) < end; day++) {
      const date = formatDay(day)
      const isWeekday = new Date(date).getUTCDay() % 6 !== 0
      const session = XNYS.tradingDay(day)?.regular[0]
      expect([date, session !== undefined]).toEqual([date, isWeekday && !holidays.has(day)])
      if (session === undefined) continue
      expect([date, newYorkTime(session.endNs)]).toEqual([date, earlyCloses.get(day) ?? '16:00:00'])
    }
  })

  test('has a trade date for every daily bar of SPY from 1998 to 2021, and no other', () => {
    const dates = unzip('lean/daily/spy.zip')
      .split(/\r?\n/)
      .filter((line) => line !== '')
      .map((line) => line.replace(/^(\d{4})(\d\d)(\d\d) .*/, '$1-$2-$3'))
    expect(dates.length).toBeGreaterThan(5_800)
    expect(datesIn('1998-01-02', '2021-04-01')).toEqual(dates)
  })

  test('has a trade date for every daily bar of AAPL from 2004 to 2018, and no other', () => {
    const dates = lines('bars/yahoofinance-AAPL-20040819-20180120.csv')
      .slice(1)
      .map((line) => line.slice(0, 10))
    expect(dates.length).toBeGreaterThan(3_300)
    expect(datesIn('2004-08-19', `${dates.at(-1)}T00:00:01Z`)).toEqual(dates)
  })
})

function sessionsAsText(start: string, end: string): string[] {
  return tradeDatesIn(XNYS, { startNs: parseInstant(start), endNs: parseInstant(end) }).flatMap((day) => {
    const sessions = XNYS.tradingDay(day)?.regular ?? []
    return sessions.map((it) => [formatDay(day), formatInstant(it.startNs), formatInstant(it.endNs)].join(' '))
  })
}

function datesIn(start: string, end: string): string[] {
  return tradeDatesIn(XNYS, { startNs: parseInstant(start), endNs: parseInstant(end) }).map(formatDay)
}

function leanHours(): { holidays: ReadonlySet<number>; earlyCloses: ReadonlyMap<number, string> } {
  const database = JSON.parse(readFileSync(file('calendar/lean_market-hours-database.json'), 'utf8'))
  const hours: { holidays: string[]; earlyCloses: Record<string, string> } = database.entries['Equity-usa-[*]']
  return {
    holidays: new Set(hours.holidays.map(leanDay)),
    earlyCloses: new Map(Object.entries(hours.earlyCloses).map(([date, close]) => [leanDay(date), close])),
  }
}

/** `12/5/2018` and `12/05/2018` both occur. */
function leanDay(text: string): number {
  const [month = 0, date = 0, year = 0] = text.split('/').map(Number)
  const day = epochDay(year, month, date)
  if (day === undefined) throw new Error(`not a date: ${text}`)
  return day
}

/** The New York wall clock, worked out by the platform and not by the code under test. */
function newYorkTime(ns: bigint): string {
  return new Date(Number(ns / 1_000_000n)).toLocaleTimeString('en-GB', { timeZone: 'America/New_York' })
}

function lines(path: string): string[] {
  return readFileSync(file(path), 'utf8')
    .split(/\r?\n/)
    .filter((line) => line !== '')
}

/** The first member of a zip. */
function unzip(path: string): string {
  const bytes = readFileSync(file(path))
  const bodyAt = 30 + bytes.readUInt16LE(26) + bytes.readUInt16LE(28)
  return inflateRawSync(bytes.subarray(bodyAt)).toString('utf8')
}

function file(path: string): string {
  return join(root ?? '', path)
}
