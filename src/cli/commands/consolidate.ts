import type { ConsolidateReport, StepProgress } from '../../catalog/maintenance.js'
import { formatSeries } from '../../model/series.js'
import type { Flags } from '../command.js'
import type { Context } from '../context.js'
import { formatBytes, formatCount, formatCounted } from '../render/units.js'
import { barTypeText, seriesChoice } from '../stored-series.js'

export async function run(context: Context, [id]: readonly string[], flags: Flags): Promise<number> {
  const catalog = await context.openCatalog()
  const { dryRun } = context.globals
  const progress = context.progress('consolidating', 'months')
  const onProgress = ({ done, total, current }: StepProgress): void => progress.update({ done, total, doing: current })
  let report: ConsolidateReport
  try {
    const choice = await seriesChoice(catalog, id, flags)
    report = await catalog.consolidate({ dryRun, onProgress, signal: context.signal, ...choice })
    progress.update({ done: report.months.length })
  } finally {
    progress.done()
  }
  const months = report.months.map(({ series, name, files, rows, sizeBytes }) => ({
    instrument: series.instrument,
    barType: barTypeText(series),
    month: name,
    files,
    rows,
    bytes: sizeBytes,
  }))
  const { filesRemoved, filesAdded } = report
  await context.print({ dryRun, months, filesRemoved, filesAdded }, () => [
    ...report.months.map(
      (it) =>
        `${formatSeries(it.series)} ${it.name}: ${formatCounted(it.files, 'file')}, ${formatCount(it.rows)} rows, ${formatBytes(it.sizeBytes)}`,
    ),
    report.months.length === 0
      ? 'nothing to consolidate'
      : dryRun
        ? `${formatCounted(report.months.length, 'month')} would become one file each`
        : `${formatCount(filesRemoved)} files became ${formatCount(filesAdded)}`,
  ])
  return 0
}
