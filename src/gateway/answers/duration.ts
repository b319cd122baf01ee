import { DAY_NS, dayOf, epochDay, floorTo, SECOND_NS, startOfDayNs } from '../../model/time.js'
import type { BarSize } from './bar-size.js'
import { historicalError, invalid } from './refusal.js'

/** How far back a request goes from its end. */
export interface Duration {
  readonly count: number
  readonly unit: 'S' | 'D' | 'W' | 'M' | 'Y'
}

/** @throws GatewayRefusal for what TWS does not take: 321, or 162 where it is the data service that refuses */
export function parseDuration(text: string, barSize: BarSize): Duration {
  const match = /^([1-9]\d*) ([SDWMY])$/.exec(text.toUpperCase())
  if (match === null) throw invalid(`Historical data query duration is invalid: ${text}`)
  const [count, unit] = [Number(match[1]), match[2] as Duration['unit']]
  const { most, instead } = LIMITS[unit]
  if (count > most) throw invalid(`Historical data requests for durations longer than ${most} ${instead}`)
  if (unit === 'S' && count < SECONDS_MIN) throw invalid(`Historical data query duration is invalid: ${text}`)
  if (barSize.lengthNs === SECOND_NS && (unit !== 'S' || count > SECONDS_MAX_OF_1_SEC)) {
    throw historicalError('Time length exceed max.')
  }
  return { count, unit }
}

const LIMITS: Readonly<Record<Duration['unit'], { readonly most: number; readonly instead: string }>> = {
  S: { most: 86_400, instead: 'seconds must be made in days' },
  D: { most: 365, instead: 'days must be made in years' },
  W: { most: 52, instead: 'weeks must be made in years' },
  M: { most: 12, instead: 'months must be made in years' },
  Y: { most: 68, instead: 'years are not supported' },
}
const SECONDS_MIN = 30
const SECONDS_MAX_OF_1_SEC = 2000

/**
 * The instant a duration before another, by the UTC calendar: a month before March 31 is the last of February. Trade
 * dates (`D`) are not counted here: they need the contract's sessions.
 */
export function before(ns: bigint, { count, unit }: Duration): bigint {
  switch (unit) {
    case 'S':
      return ns - BigInt(count) * SECOND_NS
    case 'D':
      return ns - BigInt(count) * DAY_NS
    case 'W':
      return ns - BigInt(count) * 7n * DAY_NS
    case 'M':
      return monthsBefore(ns, count)
    case 'Y':
      return monthsBefore(ns, count * 12)
  }
}

function monthsBefore(ns: bigint, count: number): bigint {
  const date = new Date(dayOf(ns) * 86_400_000)
  const months = date.getUTCFullYear() * 12 + date.getUTCMonth() - count
  const [year, month] = [Math.floor(months / 12), (months % 12) + 1]
  for (let wanted = date.getUTCDate(); ; wanted--) {
    const day = epochDay(year, month, wanted)
    if (day !== undefined) return startOfDayNs(day) + (ns - floorTo(ns, DAY_NS))
  }
}
