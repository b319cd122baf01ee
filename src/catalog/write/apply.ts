import { SettingsConflictError, WriteConflictError } from '../../model/errors.js'
import type { Frame } from '../../model/frame.js'
import { filterRows } from '../../model/frame-edit.js'
import { contains, formatInterval, type Interval, type IntervalSet, intersect, subtract } from '../../model/interval.js'
import { formatSeries } from '../../model/series.js'
import {
  answered,
  type Coverage,
  clipCoverage,
  coverageSet,
  formatSetting,
  overlay,
  partitionCoverage,
  removeCoverage,
  sameSetting,
  settingsOf,
} from '../coverage/coverage.js'
import { applyRecord } from '../instruments/instrument-edit.js'
import type { Bucket } from './bucket.js'
import { sliceRows } from './cut-rows.js'
import { mergeFrames, type Winner } from './merge.js'
import type { Operation, RestoreOperation, WriteOperation } from './operations.js'
import type { SeriesEdit } from './series-edit.js'

/**
 * Applies one operation to a series under change. The same operation on the same content gives the same result, so a
 * transaction that lost a race is simply applied again.
 *
 * @throws WriteConflictError in mode `error` or for a changed contract, SettingsConflictError, CatalogCorruptionError
 * when rows have to be read from a damaged file
 */
export async function applyOperation(edit: SeriesEdit, operation: Exclude<Operation, RestoreOperation>): Promise<void> {
  switch (operation.kind) {
    case 'write':
      return applyWrite(edit, operation)
    case 'delete':
      return edit.empty(operation.interval)
    case 'drop':
      return edit.drop(operation.path, operation.reason)
    case 'consolidate':
      return edit.consolidate(operation.interval)
    case 'record':
      return applyRecord(edit, operation)
  }
}

async function applyWrite(edit: SeriesEdit, operation: WriteOperation): Promise<void> {
  refuseOtherSetting(edit, operation)
  const [overlap] = operation.mode === 'error' ? dataWithin(edit, operation.claims) : []
  let changed = false
  // Every row lies in a claim, so a period without one is none of this write's business.
  const buckets = edit.bucketsFor(coverageSet(operation.claims))
  const claims = partitionCoverage(
    operation.claims,
    buckets.map((it) => it.period),
  )
  for (const [i, bucket] of buckets.entries()) {
    changed = (await writeBucket(edit, bucket, operation, claims[i] ?? [])) || changed
  }
  // Asked of the write as a whole: the answer must not depend on how the stored days are cut into files.
  if (changed && overlap !== undefined) throw overlapError(edit, overlap)
}

/**
 * @param claims those of the operation inside the bucket
 * @returns whether the bucket's rows or the meaning of its coverage changed
 */
async function writeBucket(
  edit: SeriesEdit,
  bucket: Bucket,
  operation: WriteOperation,
  claims: Coverage,
): Promise<boolean> {
  const rows = sliceRows(operation.frame, bucket.period)
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
      return lay(edit, bucket, taken, clipCoverage(claims, missing), 'old')
    }
    case 'keep-old': {
      // Rows that stay keep their provenance: the new one is said only where there was no data.
      const isNew = subtract(claimed, coverageSet(bucket.coverage, 'data'))
      return lay(edit, bucket, rows, clipCoverage(claims, isNew), 'old')
    }
    default:
      return lay(edit, bucket, rows, claims, 'new')
  }
}

/** Lays rows and claims over what a bucket has; without rows its files stay unread. */
async function lay(edit: SeriesEdit, bucket: Bucket, rows: Frame, claims: Coverage, winner: Winner): Promise<boolean> {
  const coverage = overlay(bucket.coverage, claims)
  if (rows.numRows === 0) return edit.setCoverage(bucket, coverage)
  return edit.set(bucket, mergeFrames(await edit.rowsOf(bucket), rows, winner), coverage)
}

function timesInside(frame: Frame, set: IntervalSet): (row: number) => boolean {
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
