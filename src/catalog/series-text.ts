import { partitionValuesOf, type Series } from '../model/series.js'

/** A series as a file's footer names it. */
export function seriesText(series: Series): string {
  return JSON.stringify({ type: series.type, ...partitionValuesOf(series) })
}
