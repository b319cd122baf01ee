import type { AddFile } from '../../delta/actions.js'
import type { Partition, Snapshot } from '../../delta/snapshot.js'
import { partitionKey } from '../../delta/snapshot.js'
import { byStart, hull, type Interval, type IntervalSet, normalize, overlaps } from '../../model/interval.js'
import type { TableType } from '../../model/schema.js'
import { partitionValuesOf, type StoredSeries, seriesOfPartition } from '../../model/series.js'
import { type Coverage, coverageSet, joinAdjacent } from '../coverage/coverage.js'
import { coverageFromText } from '../coverage/coverage-text.js'
import { type PeriodUnit, unitOfFileName } from '../coverage/period.js'

/** A data file that the log names, with what its tags say read out. */
export interface LiveFile {
  readonly add: AddFile
  /** Below the catalog's root: `bars/instrument_id=…/2024-01-02.<id>.parquet`. */
  readonly path: string
  /** Absent for a file another writer added: readable, but not checkable and covering nothing. */
  readonly sha256: string | undefined
  readonly coverage: Coverage
  readonly unit: PeriodUnit | undefined
  readonly numRows: number
  /** From the first row's `ts_event` to just after the last's; absent without rows or without statistics. */
  readonly rowSpan: Interval | undefined
  /** See {@link extentOf}. */
  readonly extent: IntervalSet
}

/** The live files of one series, in the order of their first instant. Empty for a series the table does not know. */
export function liveFilesOf(snapshot: Snapshot | undefined, series: StoredSeries): readonly LiveFile[] {
  const partition = snapshot?.partitions.get(partitionKey(partitionValuesOf(series)))
  return partition === undefined ? [] : liveFiles(series.type, partition)
}

/** A partition of a snapshot never changes, so its files are put in order once and not before every query. */
const known = new WeakMap<Partition, readonly LiveFile[]>()

function liveFiles(type: TableType, partition: Partition): readonly LiveFile[] {
  const before = known.get(partition)
  if (before !== undefined) return before
  const files = [...partition.files.values()].map((add) => liveFile(type, add)).sort(byFirstInstant)
  known.set(partition, files)
  return files
}

/** Every series of a table that has a live file. */
export function seriesIn(type: TableType, snapshot: Snapshot | undefined): readonly StoredSeries[] {
  return [...(snapshot?.partitions.values() ?? [])].map(({ values }) => seriesOfPartition(type, values))
}

export function seriesKey(series: StoredSeries): string {
  return partitionKey(partitionValuesOf(series))
}

export function coverageOf(files: readonly LiveFile[]): Coverage {
  const entries = files.flatMap((it) => it.coverage)
  return joinAdjacent(entries.sort(byStart))
}

/**
 * Every stretch in which the file has rows or coverage. A file without rows may cover days far apart: each counts by
 * itself. Between a file's first and last row everything counts.
 */
export function extentOf(file: LiveFile): IntervalSet {
  return file.extent
}

function readExtent(file: Omit<LiveFile, 'extent'>): IntervalSet {
  if (file.add.stats?.numRecords === 0) return coverageSet(file.coverage)
  // Without statistics nobody knows where the rows are: whatever the file covers, none of them may be passed over.
  if (file.rowSpan === undefined) return EVERYTHING
  return normalize([hull([file.rowSpan, ...file.coverage]) ?? file.rowSpan])
}

/** A file without statistics of its rows, which Delta allows, may hold them anywhere. */
export function isUnbounded(file: LiveFile): boolean {
  return file.extent === EVERYTHING
}

const EVERYTHING: IntervalSet = normalize([{ startNs: -(2n ** 63n), endNs: 2n ** 63n }])

/** A commit leaves the entries of other files as they are: appending a day does not read 5,000 days' tags again. */
const readOut = new WeakMap<AddFile, LiveFile>()

/** What the log says of one file, read out. */
export function liveFile(type: TableType, add: AddFile): LiveFile {
  const before = readOut.get(add)
  if (before !== undefined) return before
  const file = readAdd(type, add)
  readOut.set(add, file)
  return file
}

function readAdd(type: TableType, add: AddFile): LiveFile {
  const path = `${type}/${add.path}`
  const tag = add.tags['coverage']
  const range = add.stats?.tsEvent
  const file = {
    add,
    path,
    sha256: add.tags['sha256'],
    coverage: tag === undefined ? [] : coverageFromText(tag, path),
    unit: unitOfFileName(add.path),
    numRows: add.stats?.numRecords ?? 0,
    rowSpan: range === undefined ? undefined : { startNs: range.minNs, endNs: range.maxNs + 1n },
  }
  return { ...file, extent: readExtent(file) }
}

/** Finds the files that reach into an interval without looking at the others; in the order of `files`. */
export function finderOf(files: readonly LiveFile[]): (interval: Interval) => readonly LiveFile[] {
  const stretches = files
    .flatMap((file, order) =>
      file.extent.map(({ startNs, endNs }) => ({ file, order, startNs, endNs, latestNs: endNs })),
    )
    .sort(byStart)
  // The latest end so far: where it lies before the interval, nothing further left reaches into it.
  for (const [i, it] of stretches.entries()) {
    const earlier = stretches[i - 1]
    if (earlier !== undefined && earlier.latestNs > it.latestNs) it.latestNs = earlier.latestNs
  }
  return (interval) => {
    const found = new Map<LiveFile, number>()
    for (let i = firstStartingFrom(stretches, interval.endNs) - 1; i >= 0; i--) {
      const it = stretches[i] as (typeof stretches)[number]
      if (it.latestNs <= interval.startNs) break
      if (overlaps(it, interval)) found.set(it.file, it.order)
    }
    return [...found].sort(([, a], [, b]) => a - b).map(([file]) => file)
  }
}

function firstStartingFrom(ascending: readonly Interval[], ns: bigint): number {
  let low = 0
  let high = ascending.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((ascending[middle] as Interval).startNs < ns) low = middle + 1
    else high = middle
  }
  return low
}

function byFirstInstant(a: LiveFile, b: LiveFile): number {
  const left = a.rowSpan?.startNs ?? a.coverage[0]?.startNs ?? 0n
  const right = b.rowSpan?.startNs ?? b.coverage[0]?.startNs ?? 0n
  if (left !== right) return left < right ? -1 : 1
  return a.path < b.path ? -1 : 1
}
