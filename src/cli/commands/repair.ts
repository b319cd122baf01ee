import type { RepairReport } from '../../catalog/maintenance/repair.js'
import { InvalidRequestError } from '../../model/errors.js'
import { TABLE_TYPES } from '../../model/schema.js'
import type { Flags } from '../command.js'
import type { Context } from '../context.js'
import { choice } from '../flags.js'
import { rebuildLines } from '../render/rebuild-report.js'
import { formatCounted } from '../render/units.js'

/** Tidies up after a crash; with `--rebuild` it first makes lost and damaged logs anew from the data files. */
export async function run(context: Context, _ids: readonly string[], flags: Flags): Promise<number> {
  const { dryRun, yes } = context.globals
  const rebuild = flags['rebuild'] === true
  const type = choice(flags, 'type', TABLE_TYPES)
  if (type !== undefined && !rebuild) throw onlyWithRebuild()
  const catalog = await context.openCatalog(rebuild ? 'damaged' : undefined)
  const progress = context.progress('reading', 'files')
  try {
    const report = await catalog.repair({
      dryRun,
      rebuild,
      type,
      // Who only looks gives nothing up.
      evenIfSound: yes || dryRun,
      signal: context.signal,
      onProgress: ({ done, total, current }) => progress.update({ done, total, doing: current }),
    })
    progress.done()
    await context.print({ dryRun, ...report }, () => linesOf(report, dryRun))
  } finally {
    progress.done()
  }
  return 0
}

function onlyWithRebuild(): InvalidRequestError {
  return new InvalidRequestError('--type chooses the table of a rebuild, and --rebuild was not given', {
    steps: [
      'Leave out --type: repair tidies up the whole catalog.',
      'Or add --rebuild, and look first with --dry-run.',
    ],
  })
}

function linesOf({ moved, temporaries, checkpoints, rebuilt = [] }: RepairReport, dryRun: boolean): readonly string[] {
  const will = dryRun ? 'would be ' : ''
  const lines = [
    ...rebuilt.flatMap((it) => rebuildLines(it, dryRun)),
    ...moved.map((it) => `${will}moved to _quarantine: ${it}`),
    ...(temporaries.length > 0
      ? [`${formatCounted(temporaries.length, 'abandoned temporary file')} ${will}removed`]
      : []),
    ...checkpoints.map((it) => `${it}: checkpoint ${will}written anew`),
  ]
  return lines.length === 0 ? ['nothing to repair'] : lines
}
