import { type Interval, overlaps } from '../../model/interval.js'
import { isDated, isSeries, isTicks, type Series, type StoredSeries } from '../../model/series.js'
import { type Period, periodsIn } from '../coverage/period.js'
import { extentOf, isUnbounded, type LiveFile } from '../files/live-file.js'
import { cellsOf, type PartLimits, TICK_PART_LIMITS } from '../write/tick-parts.js'

/** Files of one series that become one file: those of a closed month of bars, or neighbours of a closed day of ticks. */
export interface ConsolidationPlan {
  readonly series: Series
  /** `2024-01`, or for ticks `2024-01-02`: how the new file's name begins. */
  readonly name: string
  /** What the files lie in: the month, or a part of the day. */
  readonly interval: Interval
  readonly files: number
  readonly rows: number
  readonly sizeBytes: number
}

/**
 * What of a series to consolidate, ascending: months of bars in more than one file, and neighbouring parts of a day of
 * ticks that fit in one file. A period is closed once the clock has passed its end. Daily and longer bars are in years
 * already. Pure: the same files and clock give the same plan, and what is consolidated is not planned again.
 */
export function planConsolidation(
  series: StoredSeries,
  files: readonly LiveFile[],
  nowNs: bigint,
  limits: PartLimits = TICK_PART_LIMITS,
): readonly ConsolidationPlan[] {
  if (!isSeries(series) || isDated(series) || files.some(isUnbounded)) return []
  const isTick = isTicks(series)
  // Covered days of ticks without rows have one file a month, which is nothing to bring together.
  const held = isTick ? files.filter((it) => it.numRows > 0) : files
  const plans = filesByPeriod(isTick ? 'day' : 'month', held)
    .filter(({ period, files: within }) => within.length > 1 && period.endNs <= nowNs)
    .flatMap(({ period, files: within }) => {
      const groups = isTick ? neighboursThatFit(period, within, limits) : [{ interval: period, files: within }]
      return groups.map((it) => planOf(series, period.name, it))
    })
  return plans.sort((a, b) => (a.interval.startNs < b.interval.startNs ? -1 : 1))
}

interface Group {
  readonly interval: Interval
  readonly files: readonly LiveFile[]
}

function planOf(series: Series, name: string, { interval, files }: Group): ConsolidationPlan {
  return {
    series,
    name,
    interval,
    files: files.length,
    rows: files.reduce((sum, it) => sum + it.numRows, 0),
    sizeBytes: files.reduce((sum, it) => sum + it.add.sizeBytes, 0),
  }
}

function filesByPeriod(
  unit: 'day' | 'month',
  files: readonly LiveFile[],
): readonly { readonly period: Period; readonly files: readonly LiveFile[] }[] {
  const periods = new Map<string, { readonly period: Period; readonly files: Set<LiveFile> }>()
  for (const file of files) {
    for (const period of extentOf(file).flatMap((it) => periodsIn(unit, it))) {
      const entry = periods.get(period.name) ?? { period, files: new Set() }
      periods.set(period.name, entry)
      entry.files.add(file)
    }
  }
  return [...periods.values()].map(({ period, files: within }) => ({ period, files: [...within] }))
}

/**
 * Cells of a day taken together from the left for as long as they fit in one file. Of two neighbouring groups the first
 * has no room for the beginning of the second, so a second run finds nothing to do.
 */
function neighboursThatFit(day: Period, files: readonly LiveFile[], limits: PartLimits): readonly Group[] {
  const groups: { interval: Interval; readonly files: Set<LiveFile>; rows: number }[] = []
  for (const cell of cellsOf(day, files, limits)) {
    const within = files.filter((file) => extentOf(file).some((it) => overlaps(it, cell)))
    const rows = within.reduce((sum, it) => sum + it.numRows, 0)
    const last = groups.at(-1)
    if (last === undefined || last.rows + rows > limits.maxRows) {
      groups.push({ interval: cell, files: new Set(within), rows })
    } else {
      last.interval = { startNs: last.interval.startNs, endNs: cell.endNs }
      last.rows += rows
      for (const file of within) last.files.add(file)
    }
  }
  return groups
    .filter((it) => it.files.size > 1)
    .map(({ interval, files: together }) => ({ interval, files: [...together] }))
}
