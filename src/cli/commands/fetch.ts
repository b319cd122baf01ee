import { given } from '../../model/given.js'
import { formatSeries, parseSeries, type SeriesInput } from '../../model/series.js'
import { DataCatalogService } from '../../service/service.js'
import type { FetchOptions, FetchProgress } from '../../service/types.js'
import type { Flags } from '../command.js'
import type { Context } from '../context.js'
import { checkSeries, rangeOf, seriesOf, sessionOf } from '../flags.js'
import { exitCodeOf } from '../render/errors.js'
import { planLines, remarksOn, showFetchProgress } from '../render/fetch-report.js'
import { formatCount, formatCounted } from '../render/units.js'
import { showError } from '../show-error.js'
import { sourceOf } from '../sources.js'

/** Fetches each id in turn; a failure does not stop the others, and the worst exit code is the command's. */
export async function run(context: Context, ids: readonly string[], flags: Flags): Promise<number> {
  const series = ids.map((id) => checkSeries(seriesOf(id, flags)))
  const options: FetchOptions = {
    ...rangeOf(flags),
    ...given('session', sessionOf(flags)),
    refresh: flags['refresh'] === true,
    allOrNothing: flags['allOrNothing'] === true,
    signal: context.signal,
  }
  const source = await sourceOf(context, flags)
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
    const onProgress = (it: FetchProgress): void => showFetchProgress(progress, it)
    const { frame, report } = await service.fetchOrLoad(input, { ...options, onProgress })
    progress.done()
    for (const remark of remarksOn(name, report)) context.say(remark)
    const { requests, fetchedRows, missing, asOf } = report
    await context.print({ rows: frame.numRows, requests, fetchedRows, missing, asOf }, () => [
      `${name}: ${formatCount(frame.numRows)} ${frame.type}, ${formatCount(fetchedRows)} fetched by ${formatCounted(requests, 'request')}`,
    ])
  } finally {
    progress.done()
  }
}

async function showPlan(
  context: Context,
  service: DataCatalogService,
  input: SeriesInput,
  options: FetchOptions,
): Promise<void> {
  const plan = await service.plan(input, options)
  const name = formatSeries(parseSeries(input))
  const what = options.refresh === true ? (['range to replace', 'ranges to replace'] as const) : undefined
  await context.print(plan, () => planLines(name, plan, what))
}
