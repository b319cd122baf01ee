import { calendarOfInstrument } from '../../calendar/venues.js'
import type { Session } from '../../catalog/coverage/required.js'
import { seriesArguments } from '../../model/command-text.js'
import { hull, type Interval, toIso } from '../../model/interval.js'
import type { Series } from '../../model/series.js'
import { formatCounted } from './units.js'

/** What to say of the parts of a range that are required and not covered; nothing where there are none. */
export function notCoveredLines(series: Series, missing: readonly Interval[], session: Session): readonly string[] {
  const whole = hull(missing)
  const [first] = missing
  if (whole === undefined || first === undefined) return []
  const { start, end } = toIso(first)
  const stretches = formatCounted(missing.length, 'stretch', 'stretches')
  return [
    `not covered: ${stretches} of this range, first ${start} .. ${end}`,
    ...(missing.length > 1 ? [`all of them: ${gapsCommand(series, whole, session)}`] : []),
  ]
}

/** The command that lists what is missing, ready to paste. */
function gapsCommand(series: Series, range: Interval, session: Session): string {
  const { start, end } = toIso(range)
  const calendar = calendarOfInstrument(series.instrument) === undefined ? ' --calendar none' : ''
  return `ntrader data gaps ${seriesArguments(series)} --start ${start} --end ${end} --session ${session}${calendar}`
}
