import { dirname, resolve } from 'node:path'
import type { DataCatalog } from '../../catalog/catalog.js'
import type { QueryOptions } from '../../catalog/catalog-types.js'
import { answered } from '../../catalog/coverage/coverage.js'
import { requiredSet } from '../../catalog/coverage/required.js'
import { calendarOfSeries } from '../../catalog/read/lookup.js'
import { throwIfAborted } from '../../model/abort.js'
import { InvalidRequestError } from '../../model/errors.js'
import type { Frame } from '../../model/frame.js'
import { hull, type IntervalSet, subtract, toIso } from '../../model/interval.js'
import { distinctSeries, formatSeries, parseSeries, type Series, seriesInputOf } from '../../model/series.js'
import { parseInstant, systemClock } from '../../model/time.js'
import { kindOfPath, makeUserDirectory } from '../../storage/user-files.js'
import type { Flags } from '../command.js'
import { confirm } from '../confirm.js'
import type { Context } from '../context.js'
import { type ExportJob, type ExportTarget, exportJobs, exportTarget } from '../export-plan.js'
import { choice, seriesOf, text } from '../flags.js'
import { FILE_FORMATS } from '../render/encode-rows.js'
import { exitCodeOf } from '../render/errors.js'
import { notCoveredLines } from '../render/not-covered.js'
import { refuseInside, writeRowsFile } from '../render/rows-file.js'
import { formatBytes, formatCounted } from '../render/units.js'
import { type RowsRequest, rowsRequest } from '../rows-request.js'
import { showError } from '../show-error.js'
import { barTypeText, chooseSeries } from '../stored-series.js'

/**
 * Writes each chosen series to a file of its own, all of them from one state of the catalog. One that fails does not
 * stop the others, and the worst exit code is the command's.
 */
export async function run(context: Context, ids: readonly string[], flags: Flags): Promise<number> {
  const [id, ...more] = ids
  const isOne = id !== undefined && more.length === 0
  if (isOne && flags['output'] === undefined) return toStdout(context, id, flags)
  const target = await targetOf(flags)
  const request = rowsRequest(flags)
  const catalog = await context.openCatalog()
  const jobs = exportJobs(target, await chosenSeries(catalog, ids, flags))
  // Each file, and not the directory alone: below it a link may lead back.
  for (const { file } of jobs) refuseInside(catalog.root, resolve(context.host.cwd(), file.path))
  if (jobs.length === 0) context.say(`the catalog ${catalog.root} holds nothing of that`)
  if (context.globals.dryRun) return showPlan(context, jobs)
  const mode = await allowReplacing(context, jobs)
  const asOf = request.options.asOf ?? catalog.version()
  const work: Work = { context, catalog, mode, request: { ...request, options: { ...request.options, asOf } } }
  const done: Exported[] = []
  let worst = 0
  for (const job of jobs) {
    try {
      done.push(await exportOne(work, job))
    } catch (error) {
      if (context.signal.aborted) throw error
      showError(context.terminal, error, { ...context.globals, about: formatSeries(job.series) })
      worst = Math.max(worst, exitCodeOf(error))
    }
  }
  if (context.globals.json) await context.print(done, () => [])
  return worst
}

/** One series without a file to go to is a result like any other; several would run into each other. */
async function toStdout(context: Context, id: string, flags: Flags): Promise<number> {
  const catalog = await context.openCatalog()
  const [found, ...more] = await chooseSeries(catalog, id, flags)
  if (found === undefined || more.length > 0) throw outputMissing()
  const { type, barType } = seriesFlags(found.series)
  const { run: query } = await import('./query.js')
  const same: Context = { ...context, openCatalog: async () => catalog }
  return query(same, [id], { format: context.globals.json ? 'json' : 'csv', ...flags, type, barType })
}

function seriesFlags(series: Series): { readonly type: string; readonly barType: string | undefined } {
  return { type: series.type, barType: barTypeText(series) ?? undefined }
}

/** What every job of one export shares. */
interface Work {
  readonly context: Context
  readonly catalog: DataCatalog
  readonly mode: 'replace' | 'create'
  readonly request: RowsRequest
}

/** One file, as `--json` has it. */
interface Exported {
  readonly type: string
  readonly instrument: string
  readonly barType: string | null
  readonly path: string
  readonly rows: number
  readonly bytes: number
  readonly missing: readonly { readonly start: string; readonly end: string }[]
  readonly asOf: string
}

