import { resolve } from 'node:path'
import { calendarOfInstrument } from '../../calendar/venues.js'
import type { QueryOptions } from '../../catalog/catalog-types.js'
import type { Session } from '../../catalog/required.js'
import { formatBarType } from '../../model/bar-type.js'
import { InvalidRequestError } from '../../model/errors.js'
import type { Frame } from '../../model/frame.js'
import { hull, type Interval, toIso } from '../../model/interval.js'
import { parseSeries, type Series } from '../../model/series.js'
import { zoneOf } from '../../model/zone.js'
import { isWithinFolder, writeUserFile } from '../../storage/user-files.js'
import type { Flags } from '../command.js'
import type { Context } from '../context.js'
import { checkSeries, choice, given, partialRangeOf, seriesOf, sessionOf, text } from '../flags.js'
import { frameTable } from '../render/frame-table.js'
import { renderRows } from '../render/rows.js'
import { writeAll } from '../render/terminal.js'
import { formatBytes, formatCount, formatCounted } from '../render/units.js'

const FORMATS = ['table', 'csv', 'json', 'ndjson', 'parquet', 'arrow'] as const
type Format = (typeof FORMATS)[number]

/** Rows of a table on the screen; every other format has all of them. */
const TABLE_ROWS_MAX = 40

export async function run(context: Context, [id = '']: readonly string[], flags: Flags): Promise<number> {
  const series = checkSeries(seriesOf(id, flags))
  const output = text(flags, 'output')
  const format = formatOf(context, flags, output)
  const columns = columnsOf(flags)
  const zone = text(flags, 'tz')
  const look = { ...given('columns', columns), ...given('zone', zone === undefined ? undefined : zoneOf(zone)) }
  const options: QueryOptions = {
    ...partialRangeOf(flags),
    ...given('session', sessionOf(flags)),
    ...given('asOf', text(flags, 'asOf')),
    ...given('columns', columns),
  }
  const catalog = await context.openCatalog()
  if (output !== undefined) refuseInside(catalog.root, resolve(context.host.cwd(), output))
  const frame = await catalog.query(series, options)
  if (output === undefined) {
    await writeAll(context.terminal.out, chunksOf(frame, format, look, context))
  } else {
    const sizeBytes = await writeUserFile(output, chunksOf(frame, format, look, context))
    context.say(`${output}: ${formatCount(frame.numRows)} rows, ${formatBytes(sizeBytes)}`)
  }
  warnOfMissing(context, parseSeries(series), frame, options.session ?? 'all')
  return 0
}

/** A result written over a data or log file would destroy the catalog it came from. */
function refuseInside(root: string, path: string): void {
  if (isWithinFolder(root, path)) {
    throw new InvalidRequestError(`${path} lies inside the catalog ${root}`, {
      steps: ['Write the result somewhere else.'],
    })
  }
}

function columnsOf(flags: Flags): readonly string[] | undefined {
  const columns = text(flags, 'columns')
    ?.split(',')
    .map((it) => it.trim())
  const twice = columns?.find((it, index) => columns.indexOf(it) !== index)
  if (twice === undefined) return columns
  throw new InvalidRequestError(`column '${twice}' is asked for twice`, { steps: ['Name each column once.'] })
}

type RowLook = Parameters<typeof frameTable>[1] extends infer O ? Omit<O & object, 'maxRows'> : never

async function* chunksOf(
  frame: Frame,
  format: Format,
  look: RowLook,
  context: Context,
): AsyncGenerator<string | Uint8Array> {
  switch (format) {
    case 'table':
      for (const line of frameTable(frame, { ...look, maxRows: TABLE_ROWS_MAX }, context.terminal.out))
        yield `${line}\n`
      return
    case 'parquet': {
      const { encodeFrame } = await import('../../parquet/encode.js')
      const codec = context.settings.codec ?? 'snappy'
      yield await encodeFrame(frame, { codec, metadata: new Map(), ...given('columns', look.columns) })
      return
    }
    case 'arrow': {
      const { frameToIpc } = await import('../../model/arrow/to-arrow.js')
      yield await frameToIpc(frame, look.columns)
      return
    }
    default:
      yield* renderRows([frame], { type: frame.type, format, ...look })
  }
}

/** `--format`, else what the file's ending says, else `--json`, else a table, which shows too little for a file. */
function formatOf(context: Context, flags: Flags, output: string | undefined): Format {
  const named = choice(flags, 'format', FORMATS)
  const ending = FORMATS.find((it) => output?.toLowerCase().endsWith(`.${it}`))
  const format = named ?? ending ?? (context.globals.json ? 'json' : 'table')
  if (output !== undefined && named === undefined && format === 'table' && ending !== 'table') {
    throw new InvalidRequestError(`the ending of ${output} names no format`, {
      steps: ['End the name in .csv, .json, .ndjson, .parquet or .arrow.', 'Or say the format: --format csv'],
    })
  }
  if (output === undefined && context.terminal.out.isTty && (format === 'parquet' || format === 'arrow')) {
    throw new InvalidRequestError(`${format} is binary and would garble the terminal`, {
      steps: [`Write it to a file: -o rows.${format}`, 'Or pipe it into another program.'],
    })
  }
  return format
}

function warnOfMissing(context: Context, series: Series, { missing }: Frame, session: Session): void {
  const whole = hull(missing)
  const [first] = missing
  if (whole === undefined || first === undefined) return
  const { start, end } = toIso(first)
  const stretches = formatCounted(missing.length, 'stretch', 'stretches')
  context.say(`not covered: ${stretches} of this range, first ${start} .. ${end}`)
  if (missing.length > 1) context.say(`all of them: ${gapsCommand(series, whole, session)}`)
}

/** The command that lists what is missing, ready to paste. */
function gapsCommand(series: Series, range: Interval, session: Session): string {
  const { start, end } = toIso(range)
  const kind = series.type === 'bars' ? `--bar-type ${formatBarType(series.barType)}` : `--type ${series.type}`
  const calendar = calendarOfInstrument(series.instrument) === undefined ? ' --calendar none' : ''
  return `ntrader data gaps '${series.instrument}' ${kind} --start ${start} --end ${end} --session ${session}${calendar}`
}
