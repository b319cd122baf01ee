import type { DataCatalog } from '../../catalog/catalog.js'
import type { RangeInput } from '../../catalog/range.js'
import { WRITE_MODES } from '../../catalog/write/operations.js'
import { DATE_FORMATS } from '../../importers/csv/stamp.js'
import { formatProblem, refuseBarOptions } from '../../importers/csv-file.js'
import { type CsvImportOptions, type CsvImportReport, importCsv } from '../../importers/import-csv-file.js'
import { throwIfAborted } from '../../model/abort.js'
import { parseDuration } from '../../model/duration.js'
import { InvalidRequestError } from '../../model/errors.js'
import { given } from '../../model/given.js'
import { toIso } from '../../model/interval.js'
import { parseSeries, type SeriesInput } from '../../model/series.js'
import { parseInstant } from '../../model/time.js'
import { readUserFile } from '../../storage/user-files.js'
import type { Flags } from '../command.js'
import type { Context } from '../context.js'
import { choice, parseEnd, seriesOf, text } from '../flags.js'
import { exitCodeOf } from '../render/errors.js'
import { formatCount, formatCounted } from '../render/units.js'
import { showError } from '../show-error.js'

/** Holes named one by one; the rest are counted. */
const HOLES_SHOWN = 10

/** Imports each file as one commit; a bad file does not stop the others. */
export async function run(context: Context, [format, ...files]: readonly string[], flags: Flags): Promise<number> {
  if (format !== 'csv') {
    throw new InvalidRequestError(`'${format}' is not a format that can be imported`, {
      steps: ['Use csv: ntrader data import csv FILE …'],
    })
  }
  const instrument = text(flags, 'instrument')
  if (instrument === undefined) {
    throw new InvalidRequestError('--instrument is missing', {
      steps: ['Say whose rows these are: --instrument AAPL.NASDAQ'],
    })
  }
  const series = seriesOf(instrument, flags)
  const options = { ...optionsOf(flags), dryRun: context.globals.dryRun }
  refuseBarOptions(parseSeries(series), options)
  const catalog = await context.openCatalog()
  let worst = 0
  for (const file of files) worst = Math.max(worst, await importOne(context, catalog, series, file, options))
  return worst
}

async function importOne(
  context: Context,
  catalog: DataCatalog,
  series: SeriesInput,
  file: string,
  options: CsvImportOptions,
): Promise<number> {
  try {
    throwIfAborted(context.signal)
    const { sizeBytes, chunks } = await readUserFile(file)
    const progress = context.progress(`reading ${file}`, 'bytes')
    try {
      const report = await importCsv(
        catalog,
        series,
        counted(chunks, (done) => {
          throwIfAborted(context.signal)
          progress.update({ done, total: sizeBytes })
        }),
        options,
      )
      progress.done()
      await showReport(context, file, report)
    } finally {
      progress.done()
    }
    return 0
  } catch (error) {
    if (context.signal.aborted) throw error
    showError(context.terminal, error, { ...context.globals, about: file })
    return exitCodeOf(error)
  }
}

async function* counted(
  chunks: AsyncIterable<Uint8Array>,
  onBytes: (done: number) => void,
): AsyncGenerator<Uint8Array> {
  let done = 0
  for await (const chunk of chunks) {
    done += chunk.length
    onBytes(done)
    yield chunk
  }
}

async function showReport(context: Context, file: string, report: CsvImportReport): Promise<void> {
  const { rowsRead, rows, rowsAdded, collapsed, problems, problemCount, ignoredColumns, holes, committed, asOf } =
    report
  for (const problem of problems) context.say(`skipped ${formatProblem(problem)}`)
  if (problemCount > problems.length)
    context.say(`skipped ${formatCounted(problemCount - problems.length, 'more row')}`)
  if (ignoredColumns.length > 0) context.say(`ignored columns: ${ignoredColumns.join(', ')}`)
  for (const hole of holes.slice(0, HOLES_SHOWN)) {
    const { start, end } = toIso(hole)
    context.say(`no rows in ${start} .. ${end}: not claimed as covered`)
  }
  if (holes.length > HOLES_SHOWN)
    context.say(`… and ${formatCounted(holes.length - HOLES_SHOWN, 'more hole')}; see: ntrader data gaps`)
  const json = {
    file,
    rowsRead,
    rows,
    rowsAdded,
    collapsed,
    skipped: problemCount,
    ignoredColumns,
    holes: holes.map(toIso),
    committed,
    asOf,
  }
  await context.print(json, () => [
    `${file}: ${formatCounted(rowsRead, 'row')} read, ${outcomeOf(report, context.globals.dryRun)}${
      collapsed > 0 ? `, ${formatCounted(collapsed, 'equal row')} collapsed` : ''
    }${problemCount > 0 ? `, ${formatCount(problemCount)} skipped` : ''}`,
  ])
}

function outcomeOf({ rows, rowsAdded, committed }: CsvImportReport, dryRun: boolean): string {
  if (rows === 0) return 'nothing in it'
  if (dryRun) return `${formatCount(rowsAdded)} would be new (dry run, nothing stored)`
  return committed ? `${formatCount(rowsAdded)} new` : 'all there already, nothing committed'
}

function optionsOf(flags: Flags): CsvImportOptions {
  const [maxHole, complete, map] = [text(flags, 'maxHole'), text(flags, 'complete'), text(flags, 'map')]
  return {
    ...given('timeZone', text(flags, 'tz')),
    ...given('stamp', choice(flags, 'stamp', ['open', 'close'])),
    ...given('dateFormat', choice(flags, 'dateFormat', DATE_FORMATS)),
    ...given('mode', choice(flags, 'mode', WRITE_MODES)),
    ...given('maxHoleNs', maxHole === undefined ? undefined : parseDuration(maxHole, '--max-hole')),
    ...given('complete', complete === undefined ? undefined : parseComplete(complete)),
    ...given('columns', map === undefined ? undefined : parseMap(map)),
    skipBadRows: flags['skipBadRows'] === true,
  }
}

/** `2024-01-02/2024-01-31`; a date-only end includes that day. Dates themselves hold no slash. */
function parseComplete(value: string): RangeInput {
  const [start, end, ...rest] = value.split('/')
  if (start !== undefined && end !== undefined && rest.length === 0) {
    return { start: parseInstant(start, '--complete'), end: parseEnd(end, '--complete') }
  }
  throw new InvalidRequestError(`--complete ${value} is not a range`, {
    steps: ['Write START/END: --complete 2024-01-02/2024-01-31'],
  })
}

function parseMap(value: string): ReadonlyMap<string, string> {
  const map = new Map<string, string>()
  for (const pair of value.split(',')) {
    const at = pair.indexOf('=')
    if (at <= 0 || at === pair.length - 1) {
      throw new InvalidRequestError(`--map ${pair} is not a pair`, {
        steps: ['Write OURS=THEIRS: --map close=Last,volume=Vol'],
      })
    }
    map.set(pair.slice(0, at).trim(), pair.slice(at + 1).trim())
  }
  return map
}
