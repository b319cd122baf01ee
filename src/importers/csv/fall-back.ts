import { DAY_NS } from '../../model/time.js'
import type { FileRows } from './file-rows.js'
import type { AmbiguousRow } from './row-reader.js'

type Direction = 'ascending' | 'descending'

/**
 * Decides by file order which of two instants the rows of a fall-back hour mean. In a file that runs one way, the
 * clock reads 01:00..01:59 twice, so the rows of that hour turn back exactly once: there the second pass begins. Rows
 * that show no such turn, or several, may mean either, and are returned as undecided.
 */
export function resolveFallBack(rows: FileRows, ambiguous: readonly AmbiguousRow[]): readonly AmbiguousRow[] {
  if (ambiguous.length === 0) return []
  const fileDirection = directionOf(rows, ambiguous)
  return runsOf(ambiguous).flatMap((run) => {
    const direction = fileDirection === 'unknown' ? directionWithin(run) : fileDirection
    const turn = direction === 'unsorted' ? undefined : turnOf(rows, run, direction)
    if (turn === undefined) return run
    const later = direction === 'ascending' ? run.slice(turn) : run.slice(0, turn)
    for (const { row, laterNs } of later) rows.setTsEventNs(row, laterNs)
    return []
  })
}

/**
 * Which way the file runs, by every step but those inside a fall-back hour: all other rows lie before or after both of
 * its passes.
 */
function directionOf(rows: FileRows, ambiguous: readonly AmbiguousRow[]): Direction | 'unsorted' | 'unknown' {
  const within = new Set(runsOf(ambiguous).flatMap((run) => run.slice(1).map((it) => it.row)))
  let [ups, downs] = [0, 0]
  for (let row = 1; row < rows.length; row++) {
    if (within.has(row)) continue
    const [previousNs, ns] = [rows.tsEventNsOf(row - 1), rows.tsEventNsOf(row)]
    if (ns > previousNs) ups++
    if (ns < previousNs) downs++
  }
  if (ups > 0 && downs > 0) return 'unsorted'
  if (ups === 0 && downs === 0) return 'unknown'
  return ups > 0 ? 'ascending' : 'descending'
}

/** Of a file that holds little more than the hour itself: the way most of its rows run. */
function directionWithin(run: readonly AmbiguousRow[]): Direction | 'unsorted' {
  const steps = stepsOf(run)
  const ups = steps.filter((step) => step > 0n).length
  const downs = steps.filter((step) => step < 0n).length
  if (ups === downs) return 'unsorted'
  return ups > downs ? 'ascending' : 'descending'
}

/** Consecutive rows in the same fall-back hour. */
function runsOf(ambiguous: readonly AmbiguousRow[]): readonly AmbiguousRow[][] {
  const runs: AmbiguousRow[][] = []
  let last: AmbiguousRow | undefined
  for (const it of ambiguous) {
    const follows = last !== undefined && it.row === last.row + 1 && distance(it.earlierNs, last.earlierNs) < DAY_NS
    if (follows) runs.at(-1)?.push(it)
    else runs.push([it])
    last = it
  }
  return runs
}

/**
 * Where the run turns back, if it does so exactly once. The same local time twice in a row is a turn when the bars
 * differ (hourly bars show 01:00, 01:00); the same bar twice is a duplicate, and tells nothing. Nor do ticks, of which
 * any number can share a stamp.
 */
function turnOf(rows: FileRows, run: readonly AmbiguousRow[], direction: Direction): number | undefined {
  const isBars = rows.type === 'bars'
  const turns = stepsOf(run).flatMap((step, i) => {
    const isBack = direction === 'ascending' ? step < 0n : step > 0n
    const isRepeat = isBars && step === 0n && !rows.isSame(run[i]?.row ?? 0, run[i + 1]?.row ?? 0)
    return isBack || isRepeat ? [i + 1] : []
  })
  return turns.length === 1 ? turns[0] : undefined
}

function stepsOf(run: readonly AmbiguousRow[]): readonly bigint[] {
  return run.slice(1).map((it, i) => it.earlierNs - (run[i] as AmbiguousRow).earlierNs)
}

function distance(a: bigint, b: bigint): bigint {
  return a > b ? a - b : b - a
}
