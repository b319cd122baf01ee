import { join } from 'node:path'
import { hasLogFiles, logDirectory } from '../delta/log-names.js'
import { InvalidRequestError } from '../model/errors.js'
import { isTableType, type TableType } from '../model/schema.js'
import type { Storage } from '../storage/storage.js'

/** The root that the environment names. @throws InvalidRequestError when it names none */
export function rootFromEnv({ NTRADER_CATALOG, NAUTILUS_PATH }: Readonly<Record<string, string | undefined>>): string {
  // A variable that is set to nothing names nothing: it must not make the current directory a catalog.
  const root = NTRADER_CATALOG || (NAUTILUS_PATH && join(NAUTILUS_PATH, 'catalog'))
  if (root) return root
  throw new InvalidRequestError('no catalog is named by the environment', {
    steps: ['Set NTRADER_CATALOG to the directory of the catalog, or NAUTILUS_PATH to the one above it.'],
  })
}

/** Directories that NautilusTrader's catalogs keep below `data/`. */
const NAUTILUS_DIRECTORIES: ReadonlySet<string> = new Set([
  'bar',
  'bars',
  'quote_tick',
  'quotes',
  'trade_tick',
  'trades',
])

/**
 * Refuses a directory that holds something else, so that a mistyped path does not become a catalog in the middle of
 * somebody's files. `README*`, dotfiles, `_*` and stray files do not count.
 *
 * @throws InvalidRequestError, also for a file
 */
export async function checkRoot(storage: Storage): Promise<void> {
  for (const name of await storage.list('')) {
    if (isTableType(name)) await warnWithoutLog(storage, name)
    if (isTableType(name) || /^(readme|[._])/i.test(name)) continue
    const inside = await storage.list(name)
    if (inside.length === 0 || inside.includes('_delta_log')) continue
    const isNautilus = name === 'data' && inside.some((it) => NAUTILUS_DIRECTORIES.has(it))
    throw new InvalidRequestError(`${storage.location} is not a catalog: it holds the directory '${name}'`, {
      steps: isNautilus
        ? ['This is a NautilusTrader catalog: choose an empty directory for this one and import the data into it.']
        : ['Choose an empty directory, or one that does not exist yet: --catalog PATH'],
    })
  }
}

/**
 * A lost log must not look like an empty catalog. No refusal: a writer that died in its very first write leaves the
 * same behind, and the next write then starts the log.
 */
async function warnWithoutLog(storage: Storage, type: TableType): Promise<void> {
  if (await hasLogFiles(storage, type)) return
  const files = (await storage.listFiles(type)).filter((it) => it.path.startsWith(`${type}/instrument_id=`))
  if (files.length === 0) return
  storage.warn(
    `${type} holds data files but no transaction log: it reads as empty. That is harmless while a first write runs, ` +
      `or when one was interrupted; otherwise restore ${storage.location}/${logDirectory(type)} from a backup before ` +
      `writing, or make it anew: ntrader data repair --rebuild (data files, all untouched: ${files.length})`,
  )
}
