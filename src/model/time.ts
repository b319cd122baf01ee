import { InvalidRequestError } from './errors.js'

/** One second, minute, hour and UTC day in nanoseconds. */
export const SECOND_NS = 1_000_000_000n
export const MINUTE_NS: bigint = 60n * SECOND_NS
export const HOUR_NS: bigint = 60n * MINUTE_NS
export const DAY_NS: bigint = 24n * HOUR_NS
export const MS_NS = 1_000_000n

/** The instants a signed 64-bit count of nanoseconds can hold, 1677 to 2262. Parquet INT64 has no others. */
export const MIN_NS: bigint = -(2n ** 63n)
export const MAX_NS: bigint = 2n ** 63n - 1n

/**
 * What the API takes for an instant: a `Temporal.Instant`, nanoseconds since 1970 as `bigint`, a `Date`, or an ISO
 * string with an offset. A date-only string is 00:00 UTC of that day. A number and a naive date-time are errors,
 * because both have been read in the wrong unit or zone too often.
 */
export type InstantInput = bigint | Date | string | { readonly epochNanoseconds: bigint }

const WRITE_ISO = 'Write it as 2024-01-02 or 2024-01-02T09:30:00-05:00 (or ...Z for UTC).'
const ISO =
  /^([+-]\d{6}|\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?(Z|z|[+-](?:[01]\d|2[0-3])(?::?[0-5]\d)?)?)?$/

/**
 * Parses an instant to nanoseconds since 1970-01-01T00:00Z.
 *
 * @throws InvalidRequestError for a number, a naive date-time, an impossible date, or an instant outside 1677..2262
 * @example
 * ```ts
 * parseInstant('2024-01-02') // 1704153600000000000n
 * parseInstant('2024-01-02T09:30:00-05:00') // 1704205800000000000n
 * ```
 */
export function parseInstant(input: InstantInput, name = 'instant'): bigint {
  if (typeof input === 'bigint') return inRange(input, name)
  if (typeof input === 'string') return parseIso(input, name)
  if (input instanceof Date) {
    if (Number.isNaN(input.getTime()))
      throw new InvalidRequestError(`${name}: an invalid Date`, {
        steps: ['Check what it was made from: its getTime() is NaN.'],
      })
    return inRange(BigInt(input.getTime()) * MS_NS, name)
  }
  if (typeof input === 'object' && input !== null && typeof input.epochNanoseconds === 'bigint') {
    return inRange(input.epochNanoseconds, name)
  }
  throw new InvalidRequestError(`${name}: ${String(input)} (${typeof input}) is not an instant`, {
    steps: ['Pass an ISO string with an offset, a bigint of nanoseconds, a Date or a Temporal.Instant.'],
  })
}

function parseIso(text: string, name: string): bigint {
  const match = ISO.exec(text.trim())
  if (match === null) {
    throw new InvalidRequestError(`${name}: '${text}' is not an ISO date or date-time`, {
      steps: [WRITE_ISO],
    })
  }
  const [, year, month, day, hour, minute, second, fraction, offset] = match
  const dayNumber = epochDay(Number(year), Number(month), Number(day))
  if (dayNumber === undefined)
    throw new InvalidRequestError(`${name}: '${text}' names a day that does not exist`, { steps: [WRITE_ISO] })
  if (hour === undefined) return inRange(BigInt(dayNumber) * DAY_NS, name, text)
  if (offset === undefined) {
    throw new InvalidRequestError(`${name}: '${text}' has no offset, so it is not an instant`, {
      steps: [`Add the offset, for example '${text}Z' for UTC or '${text}-05:00'.`],
    })
  }
  const timeNs = timeOfDayNs(Number(hour), Number(minute), Number(second ?? 0), fraction)
  if (timeNs === undefined)
    throw new InvalidRequestError(`${name}: '${text}' names a time that does not exist`, { steps: [WRITE_ISO] })
  return inRange(BigInt(dayNumber) * DAY_NS + timeNs - offsetNs(offset), name, text)
}

/** Nanoseconds since midnight, or `undefined` when there is no such time. 24:00 and leap seconds are refused. */
export function timeOfDayNs(hour: number, minute: number, second: number, fraction = ''): bigint | undefined {
  if (hour > 23 || minute > 59 || second > 59) return undefined
  return BigInt(hour * 3600 + minute * 60 + second) * SECOND_NS + BigInt(fraction.padEnd(9, '0') || '0')
}

/** `Z`, `+05`, `-0500` or `-05:00` to nanoseconds east of UTC. */
export function offsetNs(text: string): bigint {
  if (text === 'Z' || text === 'z') return 0n
  const digits = text.slice(1).replace(':', '').padEnd(4, '0')
  const minutes = BigInt(digits.slice(0, 2)) * 60n + BigInt(digits.slice(2))
  return (text.startsWith('-') ? -minutes : minutes) * MINUTE_NS
}

function inRange(ns: bigint, name: string, written = `${ns} ns`): bigint {
  if (ns >= MIN_NS && ns <= MAX_NS) return ns
  throw new InvalidRequestError(`${name}: ${written} lies outside the years 1677 to 2262`, {
    steps: ['Use a time between 1677-09-22 and 2262-04-11: what nanoseconds in 64 bits can hold.'],
  })
}

/** Days since 1970-01-01 of a civil date, or `undefined` when there is no such day. */
export function epochDay(year: number, month: number, day: number): number | undefined {
  const date = new Date(0)
  date.setUTCFullYear(year, month - 1, day)
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return undefined
  return date.getTime() / 86_400_000
}

/** The UTC day an instant lies in, as days since 1970-01-01. */
export function dayOf(ns: bigint): number {
  return Number(floorTo(ns, DAY_NS) / DAY_NS)
}

export function startOfDayNs(day: number): bigint {
  return BigInt(day) * DAY_NS
}

/** `2024-01-02` of days since 1970-01-01. */
export function formatDay(day: number): string {
  return new Date(day * 86_400_000).toISOString().slice(0, 10)
}

/** Largest multiple of `stepNs` at or before `ns`; exact for instants before 1970 too. */
export function floorTo(ns: bigint, stepNs: bigint): bigint {
  const rest = ns % stepNs
  return rest < 0n ? ns - rest - stepNs : ns - rest
}

/** Smallest multiple of `stepNs` at or after `ns`. */
export function ceilTo(ns: bigint, stepNs: bigint): bigint {
  const floor = floorTo(ns, stepNs)
  return floor === ns ? ns : floor + stepNs
}

/** ISO text in UTC. Digits below the second appear only when non-zero: 3, 6 or 9 of them. */
export function formatInstant(ns: bigint): string {
  const wholeMs = floorTo(ns, SECOND_NS) / MS_NS
  return `${new Date(Number(wholeMs)).toISOString().slice(0, -5)}${formatFraction(ns - wholeMs * MS_NS)}Z`
}

/** `.5`-style fraction of a second as 0, 3, 6 or 9 digits with its dot. */
export function formatFraction(ns: bigint): string {
  if (ns === 0n) return ''
  const digits = ns.toString().padStart(9, '0')
  if (digits.endsWith('000000')) return `.${digits.slice(0, 3)}`
  if (digits.endsWith('000')) return `.${digits.slice(0, 6)}`
  return `.${digits}`
}

/** The machine's clock, in nanoseconds. The only place the product reads it; tests pass their own. */
export type Clock = () => bigint
export const systemClock: Clock = () => BigInt(Date.now()) * MS_NS
