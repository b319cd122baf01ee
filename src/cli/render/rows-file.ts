import { InvalidRequestError } from '../../model/errors.js'
import type { Frames } from '../../model/frame-batches.js'
import { isWithinFolder, writeUserFile } from '../../storage/user-files.js'
import { type EncodeRowsOptions, encodeRows, FILE_FORMATS, type FileFormat } from './encode-rows.js'

/** A file of rows that a command writes for its user. */
export interface RowsFile {
  readonly path: string
  readonly format: FileFormat
  readonly isGzip: boolean
}

/** The format that a file's ending names, in any case: `.csv`, `.parquet`, also behind `.gz`. */
export function formatOfEnding(path: string): FileFormat | undefined {
  const name = path.toLowerCase().replace(/\.gz$/, '')
  return FILE_FORMATS.find((it) => name.endsWith(`.${it}`))
}

/** @throws InvalidRequestError for `.gz` behind a format that compresses by itself */
export function rowsFile(path: string, format: FileFormat): RowsFile {
  const isGzip = path.toLowerCase().endsWith('.gz')
  if (isGzip && (format === 'parquet' || format === 'arrow')) {
    throw new InvalidRequestError(`${format} is not written as .gz: nothing could read it in place`, {
      steps: [`Leave .gz out: ${path.slice(0, -'.gz'.length)}`, 'Or choose csv, json or ndjson.'],
    })
  }
  return { path, format, isGzip }
}

/**
 * Writes rows to a file, which appears whole or not at all, and returns its size in bytes.
 *
 * @param mode `create` refuses where a file has appeared meanwhile
 * @throws InvalidRequestError for a path that cannot be a file, StorageError
 */
export async function writeRowsFile(
  { path, format, isGzip }: RowsFile,
  frames: Frames,
  options: Omit<EncodeRowsOptions, 'format'>,
  mode: 'replace' | 'create' = 'replace',
): Promise<number> {
  const chunks = encodeRows(frames, { ...options, format })
  if (!isGzip) return writeUserFile(path, chunks, mode)
  const { gzipped } = await import('./gzip.js')
  return writeUserFile(path, gzipped(chunks), mode)
}

/** A result written over a data or log file would destroy the catalog it came from. @throws InvalidRequestError */
export function refuseInside(root: string, path: string): void {
  if (isWithinFolder(root, path)) {
    throw new InvalidRequestError(`${path} lies inside the catalog ${root}`, {
      steps: ['Write the result somewhere else.'],
    })
  }
}
