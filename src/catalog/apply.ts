import { SettingsConflictError, WriteConflictError } from '../model/errors.js'
import { filterRows } from '../model/frame-edit.js'
import {
  contains,
  formatInterval,
  type Interval,
  type IntervalSet,
  intersect,
  normalize,
  subtract,
} from '../model/interval.js'
import { formatSeries } from '../model/series.js'
import {
  answered,
  type Coverage,
  clipCoverage,
  coverageSet,
  formatSetting,
  isStated,
  overlay,
  removeCoverage,
  type Setting,
  sameSetting,
} from './coverage.js'
import { sliceRows } from './cut-rows.js'
import { mergeFrames } from './merge.js'
import type { Operation, WriteOperation } from './operations.js'
import type { Bucket, SeriesEdit } from './series-edit.js'

/**
 * Applies one operation to a series under change. The same operation on the same content gives the same result, so a
 * transaction that lost a race is simply applied again.
 *
 * @throws WriteConflictError in mode `error`, SettingsConflictError, CatalogCorruptionError when rows have to be read
 * from a damaged file
 */
export async function applyOperation(edit: SeriesEdit, operation: Operation): Promise<void> {
  switch (operation.kind) {
    case 'write':
      return applyWrite(edit, operation)
    case 'delete': {
      for (const bucket of edit.occupiedBuckets(operation.interval)) await edit.clear(bucket, [operation.interval])
      return
    }
    case 'drop':
      return edit.drop(operation.path, operation.reason)
    case 'consolidate':
      return edit.consolidate(operation.month)
  }
}

async function applyWrite(edit: SeriesEdit, operation: WriteOperation): Promise<void> {
  refuseOtherSetting(edit, operation)
  const times = operation.frame.data('ts_event').values as BigInt64Array
  const rowSpan: Interval[] = []
  if (times.length > 0) rowSpan.push({ startNs: times[0] as bigint, endNs: (times.at(-1) as bigint) + 1n })
  const span = normalize([...operation.claims, ...rowSpan])
  const [overlap] = operation.mode === 'error' ? dataWithin(edit, operation.claims) : []
  let changed = false
  for (const bucket of edit.bucketsFor(span)) changed = (await writeBucket(edit, bucket, operation)) || changed
  // Asked of the write as a whole: the answer must not depend on how the stored days are cut into files.
  if (changed && overlap !== undefined) throw overlapError(edit, overlap)
}

/** @returns whether the bucket's rows or the meaning of its coverage changed */
async function writeBucket(edit: SeriesEdit, bucket: Bucket, operation: WriteOperation): Promise<boolean> {
  const rows = sliceRows(operation.frame, bucket.period)
  const claims = clipCoverage(operation.claims, [bucket.period])
  const claimed = coverageSet(claims)
  switch (operation.mode) {
    case 'replace': {
      const emptied = coverageSet(claims.filter((it) => it.state !== 'data'))
      const coverage = overlay(removeCoverage(bucket.coverage, emptied), claims)
      return edit.replace(bucket, claimed, rows, coverage)
    }
    case 'fill': {
      const missing = subtract(claimed, answered(bucket.coverage, operation.asker))
      const taken = filterRows(rows, timesInside(rows, missing))
      const coverage = overlay(bucket.coverage, clipCoverage(claims, missing))
      if (taken.numRows === 0) return edit.setCoverage(bucket, coverage)
      return edit.set(bucket, mergeFrames(await edit.rowsOf(bucket), taken, 'old'), coverage)
    }
    default: {
      const coverage = overlay(bucket.coverage, claims)
      if (rows.numRows === 0) return edit.setCoverage(bucket, coverage)
      const winner = operation.mode === 'keep-old' ? 'old' : 'new'
      return edit.set(bucket, mergeFrames(await edit.rowsOf(bucket), rows, winner), coverage)
    }
  }
}

function timesInside(frame: WriteOperation['frame'], set: IntervalSet): (row: number) => boolean {
  const times = frame.data('ts_event').values as BigInt64Array
  return (row) => contains(set, times[row] as bigint)
}

/** Where the series has data inside `claims`. */
function dataWithin(edit: SeriesEdit, claims: Coverage): IntervalSet {
  return intersect(coverageSet(edit.coverage(), 'data'), coverageSet(claims))
}

function overlapError(edit: SeriesEdit, overlap: Interval): WriteConflictError {
  return new WriteConflictError(`${formatSeries(edit.series)} already has data in ${formatInterval(overlap)}`, {
    steps: [
      "Write with mode 'merge' to let the new rows win, or 'keep-old' to let the stored ones win.",
      'Or delete the range first: ntrader data delete',
    ],
  })
}

/**
 * A series holds one setting. What a replacement removes does not count; what was never stated conflicts with nothing.
 */
function refuseOtherSetting(edit: SeriesEdit, { claims, mode }: WriteOperation): void {
  const stated = settingsOf(claims)
  if (stated.length === 0) return
  const standing = mode === 'replace' ? removeCoverage(edit.coverage(), coverageSet(claims)) : edit.coverage()
  for (const other of [...settingsOf(standing), ...stated]) {
    const clash = stated.find((it) => !sameSetting(it, other))
    if (clash === undefined) continue
    throw new SettingsConflictError(
      `${formatSeries(edit.series)} holds data asked for with ${formatSetting(other)}; this was asked for with ${formatSetting(clash)}`,
      {
        steps: [
          'Keep data of another setting in a catalog of its own: --catalog PATH',
          'Or replace the whole series: fetch it again with --refresh over its whole coverage.',
        ],
      },
    )
  }
}

/** The different settings that data entries state; each empty claim answers for a setting of its own. */
export function settingsOf(coverage: Coverage): readonly Setting[] {
  const found: Setting[] = []
  for (const entry of coverage) {
    const setting = entry.state === 'data' ? entry.provenance.setting : undefined
    if (isStated(setting) && !found.some((it) => sameSetting(it, setting))) found.push(setting)
  }
  return found
}
