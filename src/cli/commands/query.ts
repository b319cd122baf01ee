import type { QueryOptions } from '../../catalog/catalog-types.js'
import { InvalidRequestError } from '../../model/errors.js'
import type { Frame } from '../../model/frame.js'
import { toIso } from '../../model/interval.js'
import { parseSeries, type SeriesInput } from '../../model/series.js'
import { zoneOf } from '../../model/zone.js'
import { writeUserFile } from '../../storage/user-files.js'
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
  const columns = text(flags, 'columns')
    ?.split(',')
    .map((it) => it.trim())
  const zone = text(flags, 'tz')
  const look = { ...given('columns', columns), ...given('zone', zone === undefined ? undefined : zoneOf(zone)) }
  const options: QueryOptions = {
    ...partialRangeOf(flags),
    ...given('session', sessionOf(flags)),
    ...given('asOf', text(flags, 'asOf')),
    ...given('columns', columns),
  }
  const frame = await (await context.openCatalog()).query(series, options)
  if (output === undefined) {
    await writeAll(context.terminal.out, chunksOf(frame, format, look, context))
  } else {
    const sizeBytes = await writeUserFile(output, chunksOf(frame, format, look, context))
    context.say(`${output}: ${formatCount(frame.numRows)} rows, ${formatBytes(sizeBytes)}`)
  }
  warnOfMissing(context, series, frame)
  return 0
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
      yield await encodeFrame(frame, { codec: context.settings.codec ?? 'snappy', metadata: new Map() })
      return
    }
    case 'arrow': {
      const { frameToIpc } = await import('../../model/arrow/to-arrow.js')
      yield await frameToIpc(frame)
      return
    }
    default:
      yield* renderRows([frame], { type: frame.type, format, ...look })
  }
}

/** `--format`, else `--json`, else what the file's ending says, else a table. */
function formatOf(context: Context, flags: Flags, output: string | undefined): Format {
  const named = choice(flags, 'format', FORMATS)
  const ending = FORMATS.find((it) => output?.toLowerCase().endsWith(`.${it}`))
  const format = named ?? (context.globals.json ? 'json' : (ending ?? 'table'))
  if (output === undefined && context.terminal.out.isTty && (format === 'parquet' || format === 'arrow')) {
    throw new InvalidRequestError(`${format} is binary and would garble the terminal`, {
      steps: [`Write it to a file: -o rows.${format}`, 'Or pipe it into another program.'],
    })
  }
  return format
}

function warnOfMissing(context: Context, input: SeriesInput, { missing }: Frame): void {
  const [first] = missing
  if (first === undefined) return
  const { start, end } = toIso(first)
  const { instrument } = parseSeries(input)
  const stretches = formatCounted(missing.length, 'stretch', 'stretches')
  context.say(
    `not covered: ${stretches} of this range, first ${start} .. ${end} (ntrader data gaps '${instrument}' lists them)`,
  )
}
