import { partitionValuesOf, type StoredSeries } from '../../model/series.js'

/** A series as a file's footer names it. */
export function seriesText(series: StoredSeries): string {
  return JSON.stringify({ type: series.type, ...partitionValuesOf(series) })
}
