import type { SeriesInfo } from '../../catalog/listing.js'
import { formatBarType } from '../../model/bar-type.js'
import type { Series } from '../../model/series.js'
import { formatInstant } from '../../model/time.js'
import type { Context } from '../context.js'
import { renderTable } from '../render/table.js'
import { formatBytes, formatCount } from '../render/units.js'

export async function run({ openCatalog, print, terminal, say, settings }: Context): Promise<number> {
  const infos = await (await openCatalog()).list()
  if (infos.length === 0) say(`the catalog ${settings.catalog} is empty`)
  await print(infos.map(infoJson), () => (infos.length === 0 ? [] : infoTable(infos, terminal)))
  return 0
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

function infoTable(infos: readonly SeriesInfo[], terminal: Context['terminal']): readonly string[] {
  const columns = [
    { header: 'instrument' },
    { header: 'bar type' },
    { header: 'rows', align: 'right' },
    { header: 'files', align: 'right' },
    { header: 'size', align: 'right' },
    { header: 'first' },
    { header: 'last' },
  ] as const
  const rows = infos.map((it) => [
    it.series.instrument,
    barTypeText(it.series) ?? it.series.type,
    formatCount(it.rows),
    formatCount(it.files),
    formatBytes(it.sizeBytes),
    it.firstNs === undefined ? '-' : formatInstant(it.firstNs),
    it.lastNs === undefined ? '-' : formatInstant(it.lastNs),
  ])
  return renderTable(columns, rows, terminal.out)
}
