import { InvalidRequestError } from './errors.js'
import { DAY_NS, HOUR_NS, MAX_NS, MINUTE_NS, MS_NS, SECOND_NS } from './time.js'

const UNITS: Readonly<Record<string, bigint>> = {
  ms: MS_NS,
  s: SECOND_NS,
  m: MINUTE_NS,
  h: HOUR_NS,
  d: DAY_NS,
  w: 7n * DAY_NS,
}
const ISO_DURATION = /^P(?!$)(?:(\d+)W)?(?:(\d+)D)?(?:T(?!$)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$/

/**
 * A length of time in nanoseconds: `500ms 90s 30m 24h 7d 2w`, or ISO 8601 `P7D PT1H30M`. Months and years have no
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
    ? BigInt(short[1] as string) * (UNITS[short[2] as string] as bigint)
    : isoNs((iso as RegExpExecArray).slice(1))
  if (durationNs > MAX_NS) {
    throw new InvalidRequestError(`${name}: '${text}' is longer than 292 years`, { steps: ['Write a shorter one.'] })
  }
  return durationNs
}

function isoNs(parts: readonly (string | undefined)[]): bigint {
  const unitsNs = [7n * DAY_NS, DAY_NS, HOUR_NS, MINUTE_NS, SECOND_NS]
  return unitsNs.reduce((sum, unitNs, i) => sum + BigInt(parts[i] ?? '0') * unitNs, 0n)
}
