import type { SeriesInfo } from '../../catalog/listing.js'
import { formatInstant } from '../../model/time.js'
import type { Context } from '../context.js'
import { renderTable } from '../render/table.js'
import { formatBytes, formatCount } from '../render/units.js'
import { barTypeText, infoJson } from '../stored-series.js'

export async function run({ openCatalog, print, terminal, say, settings }: Context): Promise<number> {
  const infos = await (await openCatalog()).list()
  if (infos.length === 0) say(`the catalog ${settings.catalog} is empty`)
  await print(infos.map(infoJson), () => (infos.length === 0 ? [] : infoTable(infos, terminal)))
  return 0
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