async function exportOne({ context, catalog, mode, request }: Work, { series, file }: ExportJob): Promise<Exported> {
  const { options, look } = request
  const input = seriesInputOf(series)
  const progress = context.progress(formatSeries(series), 'rows')
  let rows = 0
  async function* counted(): AsyncGenerator<Frame> {
    // Stamps too, whatever is wanted: frames are joined by their stored columns, and `timestamp` is made of them.
    const columns = options.columns === undefined ? {} : { columns: [...new Set([...options.columns, 'ts_event'])] }
    for await (const frame of catalog.stream(input, { ...options, ...columns })) {
      throwIfAborted(context.signal)
      rows += frame.numRows
      progress.update({ done: rows })
      yield frame
    }
  }
  try {
    const missing = await missingOf(catalog, series, options)
    const frames = counted()
    // Read before anything is made: a series that is not there leaves no directory behind.
    const first = await frames.next()
    await makeUserDirectory(dirname(file.path))
    const { codec } = context.settings
    const bytes = await writeRowsFile(file, resumed(first, frames), { type: series.type, codec, ...look }, mode)
    progress.done()
    if (!context.globals.json) {
      await context.print(undefined, () => [`${file.path}: ${formatCounted(rows, 'row')}, ${formatBytes(bytes)}`])
    }
    for (const line of notCoveredLines(series, missing, options.session ?? 'all')) {
      context.say(`${formatSeries(series)}: ${line}`)
    }
    return { ...nameOf(series), path: file.path, rows, bytes, missing: missing.map(toIso), asOf: options.asOf ?? '' }
  } finally {
    progress.done()
  }
}

async function* resumed<T>(first: IteratorResult<T, unknown>, rest: AsyncIterable<T>): AsyncGenerator<T> {
  if (first.done !== true) yield first.value
  yield* rest
}

function nameOf(series: Series): Pick<Exported, 'type' | 'instrument' | 'barType'> {
  return { type: series.type, instrument: series.instrument, barType: barTypeText(series) }
}

/** Required and not covered, from the log alone. A range left open ends where the coverage does. */
async function missingOf(catalog: DataCatalog, series: Series, options: QueryOptions): Promise<IntervalSet> {
  const { start, end, session = 'all', asOf } = options
  const coverage = await catalog.coverage(seriesInputOf(series), asOf === undefined ? {} : { asOf })
  const whole = hull(coverage)
  if (whole === undefined) return []
  const startNs = start === undefined ? whole.startNs : parseInstant(start)
  const endNs = end === undefined ? whole.endNs : parseInstant(end)
  if (startNs >= endNs) return []
  const required = requiredSet(series, { startNs, endNs }, session, calendarOfSeries(series))
  return subtract(required, answered(coverage, { nowNs: systemClock() }))
}

async function targetOf(flags: Flags): Promise<ExportTarget> {
  const output = text(flags, 'output')
  if (output === undefined || output === '') throw outputMissing()
  return exportTarget(output, choice(flags, 'format', FILE_FORMATS), (await kindOfPath(output)) === 'directory')
}

function outputMissing(): InvalidRequestError {
  return new InvalidRequestError('--output is missing', {
    steps: [
      'Name a directory, or for one series a file: -o exports/, -o aapl.csv',
      'Or name one series alone, which goes to stdout: add --bar-type or --type.',
    ],
  })
}

/** The series of every id, or all there are. With `--as-of` a series named in full need no longer be there. */
async function chosenSeries(catalog: DataCatalog, ids: readonly string[], flags: Flags): Promise<readonly Series[]> {
  const asOf = text(flags, 'asOf')
  if (asOf !== undefined && ids.length > 0 && (text(flags, 'barType') ?? text(flags, 'type')) !== undefined) {
    return distinctSeries(ids.map((id) => parseSeries(seriesOf(id, flags))))
  }
  const found: Series[] = []
  for (const id of ids.length === 0 ? [undefined] : ids) {
    for (const { series } of await chooseSeries(catalog, id, flags)) {
      const isThere = asOf === undefined || (await catalog.files(seriesInputOf(series), { asOf })).length > 0
      if (isThere) found.push(series)
    }
  }
  return distinctSeries(found)
}

async function allowReplacing(context: Context, jobs: readonly ExportJob[]): Promise<'replace' | 'create'> {
  const existing: string[] = []
  for (const { file } of jobs) if ((await kindOfPath(file.path)) === 'file') existing.push(file.path)
  const [first] = existing
  if (first === undefined) return context.globals.yes ? 'replace' : 'create'
  const more = existing.length > 1 ? ` and ${formatCounted(existing.length - 1, 'more file')}` : ''
  await confirm(context, `replace ${first}${more}?`)
  return 'replace'
}

async function showPlan(context: Context, jobs: readonly ExportJob[]): Promise<number> {
  const plan = jobs.map(({ series, file }) => ({ ...nameOf(series), path: file.path }))
  await context.print(plan, () => jobs.map(({ series, file }) => `${formatSeries(series)}: would be ${file.path}`))
  return 0
}
