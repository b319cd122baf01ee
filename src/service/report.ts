import type { Coverage } from '../catalog/coverage/coverage.js'
import { lowerBound } from '../model/frame-edit.js'

/** Rows by the source that brought them: each row counts for the coverage entry it lies in. */
export function rowsBySource(times: BigInt64Array, coverage: Coverage): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {}
  let attributed = 0
  for (const entry of coverage) {
    if (entry.state !== 'data') continue
    const rows = lowerBound(times, entry.endNs) - lowerBound(times, entry.startNs)
    const source = entry.provenance.source
    if (rows === 0 || source === undefined) continue
    counts[source] = (counts[source] ?? 0) + rows
    attributed += rows
  }
  return attributed === times.length ? counts : { ...counts, unknown: times.length - attributed }
}
