import { waysToGet } from '../catalog/lookup.js'
import { ConnectionError, DataNotFoundError, IbkrConnectionError } from '../model/errors.js'
import { formatInterval, type Interval, toIso } from '../model/interval.js'
import { formatSeries, type Series } from '../model/series.js'
import { formatInstant } from '../model/time.js'

/** Something is missing, and there is no one to ask. */
export function noSourceError(series: Series, gaps: readonly Interval[]): DataNotFoundError {
  const [first] = gaps
  const more = gaps.length > 1 ? ` and ${gaps.length - 1} more` : ''
  return new DataNotFoundError(
    `${formatSeries(series)}: ${first && formatInterval(first)}${more} is missing, and no source is configured`,
    { missing: gaps.map(toIso), steps: waysToGet(series) },
  )
}

/** Not one row, and nothing left to ask for: too recent, closed, or known to be empty. */
export function nothingThereError(series: Series, range: Interval, edgeNs: bigint): DataNotFoundError {
  const what = `${formatSeries(series)} has no rows in ${formatInterval(range)}`
  if (range.startNs >= edgeNs) {
    return new DataNotFoundError(`${what}: the last complete bar ends before ${formatInstant(edgeNs)}`, {
      tooRecent: true,
      steps: ['Ask for an earlier range, or ask again when the first bar of this one is complete.'],
    })
  }
  return new DataNotFoundError(`${what}: the venue was closed, or the source has nothing`, {
    knownEmpty: true,
    steps: [
      'Check the dates: weekends and holidays have no sessions.',
      'See what is known of them: ntrader data coverage, ntrader data info',
    ],
  })
}

/** A lost connection names what is still missing; other errors pass as they are. */
export function withMissing(error: unknown, gaps: readonly Interval[]): unknown {
  if (!(error instanceof ConnectionError) || error.missing.length > 0) return error
  const options = { missing: gaps.map(toIso), steps: error.steps, cause: error.cause ?? error }
  return error instanceof IbkrConnectionError
    ? new IbkrConnectionError(error.message, options)
    : new ConnectionError(error.message, options)
}
