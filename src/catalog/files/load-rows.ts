import { DecodeError } from '../../model/errors.js'
import type { Frame } from '../../model/frame.js'
import { formatSeries, type StoredSeries } from '../../model/series.js'
import type { Storage } from '../../storage/storage.js'
import { inOrder } from '../write/check-rows.js'
import { decodeFile } from './decode-file.js'
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
    const { frame } = await decodeFile(series.type, file, bytes)
    checkRows(file, frame.numRows)
    return inOrder(series, frame, true)
  } catch (error) {
    throw named(error, file, series)
  }
}

/** A reader must not take fewer rows for all of them. @throws DecodeError when the log says another number */
export function checkRows(file: LiveFile, numRows: number): void {
  if (file.add.stats === undefined || numRows === file.numRows) return
  throw new DecodeError(`${file.path} holds ${numRows} rows, the log says ${file.numRows}`, {
    steps: ['Run: ntrader data verify'],
  })
}

/** A decode error that says which file of which series it was. */
export function named(error: unknown, file: LiveFile, series: StoredSeries): unknown {
  if (!(error instanceof DecodeError)) return error
  const what = `${file.path} (${formatSeries(series)}): ${error.message}`
  return new DecodeError(what, { steps: file.sha256 === undefined ? FOREIGN_STEPS : OWN_STEPS, cause: error })
}

const OWN_STEPS: readonly string[] = [
  'The bytes are the ones that were written, so this is not damage: please report it with the file.',
  'Reading without this file: delete its range and fetch or import it again.',
]

/** Without a sha256 in the log nobody can tell damage from a file that never was good. */
const FOREIGN_STEPS: readonly string[] = [
  'The file is of another writer: see whether that program reads it, or put it back from a backup.',
  'Or take it out of the table with that program, and fetch or import its range.',
]
