import { type Coverage, coverageSet } from '../catalog/coverage/coverage.js'
import type { Session } from '../catalog/coverage/required.js'
import { waysToGet } from '../catalog/read/lookup.js'
import { ConnectionError, DataNotFoundError, IbkrConnectionError, InvalidRequestError } from '../model/errors.js'
import { formatInterval, type Interval, type IntervalSet, intersect, subtract, toIso } from '../model/interval.js'
import { formatSeries, type Series } from '../model/series.js'
import { formatInstant } from '../model/time.js'
import type { RejectedRow } from './digest.js'
import type { FetchOptions } from './types.js'

/** Something is missing, and there is no one to ask. */
export function noSourceError(series: Series, gaps: readonly Interval[]): DataNotFoundError {
  const [first] = gaps
  const more = gaps.length > 1 ? ` and ${gaps.length - 1} more` : ''
  return new DataNotFoundError(
    `${formatSeries(series)}: ${first && formatInterval(first)}${more} is missing, and no source is configured`,
    { missing: gaps.map(toIso), steps: waysToGet(series) },
  )
}

/** Why a range has not one row. */
export interface Nothing {
  readonly range: Interval
  /** The whole required set of the call, also what lies after the late edge. */
  readonly required: IntervalSet
  /** Required, complete, and not known of. */
  readonly missing: IntervalSet
  /** Required, and said to hold nothing. */
  readonly knownEmpty: IntervalSet
  readonly edgeNs: bigint
  readonly rejected: readonly RejectedRow[]
  readonly session: Session
  readonly coverage: Coverage
}

/** Not one row: too recent, closed or known to be empty, or the source has not answered for all of it. */
export function nothingThereError(series: Series, nothing: Nothing): DataNotFoundError {
  const { range, required, missing, edgeNs } = nothing
  const what = `${formatSeries(series)} has no rows in ${formatInterval(range)}`
  const [first] = required
  if (range.startNs >= edgeNs || (first !== undefined && first.startNs >= edgeNs)) {
    return new DataNotFoundError(`${what}: the last complete bar ends before ${formatInstant(edgeNs)}`, {
      tooRecent: true,
      steps: ['Ask for an earlier range, or ask again when the first bar of this one is complete.'],
    })
  }
  if (missing.length > 0) {
    const more = missing.length > 1 ? ` and ${missing.length - 1} more` : ''
    return new DataNotFoundError(`${what}: nothing is known of ${formatInterval(missing[0] as Interval)}${more}`, {
      missing: missing.map(toIso),
      steps: [
        ...outsideSession(nothing),
        'Ask again later: near now a source may not have everything yet.',
        ...waysToGet(series),
      ],
    })
  }
  return new DataNotFoundError(`${what}: ${whyEmpty(nothing)}`, {
    knownEmpty: true,
    steps: [
      ...outsideSession(nothing),
      'Check the dates: weekends and holidays have no sessions.',
      'See what is known of them: ntrader data coverage, ntrader data info',
    ],
  })
}

/** What is stored may all lie before the open or after the close. */
function outsideSession({ session, coverage, range, required }: Nothing): readonly string[] {
  const isStored = subtract(intersect(coverageSet(coverage, 'data'), [range]), required).length > 0
  if (session === 'all' || !isStored) return []
  return [`Rows outside the ${session} session are not returned: see them with --session all (session: 'all').`]
}

function whyEmpty({ required, rejected, knownEmpty }: Nothing): string {
  const [row] = rejected
  if (row !== undefined) return `every row the source sent was refused, the first (${row.at}) because ${row.reason}`
  if (required.length === 0) return 'the venue was closed'
  return knownEmpty.length > 0 ? 'the source has nothing' : 'it is covered, and nothing happened in it'
}

/** A lost connection names what is still missing; what it named itself stays. */
export function withMissing(error: ConnectionError, gaps: readonly Interval[]): ConnectionError {
  if (error.missing.length > 0) return error
  const options = { missing: gaps.map(toIso), steps: error.steps, cause: error.cause ?? error }
  return error instanceof IbkrConnectionError
    ? new IbkrConnectionError(error.message, options)
    : new ConnectionError(error.message, { ...options, code: error.code })
}

/** @throws InvalidRequestError for a refresh of the past: `asOf` never fetches */
export function refuseContradiction({ refresh, asOf }: FetchOptions): void {
  if (refresh !== true || asOf === undefined) return
  throw new InvalidRequestError('a refresh cannot be made as of an earlier version', {
    steps: ['Leave out asOf to refresh.', 'Or leave out refresh to read what was.'],
  })
}
