import type { Calendar, SessionKind } from '../../../calendar/calendar.js'
import { openIntervals } from '../../../calendar/sessions.js'
import type { RowInput } from '../../../catalog/write/rows-input.js'
import { type BarType, barLengthNs, tradeDateStampNs } from '../../../model/bar-type.js'
import { ceilTo, epochDay, HOUR_NS, SECOND_NS } from '../../../model/time.js'
import { zoneOf } from '../../../model/zone.js'
import { IbFailure } from '../transport/failure.js'
import type { IbBar } from '../transport/transport.js'

export interface BarRowsQuestion {
  readonly barType: BarType
  /** In the order they were asked for: the newest first. */
  readonly pages: readonly (readonly IbBar[])[]
  /** Bars that end later are not finished, and are left out. */
  readonly nowNs: bigint
  /** Of the instrument, for the ends of bars that a close cuts short. */
  readonly calendar?: Calendar | undefined
  /** `regular` where regular hours only were asked for. */
  readonly session: SessionKind
  /** False for an index: IB sends 0, which would say that nobody traded. */
  readonly hasVolume?: boolean
}

/**
 * Bars as the gateway sends them, as rows in ascending order. Daily and longer bars take the stamp of their period; what
 * of them is not finished lies after the late edge, which the service keeps. Rows outside of what was asked are left to
 * it too.
 *
 * @throws IbFailure (`retryable`) for a reply with a bar that cannot be: nothing of such a reply can be trusted
 */
export function barRows(question: BarRowsQuestion): readonly RowInput<'bars'>[] {
  const { barType, nowNs, hasVolume = true } = question
  const stamped = joinPages(barType, question.pages)
  const lengthNs = barLengthNs(barType)
  if (lengthNs === undefined) return stamped.map((it) => rowOf(it, hasVolume))
  const ends = endsOf(stamped, lengthNs, question)
  return stamped.flatMap((it, i) => {
    const endNs = ends[i] ?? it.ns + lengthNs
    if (endNs > nowNs) return []
    const row = rowOf(it, hasVolume)
    return [endNs === it.ns + lengthNs ? row : { ...row, ts_init: endNs }]
  })
}

/**
 * The stamp of a bar: the seconds since 1970 of its start, or the date of its trade date's, week's or month's end as
 * eight digits, whatever form was asked for. Neither is ever read as the other: eight digits as seconds are a day in
 * August 1970 (stoqey/ib#144, nautilus_trader#1353).
 *
 * @throws IbFailure (`retryable`) for a text of another form
 */
export function barStampNs(barType: BarType, time: string): bigint {
  if (barLengthNs(barType) !== undefined) {
    if (!/^[1-9]\d{8,9}$/.test(time)) throw malformed(`time '${time}' is not in seconds since 1970`)
    return BigInt(time) * SECOND_NS
  }
  const [, year, month, day] = /^(\d{4})(\d\d)(\d\d)$/.exec(time) ?? []
  const date = epochDay(Number(year), Number(month), Number(day))
  if (date === undefined) throw malformed(`time '${time}' is not a date yyyymmdd`)
  return tradeDateStampNs(barType, date)
}

interface StampedBar {
  readonly ns: bigint
  readonly bar: IbBar
}

/**
 * All bars of the pages, ascending. The page before ended where this one begins, but for its earliest bar, which may have
 * been cut off there: that one is taken from this page, and nothing later, which is cut off at this page's own end.
 */
function joinPages(barType: BarType, pages: BarRowsQuestion['pages']): readonly StampedBar[] {
  let joined: readonly StampedBar[] = []
  for (const page of pages) {
    const stamped = page.map((bar) => ({ ns: barStampNs(barType, bar.time), bar })).sort(byStamp)
    const seamNs = joined[0]?.ns
    if (seamNs === undefined) {
      joined = stamped
      continue
    }
    const older = stamped.filter((it) => it.ns <= seamNs)
    const isSeamThere = older.at(-1)?.ns === seamNs
    joined = [...older, ...(isSeamThere ? joined.filter((it) => it.ns > seamNs) : joined)]
  }
  return joined
}

function byStamp(a: StampedBar, b: StampedBar): number {
  return a.ns < b.ns ? -1 : a.ns > b.ns ? 1 : 0
}

/**
 * Where each bar ends. Bars of an hour and longer keep the clock: with regular hours the first one begins at 9:30 and ends
 * at 10:00, where the next begins; and a close ends the last one early. What is not known to be shorter is whole: a
 * backtest may see a bar late, never before it was made.
 */
function endsOf(bars: readonly StampedBar[], lengthNs: bigint, question: BarRowsQuestion): readonly bigint[] {
  if (lengthNs < HOUR_NS) return bars.map(({ ns }) => ns + lengthNs)
  return bars.map(({ ns }, i) => {
    const wholeNs = ns + lengthNs
    let next = i + 1
    while (bars[next]?.ns === ns) next++
    const nextNs = bars[next]?.ns ?? wholeNs
    return nextNs < wholeNs ? nextNs : (sessionEndNs(ns, lengthNs, question) ?? wholeNs)
  })
}

/** Where the calendar ends a bar before its length is over. */
function sessionEndNs(startNs: bigint, lengthNs: bigint, { calendar, session }: BarRowsQuestion): bigint | undefined {
  if (calendar === undefined) return undefined
  const endNs = startNs + lengthNs
  const open = openIntervals(calendar, { startNs, endNs }, session)
  const closeNs = open.at(-1)?.endNs
  if (closeNs !== undefined && closeNs < endNs) return closeNs
  // Bars of several hours: which hours they keep to IB says nowhere.
  if (lengthNs !== HOUR_NS) return undefined
  const offsetNs = zoneOf(calendar.timeZone).offsetAtNs(startNs)
  return ceilTo(startNs + offsetNs + 1n, HOUR_NS) - offsetNs
}

function rowOf({ ns, bar }: StampedBar, hasVolume: boolean): RowInput<'bars'> {
  const { open, high, low, close, count } = bar
  for (const price of [open, high, low, close]) {
    // The largest double is how IB writes "not set".
    if (!Number.isFinite(price) || Math.abs(price) === Number.MAX_VALUE) throw malformed(`price ${price}`)
  }
  if (!Number.isSafeInteger(count) || count < -1) throw malformed(`count ${count}`)
  const volume = decimalOf('volume', bar.volume)
  const vwap = decimalOf('WAP', bar.wap)
  const prices = { ts_event: ns, open, high, low, close }
  if (!hasVolume) return { ...prices, volume: null, vwap: null, trade_count: null }
  return {
    ...prices,
    volume,
    // Nothing traded: there is no average.
    vwap: volume === 0 && vwap === 0 ? null : vwap,
    trade_count: count === -1 ? null : BigInt(count),
  }
}

/** A decimal as IB writes it; -1 (quotes have no volume) and nothing at all are no value. */
function decimalOf(name: string, text: string): number | null {
  const value = Number(text)
  if (text.trim() === '' || value === -1) return null
  if (!Number.isFinite(value)) throw malformed(`${name} '${text}'`)
  return value
}

function malformed(what: string): IbFailure {
  return new IbFailure('retryable', `the reply is malformed: a bar with ${what}`)
}
