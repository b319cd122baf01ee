import type { DataCatalog } from '../catalog/catalog.js'
import type { SeriesChoice } from '../catalog/catalog-types.js'
import type { SeriesInfo } from '../catalog/listing.js'
import { formatBarType } from '../model/bar-type.js'
import { DataNotFoundError } from '../model/errors.js'
import { parseInstrumentId } from '../model/instrument.js'
import { type Series, seriesInputOf } from '../model/series.js'
import { formatInstant } from '../model/time.js'
import type { Flags } from './command.js'
import { matches, text } from './flags.js'

/**
 * The stored series that an optional id and `--type`, `--bar-type` choose; all of them without any.
 *
 * @throws DataNotFoundError when an id was given and nothing of it is stored, InvalidRequestError when it is no id
 */
export async function chooseSeries(
  catalog: DataCatalog,
  id: string | undefined,
  flags: Flags,
): Promise<readonly SeriesInfo[]> {
  if (id !== undefined) parseInstrumentId(id)
  const found = (await catalog.list()).filter((it) => matches(it.series, id, flags))
  if (id === undefined || found.length > 0) return found
  const what = [id, text(flags, 'barType') ?? text(flags, 'type')].filter(Boolean).join(' ')
  throw new DataNotFoundError(`the catalog holds nothing of ${what}`, {
    steps: [
      'See what there is: ntrader data list',
      'Bring it in: ntrader data fetch --help, ntrader data import --help',
    ],
  })
}

/** {@link chooseSeries} for maintenance: without any choice it works on the whole catalog, orphans included. */
export async function seriesChoice(catalog: DataCatalog, id: string | undefined, flags: Flags): Promise<SeriesChoice> {
  const isAll = id === undefined && flags['type'] === undefined && flags['barType'] === undefined
  if (isAll) return {}
  return { series: (await chooseSeries(catalog, id, flags)).map((it) => seriesInputOf(it.series)) }
}

/** The record of a series in `list --json`. */
export function infoJson({
  series,
  rows,
  files,
  sizeBytes,
  firstNs,
  lastNs,
}: SeriesInfo): Readonly<Record<string, unknown>> {
  return {
    type: series.type,
    instrument: series.instrument,
    barType: barTypeText(series),
    rows,
    files,
    bytes: sizeBytes,
    first: firstNs === undefined ? null : formatInstant(firstNs),
    last: lastNs === undefined ? null : formatInstant(lastNs),
  }
}

export function barTypeText(series: Series): string | null {
  return series.type === 'bars' ? formatBarType(series.barType) : null
}
