import type { AddFile } from '../delta/actions.js'
import type { Partition, Snapshot } from '../delta/snapshot.js'
import { partitionKey } from '../delta/snapshot.js'
import { hull, type Interval, type IntervalSet, normalize } from '../model/interval.js'
import type { RecordType } from '../model/schema.js'
import { partitionValuesOf, type Series, seriesOfPartition } from '../model/series.js'
import { type Coverage, coverageSet, joinAdjacent } from './coverage.js'
import { coverageFromText } from './coverage-text.js'
import { type PeriodUnit, unitOfFileName } from './period.js'

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
}

/** The live files of one series, in the order of their first instant. Empty for a series the table does not know. */
export function liveFilesOf(snapshot: Snapshot | undefined, series: Series): readonly LiveFile[] {
  const partition = snapshot?.partitions.get(partitionKey(partitionValuesOf(series)))
  return partition === undefined ? [] : liveFiles(series.type, partition)
}

/** A partition of a snapshot never changes, so what its tags say is read once and not before every query. */
const known = new WeakMap<Partition, readonly LiveFile[]>()

export function liveFiles(type: RecordType, partition: Partition): readonly LiveFile[] {
  const before = known.get(partition)
  if (before !== undefined) return before
  const files = [...partition.files.values()].map((add) => liveFile(type, add)).sort(byFirstInstant)
  known.set(partition, files)
  return files
}

/** Every series of a table that has a live file. */
export function seriesIn(type: RecordType, snapshot: Snapshot | undefined): readonly Series[] {
  return [...(snapshot?.partitions.values() ?? [])].map(({ values }) => seriesOfPartition(type, values))
}

export function seriesKey(series: Series): string {
  return partitionKey(partitionValuesOf(series))
}

export function coverageOf(files: readonly LiveFile[]): Coverage {
  const entries = files.flatMap((it) => it.coverage)
  return joinAdjacent(entries.sort((a, b) => (a.startNs < b.startNs ? -1 : a.startNs > b.startNs ? 1 : 0)))
}

/**
 * Every stretch in which the file has rows or coverage. A file without rows may cover days far apart: each counts by
 * itself. Between a file's first and last row everything counts.
 */
export function extentOf(file: LiveFile): IntervalSet {
  if (file.numRows === 0) return coverageSet(file.coverage)
  const span = hull([...file.coverage, ...(file.rowSpan === undefined ? [] : [file.rowSpan])])
  return span === undefined ? EVERYTHING : [span]
}

/** A file by another writer, without statistics, may hold rows anywhere. */
export function isUnbounded(file: LiveFile): boolean {
  return extentOf(file) === EVERYTHING
}

const EVERYTHING: IntervalSet = normalize([{ startNs: -(2n ** 63n), endNs: 2n ** 63n }])

/** What the log says of one file, read out. */
export function liveFile(type: RecordType, add: AddFile): LiveFile {
  const path = `${type}/${add.path}`
  const tag = add.tags['coverage']
  const range = add.stats?.tsEvent
  return {
    add,
    path,
    sha256: add.tags['sha256'],
    coverage: tag === undefined ? [] : coverageFromText(tag, path),
    unit: unitOfFileName(add.path),
    numRows: add.stats?.numRecords ?? 0,
    rowSpan: range === undefined ? undefined : { startNs: range.minNs, endNs: range.maxNs + 1n },
  }
}

function byFirstInstant(a: LiveFile, b: LiveFile): number {
  const left = a.rowSpan?.startNs ?? a.coverage[0]?.startNs ?? 0n
  const right = b.rowSpan?.startNs ?? b.coverage[0]?.startNs ?? 0n
  if (left !== right) return left < right ? -1 : 1
  return a.path < b.path ? -1 : 1
}
