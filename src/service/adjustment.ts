import type { Setting } from '../catalog/coverage/coverage.js'
import { plainWord, seriesArguments } from '../model/command-text.js'
import { AdjustmentChangedError } from '../model/errors.js'
import type { Frame } from '../model/frame.js'
import { formatInterval, type Interval, toIso } from '../model/interval.js'
import type { Log } from '../model/log.js'
import { formatSeries, type Series } from '../model/series.js'
import { compareBars } from './common-factor.js'

/** What a setting says when prices are as they were traded. */
const UNADJUSTED: readonly string[] = ['none', 'raw', 'unadjusted']

/** Whether a source's history changes with every split or dividend. One that does not say is taken at its word. */
export function isAdjusted({ adjustment }: Setting): boolean {
  return adjustment !== undefined && adjustment !== '' && !UNADJUSTED.includes(adjustment.toLowerCase())
}

export interface Judgement {
  readonly series: Series
  readonly source: string
  /** Where both accounts were read. */
  readonly stretch: Interval
  readonly stored: Frame
  readonly fetched: Frame
  /** The series' whole stored coverage: what a refresh has to span. */
  readonly whole: Interval
  /** What to do before that refresh, where something stands in its way. */
  readonly first: readonly string[]
  readonly log: Log
}

/**
 * Refuses to join history adjusted before a split or dividend to history adjusted after it.
 *
 * @throws AdjustmentChangedError with stored ÷ fetched as its factor
 */
export function judgeAdjustment({ series, source, stretch, stored, fetched, whole, first, log }: Judgement): void {
  const { bars, factor } = compareBars(stored, fetched)
  if (bars === 0) {
    log.warn({ series: formatSeries(series), ...toIso(stretch) }, 'no bars to compare: the adjustment is not checked')
  }
  if (factor === undefined) return
  throw new AdjustmentChangedError(
    `${formatSeries(series)}: the stored prices are ${factor} times those that ${source} gives now for ${formatInterval(stretch)}: a split or dividend came between`,
    {
      factor,
      steps: [...first, `Fetch the whole series again, from the same source: ${refreshCommand(series, whole, source)}`],
    },
  )
}

/**
 * The command that replaces all of a series, ready to paste. An instant as the end is excluded. It names the source: the
 * one that is configured may be another, whose prices would replace the whole series. (`files`, the only source that the
 * command line calls otherwise, states no adjustment and never gets here.)
 */
function refreshCommand(series: Series, whole: Interval, source: string): string {
  return `ntrader data fetch ${rangeArguments(series, whole)} --source ${plainWord(source)} --refresh`
}

/** A series and a range as the command line takes them. */
export function rangeArguments(series: Series, range: Interval): string {
  const { start, end } = toIso(range)
  return `${seriesArguments(series)} --start ${start} --end ${end}`
}
