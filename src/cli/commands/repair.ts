import type { RepairReport } from '../../catalog/maintenance/repair.js'
import type { Context } from '../context.js'
import { formatCounted } from '../render/units.js'

export async function run(context: Context): Promise<number> {
  const { dryRun } = context.globals
  const report = await (await context.openCatalog()).repair({ dryRun, signal: context.signal })
  await context.print({ dryRun, ...report }, () => linesOf(report, dryRun))
  return 0
}

function linesOf({ moved, temporaries, checkpoints }: RepairReport, dryRun: boolean): readonly string[] {
  const will = dryRun ? 'would be ' : ''
  const lines = [
    ...moved.map((it) => `${will}moved to _quarantine: ${it}`),
    ...(temporaries.length > 0
      ? [`${formatCounted(temporaries.length, 'abandoned temporary file')} ${will}removed`]
      : []),
    ...checkpoints.map((it) => `${it}: checkpoint ${will}written anew`),
  ]
  return lines.length === 0 ? ['nothing to repair'] : lines
}
