import { answered, type Coverage, coverageSet } from '../../catalog/coverage.js'
import { calendarOfSeries } from '../../catalog/lookup.js'
import { requiredSet } from '../../catalog/required.js'
import { hull, type Interval, intersect, toIso } from '../../model/interval.js'
import { formatSeries, type Series } from '../../model/series.js'
import { systemClock } from '../../model/time.js'
import type { Flags } from '../command.js'
import type { Context } from '../context.js'
import { calendarOf, partialRangeOf, sessionOf } from '../flags.js'
import { type CoverageRow, coveragePicture } from '../render/coverage-picture.js'
import { barTypeText, chooseSeries, inputOf } from '../stored-series.js'

interface Held {
  readonly series: Series
  readonly coverage: Coverage
}

/** Draws what is covered of every series, or of one; `--json` lists the entries. */
export async function run(context: Context, [id]: readonly string[], flags: Flags): Promise<number> {
  const catalog = await context.openCatalog()
  const held: Held[] = []
  for (const { series } of await chooseSeries(catalog, id, flags)) {
    held.push({ series, coverage: await catalog.coverage(inputOf(series)) })
  }
  const range = rangeFor(held, flags)
  if (held.length === 0) context.say(`the catalog ${catalog.root} is empty`)
  await context.print(held.map(coverageJson), () => {
    if (range === undefined) return []
    return coveragePicture(
      held.map((it) => coverageRow(it, range, flags)),
      range,
      context.terminal.out,
    )
  })
  return 0
}

function rangeFor(held: readonly Held[], flags: Flags): Interval | undefined {
  const { start, end } = partialRangeOf(flags)
  const whole = hull(held.flatMap((it) => it.coverage))
  if (whole === undefined) return undefined
  return {
    startNs: typeof start === 'bigint' ? start : whole.startNs,
    endNs: typeof end === 'bigint' ? end : whole.endNs,
  }
}

function coverageRow({ series, coverage }: Held, range: Interval, flags: Flags): CoverageRow {
  const calendar = calendarOf(flags) ?? calendarOfSeries(series)
  const inRange = (set: readonly Interval[]): readonly Interval[] => intersect(set, [range])
  const known = answered(coverage, { nowNs: systemClock() })
  return {
    label: formatSeries(series).replace(/-EXTERNAL$/, ''),
    data: inRange(coverageSet(coverage, 'data')),
    empty: intersect(inRange(coverageSet(coverage, 'empty')), known),
    rejected: inRange(coverageSet(coverage, 'rejected')),
    required: requiredSet(series, range, sessionOf(flags) ?? 'regular', calendar),
  }
}

function coverageJson({ series, coverage }: Held): Readonly<Record<string, unknown>> {
  return {
    type: series.type,
    instrument: series.instrument,
    barType: barTypeText(series),
    entries: coverage.map(({ startNs, endNs, ...rest }) => ({ ...toIso({ startNs, endNs }), ...textOf(rest) })),
  }
}

/** Instants as decimal text: JSON has no bigint. */
function textOf(value: object): object {
  return JSON.parse(JSON.stringify(value, (_key, item: unknown) => (typeof item === 'bigint' ? item.toString() : item)))
}
