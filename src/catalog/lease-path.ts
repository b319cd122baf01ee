import { encodeSegment } from '../model/instrument.js'
import { partitionValuesOf, type Series } from '../model/series.js'

/** Where it stands who downloads a series: `bars/_leases/AAPL.NASDAQ%201-MINUTE-LAST-EXTERNAL.json`. */
export function leasePath(series: Series): string {
  const name = encodeSegment(Object.values(partitionValuesOf(series)).join(' '))
  // At most 200 bytes for the id and 30 for the bar type: within the 255 of a file's name.
  return `${series.type}/_leases/${name}.json`
}
