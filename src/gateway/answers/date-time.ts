import type { Calendar } from '../../calendar/calendar.js'
import { dayOf, epochDay, formatDay, MS_NS, SECOND_NS, startOfDayNs, timeOfDayNs } from '../../model/time.js'
import { type Zone, zoneOf } from '../../model/zone.js'
import { zoneIdOf } from '../contract.js'
import { SINCE } from '../versions.js'
import { GatewayRefusal } from './refusal.js'

export interface ParsedDateTime {
  readonly ns: bigint
  /** It named no zone: TWS takes its own, with warning 2174. */
  readonly isZoneImplied: boolean
}

/**
 * `20240102-15:00:00` in UTC, or `20240102 10:00:00 US/Eastern`, or without a zone in that of the gateway.
 *
 * @throws GatewayRefusal 10314
 */
export function parseDateTime(text: string, ownZone: string): ParsedDateTime {
  const match = DATE_TIME.exec(text)
  if (match === null) throw new GatewayRefusal(10314, INVALID_DATE)
  const [, year, month, date, separator, hour, minute, second = '0', zone] = match
  const day = epochDay(Number(year), Number(month), Number(date))
  const timeNs = timeOfDayNs(Number(hour), Number(minute), Number(second))
  const isUtc = separator === '-'
  if (day === undefined || timeNs === undefined || (isUtc && zone !== undefined)) {
    throw new GatewayRefusal(10314, INVALID_DATE)
  }
  const localNs = startOfDayNs(day) + timeNs
  if (isUtc) return { ns: localNs, isZoneImplied: false }
  const clock = knownZone(zone ?? ownZone)
  // In the hour that the clocks skip in spring no instant has this time: the clock shows it an hour later.
  const [ns = localNs - clock.offsetAtNs(localNs)] = clock.instantsOf(localNs)
  return { ns, isZoneImplied: zone === undefined }
}

function knownZone(name: string): Zone {
  try {
    return zoneOf(name)
  } catch {
    throw new GatewayRefusal(10314, INVALID_DATE)
  }
}

const DATE_TIME = /^(\d{4})(\d\d)(\d\d)(-| {1,2})(\d\d):(\d\d)(?::(\d\d))?(?: (\S+))?$/

const INVALID_DATE =
  'End Date/Time: The date, time, or time-zone entered is invalid. The correct format is yyyymmdd hh:mm:ss xx/xxxx ' +
  'where yyyymmdd and xx/xxxx are optional. E.g.: 20031126 15:59:00 US/Eastern  Note that there is a space between ' +
  'the date and time, and between the time and time-zone.  If no date is specified, current date is assumed. If no ' +
  'time-zone is specified, local time-zone is assumed(deprecated).  You can also provide yyyymmddd-hh:mm:ss time is ' +
  'in UTC. Note that there is a dash between the date and time in UTC notation.'

/** 2174: the date of a request named no zone. */
export const ZONE_WARNING = {
  code: 2174,
  text:
    'Warning: You submitted request with date-time attributes without explicit time zone. Please switch to use ' +
    'yyyymmdd-hh:mm:ss in UTC or use instrument time zone, like US/Eastern. Implied time zone functionality will be ' +
    'removed in the next API release',
} as const

/** `20240102` */
export function dateText(day: number): string {
  return formatDay(day).replaceAll('-', '')
}

/** `20240102-15:00:00` of an instant, or of a local time read as if it were UTC. */
export function dashText(ns: bigint): string {
  return `${dateText(dayOf(ns))}-${timeText(ns)}`
}

/** `20240102 10:00:00` on a zone's clock; `separator` stands between date and time. */
export function localText(ns: bigint, zone: string, separator: string): string {
  const localNs = ns + zoneOf(zone).offsetAtNs(ns)
  return `${dateText(dayOf(localNs))}${separator}${timeText(localNs)}`
}

function timeText(ns: bigint): string {
  const seconds = Number((ns - startOfDayNs(dayOf(ns))) / SECOND_NS)
  return new Date(seconds * 1000).toISOString().slice(11, 19)
}

/** The date an instant has on a zone's clock, days since 1970-01-01. */
export function localDayOf(ns: bigint, zone: string): number {
  return dayOf(ns + zoneOf(zone).offsetAtNs(ns))
}

/**
 * An instant as bars carry it: since protocol version 174 on the clock of the contract's exchange and with its zone,
 * before on that of the gateway, without.
 */
export function instantText(ns: bigint, calendar: Calendar, { version, zone }: Clockwork): string {
  if (version < SINCE.zones) return localText(ns, zone, '  ')
  return `${localText(ns, calendar.timeZone, ' ')} ${zoneIdOf(calendar)}`
}

/** What decides how an instant is written. */
export interface Clockwork {
  readonly version: number
  /** The zone TWS is set to. */
  readonly zone: string
}

/** `EST`, as TWS tells its own time at a login. */
export function zoneAbbreviation(ns: bigint, zone: string): string {
  const format = new Intl.DateTimeFormat('en-US', { timeZone: zone, timeZoneName: 'short' })
  return format.formatToParts(Number(ns / MS_NS)).find((it) => it.type === 'timeZoneName')?.value ?? zone
}
