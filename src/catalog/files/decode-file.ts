import type { TableType } from '../../model/schema.js'
import { type DecodedFile, decodeFrame } from '../../parquet/decode.js'
import type { LiveFile } from './live-file.js'

/**
 * Decodes a live file whose bytes were checked as far as they can be. What has the sha256 in our log is what we wrote;
 * any other file, of another writer, may hold anything.
 *
 * @throws DecodeError, UnsupportedFormatError
 */
export async function decodeFile<T extends TableType>(
  type: T,
  file: LiveFile,
  bytes: Uint8Array,
): Promise<DecodedFile<T>> {
  if (file.sha256 !== undefined) return decodeFrame(type, bytes)
  // Loaded by the first such file: most catalogs have none.
  const { decodeForeign } = await import('../../parquet/foreign.js')
  return decodeForeign(type, bytes)
}
