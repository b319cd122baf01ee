import { firstOfMonthNs } from '../../model/bar-type.js'
import type { Interval } from '../../model/interval.js'
import { DAY_NS, dayOf, floorTo, formatDay, startOfDayNs } from '../../model/time.js'

/** What a data file spans: a UTC day, a consolidated month, or (daily and longer bars) a year of trade dates. */
export type PeriodUnit = 'day' | 'month' | 'year'

export interface Period extends Interval {
  readonly unit: PeriodUnit
  /** `2024-01-02`, `2024-01` or `2024`: how its file's name begins. */
  readonly name: string
}

export function periodOf(unit: PeriodUnit, ns: bigint): Period {
  const day = formatDay(dayOf(ns))
  const [year = 0, month = 0] = day.split('-').map(Number)
  switch (unit) {
    case 'day': {
      const startNs = floorTo(ns, DAY_NS)
      return { unit, name: day, startNs, endNs: startNs + DAY_NS }
    }
    case 'month':
      return {
        unit,
        name: day.slice(0, 7),
        startNs: firstOfMonthNs(year, month),
        endNs: firstOfMonthNs(year, month + 1),
      }
    case 'year':
      return { unit, name: day.slice(0, 4), startNs: firstOfMonthNs(year, 1), endNs: firstOfMonthNs(year + 1, 1) }
  }
}

/** The periods of one unit that an interval touches, ascending. */
export function periodsIn(unit: PeriodUnit, interval: Interval): readonly Period[] {
  const periods: Period[] = []
  for (let at = periodOf(unit, interval.startNs); at.startNs < interval.endNs; at = periodOf(unit, at.endNs)) {
    periods.push(at)
  }
  return periods
}

/** The unit that a file's name states, or `undefined` for a name this catalog did not give. */
export function unitOfFileName(path: string): PeriodUnit | undefined {
  const name = path.slice(path.lastIndexOf('/') + 1)
  const stem = /^(\d{4}(?:-\d\d(?:-\d\d)?)?)\.[^.]+\.parquet$/.exec(name)?.[1]
  if (stem === undefined) return undefined
  return stem.length === 4 ? 'year' : stem.length === 7 ? 'month' : 'day'
}

/** The UTC days around an interval. */
export function wholeDays({ startNs, endNs }: Interval): Interval {
  return { startNs: floorTo(startNs, DAY_NS), endNs: startOfDayNs(dayOf(endNs - 1n) + 1) }
}
