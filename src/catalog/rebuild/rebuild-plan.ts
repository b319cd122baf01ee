import type { Salvage } from '../../delta/salvage.js'
import type { CorruptFile } from '../../model/errors.js'
import { type Interval, type IntervalSet, normalize, overlaps, sameSet, subtract } from '../../model/interval.js'
import { isTicks, type StoredSeries } from '../../model/series.js'
import { coverageSet } from '../coverage/coverage.js'
import { periodOf, periodsIn } from '../coverage/period.js'
import { extentOf, type LiveFile, seriesKey } from '../files/live-file.js'

/** A sound data file, by its own word: its rows and the key-values of its footer. */
export interface FoundFile {
  readonly series: StoredSeries
  readonly file: LiveFile
  readonly writeSequence: number
}

/** A data file that is not what was written; what is known of it, the old log says. */
export interface DamagedFile {
  readonly file: LiveFile
  readonly corrupt: CorruptFile
}

/** What reading the data files of a table told of them. */
export interface ReadFiles {
  readonly found: readonly FoundFile[]
  readonly damaged: readonly DamagedFile[]
}

/**
 * Why a file is left out of a rebuilt log.
 * - `superseded`: a newer file holds its period, or all that it covers
 * - `removed`: the last commit of the old log that names it took it out
 * - `uncommitted`: every commit that could have named it reads, and none does: a writer crashed before its commit
 */
export type LeftOut = 'superseded' | 'removed' | 'uncommitted'

export interface RebuildPlan {
  readonly taken: readonly FoundFile[]
  /** Files of which newer ones hold a part: they are written anew with what is to be kept. */
  readonly cut: readonly { readonly found: FoundFile; readonly keep: IntervalSet }[]
  readonly left: readonly { readonly file: LiveFile; readonly why: LeftOut }[]
  /** What the table has lost by damage. */
  readonly damaged: readonly DamagedFile[]
}

/**
 * Which of the data files on disk make up the table: what the rest of the old log says where it speaks, and where it does
 * not, for each interval the file of the highest write sequence. Pure.
 *
 * @param sequenceBase what the write sequences of the old log began at; `undefined` where nothing is left that says it
 *
 * A write replaces the file of its period as a whole, and that is how far a newer file reaches: an hour that was deleted
 * from a day stays deleted, because the day's newer file says nothing of it. What was deleted as a whole day leaves no
 * newer file, and without its commit it comes back.
 */
export function planRebuild(
  { found, damaged }: ReadFiles,
  salvage: Salvage,
  sequenceBase: number | undefined,
): RebuildPlan {
  const isRemoved = ({ file }: DamagedFile): boolean => salvage.named.get(file.add.path)?.isLive === false
  const left = damaged.filter(isRemoved).map(({ file }): RebuildPlan['left'][number] => ({ file, why: 'removed' }))
  const bySeries = new Map<string, FoundFile[]>()
  for (const it of found) {
    const why = saidByLog(it, salvage, sequenceBase)
    if (why !== undefined) {
      left.push({ file: it.file, why })
      continue
    }
    const key = seriesKey(it.series)
    const known = bySeries.get(key)
    if (known === undefined) bySeries.set(key, [it])
    else known.push(it)
  }
  const taken: FoundFile[] = []
  const cut: { readonly found: FoundFile; readonly keep: IntervalSet }[] = []
  for (const files of bySeries.values()) {
    const claims = new Claims()
    for (const it of files.sort(newestFirst)) {
      const keep = claims.leave(it)
      if (keep.length === 0) left.push({ file: it.file, why: 'superseded' })
      else if (sameSet(keep, extentOf(it.file))) taken.push(it)
      else cut.push({ found: it, keep })
      claims.add(it)
    }
  }
  return { taken, cut, left, damaged: damaged.filter((it) => !isRemoved(it)) }
}

function saidByLog(
  { file, writeSequence }: FoundFile,
  { newestRead, unreadable, named, isHeadKnown }: Salvage,
  sequenceBase: number | undefined,
): LeftOut | undefined {
  const witness = named.get(file.add.path)
  if (witness !== undefined) return witness.isLive ? undefined : 'removed'
  // A log that was rebuilt begins with files of higher sequences than its versions: without its base they say nothing.
  if (sequenceBase === undefined) return undefined
  // It was committed at the version it was planned for, or at a later one when it lost a race.
  const planned = Math.max(0, writeSequence - sequenceBase)
  const isHidden = unreadable.some((it) => it >= planned)
  if (isHeadKnown) return isHidden ? 'removed' : 'uncommitted'
  return newestRead >= planned && !isHidden ? 'uncommitted' : undefined
}

function newestFirst(a: FoundFile, b: FoundFile): number {
  return b.writeSequence - a.writeSequence || (a.file.path < b.file.path ? -1 : 1)
}

/** What the newer files of one series hold, by month: a series may have thousands of files. */
class Claims {
  readonly #months = new Map<string, IntervalSet>()
  /** Months of which a newer file of a day is known: a consolidated month would have been written anew in its place. */
  readonly #monthsInDays = new Set<string>()
  /** Months whose file of covered days without rows is known; there is one at a time. */
  readonly #monthsOfBlanks = new Set<string>()

  /** What of a file no newer one holds. */
  leave({ series, file }: FoundFile): IntervalSet {
    const month = monthOf(file)
    if (file.unit === 'month' && this.#monthsInDays.has(month)) return []
    if (isBlank(file) && this.#monthsOfBlanks.has(month)) return []
    // A newer file of the same day may have lost rows that this one still has: of bars it is the day's only one.
    const isHeld = !isTicks(series) && file.numRows > 0 && this.#in(reachOf(series, file)).length > 0
    return isHeld && file.unit !== 'month' ? [] : subtract(extentOf(file), this.#in(extentOf(file)))
  }

  add({ series, file }: FoundFile): void {
    if (file.unit === 'day' && !isTicks(series)) this.#monthsInDays.add(monthOf(file))
    if (isBlank(file)) this.#monthsOfBlanks.add(monthOf(file))
    for (const reach of reachOf(series, file)) {
      for (const { name } of periodsIn('month', reach)) {
        this.#months.set(name, normalize([...(this.#months.get(name) ?? []), reach]))
      }
    }
  }

  #in(set: IntervalSet): IntervalSet {
    const names = new Set(set.flatMap((it) => periodsIn('month', it)).map((it) => it.name))
    const held = [...names].flatMap((name) => this.#months.get(name) ?? [])
    return normalize(held.filter((it) => set.some((part) => overlaps(part, it))))
  }
}

/** How far a file speaks: of bars its whole period; of ticks, of which a day has several, what it holds. */
function reachOf(series: StoredSeries, file: LiveFile): IntervalSet {
  const first = file.rowSpan?.startNs ?? file.coverage[0]?.startNs
  if (isTicks(series) || file.unit === undefined || first === undefined || isBlank(file)) return extentOf(file)
  return normalize([periodOf(file.unit, first), ...extentOf(file)])
}

/** A file of covered days without rows, named by the first of them. */
function isBlank(file: LiveFile): boolean {
  return file.numRows === 0 && file.unit === 'day'
}

function monthOf(file: LiveFile): string {
  const at: Interval | undefined = file.rowSpan ?? coverageSet(file.coverage)[0]
  return at === undefined ? '' : periodOf('month', at.startNs).name
}
