import type { StepProgress } from '../../catalog/catalog-types.js'
import type { ConsolidateReport } from '../../catalog/maintenance/consolidate.js'
import { formatSeries } from '../../model/series.js'
import type { Flags } from '../command.js'
import type { Context } from '../context.js'
import { formatBytes, formatCount, formatCounted } from '../render/units.js'
import { barTypeText, seriesChoice } from '../stored-series.js'

export async function run(context: Context, [id]: readonly string[], flags: Flags): Promise<number> {
  const catalog = await context.openCatalog()
  const { dryRun } = context.globals
  const progress = context.progress('consolidating', 'periods')
  const onProgress = ({ done, total, current }: StepProgress): void => progress.update({ done, total, doing: current })
  let report: ConsolidateReport
  try {
    const choice = await seriesChoice(catalog, id, flags)
    report = await catalog.consolidate({ dryRun, onProgress, signal: context.signal, ...choice })
    progress.update({ done: report.periods.length })
  } finally {
    progress.done()
  }
  const periods = report.periods.map(({ series, name, files, rows, sizeBytes }) => ({
    type: series.type,
    instrument: series.instrument,
    barType: barTypeText(series),
    period: name,
    files,
    rows,
    bytes: sizeBytes,
  }))
  const { filesRemoved, filesAdded } = report
  await context.print({ dryRun, periods, filesRemoved, filesAdded }, () => [
    ...report.periods.map(
      (it) =>
        `${formatSeries(it.series)} ${it.name}: ${formatCounted(it.files, 'file')}, ${formatCount(it.rows)} rows, ${formatBytes(it.sizeBytes)}`,
    ),
    report.periods.length === 0
      ? 'nothing to consolidate'
      : dryRun
        ? `${formatCounted(report.periods.length, 'period')} would become one file each`
        : `${formatCount(filesRemoved)} files became ${formatCount(filesAdded)}`,
  ])
  return 0
}
