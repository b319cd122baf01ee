import { formatBarType } from '../model/bar-type.js'
import type { Series, SeriesInput } from '../model/series.js'

/** A stored series as the API takes it. */
export function inputOf(series: Series): SeriesInput {
  return series.type === 'bars'
    ? { type: 'bars', instrument: series.instrument, barType: formatBarType(series.barType) }
    : { type: series.type, instrument: series.instrument }
}
