import { UnsupportedFormatError } from '../../model/errors.js'
import type { Frame } from '../../model/frame.js'
import { emptyFrame } from '../../model/frame-edit.js'
import { byStart, covers, type Interval, type IntervalSet, intersect, overlaps } from '../../model/interval.js'
import type { TableType } from '../../model/schema.js'
import type { Coverage } from '../coverage/coverage.js'
import type { Period } from '../coverage/period.js'
import { extentOf, type LiveFile } from '../files/live-file.js'

/** A data file to be written. */
export interface NewFile {
  /** `2024-01-02`, `2024-01` or `2024`. */
  readonly name: string
  readonly frame: Frame
  readonly coverage: Coverage
}

/** A live file to be removed; `reason` when it is removed because it is damaged. */
export interface RemovedFile {
  readonly file: LiveFile
  readonly reason?: string
}

/** What has to happen to make a changed series real. */
export interface SeriesChange {
  readonly removed: readonly RemovedFile[]
  /** Files of an earlier version that become live again. */
  readonly readded: readonly LiveFile[]
  readonly written: readonly NewFile[]
}

/**
 * The rows and coverage of one period, or of one cell of a tick day, while a transaction changes them. Files are decoded
 * only when rows are needed.
 */
export interface Bucket {
  readonly period: Period
  readonly sources: LiveFile[]
  coverage: Coverage
  /** `undefined` while the rows are still those of the sources. */
  rows: Frame | undefined
  changed: boolean
}

export function keyOf({ name, startNs }: Period): string {
  return `${name} ${startNs}`
}

/** Gives a bucket other content, to be written. */
export function fill(bucket: Bucket, rows: Frame, coverage: Coverage): void {
  bucket.rows = rows
  bucket.coverage = coverage
  bucket.changed = true
}

/** Whether `set` takes in all that a bucket holds. */
export function isWithin(bucket: Bucket, set: IntervalSet): boolean {
  const held = bucket.sources.flatMap((it) => intersect(extentOf(it), [bucket.period]))
  return covers(set, bucket.period) || [...held, ...bucket.coverage].every((it) => covers(set, it))
}

/**
 * Buckets in the order of time, each to become a file of its own; those inside one of `joined` become one file
 * together.
 */
export function filesToBe(
  buckets: Iterable<Bucket>,
  joined: readonly Interval[],
): readonly (readonly [Bucket, ...Bucket[]])[] {
  const files: [Bucket, ...Bucket[]][] = []
  let current: Interval | undefined
  for (const bucket of [...buckets].sort((a, b) => byStart(a.period, b.period))) {
    const within = joined.find((it) => overlaps(it, bucket.period))
    if (within !== undefined && within === current) files.at(-1)?.push(bucket)
    else files.push([bucket])
    current = within
  }
  return files
}

/** Covered days without rows: one zero-row file a month, named by its first day. */
export function blankFile(type: TableType, buckets: readonly Bucket[]): NewFile {
  const name = (buckets[0] as Bucket).period.name
  const coverage = buckets.flatMap((it) => it.coverage)
  return { name, frame: emptyFrame(type), coverage }
}

/** A file whose rows may lie anywhere cannot be cut into periods. */
export function uneditable(file: LiveFile): UnsupportedFormatError {
  return new UnsupportedFormatError(`${file.path} was added by another writer without statistics of its rows`, {
    steps: ['Its series can be read, but not changed: write the rows to a series of this catalog instead.'],
  })
}
