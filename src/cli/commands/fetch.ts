import { InvalidRequestError } from '../../model/errors.js'
import { formatSeries, parseSeries, type SeriesInput } from '../../model/series.js'
import type { HistoricalSource } from '../../service/historical-source.js'
import { DataCatalogService } from '../../service/service.js'
import type { FetchOptions, FetchProgress } from '../../service/types.js'
import type { Flags } from '../command.js'
import type { Context } from '../context.js'
import { checkSeries, given, rangeOf, seriesOf, sessionOf, text } from '../flags.js'
import { exitCodeOf } from '../render/errors.js'
import type { Progress } from '../render/progress.js'
import { formatCount, formatCounted } from '../render/units.js'
import { showError } from '../show-error.js'

/** Fetches each id in turn; a failure does not stop the others, and the worst exit code is the command's. */
export async function run(context: Context, ids: readonly string[], flags: Flags): Promise<number> {
  const series = ids.map((id) => checkSeries(seriesOf(id, flags)))
  const options: FetchOptions = { ...rangeOf(flags), ...given('session', sessionOf(flags)), signal: context.signal }
  const source = await createSource(text(flags, 'source') ?? context.settings.source)
  const catalog = await context.openCatalog()
  const service = new DataCatalogService({ catalog, log: context.log, ...given('source', source) })
  let worst = 0
  try {
    for (const it of series) worst = Math.max(worst, await fetchOne(context, service, it, options))
  } finally {
    await service.close()
  }
  return worst
}

async function fetchOne(
  context: Context,
  service: DataCatalogService,
  series: SeriesInput,
  options: FetchOptions,
): Promise<number> {
  const { globals, terminal, signal } = context
  try {
    if (globals.dryRun) await showPlan(context, service, series, options)
    else await fetchAndShow(context, service, series, options)
    return 0
  } catch (error) {
    if (signal.aborted) throw error
    showError(terminal, error, globals)
    return exitCodeOf(error)
  }
}

async function fetchAndShow(
  context: Context,
  service: DataCatalogService,
  input: SeriesInput,
  options: FetchOptions,
): Promise<void> {
  const name = formatSeries(parseSeries(input))
  const progress = context.progress(name, 'requests')
  try {
    const onProgress = (it: FetchProgress): void => showProgress(progress, it)
    const { frame, report } = await service.fetchOrLoad(input, { ...options, onProgress })
    progress.done()
    for (const { at, reason } of report.rejected) context.say(`${name}: set aside ${at}: ${reason}`)
    if (report.missing.length > 0) {
      const [first] = report.missing
      context.say(
        `${name}: still missing ${formatCounted(report.missing.length, 'stretch', 'stretches')}, first ${first?.start} .. ${first?.end}`,
      )
    }
    const { requests, fetchedRows, missing, asOf } = report
    await context.print({ rows: frame.numRows, requests, fetchedRows, missing, asOf }, () => [
      `${name}: ${formatCount(frame.numRows)} ${frame.type}, ${formatCount(fetchedRows)} fetched by ${formatCounted(requests, 'request')}`,
    ])
  } finally {
    progress.done()
  }
}

function showProgress(progress: Progress, it: FetchProgress): void {
  const doing = `${formatCount(it.rows)} rows`
  if (it.phase === 'wait') progress.update({ done: it.done, total: it.total, doing: it.reason, waitMs: it.waitMs })
  else progress.update({ done: it.done, total: it.total, doing })
}

async function showPlan(
  context: Context,
  service: DataCatalogService,
  input: SeriesInput,
  options: FetchOptions,
): Promise<void> {
  const plan = await service.plan(input, options)
  const name = formatSeries(parseSeries(input))
  await context.print(plan, () => [
    `${name}: ${formatCounted(plan.gaps.length, 'gap')}, ${formatCounted(plan.requests.length, 'request')} (dry run, nothing was asked)`,
    ...plan.requests.map((it) => `  ${it.start} .. ${it.end}`),
  ])
}

async function createSource(name: string | undefined): Promise<HistoricalSource | undefined> {
  if (name === undefined) return undefined
  if (name === 'sim') {
    const { SimSource } = await import('../../sources/sim.js')
    return new SimSource()
  }
  throw new InvalidRequestError(`--source ${name} is not a source this version has`, {
    steps: ['Use --source sim with instruments of the venue SIM, or import files: ntrader data import csv'],
  })
}
