import { CatalogCorruptionError, UnsupportedFormatError } from '../model/errors.js'
import type { Frame } from '../model/frame.js'
import { emptyFrame, sameRows } from '../model/frame-edit.js'
import { covers, type Interval, type IntervalSet, intersect, normalize } from '../model/interval.js'
import { isDated, type Series } from '../model/series.js'
import { type Coverage, clipCoverage, coverageSet, removeCoverage, sameMeaning } from './coverage.js'
import { dropRows, sliceRows } from './cut-rows.js'
import { coverageOf, extentOf, finderOf, isUnbounded, type LiveFile } from './live-file.js'
import { mergeAll, mergeFrames } from './merge.js'
import { type Period, periodOf, periodsIn } from './period.js'

type LoadRows = (file: LiveFile) => Promise<Frame>

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

/** The rows and coverage of one period while a transaction changes them. Files are decoded only when rows are needed. */
export interface Bucket {
  readonly period: Period
  readonly sources: LiveFile[]
  coverage: Coverage
  /** `undefined` while the rows are still those of the sources. */
  rows: Frame | undefined
  changed: boolean
}

/**
 * One series under change, period by period: what is touched is taken in whole (its files, and every period those
 * files reach into), changed in memory, and comes out as files to remove and files to write. Periods that end as they
 * began keep their files, so writing the same again writes nothing.
 */
export class SeriesEdit {
  readonly series: Series
  readonly #files: readonly LiveFile[]
  readonly #load: LoadRows
  readonly #buckets = new Map<string, Bucket>()
  readonly #dropped = new Map<LiveFile, string>()
  readonly #decoded = new Map<LiveFile, Promise<Frame>>()
  readonly #consolidatedMonths: Set<string>
  readonly #filesIn: (interval: Interval) => readonly LiveFile[]
  readonly #emptied: Interval[] = []

  constructor(series: Series, files: readonly LiveFile[], load: LoadRows) {
    this.series = series
    this.#files = files
    this.#load = load
    const foreign = files.find(isUnbounded)
    if (foreign !== undefined) throw uneditable(foreign)
    this.#filesIn = finderOf(files)
    const months = files.filter((it) => it.unit === 'month').flatMap((it) => extentOf(it))
    this.#consolidatedMonths = new Set(months.flatMap((it) => periodsIn('month', it)).map((it) => it.name))
  }

