import { join } from 'node:path'
import { InvalidRequestError } from '../model/errors.js'
import { isTableType } from '../model/schema.js'
import type { Storage } from '../storage/storage.js'
import { checkLog } from './lost-log.js'

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
 * @param refuses whether to throw for a table that has lost its log; else that is only warned of
 * @throws InvalidRequestError, also for a file; CatalogCorruptionError
 */
export async function checkRoot(storage: Storage, refuses = false): Promise<void> {
  for (const name of await storage.list('')) {
    if (isTableType(name)) await checkLog(storage, name, refuses)
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
