import type { QueryOptions } from '../catalog/catalog-types.js'
import { InvalidRequestError } from '../model/errors.js'
import { given } from '../model/given.js'
import { type Zone, zoneOf } from '../model/zone.js'
import type { Flags } from './command.js'
import { partialRangeOf, sessionOf, text } from './flags.js'

/** Which rows, and how they are to be shown: what `query` and `export` take alike. */
export interface RowsRequest {
  readonly options: QueryOptions
  readonly look: { readonly columns?: readonly string[]; readonly zone?: Zone }
}

/** @throws InvalidRequestError for a date, session, zone or choice of columns that is none */
export function rowsRequest(flags: Flags): RowsRequest {
  const columns = columnsOf(flags)
  const zone = text(flags, 'tz')
  return {
    options: {
      ...partialRangeOf(flags),
      ...given('session', sessionOf(flags)),
      ...given('asOf', text(flags, 'asOf')),
      ...given('columns', columns),
    },
    look: { ...given('columns', columns), ...given('zone', zone === undefined ? undefined : zoneOf(zone)) },
  }
}

function columnsOf(flags: Flags): readonly string[] | undefined {
  const columns = text(flags, 'columns')
    ?.split(',')
    .map((it) => it.trim())
  const twice = columns?.find((it, index) => columns.indexOf(it) !== index)
  if (twice === undefined) return columns
  throw new InvalidRequestError(`column '${twice}' is asked for twice`, { steps: ['Name each column once.'] })
}
