import type { VacuumReport } from '../../catalog/versions/vacuum.js'
import { parseDuration } from '../../model/duration.js'
import type { Flags } from '../command.js'
import { confirm } from '../confirm.js'
import type { Context } from '../context.js'
import { text } from '../flags.js'
import { formatBytes, formatCounted } from '../render/units.js'

export async function run(context: Context, _ids: readonly string[], flags: Flags): Promise<number> {
  const given = text(flags, 'retain')
  const retain = given === undefined ? context.settings.retainNs : parseDuration(given, '--retain')
  const { dryRun, yes } = context.globals
  const catalog = await context.openCatalog()
  const options = { retain, signal: context.signal }
  // What would go is found out for who is to see it first; `--yes` has said that nobody is.
  if (dryRun || !yes) {
    const planned = await catalog.vacuum({ ...options, dryRun: true })
    const takes = `${formatCounted(planned.files, 'file')} (${formatBytes(planned.sizeBytes)})`
    if (dryRun || planned.files + planned.quarantined === 0) {
      await print(context, planned, `would delete ${takes}`)
      return 0
    }
    if (planned.files > 0) {
      await confirm(context, `Delete ${takes}, which only states before ${describeHorizons(planned)} need?`)
    }
  }
  const progress = context.progress('vacuum', 'files')
  try {
    const report = await catalog.vacuum({
      ...options,
      onProgress: ({ done, total, current }) => progress.update({ done, total, doing: current }),
    })
    progress.done()
    await print(
      context,
      report,
      `${formatCounted(report.files, 'file')} deleted, ${formatBytes(report.sizeBytes)} freed`,
    )
  } finally {
    progress.done()
  }
  return 0
}

async function print(context: Context, report: VacuumReport, what: string): Promise<void> {
  const { dryRun } = context.globals
  const { files, sizeBytes: bytes, orphans, quarantined, horizons } = report
  const readable = describeHorizons(report)
  await context.print({ dryRun, files, bytes, orphans, quarantined, horizons }, () => [
    `${files === 0 ? 'nothing to delete' : what}${orphans > 0 ? `, ${orphans} of them of crashed writers` : ''}`,
    ...(quarantined === 0 ? [] : [olderLine(quarantined, dryRun)]),
    readable === '' ? 'the catalog is empty' : `readable from ${readable} on, and every named snapshot`,
  ])
}

function olderLine(count: number, dryRun: boolean): string {
  const moved = dryRun ? 'would be moved' : 'moved'
  return `${formatCounted(count, 'file')} older than the log ${moved} to _quarantine: a log that was lost may have named them`
}

function describeHorizons({ horizons }: VacuumReport): string {
  return Object.entries(horizons)
    .map(([type, version]) => `${type}@${version}`)
    .join(', ')
}
