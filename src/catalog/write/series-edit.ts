import { CatalogCorruptionError } from '../../model/errors.js'
import type { Frame } from '../../model/frame.js'
import { concatFrames, emptyFrame, sameRows } from '../../model/frame-edit.js'
import { type Interval, type IntervalSet, intersect, normalize, overlaps } from '../../model/interval.js'
import type { TableType } from '../../model/schema.js'
import { isDated, isTicks, type StoredSeries } from '../../model/series.js'
import {
  type Coverage,
  clipCoverage,
  coverageSet,
  joinAdjacent,
  removeCoverage,
  sameMeaning,
} from '../coverage/coverage.js'
import { type Period, periodOf, periodsIn } from '../coverage/period.js'
import { coverageOf, extentOf, finderOf, isUnbounded, type LiveFile } from '../files/live-file.js'
import {
  type Bucket,
  blankFile,
  filesToBe,
  fill,
  isWithin,
  keyOf,
  type NewFile,
  type RemovedFile,
  type SeriesChange,
  uneditable,
} from './bucket.js'
import { dropRows, sliceRows } from './cut-rows.js'
import { mergeAll, mergeFrames } from './merge.js'
import { cellsOf, type PartLimits, splitFile, TICK_PART_LIMITS } from './tick-parts.js'

type LoadRows = (file: LiveFile) => Promise<Frame>

/**
 * One series under change, period by period: what is touched is taken in whole (its files, and every period those
 * files reach into), changed in memory, and comes out as files to remove and files to write. Periods that end as they
 * began keep their files, so writing the same again writes nothing.
 */
export class SeriesEdit {
  readonly series: StoredSeries
  readonly #files: readonly LiveFile[]
  readonly #load: LoadRows
  /** A file with rows anywhere: then no period can be opened, and files only be swapped whole. */
  readonly #unbounded: LiveFile | undefined
  readonly #buckets = new Map<string, Bucket>()
  /** Files taken out whole, and why when they are damaged. */
  readonly #dropped = new Map<LiveFile, string | undefined>()
  readonly #readded: LiveFile[] = []
  readonly #decoded = new Map<LiveFile, Promise<Frame>>()
  readonly #consolidatedMonths: Set<string>
  /** The live files that reach into an interval. */
  readonly filesIn: (interval: Interval) => readonly LiveFile[]
  readonly #emptied: Interval[] = []
  readonly #limits: PartLimits
  /** Tick days as they are cut: by the files found, whatever happens to them, so that cells never overlap. */
  readonly #cells = new Map<string, readonly Period[]>()
  /** Cells that are to become one file. */
  readonly #joined: Interval[] = []

  constructor(series: StoredSeries, files: readonly LiveFile[], load: LoadRows, limits = TICK_PART_LIMITS) {
    this.series = series
    this.#limits = limits
    this.#files = files
    this.#load = load
    this.#unbounded = files.find(isUnbounded)
    this.filesIn = finderOf(files)
    const months = files.filter((it) => it.unit === 'month').flatMap((it) => extentOf(it))
    this.#consolidatedMonths = new Set(months.flatMap((it) => periodsIn('month', it)).map((it) => it.name))
  }

