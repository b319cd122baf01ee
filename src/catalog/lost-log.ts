import { hasLogFiles, logDirectory } from '../delta/log-names.js'
import { REBUILD_STEP } from '../delta/rebuild-step.js'
import { isReplacing } from '../delta/replace-log.js'
import { CatalogCorruptionError, DecodeError, UnsupportedFormatError } from '../model/errors.js'
import type { TableType } from '../model/schema.js'
import { readFooter } from '../parquet/footer.js'
import type { Storage } from '../storage/storage.js'

/**
 * Refuses a table without a log that once had one. Read as empty it would take a new first commit, every file from before
 * would then be that of a crashed writer, and the next vacuum would delete them all.
 *
 * A file that was written on top of a commit says so by its write sequence. Those of a very first write say 0, whether
 * it was committed or killed: of them nobody can tell, and they only cause a warning.
 *
 * @throws CatalogCorruptionError, StorageError
 */
export async function refuseLostLog(storage: Storage, type: TableType): Promise<void> {
  if (await hasLog(storage, type)) return
  for (const { path } of await storage.listFiles(type)) {
    if (!path.startsWith(`${type}/instrument_id=`) || !(await followsCommit(storage, path))) continue
    // Another process may have begun the log, and gone on, since the look above.
    if (await hasLog(storage, type)) return
    throw lostLog(storage, type, path)
  }
}

/** A log that a rebuild has in its hands says so itself. */
async function hasLog(storage: Storage, type: TableType): Promise<boolean> {
  return (await hasLogFiles(storage, type)) || (await isReplacing(storage, type))
}

async function followsCommit(storage: Storage, path: string): Promise<boolean> {
  const bytes = await storage.read(path)
  if (bytes === undefined) return false
  try {
    return Number(readFooter(bytes).metadata.get('ntrader.write_sequence') ?? '0') > 0
  } catch (error) {
    if (error instanceof DecodeError || error instanceof UnsupportedFormatError) return false
    throw error
  }
}

function lostLog(storage: Storage, type: TableType, path: string): CatalogCorruptionError {
  return new CatalogCorruptionError(
    `the transaction log of ${type} is gone: ${path} was written after its first commit`,
    {
      steps: [
        `Restore ${storage.location}/${logDirectory(type)} from a backup of the catalog.`,
        REBUILD_STEP,
        `Or, to begin without that data, move ${storage.location}/${type} out of the catalog.`,
      ],
    },
  )
}
