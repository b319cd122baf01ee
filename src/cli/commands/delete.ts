import { coverageSet } from '../../catalog/coverage/coverage.js'
import { parseRange } from '../../catalog/range.js'
import { intersect, toIso } from '../../model/interval.js'
import { formatSeries, parseSeries } from '../../model/series.js'
import type { Flags } from '../command.js'
import { confirm } from '../confirm.js'
import type { Context } from '../context.js'
import { checkSeries, rangeOf, seriesOf } from '../flags.js'
import { formatCounted } from '../render/units.js'

export async function run(context: Context, [id = '']: readonly string[], flags: Flags): Promise<number> {
  const series = checkSeries(seriesOf(id, flags))
  const range = rangeOf(flags)
  const name = formatSeries(parseSeries(series))
  const { start, end } = toIso(parseRange(range))
  const catalog = await context.openCatalog()
  const covered = intersect(coverageSet(await catalog.coverage(series)), [parseRange(range)]).map(toIso)
  if (context.globals.dryRun) {
    await context.print({ dryRun: true, covered }, () => [
      `${name}: would delete ${formatCounted(covered.length, 'covered stretch', 'covered stretches')} in ${start} .. ${end}`,
      ...covered.map((it) => `  ${it.start} .. ${it.end}`),
    ])
    return 0
  }
  await confirm(context, `Delete ${name} from ${start} to ${end}?`)
  const { committed, rowsAdded, asOf } = await catalog.deleteRange(series, range)
  await context.print({ committed, rowsDeleted: -rowsAdded, asOf }, () => [
    committed
      ? `${name}: ${formatCounted(-rowsAdded, 'row')} deleted from ${start} to ${end}`
      : `${name}: nothing was covered there, nothing changed`,
  ])
  return 0
}
