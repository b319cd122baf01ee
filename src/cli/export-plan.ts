import { join } from 'node:path'
import { formatBarType } from '../model/bar-type.js'
import { InvalidRequestError } from '../model/errors.js'
import { encodeSegment } from '../model/instrument.js'
import { formatSeries, type Series } from '../model/series.js'
import type { FileFormat } from './render/encode-rows.js'
import { formatOfEnding, type RowsFile, rowsFile } from './render/rows-file.js'

/** Where an export goes: one file, or a directory with a file for each series. */
export type ExportTarget =
  | { readonly kind: 'file'; readonly file: RowsFile }
  | { readonly kind: 'directory'; readonly path: string; readonly format: FileFormat }

/** One series and its file. */
export interface ExportJob {
  readonly series: Series
  readonly file: RowsFile
}

/**
 * What `-o` means: a name with the ending of a format (or of `.gz`) is a file, unless a directory has it; every other
 * name is a directory.
 *
 * @throws InvalidRequestError for a compressed file of a format that is not compressed
 */
export function exportTarget(output: string, format: FileFormat | undefined, isDirectory: boolean): ExportTarget {
  const ending = formatOfEnding(output)
  const isFile = !isDirectory && !/[/\\]$/.test(output) && (ending !== undefined || /\.gz$/i.test(output))
  if (isFile) return { kind: 'file', file: rowsFile(output, format ?? ending ?? 'csv') }
  return { kind: 'directory', path: output, format: format ?? 'csv' }
}

/** @throws InvalidRequestError when one file is to hold several series */
export function exportJobs(target: ExportTarget, series: readonly Series[]): readonly ExportJob[] {
  if (target.kind === 'directory') {
    const { path, format } = target
    return series.map((it) => ({ series: it, file: rowsFile(join(path, exportPath(it, format)), format) }))
  }
  const [first, second] = series
  if (first === undefined) return []
  if (second === undefined) return [{ series: first, file: target.file }]
  const { path } = target.file
  throw new InvalidRequestError(
    `${series.length} series do not go into one file ${path}: ${formatSeries(first)}, ${formatSeries(second)}, …`,
    {
      steps: [
        `Name a directory, and each series gets a file of its own: -o ${path.replace(/(\.[a-z]+)(\.gz)?$/i, '')}/`,
        'Or choose one series: an id, --type and --bar-type.',
      ],
    },
  )
}

/** `AAPL.NASDAQ/1-MINUTE-LAST-EXTERNAL.csv`, `AAPL.NASDAQ/trades.csv`: where the source `files:DIR` looks. */
function exportPath(series: Series, format: FileFormat): string {
  const name = series.type === 'bars' ? formatBarType(series.barType) : series.type
  return join(encodeSegment(series.instrument), `${name}.${format}`)
}
