import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Calendar } from '../../src/calendar/calendar.js'
import { tradeDatesIn } from '../../src/calendar/sessions.js'
import { type Interval, type IntervalSet, normalize } from '../../src/model/interval.js'
import {
  DAY_NS,
  dayOf,
  epochDay,
  formatDay,
  formatInstant,
  parseInstant,
  SECOND_NS,
  startOfDayNs,
} from '../../src/model/time.js'
import { zoneOf } from '../../src/model/zone.js'
import { dataDir } from '../support/data.js'

/** A session of exchange_calendars. */
export interface Recorded {
  readonly date: string
  readonly open: string
  readonly close: string
}

/** The sessions in a file of the folder `calendar`, ascending. */
export function recordedSessions(name: string): readonly Recorded[] {
  return readFileSync(file(name), 'utf8')
    .split(/\r?\n/)
    .slice(1)
    .filter((line) => line !== '')
    .map((line) => {
      const [date = '', open = '', close = ''] = line.split(',')
      return { date: date.slice(0, 10), open, close }
    })
}

/** The regular sessions of the trade dates in `[start, end)`, in the form of {@link recordedSessions}. */
export function sessionsOf(calendar: Calendar, start: string, end: string): readonly Recorded[] {
  return tradeDatesIn(calendar, { startNs: parseInstant(start), endNs: parseInstant(end) }).flatMap((day) =>
    (calendar.tradingDay(day)?.regular ?? []).map((it) => ({
      date: formatDay(day),
      open: formatInstant(it.startNs),
      close: formatInstant(it.endNs),
    })),
  )
}

interface Segment {
  readonly start: string
  readonly end: string
}

interface LeanEntry {
  readonly exchangeTimeZone: string
  readonly holidays: readonly string[]
  readonly earlyCloses?: Readonly<Record<string, string>>
  readonly lateOpens?: Readonly<Record<string, string>>
}

const WEEKDAYS = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'] as const

/** Lean's market hours of one product: its own entry with the holidays of the exchange's. Days since 1970-01-01. */
export class LeanHours {
  readonly timeZone: string
  readonly earlyCloses: ReadonlyMap<number, bigint>
  readonly #lateOpens: ReadonlyMap<number, bigint>
  readonly #holidays: ReadonlySet<number>
  readonly #week: readonly (readonly Segment[])[]

  constructor(key: string) {
    const { entries } = JSON.parse(readFileSync(file('lean_market-hours-database.json'), 'utf8'))
    const entry: LeanEntry & Record<string, readonly Segment[]> = entries[key]
    const exchange: LeanEntry = entries[key.replace(/[^-]+$/, '[*]')]
    this.timeZone = entry.exchangeTimeZone
    this.earlyCloses = times(entry.earlyCloses)
    this.#lateOpens = times(entry.lateOpens)
    this.#holidays = new Set([...entry.holidays, ...exchange.holidays].map(leanDay))
    this.#week = WEEKDAYS.map((it) => entry[it] ?? [])
  }

  /**
   * When it is open, in UTC. An early close cuts a civil day, a late open begins it; when the close comes first, it is
   * open before the one and after the other. The exchange's holidays yield to a product's own times.
   */
  open(start: string, end: string): IntervalSet {
    const parts: Interval[] = []
    for (let day = dayOf(parseInstant(start)); startOfDayNs(day) < parseInstant(end); day++)
      parts.push(...this.#openOn(day))
    return normalize(parts)
  }

  #openOn(day: number): readonly Interval[] {
    const closesNs = this.earlyCloses.get(day)
    const opensNs = this.#lateOpens.get(day)
    if (this.#holidays.has(day) && closesNs === undefined && opensNs === undefined) return []
    const isOpen = (ns: bigint): boolean => {
      if (closesNs !== undefined && opensNs !== undefined) return ns < closesNs || ns >= opensNs
      return (closesNs === undefined || ns < closesNs) && (opensNs === undefined || ns >= opensNs)
    }
    const weekday = new Date(day * 86_400_000).getUTCDay()
    return (this.#week[weekday] ?? []).flatMap(({ start, end }) => {
      const edges = [timeNs(start), timeNs(end), closesNs, opensNs]
        .filter((it) => it !== undefined)
        .filter((it) => it >= timeNs(start) && it <= timeNs(end))
        .sort((a, b) => (a < b ? -1 : 1))
      return edges.slice(1).flatMap((endNs, i) => {
        const startNs = edges[i] as bigint
        return startNs < endNs && isOpen(startNs) ? [this.#utc(day, startNs, endNs)] : []
      })
    })
  }

  #utc(day: number, startNs: bigint, endNs: bigint): Interval {
    const [start = 0n] = zoneOf(this.timeZone).instantsOf(startOfDayNs(day) + startNs)
    const [end = 0n] = zoneOf(this.timeZone).instantsOf(startOfDayNs(day) + endNs)
    return { startNs: start, endNs: end }
  }
}

function times(texts: Readonly<Record<string, string>> = {}): ReadonlyMap<number, bigint> {
  return new Map(Object.entries(texts).map(([date, time]) => [leanDay(date), timeNs(time)]))
}

/** `12/5/2018` and `12/05/2018` both occur. */
function leanDay(text: string): number {
  const [month = 0, date = 0, year = 0] = text.split('/').map(Number)
  const day = epochDay(year, month, date)
  if (day === undefined) throw new Error(`not a date: ${text}`)
  return day
}

/** `09:30:00`, or `1.00:00:00` for the end of the day. */
function timeNs(text: string): bigint {
  if (text.startsWith('1.')) return DAY_NS
  const [hour = 0, minute = 0, second = 0] = text.split(':').map(Number)
  return BigInt(hour * 3600 + minute * 60 + second) * SECOND_NS
}

function file(name: string): string {
  return join(dataDir() ?? '', 'calendar', name)
}
