import type { Interval } from '../model/interval.js'
import { isDated, type Series } from '../model/series.js'
import { extentOf, isUnbounded, type LiveFile } from './live-file.js'
import { periodsIn } from './period.js'

/** One closed month of a series whose files become one file. */
export interface MonthPlan {
  readonly series: Series
  /** `2024-01` */
  readonly name: string
  readonly month: Interval
  readonly files: number
  readonly rows: number
  readonly sizeBytes: number
}

/**
 * The months of a series to consolidate: closed (the clock has passed their end) and in more than one file. Ticks keep
 * their days, daily and longer bars are in years already. Pure: the same files and clock give the same plan, and a
 * consolidated month is not planned again.
 */
export function planConsolidation(series: Series, files: readonly LiveFile[], nowNs: bigint): readonly MonthPlan[] {
  if (series.type !== 'bars' || isDated(series) || files.some(isUnbounded)) return []
  const months = new Map<string, { readonly month: Interval; readonly files: Set<LiveFile> }>()
  for (const file of files) {
    for (const month of extentOf(file).flatMap((it) => periodsIn('month', it))) {
      const entry = months.get(month.name) ?? { month, files: new Set() }
      months.set(month.name, entry)
      entry.files.add(file)
    }
  }
  return [...months]
    .filter(([, { month, files: inMonth }]) => inMonth.size > 1 && month.endNs <= nowNs)
    .map(([name, { month, files: inMonth }]) => ({
      series,
      name,
      month,
      files: inMonth.size,
      rows: [...inMonth].reduce((sum, it) => sum + it.numRows, 0),
      sizeBytes: [...inMonth].reduce((sum, it) => sum + it.add.sizeBytes, 0),
    }))
    .sort((a, b) => (a.month.startNs < b.month.startNs ? -1 : 1))
}
