import { given } from '../../model/given.js'
import { toIso } from '../../model/interval.js'
import { formatSeries, parseSeries } from '../../model/series.js'
import type { Flags } from '../command.js'
import type { Context } from '../context.js'
import { calendarOf, checkSeries, rangeOf, seriesOf, sessionOf } from '../flags.js'
import { formatCounted } from '../render/units.js'

const EXIT_GAPS = 3

export async function run(context: Context, [id = '']: readonly string[], flags: Flags): Promise<number> {
  const series = checkSeries(seriesOf(id, flags))
  const range = rangeOf(flags)
  const options = { ...given('session', sessionOf(flags)), ...given('calendar', calendarOf(flags)) }
  const gaps = (await (await context.openCatalog()).gaps(series, range, options)).map(toIso)
  await context.print({ gaps }, () => gaps.map((it) => `${it.start} .. ${it.end}`))
  context.say(
    `${formatSeries(parseSeries(series))}: ${gaps.length === 0 ? 'no gaps' : formatCounted(gaps.length, 'gap')}`,
  )
  return gaps.length === 0 ? 0 : EXIT_GAPS
}
