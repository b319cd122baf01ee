import type { RestoreReport } from '../../catalog/versions/restore.js'
import { InvalidRequestError } from '../../model/errors.js'
import { formatSeries, parseSeries, type SeriesInput } from '../../model/series.js'
import type { Flags } from '../command.js'
import { confirm } from '../confirm.js'
import type { Context } from '../context.js'
import { checkSeries, partialRangeOf, recordTypeOf, seriesOf, text } from '../flags.js'
import { formatCount, formatCounted } from '../render/units.js'

/** Restores a series, a range of it, or with `--all` a whole table. */
export async function run(context: Context, [id]: readonly string[], flags: Flags): Promise<number> {
  const asOf = text(flags, 'asOf')
  if (asOf === undefined) {
    throw new InvalidRequestError('--as-of is missing', {
      steps: ['Say which version to restore: --as-of bars@12', 'List the versions there are: ntrader data history'],
    })
  }
  const isAll = flags['all'] === true
  if (isAll) refuseSlice(id, flags)
  const target = id === undefined ? wholeTable(flags, isAll) : checkSeries(seriesOf(id, flags))
  const name = typeof target === 'string' ? `all ${target}` : formatSeries(parseSeries(target))
  const options = { asOf, all: isAll, ...partialRangeOf(flags), signal: context.signal }
  const catalog = await context.openCatalog()
  const { dryRun, yes } = context.globals
  // A plan reads what it would bring back; `--yes` has said that nobody looks at it.
  if (dryRun || !yes) {
    const planned = await catalog.restore(target, { ...options, dryRun: true })
    if (dryRun) {
      await print(context, planned, `${name}: would restore ${asOf}: ${describe(planned)}`)
      return 0
    }
    await confirm(context, `Restore ${name} as of ${asOf} (${describe(planned)})?`)
  }
  const report = await catalog.restore(target, options)
  await print(
    context,
    report,
    report.committed
      ? `${name}: restored as of ${asOf}: ${describe(report)}`
      : `${name}: is as it was at ${asOf} already`,
  )
  return 0
}

/** `--all` beside what names less than all: whichever was meant, the other must not be done. */
function refuseSlice(id: string | undefined, flags: Flags): void {
  const named = ['barType', 'start', 'end'].filter((it) => flags[it] !== undefined)
  if (id === undefined && named.length === 0) return
  throw new InvalidRequestError('--all restores the whole table, and less than that was named too', {
    steps: ['Leave out --all to restore a series or a range of it.', 'Or leave out id, --bar-type, --start and --end.'],
  })
}

function wholeTable(flags: Flags, isAll: boolean): SeriesInput['type'] {
  if (isAll) return recordTypeOf(flags)
  throw new InvalidRequestError('the id of what to restore is missing', {
    steps: [
      'Name a series: ntrader data restore AAPL.NASDAQ --bar-type 1m --as-of bars@12',
      'Or restore a whole table: ntrader data restore --type bars --all --as-of bars@12',
    ],
  })
}

async function print(context: Context, report: RestoreReport, line: string): Promise<void> {
  const { committed, rowsAdded, filesAdded, filesRemoved, asOf } = report
  await context.print({ committed, rowsAdded, filesAdded, filesRemoved, asOf }, () => [line])
}

function describe({ rowsAdded, filesAdded, filesRemoved }: RestoreReport): string {
  const rows = `${rowsAdded < 0 ? '−' : '+'}${formatCount(Math.abs(rowsAdded))} rows`
  return `${rows}, ${formatCounted(filesAdded, 'file')} back, ${formatCounted(filesRemoved, 'file')} out`
}
