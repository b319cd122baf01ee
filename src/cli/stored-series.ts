import type { SeriesInfo } from '../catalog/listing.js'
import { formatBarType } from '../model/bar-type.js'
import type { Series, SeriesInput } from '../model/series.js'
import { formatInstant } from '../model/time.js'

/** A stored series as the API takes it. */
export function inputOf(series: Series): SeriesInput {
  return series.type === 'bars'
    ? { type: 'bars', instrument: series.instrument, barType: formatBarType(series.barType) }
    : { type: series.type, instrument: series.instrument }
}

/** The record of a series in `list --json`. */
export function infoJson({
  series,
  rows,
  files,
  sizeBytes,
  firstNs,
  lastNs,
}: SeriesInfo): Readonly<Record<string, unknown>> {
  return {
    type: series.type,
    instrument: series.instrument,
    barType: barTypeText(series),
    rows,
    files,
    bytes: sizeBytes,
    first: firstNs === undefined ? null : formatInstant(firstNs),
    last: lastNs === undefined ? null : formatInstant(lastNs),
  }
}

export function barTypeText(series: Series): string | null {
  return series.type === 'bars' ? formatBarType(series.barType) : null
}
