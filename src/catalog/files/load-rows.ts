import { DecodeError } from '../../model/errors.js'
import type { Frame } from '../../model/frame.js'
import { formatSeries, type StoredSeries } from '../../model/series.js'
import { decodeFrame } from '../../parquet/decode.js'
import type { Storage } from '../../storage/storage.js'
import { inOrder } from '../write/check-rows.js'
import { corruptFile, corruptionError, isDamage, readIntact } from './integrity.js'
import type { LiveFile } from './live-file.js'

/**
 * A live file's rows, whole and in order.
 *
 * @throws CatalogCorruptionError when it is missing or changed, DecodeError when it is intact and does not decode
 */
export async function loadRows(storage: Storage, series: StoredSeries, file: LiveFile): Promise<Frame> {
  const bytes = await readIntact(storage, file)
  if (isDamage(bytes)) throw corruptionError([corruptFile(file, bytes.reason)])
  try {
    // Our files are in order; those of other writers need not be, and everything below searches by halves.
    return inOrder(series, decodeFrame(series.type, bytes).frame, true)
  } catch (error) {
    throw named(error, file, series)
  }
}

/** A decode error that says which file of which series it was. */
export function named(error: unknown, file: LiveFile, series: StoredSeries): unknown {
  if (!(error instanceof DecodeError)) return error
  return new DecodeError(`${file.path} (${formatSeries(series)}): ${error.message}`, {
    steps: [
      'The bytes are the ones that were written, so this is not damage: please report it with the file.',
      'Reading without this file: delete its range and fetch or import it again.',
    ],
    cause: error,
  })
}
