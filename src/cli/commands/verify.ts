import type { StepProgress } from '../../catalog/catalog-types.js'
import type { VerifyReport } from '../../catalog/maintenance/verify.js'
import { isTakenByQuarantine } from '../../catalog/maintenance/verify-file.js'
import type { Flags } from '../command.js'
import type { Context } from '../context.js'
import { formatCounted } from '../render/units.js'
import { seriesChoice } from '../stored-series.js'

/** Damaged files were found, also where they are quarantined in the same run. */
export const EXIT_DAMAGED = 4

export async function run(context: Context, [id]: readonly string[], flags: Flags): Promise<number> {
  const catalog = await context.openCatalog()
  const progress = context.progress('verifying', 'files')
  const onProgress = ({ done, total, current }: StepProgress): void => progress.update({ done, total, doing: current })
  const options = {
    onProgress,
    signal: context.signal,
    quarantine: flags['quarantine'] === true,
    dryRun: context.globals.dryRun,
  }
  let report: VerifyReport
  try {
    report = await catalog.verify({ ...options, ...(await seriesChoice(catalog, id, flags)) })
    progress.update({ done: report.files })
  } finally {
    progress.done()
  }
  if (report.files + report.orphans === 0) context.say(`the catalog ${catalog.root} is empty: is this the right path?`)
  const problems = report.problems.map(({ file, kind, interval }) => ({ file, kind, interval }))
  await context.print({ ok: report.ok, files: report.files, orphans: report.orphans, problems }, () =>
    reportLines(report),
  )
  for (const line of stepsAfter(report)) context.say(line)
  return report.ok ? 0 : EXIT_DAMAGED
}

function stepsAfter({ problems, quarantined }: VerifyReport): readonly string[] {
  const steps: string[] = []
  if (quarantined.length === 0 && problems.some(isTakenByQuarantine)) {
    steps.push('fetch the intervals again to heal them, or take the files out: ntrader data verify --quarantine')
  }
  if (problems.some((it) => it.kind === 'undecodable')) {
    steps.push('what does not decode is whole: a newer version of this program may read it')
  }
  if (problems.some((it) => it.kind === 'rows' || it.kind === 'interval')) {
    steps.push('where log and rows disagree, delete the interval and fetch or import it again: ntrader data delete')
  }
  return steps
}

function reportLines(report: VerifyReport): readonly string[] {
  return [
    ...report.problems.map((it) => `${it.kind}: ${it.file} (${it.interval.start} .. ${it.interval.end}): ${it.reason}`),
    ...report.quarantined.map((it) => `quarantined: ${it}`),
    `${formatCounted(report.files, 'file')} checked, ${formatCounted(report.problems.length, 'problem')}${
      report.orphans > 0 ? `, ${formatCounted(report.orphans, 'orphan')} of interrupted writers (harmless)` : ''
    }`,
  ]
}
