import type { DataCatalog } from '../../catalog/catalog.js'
import { given } from '../../model/given.js'
import { formatSeries, type Series, type SeriesInput, seriesInputOf } from '../../model/series.js'
import { DataCatalogService } from '../../service/service.js'
import type { FetchProgress, SeriesUpdate, UpdateOptions } from '../../service/types.js'
import type { Flags } from '../command.js'
import type { Context } from '../context.js'
import { matches, sessionOf } from '../flags.js'
import { exitCodeOf } from '../render/errors.js'
import { planLines, remarksOn, showFetchProgress } from '../render/fetch-report.js'
import type { Progress } from '../render/progress.js'
import { formatCount, formatCounted } from '../render/units.js'
import { showError } from '../show-error.js'
import { sourceOf } from '../sources.js'
import { barTypeText, chooseSeries } from '../stored-series.js'

/**
 * Brings the series of some ids up to date, or all that the source has brought data of. One that fails does not stop
 * the others, and the worst exit code is the command's.
 */
export async function run(context: Context, ids: readonly string[], flags: Flags): Promise<number> {
  const source = await sourceOf(context, flags)
  const catalog = await context.openCatalog()
  const service = new DataCatalogService({ catalog, log: context.log, ...given('source', source) })
  const run = new UpdateRun(context)
  const options: UpdateOptions = {
    ...given('session', sessionOf(flags)),
    signal: context.signal,
    dryRun: context.globals.dryRun,
    among: (it) => matches(it, undefined, flags),
    onProgress: (it, series) => run.show(it, series),
    onUpdated: (it) => run.finish(it),
  }
  try {
    const named = ids.length === 0 ? undefined : await run.choose(catalog, ids, flags)
    const updates = await service.update(named, options)
    if (updates.length === 0 && ids.length === 0) context.say('the catalog holds no series to update')
  } finally {
    run.endProgress()
    await service.close()
  }
  return run.worst
}

/** What is shown of an update, and its exit code so far. */
class UpdateRun {
  worst = 0
  readonly #context: Context
  #progress: { readonly of: string; readonly line: Progress } | undefined

  constructor(context: Context) {
    this.#context = context
  }

  /** The stored series of some ids; an id of which nothing is stored is an error of its own. */
  async choose(catalog: DataCatalog, ids: readonly string[], flags: Flags): Promise<readonly SeriesInput[]> {
    const chosen: SeriesInput[] = []
    for (const id of ids) {
      try {
        chosen.push(...(await chooseSeries(catalog, id, flags)).map((it) => seriesInputOf(it.series)))
      } catch (error) {
        this.#fail(error)
      }
    }
    return chosen
  }

  show(it: FetchProgress, series: Series): void {
    const name = formatSeries(series)
    if (this.#progress?.of !== name) {
      this.endProgress()
      this.#progress = { of: name, line: this.#context.progress(name, 'requests') }
    }
    showFetchProgress(this.#progress.line, it)
  }

  endProgress(): void {
    this.#progress?.line.done()
    this.#progress = undefined
  }

  async finish(update: SeriesUpdate): Promise<void> {
    this.endProgress()
    const { series } = update
    const name = formatSeries(series)
    const what = { type: series.type, instrument: series.instrument, barType: barTypeText(series) }
    switch (update.outcome) {
      case 'failed':
        return this.#fail(update.error, name)
      case 'skipped':
        return this.#context.say(`${name}: skipped, ${update.reason}; name it to update it all the same`)
      case 'planned':
        return this.#context.print({ ...what, ...update.plan }, () => planLines(name, update.plan))
      case 'updated': {
        const { rows, requests, fetchedRows, missing, asOf } = update.report
        for (const remark of remarksOn(name, update.report)) this.#context.say(remark)
        return this.#context.print({ ...what, rows, requests, fetchedRows, missing, asOf }, () => [
          `${name}: ${formatCount(rows)} ${series.type}, ${formatCount(fetchedRows)} fetched by ${formatCounted(requests, 'request')}`,
        ])
      }
    }
  }

  #fail(error: unknown, about?: string): void {
    const { globals, terminal } = this.#context
    showError(terminal, error, { ...globals, ...given('about', about) })
    this.worst = Math.max(this.worst, exitCodeOf(error))
  }
}
