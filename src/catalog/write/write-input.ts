import type { Calendar } from '../../calendar/calendar.js'
import { lastCloseNs } from '../../calendar/sessions.js'
import { isIntraday, nextBarStartNs } from '../../model/bar-type.js'
import { InvalidRequestError } from '../../model/errors.js'
import type { Frame } from '../../model/frame.js'
import { venueOf } from '../../model/instrument.js'
import { type Interval, interval, normalize } from '../../model/interval.js'
import type { RecordType } from '../../model/schema.js'
import { formatSeries, type Series } from '../../model/series.js'
import { dayOf } from '../../model/time.js'
import type { CommitOptions } from '../catalog-types.js'
import { claimOfRows, DEFAULT_MAX_HOLE_NS } from '../coverage/claim.js'
import { type Coverage, type CoverageEntry, coverageSet, type Provenance } from '../coverage/coverage.js'
import { parseRange, type RangeInput } from '../range.js'
import {
  collapseEqualBars,
  inOrder,
  refuseBrokenRows,
  refuseContradictions,
  refuseOutsideCoverage,
} from './check-rows.js'
import { inSequence } from './merge.js'
import { WRITE_MODES, type WriteMode, type WriteOperation } from './operations.js'
import { frameOfRows, type RowsInput } from './rows-input.js'

export interface WriteOptions extends CommitOptions {
  /** `merge` by default. */
  readonly mode?: WriteMode
  /**
   * What the rows are all there is of: a range, ranges, or coverage entries with their own state and provenance.
   * Without it the rows' own spans are claimed, bridged over closed time and over holes of at most 30 min.
   */
  readonly coverage?: RangeInput | readonly (RangeInput | CoverageEntry)[]
  /** Where the rows came from; entries of `coverage` keep their own. */
  readonly provenance?: Provenance
  /** Sorts unsorted rows instead of refusing them. */
  readonly sort?: boolean
  /** For mode `fill`: whose earlier empty answers count as not missing. */
  readonly asker?: { readonly source: string; readonly setting?: Provenance['setting'] }
}

export interface PreparedWrite {
  readonly operation: WriteOperation
  /** Equal bars inside the input that became one. */
  readonly collapsed: number
}

/**
 * Checks everything about a write that does not depend on what is stored: types, order, rules, doubles, coverage.
 *
 * @throws InvalidDataError naming row and value, InvalidRequestError
 */
export async function prepareWrite(
  series: Series,
  rows: RowsInput<RecordType>,
  options: WriteOptions,
  calendar: Calendar,
  nowNs: bigint,
): Promise<PreparedWrite> {
  const mode = options.mode ?? 'merge'
  if (!WRITE_MODES.includes(mode)) {
    throw new InvalidRequestError(`'${mode}' is not a write mode`, { steps: [`Use one of ${WRITE_MODES.join(', ')}.`] })
  }
  const given = await frameOfRows(series, rows, (ns) => initOf(series, ns, calendar))
  // Before sorting: a broken row is named by its place in what the caller gave.
  refuseBrokenRows(series, given)
  const ordered = inSequence(inOrder(series, given, options.sort === true))
  const collapsed = collapseEqualBars(ordered)
  refuseContradictions(series, ordered, collapsed)
  const { frame } = collapsed
  const claims = claimsOf(series, frame, options, calendar)
  refuseOutsideCoverage(series, frame, coverageSet(claims, 'data'))
  refuseSimulated(series, claims)
  const asker = { ...options.asker, nowNs }
  return { operation: { kind: 'write', series, frame, claims, mode, asker }, collapsed: collapsed.collapsed }
}

/**
 * `ts_init` of a row that has none: the first instant a backtest may see it. An intraday bar's end; for daily and
 * longer bars the last session's close by the venue's calendar, else the end of the period; a tick's own time.
 */
export function initOf(series: Series, tsEventNs: bigint, calendar: Calendar): bigint {
  if (series.type !== 'bars') return tsEventNs
  const endNs = nextBarStartNs(series.barType, tsEventNs)
  if (isIntraday(series.barType)) return endNs
  return lastCloseNs(calendar, dayOf(tsEventNs), dayOf(endNs)) ?? endNs
}

/** Simulated data never mixes with real: what the simulator made lives at the venue `SIM` alone. */
function refuseSimulated(series: Series, claims: Coverage): void {
  if (venueOf(series.instrument) === 'SIM') return
  if (!claims.some((it) => it.state === 'data' && it.provenance.source === 'sim')) return
  throw new InvalidRequestError(`simulated data does not belong in ${formatSeries(series)}`, {
    steps: ['Give it an instrument of the venue SIM, for example AAPL.SIM.'],
  })
}

const STATES: readonly CoverageEntry['state'][] = ['data', 'empty', 'rejected']

/** Checks what the types promise, for callers without them. @throws InvalidRequestError */
function checkEntry(entry: CoverageEntry): CoverageEntry {
  const isComplete =
    entry.state === 'data' ? entry.provenance : entry.state === 'empty' ? entry.claims : entry.rejection
  if (!STATES.includes(entry.state) || typeof isComplete !== 'object' || isComplete === null) {
    throw new InvalidRequestError(`a coverage entry of state '${entry.state}' is not complete`, {
      steps: [`States are ${STATES.join(', ')}; they need provenance, claims or rejection in turn.`],
    })
  }
  return entry
}

function claimsOf(series: Series, frame: Frame, options: WriteOptions, calendar: Calendar): Coverage {
  const provenance = options.provenance ?? {}
  const data = (it: Interval): CoverageEntry => ({ ...it, state: 'data', provenance })
  if (options.coverage === undefined) {
    return claimOfRows(series, frame.column('ts_event'), calendar, DEFAULT_MAX_HOLE_NS).claimed.map(data)
  }
  const stated = isList(options.coverage) ? options.coverage : [options.coverage]
  const entries = stated.filter((it): it is CoverageEntry => 'state' in it).map(checkEntry)
  for (const { startNs, endNs } of entries) interval(startNs, endNs)
  const ranges = stated.filter((it): it is RangeInput => !('state' in it)).map(parseRange)
  return [...normalize(ranges).map(data), ...entries]
}

function isList(coverage: NonNullable<WriteOptions['coverage']>): coverage is readonly (RangeInput | CoverageEntry)[] {
  return Array.isArray(coverage)
}