  /** The series' whole coverage as changed so far, in no order. */
  coverage(): Coverage {
    const taken = new Set([...this.#buckets.values()].flatMap((it) => it.sources))
    const untouched = this.#files.filter((it) => !taken.has(it) && !this.#dropped.has(it))
    return [...untouched, ...this.#readded, ...this.#buckets.values()].flatMap((it) => it.coverage)
  }

  /**
   * The instants this edit has read or changed: whole periods, whatever its files reach into, and all of what it
   * emptied, also where it saw nothing.
   */
  touched(): IntervalSet {
    const dropped = [...this.#dropped.keys()].flatMap((it) => extentOf(it))
    return normalize([...[...this.#buckets.values()].map((it) => it.period), ...dropped, ...this.#emptied])
  }

  /** Makes this edit depend on an interval: when another writer's commit touches it, this is planned again. */
  watch(interval: Interval): void {
    this.#emptied.push(interval)
  }

  /** Every period taken in so far. */
  opened(): readonly Bucket[] {
    return [...this.#buckets.values()]
  }

  /** Takes whole files out and others, of an earlier version, in as they are; none of them reaches into an open period. */
  swap(removed: readonly LiveFile[], readded: readonly LiveFile[], interval: Interval): void {
    for (const file of removed) this.#dropped.set(file, undefined)
    this.#readded.push(...readded)
    this.#emptied.push(interval)
  }

  /** The periods an interval set touches, ready to be changed. */
  bucketsFor(set: IntervalSet): readonly Bucket[] {
    const buckets = new Map<string, Bucket>()
    for (const it of set) {
      for (const period of this.#periodsFor(it)) buckets.set(keyOf(period), this.#open(period))
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
      if (file.numRows > 0) parts.push(sliceRows(await this.load(file), bucket.period))
    }
    bucket.rows = mergeAll(this.series.type, parts)
    return bucket.rows
  }

  /** Replaces a bucket's content. @returns `false` when it gets what it had, and stays unchanged */
  async set(bucket: Bucket, rows: Frame, coverage: Coverage): Promise<boolean> {
    if (sameMeaning(bucket.coverage, coverage) && sameRows(await this.rowsOf(bucket), rows)) return false
    fill(bucket, rows, coverage)
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
    const rows = isWhole ? emptyFrame<TableType>(this.series.type) : dropRows(await this.rowsOf(bucket), set)
    const before = bucket.rows?.numRows ?? bucket.sources.reduce((sum, it) => sum + it.numRows, 0)
    if (rows.numRows === before && sameMeaning(coverage, bucket.coverage)) return
    fill(bucket, rows, coverage)
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
      fill(bucket, rows, coverage)
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
   * Brings the files of one month of bars, or of some cells of a tick day, together in one; nothing happens when they
   * are already. For a transaction that does nothing else to the series.
   */
  consolidate(interval: Interval): void {
    if (isTicks(this.series)) {
      this.#join(interval)
      return
    }
    const { name } = periodOf('month', interval.startNs)
    this.#consolidatedMonths.add(name)
    for (const bucket of this.bucketsFor([interval])) {
      bucket.changed = bucket.sources.length > 1 || bucket.sources.some((it) => it.unit !== 'month')
    }
  }

  #join(interval: Interval): void {
    const buckets = this.bucketsFor([interval]).filter((it) => overlaps(it.period, interval))
    const files = new Set(buckets.flatMap((it) => it.sources).filter((it) => it.numRows > 0))
    if (files.size < 2) return
    this.#joined.push(interval)
    for (const bucket of buckets) bucket.changed = true
  }

  /** What has to be removed and written to make the changes real. Decodes the rows of changed periods only. */
  async finish(): Promise<SeriesChange> {
    const dirty = this.#dirtyBuckets()
    const removed: RemovedFile[] = [...this.#dropped].map(([file, reason]) =>
      reason === undefined ? { file } : { file, reason },
    )
    for (const file of new Set([...dirty].flatMap((it) => it.sources))) removed.push({ file })
    const written: NewFile[] = []
    const blanks = new Map<string, Bucket[]>()
    for (const [first, ...rest] of filesToBe(dirty, this.#joined)) {
      const { period } = first
      const file = await this.#fileOf([first, ...rest])
      if (file.frame.numRows === 0 && file.coverage.length === 0) continue
      if (file.frame.numRows > 0 || period.unit !== 'day') {
        written.push(...(isTicks(this.series) ? splitFile(file, this.#limits) : [file]))
      } else {
        const month = periodOf('month', period.startNs).name
        blanks.set(month, [...(blanks.get(month) ?? []), first, ...rest])
      }
    }
    for (const buckets of blanks.values()) written.push(blankFile(this.series.type, buckets))
    return { removed, readded: this.#readded, written }
  }

  async #fileOf(buckets: readonly [Bucket, ...Bucket[]]): Promise<NewFile> {
    const frames: Frame[] = []
    for (const bucket of buckets) frames.push(await this.rowsOf(bucket))
    const coverage = joinAdjacent(buckets.flatMap((it) => it.coverage))
    return { name: buckets[0].period.name, frame: concatFrames(this.series.type, frames), coverage }
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
    return this.filesIn(month).filter((it) => it.numRows === 0 && !this.#dropped.has(it))
  }

  #periodsFor(interval: Interval): readonly Period[] {
    if (isDated(this.series)) return periodsIn('year', interval)
    if (isTicks(this.series)) {
      return periodsIn('day', interval).flatMap((day) => this.#cellsIn(day).filter((it) => overlaps(it, interval)))
    }
    return periodsIn('month', interval).flatMap((month) => {
      if (this.#consolidatedMonths.has(month.name)) return [month]
      return intersect([month], [interval]).flatMap((it) => periodsIn('day', it))
    })
  }

  #cellsIn(day: Period): readonly Period[] {
    let cells = this.#cells.get(day.name)
    if (cells === undefined) {
      cells = cellsOf(day, this.filesIn(day), this.#limits)
      this.#cells.set(day.name, cells)
    }
    return cells
  }

  /** Takes a period in: its files, and every other period those files reach into. */
  #open(period: Period): Bucket {
    const known = this.#buckets.get(keyOf(period))
    if (known !== undefined) return known
    if (this.#unbounded !== undefined) throw uneditable(this.#unbounded)
    const sources = this.filesIn(period).filter((it) => !this.#dropped.has(it))
    const coverage = clipCoverage(coverageOf(sources), [period])
    const rows = sources.some((it) => it.numRows > 0) ? undefined : emptyFrame<TableType>(this.series.type)
    const bucket: Bucket = { period, sources, coverage, rows, changed: false }
    this.#buckets.set(keyOf(period), bucket)
    for (const file of sources) this.bucketsFor(extentOf(file))
    return bucket
  }

  /** The rows of a file, live or not, decoded once. @throws CatalogCorruptionError */
  load(file: LiveFile): Promise<Frame> {
    let rows = this.#decoded.get(file)
    if (rows === undefined) {
      rows = this.#load(file)
      this.#decoded.set(file, rows)
    }
    return rows
  }
}
