import { resolve } from 'node:path'
import { InvalidRequestError } from '../../model/errors.js'
import type { Frame } from '../../model/frame.js'
import { parseSeries } from '../../model/series.js'
import { writeUserFile } from '../../storage/user-files.js'
import type { Flags } from '../command.js'
import type { Context } from '../context.js'
import { checkSeries, choice, outputPath, seriesOf } from '../flags.js'
import { encodeRows, FILE_FORMATS, type FileFormat } from '../render/encode-rows.js'
import { frameTable } from '../render/frame-table.js'
import { notCoveredLines } from '../render/not-covered.js'
import { formatOfEnding, refuseInside, rowsFile, writeRowsFile } from '../render/rows-file.js'
import { writeAll } from '../render/terminal.js'
import { formatBytes, formatCounted } from '../render/units.js'
import { type RowsRequest, rowsRequest } from '../rows-request.js'

type Format = 'table' | FileFormat
const FORMATS: readonly Format[] = ['table', ...FILE_FORMATS]

/** Rows of a table on the screen; every other format has all of them. */
const TABLE_ROWS_MAX = 40

export async function run(context: Context, [id = '']: readonly string[], flags: Flags): Promise<number> {
  const series = checkSeries(seriesOf(id, flags))
  const output = outputPath(flags, 'output')
  const format = formatOf(context, flags, output)
  const write = writerOf(context, format, output)
  const { options, look } = rowsRequest(flags)
  const catalog = await context.openCatalog()
  if (output !== undefined) refuseInside(catalog.root, resolve(context.host.cwd(), output))
  const frame = await catalog.query(series, options)
  const rows = formatCounted(frame.numRows, 'row')
  if (output !== undefined && context.globals.dryRun) {
    context.say(`${output}: would be ${rows} (dry run, nothing was written)`)
  } else {
    const sizeBytes = await write(frame, look)
    if (output !== undefined) context.say(`${output}: ${rows}, ${formatBytes(sizeBytes)}`)
  }
  for (const line of notCoveredLines(parseSeries(series), frame.missing, options.session ?? 'all')) context.say(line)
  return 0
}

type Write = (frame: Frame, look: RowsRequest['look']) => Promise<number>

/** Where the rows go and as what, decided before any is read. Resolves to the size of the file, 0 on stdout. */
function writerOf({ terminal, settings }: Context, format: Format, output: string | undefined): Write {
  if (format === 'table') {
    const lines = (frame: Frame, look: RowsRequest['look']): readonly string[] =>
      frameTable(frame, { ...look, maxRows: TABLE_ROWS_MAX }, terminal.out).map((line) => `${line}\n`)
    if (output !== undefined) return (frame, look) => writeUserFile(output, lines(frame, look))
    return (frame, look) => writeAll(terminal.out, lines(frame, look)).then(() => 0)
  }
  const { codec } = settings
  if (output !== undefined) {
    const file = rowsFile(output, format)
    return (frame, look) => writeRowsFile(file, [frame], { type: frame.type, codec, ...look })
  }
  return (frame, look) =>
    writeAll(terminal.out, encodeRows([frame], { type: frame.type, format, codec, ...look })).then(() => 0)
}

/** `--format`, else what the file's ending says, else `--json`, else a table, which shows too little for a file. */
function formatOf(context: Context, flags: Flags, output: string | undefined): Format {
  const named = choice(flags, 'format', FORMATS)
  const ending = output === undefined ? undefined : formatOfEnding(output)
  const format = named ?? ending ?? (context.globals.json ? 'json' : 'table')
  if (output !== undefined && named === undefined && format === 'table') {
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
