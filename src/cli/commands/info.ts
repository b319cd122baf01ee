import type { DataCatalog } from '../../catalog/catalog.js'
import { type Coverage, coverageSet, formatSetting, settingsOf } from '../../catalog/coverage/coverage.js'
import { coverageOf } from '../../catalog/files/live-file.js'
import type { InstrumentRecord } from '../../catalog/instruments/instrument-record.js'
import type { SeriesInfo } from '../../catalog/listing.js'
import { toIso } from '../../model/interval.js'
import { formatSeries, seriesInputOf } from '../../model/series.js'
import type { Flags } from '../command.js'
import type { Context } from '../context.js'
import { factLines } from '../render/facts.js'
import { instrumentFacts, instrumentJson } from '../render/instrument.js'
import { formatBytes, formatCount, formatCounted } from '../render/units.js'
import { chooseSeries, infoJson } from '../stored-series.js'

/** What is known of an instrument, and of its series: of all its bar types, unless one is named. */
export async function run(context: Context, [id = '']: readonly string[], flags: Flags): Promise<number> {
  const catalog = await context.openCatalog()
  const record = await catalog.instrument(id)
  const infos = await seriesOfInstrument(catalog, id, flags, record)
  const found: { readonly info: SeriesInfo; readonly coverage: Coverage; readonly foreignFiles: number }[] = []
  for (const info of infos) {
    const files = await catalog.files(seriesInputOf(info.series))
    const foreignFiles = files.filter((it) => it.sha256 === undefined).length
    found.push({ info, coverage: coverageOf(files), foreignFiles })
  }
  const json = found.map(({ info, coverage, foreignFiles }) => ({
    ...infoJson(info),
    ...coverageJson(coverage),
    foreignFiles,
  }))
  const instrument = record === undefined ? null : instrumentJson(record)
  await context.print({ version: catalog.version(), instrument, series: json }, () => [
    ...(record === undefined ? [] : factLines(record.instrument, instrumentFacts(record))),
    ...found.flatMap(({ info, coverage, foreignFiles }) => {
      const { covered, empty, sources, settings } = coverageJson(coverage)
      return factLines(formatSeries(info.series), [
        ['rows', `${formatCount(info.rows)} in ${formatCounted(info.files, 'file')}, ${formatBytes(info.sizeBytes)}`],
        ['first', String(infoJson(info)['first'] ?? '-')],
        ['last', String(infoJson(info)['last'] ?? '-')],
        ['covered', formatCounted(covered.length, 'stretch', 'stretches')],
        ['known empty', formatCounted(empty.length, 'stretch', 'stretches')],
        ['sources', sources.join(', ') || '-'],
        ['settings', settings.join('; ') || 'none stated'],
        ...foreignFacts(foreignFiles),
      ])
    }),
    `version ${catalog.version()}`,
  ])
  return 0
}

/** Files whose log entries are not of this program: readable, but nobody can say whether they are whole. */
function foreignFacts(count: number): readonly (readonly [string, string])[] {
  if (count === 0) return []
  return [['foreign', `${formatCounted(count, 'file')} added by another writer: not checked, covering nothing`]]
}

/** An instrument that is recorded may have no series yet; one that is asked for by name has to be there. */
async function seriesOfInstrument(
  catalog: DataCatalog,
  id: string,
  flags: Flags,
  record: InstrumentRecord | undefined,
): Promise<readonly SeriesInfo[]> {
  const isNamed = flags['type'] !== undefined || flags['barType'] !== undefined
  if (record === undefined || isNamed) return chooseSeries(catalog, id, flags)
  return (await catalog.list()).filter((it) => it.series.instrument === record.instrument)
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
