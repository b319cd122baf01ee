import { CatalogCorruptionError, SettingsConflictError } from '../../model/errors.js'
import { covers, hull, type Interval, intersect, overlaps } from '../../model/interval.js'
import { formatSeries } from '../../model/series.js'
import type { Storage } from '../../storage/storage.js'
import { clipCoverage, formatSetting, removeCoverage, settingsOf } from '../coverage/coverage.js'
import { corruptFile, isDamage, readIntact } from '../files/integrity.js'
import { coverageOf, extentOf, finderOf, isUnbounded, type LiveFile } from '../files/live-file.js'
import { type Bucket, uneditable } from '../write/bucket.js'
import { dropRows, sliceRows } from '../write/cut-rows.js'
import { mergeAll, mergeFrames } from '../write/merge.js'
import type { SeriesEdit } from '../write/series-edit.js'

/**
 * Makes a series inside an interval what it was: rows, coverage and settings. Files that lie wholly inside come back as
 * they are, so that twenty years are restored without decoding any; only where the interval cuts through a file, now or
 * then, rows are put together anew. For a transaction that does nothing else to the series.
 *
 * @param past the series' files as of the version wanted
 * @throws CatalogCorruptionError naming every file that is no longer there as it was written
 * @throws UnsupportedFormatError for a range, when nobody knows what of a file lies in it
 * @throws SettingsConflictError when a part of the series would have another setting than the rest
 */
export async function restoreInterval(
  edit: SeriesEdit,
  interval: Interval,
  past: readonly LiveFile[],
  storage: Pick<Storage, 'read'>,
): Promise<void> {
  const then = finderOf(past)(interval)
  const now = edit.filesIn(interval)
  const isSame = sameFiles(now, then)
  const isWhole = (file: LiveFile): boolean => covers([interval], hull(extentOf(file)) ?? interval)
  for (const file of [...now, ...then].filter((it) => !isSame(it) && !isWhole(it))) {
    if (isUnbounded(file)) throw uneditable(file)
    edit.bucketsFor(extentOf(file))
  }
  const mixed = openAllReached(edit, then)
  const readded = then.filter((it) => !mixed.has(it) && !isSame(it))
  await refuseDamaged(storage, [...readded, ...[...mixed].filter((it) => !isSame(it))])
  for (const bucket of edit.opened()) await restoreBucket(edit, bucket, interval, [...mixed])
  const taken = new Set(edit.opened().flatMap((it) => it.sources))
  edit.swap(
    now.filter((it) => !taken.has(it) && !isSame(it)),
    readded,
    interval,
  )
  refuseMixedSettings(edit)
}

function sameFiles(now: readonly LiveFile[], then: readonly LiveFile[]): (file: LiveFile) => boolean {
  const paths = new Set(then.map((it) => it.path))
  const same = new Set(now.map((it) => it.path).filter((it) => paths.has(it)))
  return (file) => same.has(file.path)
}

/** Opens the periods of every earlier file that reaches into an open one, until none does. */
function openAllReached(edit: SeriesEdit, then: readonly LiveFile[]): ReadonlySet<LiveFile> {
  const reached = new Set<LiveFile>()
  for (;;) {
    const open = edit.opened().map((it) => it.period)
    const next = then.filter((it) => !reached.has(it) && open.some((period) => reaches(it, period)))
    if (next.length === 0) return reached
    for (const file of next) {
      reached.add(file)
      edit.bucketsFor(extentOf(file))
    }
  }
}

function reaches(file: LiveFile, period: Interval): boolean {
  return extentOf(file).some((it) => overlaps(it, period))
}

async function restoreBucket(
  edit: SeriesEdit,
  bucket: Bucket,
  interval: Interval,
  past: readonly LiveFile[],
): Promise<void> {
  const inside = intersect([bucket.period], [interval])
  if (inside.length === 0) return
  const parts = []
  for (const file of past) {
    if (file.numRows === 0 || !reaches(file, bucket.period)) continue
    for (const it of inside) parts.push(sliceRows(await edit.load(file), it))
  }
  const rows = mergeFrames(dropRows(await edit.rowsOf(bucket), inside), mergeAll(edit.series.type, parts), 'new')
  const coverage = [...removeCoverage(bucket.coverage, inside), ...clipCoverage(coverageOf(past), inside)]
  await edit.set(bucket, rows, coverageInOrder(coverage))
}

function coverageInOrder(coverage: Bucket['coverage']): Bucket['coverage'] {
  return [...coverage].sort((a, b) => (a.startNs < b.startNs ? -1 : 1))
}

/** Refused unless every file needed is there with its sha256: half a restore would be a third state. */
async function refuseDamaged(storage: Pick<Storage, 'read'>, files: readonly LiveFile[]): Promise<void> {
  const damaged = []
  for (const file of files) {
    const bytes = await readIntact(storage, file)
    if (isDamage(bytes)) damaged.push(corruptFile(file, bytes.reason))
  }
  const [first] = damaged
  if (first === undefined) return
  const more = damaged.length > 1 ? `, and ${damaged.length - 1} more` : ''
  throw new CatalogCorruptionError(`nothing was restored: ${first.file}: ${first.reason}${more}`, {
    files: damaged,
    steps: [
      'Put the files back from a backup (data files never change once written), then restore again.',
      'Or restore another version, or a range that does not need them: ntrader data history',
    ],
  })
}

function refuseMixedSettings(edit: SeriesEdit): void {
  const [one, other] = settingsOf(edit.coverage())
  if (one === undefined || other === undefined) return
  throw new SettingsConflictError(
    `${formatSeries(edit.series)} would hold data asked for with ${formatSetting(one)} and with ${formatSetting(other)}`,
    { steps: ['Restore the whole series instead of a range of it.'] },
  )
}
