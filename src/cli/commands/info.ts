import { type Coverage, coverageSet, formatSetting, settingsOf } from '../../catalog/coverage.js'
import type { SeriesInfo } from '../../catalog/listing.js'
import { toIso } from '../../model/interval.js'
import { formatSeries } from '../../model/series.js'
import type { Flags } from '../command.js'
import type { Context } from '../context.js'
import { formatBytes, formatCount, formatCounted } from '../render/units.js'
import { chooseSeries, infoJson, inputOf } from '../stored-series.js'

/** Everything known of the series of one id: of all its bar types, unless one is named. */
export async function run(context: Context, [id = '']: readonly string[], flags: Flags): Promise<number> {
  const catalog = await context.openCatalog()
  const infos = await chooseSeries(catalog, id, flags)
  const found: { readonly info: SeriesInfo; readonly coverage: Coverage }[] = []
  for (const info of infos) found.push({ info, coverage: await catalog.coverage(inputOf(info.series)) })
  const json = found.map(({ info, coverage }) => ({ ...infoJson(info), ...coverageJson(coverage) }))
  await context.print({ version: catalog.version(), series: json }, () => [
    ...found.flatMap(({ info, coverage }) => {
      const { covered, empty, sources, settings } = coverageJson(coverage)
      const facts: readonly (readonly [string, string])[] = [
        ['rows', `${formatCount(info.rows)} in ${formatCounted(info.files, 'file')}, ${formatBytes(info.sizeBytes)}`],
        ['first', String(infoJson(info)['first'] ?? '-')],
        ['last', String(infoJson(info)['last'] ?? '-')],
        ['covered', formatCounted(covered.length, 'stretch', 'stretches')],
        ['known empty', formatCounted(empty.length, 'stretch', 'stretches')],
        ['sources', sources.join(', ') || '-'],
        ['settings', settings.join('; ') || 'none stated'],
      ]
      return [formatSeries(info.series), ...facts.map(([name, value]) => `  ${name.padEnd(12)} ${value}`)]
    }),
    `version ${catalog.version()}`,
  ])
  return 0
}

interface CoverageFacts {
  readonly covered: readonly { readonly start: string; readonly end: string }[]
  readonly empty: readonly { readonly start: string; readonly end: string }[]
  readonly sources: readonly string[]
  readonly settings: readonly string[]
}

function coverageJson(coverage: Coverage): CoverageFacts {
  const sources = coverage.flatMap((it) => (it.state === 'data' ? [it.provenance.source] : []))
  return {
    covered: coverageSet(coverage, 'data').map(toIso),
    empty: coverageSet(coverage, 'empty').map(toIso),
    sources: [...new Set(sources.filter((it) => it !== undefined))],
    settings: settingsOf(coverage).map(formatSetting),
  }
}