  /** The series' whole coverage as changed so far, in no order. */
  coverage(): Coverage {
    const taken = new Set([...this.#buckets.values()].flatMap((it) => it.sources))
    const untouched = this.#files.filter((it) => !taken.has(it) && !this.#dropped.has(it))
    return [...untouched, ...this.#buckets.values()].flatMap((it) => it.coverage)
  }

  /**
   * The instants this edit has read or changed: whole periods, whatever its files reach into, and all of what it
   * emptied, also where it saw nothing.
   */
  touched(): IntervalSet {
    const dropped = [...this.#dropped.keys()].flatMap((it) => extentOf(it))
    return normalize([...[...this.#buckets.values()].map((it) => it.period), ...dropped, ...this.#emptied])
  }

  /** The periods an interval set touches, ready to be changed. */
  bucketsFor(set: IntervalSet): readonly Bucket[] {
    const buckets = new Map<string, Bucket>()
    for (const it of set) {
      for (const period of this.#periodsFor(it)) buckets.set(period.name, this.#open(period))
    }
    return [...buckets.values()]
  }

  /** Removes rows and coverage of an interval. Opens only the periods that hold anything: it may be twenty years. */
  async empty(interval: Interval): Promise<void> {
    this.#emptied.push(interval)
    const extents = this.#files.flatMap((it) => extentOf(it))
    const open = [...this.#buckets.values()].map((it) => it.period)
    const occupied = intersect(normalize([...extents, ...open]), [interval])
    for (const bucket of this.bucketsFor(occupied)) await this.#clear(bucket, [interval])
  }

  /** A bucket's rows, decoding its files if that has not happened. @throws CatalogCorruptionError */
  async rowsOf(bucket: Bucket): Promise<Frame> {
    if (bucket.rows !== undefined) return bucket.rows
    const parts: Frame[] = []
    for (const file of bucket.sources) {
      if (file.numRows > 0) parts.push(sliceRows(await this.#decode(file), bucket.period))
    }
    bucket.rows = mergeAll(this.series.type, parts)
    return bucket.rows
  }

  /** Replaces a bucket's content. @returns `false` when it gets what it had, and stays unchanged */
  async set(bucket: Bucket, rows: Frame, coverage: Coverage): Promise<boolean> {
    const isSame = sameMeaning(bucket.coverage, coverage) && sameRows(await this.rowsOf(bucket), rows)
    if (isSame) return false
    bucket.rows = rows
    bucket.coverage = coverage
    bucket.changed = true
    return true
  }

  /** Replaces a bucket's coverage; its rows stay as they are, unread. @returns whether that changed its meaning */
  setCoverage(bucket: Bucket, coverage: Coverage): boolean {
    if (sameMeaning(bucket.coverage, coverage)) return false
    bucket.coverage = coverage
    bucket.changed = true
    return true
  }

  /** Empties the part of a bucket inside `set`, without reading rows when nothing of it remains. */
  async #clear(bucket: Bucket, set: IntervalSet): Promise<void> {
    const coverage = removeCoverage(bucket.coverage, set)
    const isWhole = isWithin(bucket, set)
    const rows = isWhole ? (emptyFrame(this.series.type) as Frame) : dropRows(await this.rowsOf(bucket), set)
    const before = bucket.rows?.numRows ?? bucket.sources.reduce((sum, it) => sum + it.numRows, 0)
    if (rows.numRows === before && sameMeaning(coverage, bucket.coverage)) return
    bucket.rows = rows
    bucket.coverage = coverage
    bucket.changed = true
  }

  /** Makes the rows inside `set` exactly `rows`. A damaged file is no hindrance when nothing of it would remain. */
  async replace(bucket: Bucket, set: IntervalSet, rows: Frame, coverage: Coverage): Promise<boolean> {
    if (!isWithin(bucket, set)) {
      return this.set(bucket, mergeFrames(dropRows(await this.rowsOf(bucket), set), rows, 'new'), coverage)
    }
    try {
      return await this.set(bucket, rows, coverage)
    } catch (error) {
      if (!(error instanceof CatalogCorruptionError)) throw error
      bucket.rows = rows
      bucket.coverage = coverage
      bucket.changed = true
      return true
    }
  }

  /** Takes a damaged file out, unread. What else shares its periods stays. */
  drop(path: string, reason: string): void {
    const file = this.#files.find((it) => it.path === path)
    if (file === undefined || this.#dropped.has(file)) return
    for (const bucket of this.bucketsFor(extentOf(file))) {
      bucket.sources.splice(bucket.sources.indexOf(file), 1)
      bucket.coverage = removeCoverage(bucket.coverage, coverageSet(file.coverage))
    }
    this.#dropped.set(file, reason)
  }

  /**
   * Brings the files of one month together in one; nothing happens when they are already. For a transaction that does
   * nothing else to the series.
   */
  consolidate(month: Interval): void {
    const { name } = periodOf('month', month.startNs)
    this.#consolidatedMonths.add(name)
    for (const bucket of this.bucketsFor([month])) {
      bucket.changed = bucket.sources.length > 1 || bucket.sources.some((it) => it.unit !== 'month')
    }
  }

  /** What has to be removed and written to make the changes real. Decodes the rows of changed periods only. */
  async finish(): Promise<{ readonly removed: readonly RemovedFile[]; readonly written: readonly NewFile[] }> {
    const dirty = this.#dirtyBuckets()
    const removed: RemovedFile[] = [...this.#dropped].map(([file, reason]) => ({ file, reason }))
    for (const file of new Set([...dirty].flatMap((it) => it.sources))) removed.push({ file })
    const written: NewFile[] = []
    const blanks = new Map<string, Bucket[]>()
    for (const bucket of [...dirty].sort((a, b) => (a.period.startNs < b.period.startNs ? -1 : 1))) {
      const frame = await this.rowsOf(bucket)
      if (frame.numRows === 0 && bucket.coverage.length === 0) continue
      if (frame.numRows > 0 || bucket.period.unit !== 'day') {
        written.push({ name: bucket.period.name, frame, coverage: bucket.coverage })
      } else {
        const month = periodOf('month', bucket.period.startNs).name
        blanks.set(month, [...(blanks.get(month) ?? []), bucket])
      }
    }
    for (const buckets of blanks.values()) written.push(this.#blankFile(buckets))
    return { removed, written }
  }

  /** Covered days without rows: one zero-row file a month, named by its first day. */
  #blankFile(buckets: readonly Bucket[]): NewFile {
    const name = (buckets[0] as Bucket).period.name
    const coverage = buckets.flatMap((it) => it.coverage)
    return { name, frame: emptyFrame(this.series.type), coverage }
  }

  /** Changed buckets and all that share a file with them, since a file is rewritten as a whole. */
  #dirtyBuckets(): ReadonlySet<Bucket> {
    const dirty = new Set([...this.#buckets.values()].filter((it) => it.changed))
    for (const bucket of dirty) {
      const files = new Set(bucket.sources)
      for (const file of this.#blanksBeside(bucket)) files.add(file)
      for (const file of files) for (const other of this.bucketsFor(extentOf(file))) dirty.add(other)
    }
    return dirty
  }

  /** A day that ends without rows joins its month's zero-row file, so that there stays one. */
  #blanksBeside(bucket: Bucket): readonly LiveFile[] {
    if (bucket.period.unit !== 'day' || bucket.coverage.length === 0 || bucket.rows?.numRows !== 0) return []
    const month = periodOf('month', bucket.period.startNs)
    return this.#filesIn(month).filter((it) => it.numRows === 0 && !this.#dropped.has(it))
  }

  #periodsFor(interval: Interval): readonly Period[] {
    if (isDated(this.series)) return periodsIn('year', interval)
    return periodsIn('month', interval).flatMap((month) => {
      if (this.#consolidatedMonths.has(month.name)) return [month]
      return intersect([month], [interval]).flatMap((it) => periodsIn('day', it))
    })
  }

  /** Takes a period in: its files, and every other period those files reach into. */
  #open(period: Period): Bucket {
    const known = this.#buckets.get(period.name)
    if (known !== undefined) return known
    const sources = this.#filesIn(period).filter((it) => !this.#dropped.has(it))
    const coverage = clipCoverage(coverageOf(sources), [period])
    const rows = sources.some((it) => it.numRows > 0) ? undefined : (emptyFrame(this.series.type) as Frame)
    const bucket: Bucket = { period, sources, coverage, rows, changed: false }
    this.#buckets.set(period.name, bucket)
    for (const file of sources) this.bucketsFor(extentOf(file))
    return bucket
  }

  #decode(file: LiveFile): Promise<Frame> {
    let rows = this.#decoded.get(file)
    if (rows === undefined) {
      rows = this.#load(file)
      this.#decoded.set(file, rows)
    }
    return rows
  }
}

/** Whether `set` takes in all that a bucket holds. */
function isWithin(bucket: Bucket, set: IntervalSet): boolean {
  const held = bucket.sources.flatMap((it) => intersect(extentOf(it), [bucket.period]))
  return covers(set, bucket.period) || [...held, ...bucket.coverage].every((it) => covers(set, it))
}

function uneditable(file: LiveFile): UnsupportedFormatError {
  return new UnsupportedFormatError(`${file.path} was added by another writer without statistics of its rows`, {
    steps: ['Its series can be read, but not changed: write the rows to a series of this catalog instead.'],
  })
}
