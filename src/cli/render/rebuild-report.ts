import type { LogState, RebuildReport } from '../../catalog/rebuild/rebuild.js'
import type { LeftOut } from '../../catalog/rebuild/rebuild-plan.js'
import type { CorruptFile } from '../../model/errors.js'
import { named } from './named.js'
import { formatCounted } from './units.js'

const WAS: Readonly<Record<LogState, string>> = {
  sound: 'its log reads',
  'history-damaged': 'commits of its log that a checkpoint covers are damaged',
  damaged: 'its log is damaged',
  lost: 'its log is gone',
}

const LEFT: Readonly<Record<LeftOut, string>> = {
  superseded: 'held by newer files',
  removed: 'removed by the old log',
  uncommitted: 'of interrupted writers',
}

/** What a rebuild did, or in a dry run would do; and in so many words what may have come back, or been lost. */
export function rebuildLines(report: RebuildReport, dryRun: boolean): readonly string[] {
  const { type, log, files, rows, cut, leftOut, damaged, missing, unknown, lostNames, keptLog } = report
  const made = `${dryRun ? 'would be' : 'was'} made anew from ${formatCounted(files, 'file')}, ${formatCounted(rows, 'row')}`
  const counts = new Map<LeftOut, number>()
  for (const { why } of leftOut) counts.set(why, (counts.get(why) ?? 0) + 1)
  return [
    `${type}: ${WAS[log]}; it ${made}`,
    ...[...counts].map(([why, count]) => `  left out: ${formatCounted(count, 'file')} ${LEFT[why]}`),
    ...named(cut, (it) => `  in part held by newer files, the rest ${dryRun ? 'would be ' : ''}written anew: ${it}`),
    ...named(damaged, (it) => `  damaged${dryRun ? '' : ', moved to _quarantine'}: ${corruptText(it)}`),
    ...named(missing, (it) => `  lost: ${corruptText(it)}`),
    ...named(unknown, (it) => `  without the footer of this program, in no log, left until a vacuum: ${it}`),
    ...comeBackLines(report),
    `  given up: history, earlier versions${lostNames.length === 0 ? '' : `, the snapshots ${lostNames.join(', ')}`}`,
    ...(keptLog === undefined ? [] : [`  the old log is kept: ${keptLog}`]),
  ]
}

function comeBackLines({ type, log, unreadable }: RebuildReport): readonly string[] {
  if (log === 'sound' || log === 'history-damaged') return []
  const [first] = unreadable
  const which =
    first === undefined
      ? 'the commits that are gone'
      : unreadable.length === 1
        ? `commit ${first}, which does not read,`
        : `${formatCounted(unreadable.length, 'commit')} from ${first} on, which do not read,`
  // A newer file of bars speaks for its whole day; a day of ticks has several, and each speaks for what it holds.
  const what = type === 'quotes' || type === 'trades' ? 'parts of days, days and series' : 'days and series'
  return [
    `  may have come back: ${what} that ${which} deleted or restored otherwise`,
    '  look with: ntrader data list, ntrader data coverage',
  ]
}

function corruptText({ file, reason, interval }: CorruptFile): string {
  const isKnown = interval.start !== '1970-01-01T00:00:00Z'
  return `${file}: ${reason}${isKnown ? ` (${interval.start} .. ${interval.end})` : ''}`
}
