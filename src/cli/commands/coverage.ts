import { resolve } from 'node:path'
import type { Calendar } from '../../calendar/calendar.js'
import { answered, type Coverage, type CoverageEntry, coverageSet } from '../../catalog/coverage/coverage.js'
import { requiredSet, type Session } from '../../catalog/coverage/required.js'
import { parseRange, type RangeInput } from '../../catalog/range.js'
import { calendarOfSeries } from '../../catalog/read/lookup.js'
import { hull, type Interval, intersect, toIso } from '../../model/interval.js'
import { formatSeries, type Series, seriesInputOf } from '../../model/series.js'
import { parseInstant, systemClock } from '../../model/time.js'
import { writeUserFile } from '../../storage/user-files.js'
import type { Flags } from '../command.js'
import type { Context } from '../context.js'
import { calendarOf, outputPath, partialRangeOf, sessionOf } from '../flags.js'
import type { CoverageRow } from '../render/coverage-model.js'
import { coveragePicture } from '../render/coverage-picture.js'
import { coverageSvg } from '../render/coverage-svg.js'
import { refuseInside } from '../render/rows-file.js'
import { formatBytes, formatCounted } from '../render/units.js'
import { barTypeText, chooseSeries } from '../stored-series.js'

interface Held {
  readonly series: Series
  readonly coverage: Coverage
}

/** Draws what is covered of every series, or of one, here or as a file; `--json` lists the entries. */
export async function run(context: Context, [id]: readonly string[], flags: Flags): Promise<number> {
  const svg = outputPath(flags, 'svg')
  const look: CoverageLook = { session: sessionOf(flags) ?? 'regular', calendar: calendarOf(flags) }
  const asked = partialRangeOf(flags)
  if (isRange(asked)) parseRange(asked)
  const catalog = await context.openCatalog()
  if (svg !== undefined) refuseInside(catalog.root, resolve(context.host.cwd(), svg))
  const held: Held[] = []
  for (const { series } of await chooseSeries(catalog, id, flags)) {
    held.push({ series, coverage: await catalog.coverage(seriesInputOf(series)) })
  }
  const range = rangeFor(held, asked)
  if (held.length === 0) context.say(`the catalog ${catalog.root} is empty`)
  else if (range === undefined) context.say('nothing is covered in that range')
  const rowsIn = (range: Interval): readonly CoverageRow[] => held.map((it) => coverageRow(it, range, look))
  if (svg !== undefined) await drawFile(context, svg, range === undefined ? [] : rowsIn(range), range)
  await context.print(
    held.map((it) => coverageJson(it, range)),
    () => (range === undefined || svg !== undefined ? [] : coveragePicture(rowsIn(range), range, context.terminal.out)),
  )
  return 0
}

/** Says so also when it writes nothing: a script that goes on to show the file must not be left to wonder. */
async function drawFile(
  { globals, say }: Context,
  svg: string,
  rows: readonly CoverageRow[],
  range: Interval | undefined,
): Promise<void> {
  const count = formatCounted(rows.length, 'series', 'series')
  if (range === undefined) say(`${svg}: nothing to draw, nothing was written`)
  else if (globals.dryRun) say(`${svg}: would be ${count} (dry run, nothing was written)`)
  else say(`${svg}: ${count}, ${formatBytes(await writeUserFile(svg, [coverageSvg(rows, range)]))}`)
}

interface CoverageLook {
  readonly session: Session
  readonly calendar: Calendar | undefined
}

/** The range asked for; an end that was not given is where the coverage has its own. */
function rangeFor(held: readonly Held[], asked: Partial<RangeInput>): Interval | undefined {
  if (isRange(asked)) return parseRange(asked)
  const whole = hull(held.flatMap((it) => it.coverage))
  if (whole === undefined) return undefined
  const startNs = asked.start === undefined ? whole.startNs : parseInstant(asked.start)
  const endNs = asked.end === undefined ? whole.endNs : parseInstant(asked.end)
  return startNs < endNs ? { startNs, endNs } : undefined
}

function isRange(asked: Partial<RangeInput>): asked is RangeInput {
  return asked.start !== undefined && asked.end !== undefined
}

function coverageRow({ series, coverage }: Held, range: Interval, look: CoverageLook): CoverageRow {
  const calendar = look.calendar ?? calendarOfSeries(series)
  const inRange = (set: readonly Interval[]): readonly Interval[] => intersect(set, [range])
  const known = answered(coverage, { nowNs: systemClock() })
  return {
    label: formatSeries(series).replace(/-EXTERNAL$/, ''),
    data: inRange(coverageSet(coverage, 'data')),
    empty: intersect(inRange(coverageSet(coverage, 'empty')), known),
    rejected: inRange(coverageSet(coverage, 'rejected')),
    required: requiredSet(series, range, look.session, calendar),
  }
}

function coverageJson({ series, coverage }: Held, range: Interval | undefined): Readonly<Record<string, unknown>> {
  const entries = range === undefined ? [] : coverage.flatMap((it) => cutEntry(it, range))
  return {
    type: series.type,
    instrument: series.instrument,
    barType: barTypeText(series),
    entries: entries.map(({ startNs, endNs, ...rest }) => ({ ...toIso({ startNs, endNs }), ...textOf(rest) })),
  }
}

function cutEntry(entry: CoverageEntry, range: Interval): Coverage {
  return intersect([entry], [range]).map((part) => ({ ...entry, ...part }))
}

/** Instants as decimal text: JSON has no bigint. */
function textOf(value: object): object {
  return JSON.parse(JSON.stringify(value, (_key, item: unknown) => (typeof item === 'bigint' ? item.toString() : item)))
}
