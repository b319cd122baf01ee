import { InvalidRequestError } from './errors.js'
import { newYorkHistory, type Stretch } from './new-york.js'
import {
  DAY_NS,
  dayOf,
  floorTo,
  formatFraction,
  formatInstant,
  MINUTE_NS,
  MS_NS,
  SECOND_NS,
  startOfDayNs,
} from './time.js'

/**
 * A time zone's offsets, looked up by instant and by local time. Offsets come from the platform's `Intl` data and
 * are remembered a stretch at a time (a year needs three look-ups), so converting a million stamps costs a million
 * comparisons. `Intl` and not the Temporal polyfill: 11 ms against 40 ms at start-up; a test holds the two equal.
 */
export interface Zone {
  readonly name: string
  /** Nanoseconds east of UTC in force at an instant. */
  offsetAtNs(ns: bigint): bigint
  /**
   * The instants at which the zone's clocks show a local time: one; none inside a spring gap; two, earlier first, in a
   * fall-back hour. `localNs` is the local date-time read as if it were UTC.
   */
  instantsOf(localNs: bigint): readonly bigint[]
}

const zones = new Map<string, Zone>()

/** @throws InvalidRequestError for a name the platform does not know */
export function zoneOf(name: string): Zone {
  const known = zones.get(name)
  if (known !== undefined) return known
  const zone = createZone(name)
  zones.set(name, zone)
  return zone
}

/** An instant with the zone's offset: `2024-01-02T09:30:00-05:00`. */
export function formatInZone(ns: bigint, zone: Zone): string {
  // ISO offsets have whole minutes; local mean time before standard time had seconds. Clock and offset round together.
  const offset = floorTo(zone.offsetAtNs(ns) + MINUTE_NS / 2n, MINUTE_NS)
  if (offset === 0n && zone.name === 'UTC') return formatInstant(ns)
  const local = ns + offset
  const second = floorTo(local, SECOND_NS)
  const text = new Date(Number(second / MS_NS)).toISOString().slice(0, -5)
  return `${text}${formatFraction(local - second)}${formatOffset(offset)}`
}

function formatOffset(offset: bigint): string {
  const minutes = Number((offset < 0n ? -offset : offset) / SECOND_NS / 60n)
  const pad = (n: number): string => String(n).padStart(2, '0')
  return `${offset < 0n ? '-' : '+'}${pad(Math.floor(minutes / 60))}:${pad(minutes % 60)}`
}

function createZone(name: string): Zone {
  const readOffset = offsetReader(name)
  const stretches: Stretch[] = name === 'America/New_York' ? newYorkHistory() : []
  let last: Stretch | undefined

  function offsetAtNs(ns: bigint): bigint {
    if (last === undefined || ns < last.startNs || ns >= last.endNs) {
      last = stretches.find((it) => ns >= it.startNs && ns < it.endNs)
      if (last === undefined) {
        last = stretchAround(ns, readOffset)
        stretches.push(last)
      }
    }
    return last.offset
  }

  function instantsOf(localNs: bigint): readonly bigint[] {
    // The offsets in force a day before and after are the only two that can be meant.
    const candidates = new Set([offsetAtNs(localNs - DAY_NS), offsetAtNs(localNs + DAY_NS)])
    return [...candidates]
      .map((offset) => localNs - offset)
      .filter((ns) => ns + offsetAtNs(ns) === localNs)
      .sort((a, b) => (a < b ? -1 : 1))
  }

  return { name, offsetAtNs, instantsOf }
}

/** No zone has changed its clocks and changed them back within a week. */
const STEP_NS = 7n * DAY_NS
const STEPS_MAX = 14

/** A stretch of up to a hundred days either way that has one offset and holds `ns`. */
function stretchAround(ns: bigint, readOffset: (ns: bigint) => bigint): Stretch {
  const offset = readOffset(ns)
  const edge = (direction: 1n | -1n): bigint => {
    let same = startOfDayNs(dayOf(ns))
    for (let step = 0; step < STEPS_MAX; step++) {
      const next = same + direction * STEP_NS
      if (readOffset(next) !== offset) return bisect(same, next, offset, readOffset)
      same = next
    }
    return same
  }
  if (readOffset(startOfDayNs(dayOf(ns))) === offset) return { startNs: edge(-1n), endNs: edge(1n), offset }
  // The offset changed earlier this day: the stretch begins at the change.
  const changeNs = bisect(ns, startOfDayNs(dayOf(ns)), offset, readOffset)
  return { startNs: changeNs, endNs: startOfDayNs(dayOf(ns) + 1), offset }
}

/** First instant of the later side of the one change between `inside` (which has `offset`) and `outside`. */
function bisect(inside: bigint, outside: bigint, offset: bigint, readOffset: (ns: bigint) => bigint): bigint {
  let [same, other] = [inside, outside]
  const distance = (): bigint => (other > same ? other - same : same - other)
  while (distance() > SECOND_NS) {
    const middle = floorTo((same + other) / 2n, SECOND_NS)
    if (middle === same || middle === other) break
    if (readOffset(middle) === offset) same = middle
    else other = middle
  }
  return same > other ? same : other
}

function offsetReader(name: string): (ns: bigint) => bigint {
  let format = name === 'America/New_York' ? undefined : createFormat(name)
  return (ns) => {
    format ??= createFormat(name)
    const second = floorTo(ns, SECOND_NS)
    const parts: Record<string, number> = {}
    for (const part of format.formatToParts(Number(second / MS_NS))) parts[part.type] = Number(part.value)
    const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second: sec = 0 } = parts
    return BigInt(Date.UTC(year, month - 1, day, hour, minute, sec)) * MS_NS - second
  }
}

function createFormat(name: string): Intl.DateTimeFormat {
  try {
    return new Intl.DateTimeFormat('en-US', {
      timeZone: name,
      calendar: 'gregory',
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    })
  } catch (cause) {
    throw new InvalidRequestError(`'${name}' is not a time zone`, {
      steps: ['Use an IANA name, for example America/New_York, Europe/London or UTC.'],
      cause,
    })
  }
}
