import { hasLogFiles, logDirectory } from '../delta/log-names.js'
import { REBUILD_STEP } from '../delta/rebuild-step.js'
import { isReplacing } from '../delta/replace-log.js'
import { CatalogCorruptionError, DecodeError, UnsupportedFormatError } from '../model/errors.js'
import type { TableType } from '../model/schema.js'
import { readFooter } from '../parquet/footer.js'
import type { Storage, StoredFile } from '../storage/storage.js'

/**
 * A lost log must not look like an empty catalog. What {@link refuseLostLog} cannot tell from the work of a writer that
 * died in its very first write is no refusal: the next write then starts the log.
 *
 * @param refuses whether to throw what that throws; else all is only warned of
 */
export async function checkLog(storage: Storage, type: TableType, refuses: boolean): Promise<void> {
  const files = await filesWithoutLog(storage, type)
  if (files.length === 0) return
  if (refuses) await refuseIfLost(storage, type, files)
  storage.warn(
    `${type} holds data files but no transaction log: it reads as empty. That is harmless while a first write runs, ` +
      `or when one was interrupted; otherwise restore ${storage.location}/${logDirectory(type)} from a backup before ` +
      `writing, or make it anew: ntrader data repair --rebuild (data files, all untouched: ${files.length})`,
  )
}

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
  await refuseIfLost(storage, type, await filesWithoutLog(storage, type))
}

/** The data files of a table that has no log. */
async function filesWithoutLog(storage: Storage, type: TableType): Promise<readonly StoredFile[]> {
  if (await hasLogFiles(storage, type)) return []
  return (await storage.listFiles(type)).filter((it) => it.path.startsWith(`${type}/instrument_id=`))
}

async function refuseIfLost(storage: Storage, type: TableType, files: readonly StoredFile[]): Promise<void> {
  // A log that a rebuild has in its hands says so itself.
  if (files.length === 0 || (await isReplacing(storage, type))) return
  for (const { path } of files) {
    if (!(await followsCommit(storage, path))) continue
    // Another process may have begun the log, and gone on, since the look at it; or a rebuild taken it in its hands.
    if ((await hasLogFiles(storage, type)) || (await isReplacing(storage, type))) return
    throw lostLog(storage, type, path)
  }
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
