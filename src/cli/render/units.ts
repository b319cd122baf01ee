import { InvalidRequestError } from '../../model/errors.js'
import { DAY_NS, HOUR_NS, MAX_NS, MINUTE_NS, MS_NS, SECOND_NS } from '../../model/time.js'

const BYTE_UNITS = ['kB', 'MB', 'GB', 'TB', 'PB'] as const

/** `999 B`, `1.2 MB`: powers of 1000, one decimal. */
export function formatBytes(sizeBytes: number): string {
  if (sizeBytes < 1000) return `${sizeBytes} B`
  let value = sizeBytes
  let unit: string = 'B'
  for (const next of BYTE_UNITS) {
    // 999,950 B would round to '1000.0 kB'; it is 1.0 MB.
    if (value < 999.95) break
    value /= 1000
    unit = next
  }
  return `${value.toFixed(1)} ${unit}`
}

/** `98,280`. A whole number, grouped by thousands. Not `toLocaleString`, which loads the locale data first. */
export function formatCount(count: number | bigint): string {
  return String(typeof count === 'number' ? Math.round(count) : count).replace(/\B(?=(\d{3})+$)/g, ',')
}

/** `98,280 rows`, `1 row`. */
export function formatCounted(count: number, one: string, many = `${one}s`): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`
}

/** `850 ms`, `12 s`, `1 m 20 s`, `2 h 5 m`, `3 d 4 h`: the two largest units, rounded to the smaller. */
export function formatDuration(durationMs: number): string {
  if (durationMs < 999.5) return `${Math.round(durationMs)} ms`
  const seconds = Math.round(durationMs / 1000)
  if (seconds < 60) return `${seconds} s`
  if (seconds < 3600) return twoUnits(seconds, 60, 'm', 's')
  const minutes = Math.round(seconds / 60)
  if (minutes < 1440) return twoUnits(minutes, 60, 'h', 'm')
  return twoUnits(Math.round(minutes / 60), 24, 'd', 'h')
}

function twoUnits(count: number, per: number, large: string, small: string): string {
  const rest = count % per
  return `${Math.floor(count / per)} ${large}${rest === 0 ? '' : ` ${rest} ${small}`}`
}

const FLAG_UNITS: Readonly<Record<string, bigint>> = {
  ms: MS_NS,
  s: SECOND_NS,
  m: MINUTE_NS,
  h: HOUR_NS,
  d: DAY_NS,
  w: 7n * DAY_NS,
}
const ISO_DURATION = /^P(?!$)(?:(\d+)W)?(?:(\d+)D)?(?:T(?!$)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$/

/**
 * A flag's duration in nanoseconds: `500ms 90s 30m 24h 7d 2w`, or ISO 8601 `P7D PT1H30M`. Months and years have no
 * fixed length and are refused.
 *
 * @throws InvalidRequestError
 */
export function parseDuration(text: string, name = 'duration'): bigint {
  const trimmed = text.trim()
  const short = /^(\d+)\s?(ms|s|m|h|d|w)$/.exec(trimmed)
  const iso = ISO_DURATION.exec(trimmed)
  if (short === null && iso === null) {
    throw new InvalidRequestError(`${name}: '${text}' is not a duration`, {
      steps: ['Write a whole number and a unit (ms s m h d w), for example 30m, 24h or 7d; or ISO 8601: PT30M, P7D.'],
    })
  }
  const durationNs = short
    ? BigInt(short[1] as string) * (FLAG_UNITS[short[2] as string] as bigint)
    : isoNs((iso as RegExpExecArray).slice(1))
  if (durationNs > MAX_NS) throw new InvalidRequestError(`${name}: '${text}' is longer than 292 years`)
  return durationNs
}

function isoNs(parts: readonly (string | undefined)[]): bigint {
  const unitsNs = [7n * DAY_NS, DAY_NS, HOUR_NS, MINUTE_NS, SECOND_NS]
  return unitsNs.reduce((sum, unitNs, i) => sum + BigInt(parts[i] ?? '0') * unitNs, 0n)
}
