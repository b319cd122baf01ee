import { formatBarType } from './bar-type.js'
import type { Series } from './series.js'

/**
 * How the command line names a series, ready to paste: `'AAPL.NASDAQ' --bar-type 1-MINUTE-LAST-EXTERNAL`. Ids may hold
 * what a shell would act on (`it's.X`, `$HOME.X`), and a step to resolve an error must never run other words.
 */
export function seriesArguments(series: Series): string {
  const kind = series.type === 'bars' ? `--bar-type ${formatBarType(series.barType)}` : `--type ${series.type}`
  return `${shellWord(series.instrument)} ${kind}`
}

/** A text as one word of a POSIX shell, whatever is in it. */
export function shellWord(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}

/** {@link shellWord}, without quotes where a shell finds nothing to act on. */
export function plainWord(text: string): string {
  return /^[\w./:@%+,-]+$/.test(text) ? text : shellWord(text)
}
