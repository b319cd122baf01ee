import { rowEndNs } from '../catalog/coverage/claim.js'
import { type CoverageEntry, expiryOf, type Provenance, type Setting } from '../catalog/coverage/coverage.js'
import { collapseEqualBars, findBrokenRows, inOrder } from '../catalog/write/check-rows.js'
import { sliceRows } from '../catalog/write/cut-rows.js'
import type { Frame } from '../model/frame.js'
import { concatFrames, filterRows, lowerBound } from '../model/frame-edit.js'
import { type Interval, type IntervalSet, intersect, normalize, subtract } from '../model/interval.js'
import type { Series } from '../model/series.js'
import { formatInstant } from '../model/time.js'
import { claimEndNs } from './late-edge.js'

/** A row that a source sent and the catalog refuses. */
export interface RejectedRow {
  /** ISO `ts_event`. */
  readonly at: string
  readonly reason: string
}

export interface Question {
  readonly series: Series
  /**
   * What was missing inside the request: everything else in the answer is cut off. Each entry is judged by itself: one
   * row in it makes it `data`, none makes it `empty`.
   */
  readonly gaps: readonly Interval[]
  /** What the answer speaks for, where that is not all (`SourceAnswer`): the rest is not claimed, and nothing is empty. */
  readonly answered?: IntervalSet | undefined
  readonly source: string
  readonly setting: Setting
  readonly provenance: Provenance
  readonly nowNs: bigint
  /** See {@link settledNs}. */
  readonly settledNs: bigint
}

/** An answer as what can be committed of it. */
export interface Digest {
  readonly frame: Frame
  readonly claims: readonly CoverageEntry[]
  /** The claimed stretches of which not one row came: what is stored there already is not contradicted by it. */
  readonly silent: readonly Interval[]
  readonly rejected: readonly RejectedRow[]
}

/**
 * Turns a complete answer into rows and coverage. Rows outside the gaps are cut off, so what was bought before is never
 * overwritten (and a Sunday answered with Friday's bars stays without rows); broken rows are set aside; a gap without
 * any row is the source's word that it is empty, unless the source speaks only for its rows.
 */
export function digestAnswer(answer: Frame, question: Question): Digest {
  const { series, answered, provenance, nowNs } = question
  const gaps = answered === undefined ? question.gaps : question.gaps.flatMap((it) => intersect([it], answered))
  const ordered = inOrder(series, answer, true)
  const inside = concatFrames(
    answer.type,
    gaps.map((it) => sliceRows(ordered, it)),
  )
  const { sound, refused, rejected } = setAside(series, inside)
  const rejectedSet = normalize(rejected.map(({ startNs, endNs }) => ({ startNs, endNs })))
  const claims: CoverageEntry[] = rejected.map(({ startNs, endNs, reason }) => ({
    startNs,
    endNs,
    state: 'rejected',
    rejection: {
      source: question.source,
      setting: question.setting,
      reason,
      recordedAtNs: nowNs,
      ...expiryOf(endNs, nowNs),
    },
  }))
  const untilNs = claimEndNs(question.settledNs, lastRowEndNs(series, inside))
  const silent: Interval[] = []
  for (const gap of gaps) {
    const isSilent = sliceRows(inside, gap).numRows === 0
    for (const claim of claimable(gap, untilNs, rejectedSet)) {
      if (isSilent) silent.push(claim)
      const isEmpty = isSilent && answered === undefined
      claims.push(isEmpty ? emptyEntry(claim, question) : { ...claim, state: 'data', provenance })
    }
  }
  return { frame: sound, claims, silent, rejected: refused }
}

function claimable(gap: Interval, untilNs: bigint, rejected: IntervalSet): IntervalSet {
  const settled = gap.startNs < untilNs ? intersect([gap], [{ startNs: gap.startNs, endNs: untilNs }]) : []
  return subtract(settled, rejected)
}

function emptyEntry(claim: Interval, { source, setting, nowNs }: Question): CoverageEntry {
  return {
    ...claim,
    state: 'empty',
    claims: [{ source, setting, recordedAtNs: nowNs, ...expiryOf(claim.endNs, nowNs) }],
  }
}

function lastRowEndNs(series: Series, frame: Frame): bigint | undefined {
  const last = frame.column('ts_event').at(-1)
  return last === undefined ? undefined : rowEndNs(series, last)
}

interface Rejected extends Interval {
  readonly reason: string
}

interface SetAside {
  readonly sound: Frame
  /** Every row that was refused. */
  readonly refused: readonly RejectedRow[]
  /** The stretches left without a sound row by that. */
  readonly rejected: readonly Rejected[]
}

/**
 * Broken rows go, and so do bars of one stamp that differ: nobody can tell which of them is true. A tick goes alone:
 * others of its stamp are other events, and keep the stamp covered.
 */
function setAside(series: Series, frame: Frame): SetAside {
  const times = frame.column('ts_event')
  const collapsed = collapseEqualBars(frame)
  const broken = new Map(
    [...collapsed.contradictions, ...findBrokenRows(series, frame)].map((it) => [it.row, it.reason]),
  )
  if (broken.size === 0) return { sound: collapsed.frame, refused: [], rejected: [] }
  const inRows = [...broken].sort(([a], [b]) => a - b)
  const reasons = new Map(inRows.map(([row, reason]) => [times[row] as bigint, reason]))
  const isSound = (row: number): boolean =>
    series.type === 'bars' ? !reasons.has(times[row] as bigint) : !broken.has(row)
  const sound = collapseEqualBars(filterRows(frame, isSound)).frame
  const soundTimes = sound.column('ts_event')
  for (const ns of soundTimes) reasons.delete(ns)
  // Of two bars in one cell of the grid (9:00 and 9:30, of hours) one may be sound.
  const stretchFrom = (startNs: bigint): Interval => {
    const next = soundTimes[lowerBound(soundTimes, startNs)]
    const endNs = rowEndNs(series, startNs)
    return { startNs, endNs: next !== undefined && next < endNs ? next : endNs }
  }
  return {
    sound,
    refused: inRows.map(([row, reason]) => ({ at: formatInstant(times[row] as bigint), reason })),
    rejected: [...reasons].map(([startNs, reason]) => ({ ...stretchFrom(startNs), reason })),
  }
}
