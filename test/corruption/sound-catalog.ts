import { cpSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DataCatalog } from '../../src/catalog/catalog.js'
import { DeltaTable } from '../../src/delta/table.js'
import { LocalStorage } from '../../src/storage/local.js'
import { AAPL, MSFT, minuteBars, states } from '../support/bars.js'
import { temporaryFolder, testCatalog } from '../support/catalog.js'

export const QUOTES = { type: 'quotes', instrument: 'AAPL.NASDAQ' } as const
export const LOG = 'bars/_delta_log'

/** A sound catalog that damage is tried on copies of. */
export interface SoundCatalog {
  readonly root: string
  /** Everything it holds, as text to compare. */
  readonly content: string
  /** A copy in a folder of its own. */
  copy(): Promise<string>
}

/** Days of two series in files of their own, one written twice; quotes beside them; with a checkpoint when asked for. */
export async function soundCatalog(withCheckpoint: boolean): Promise<SoundCatalog> {
  const { catalog, root, clock } = await testCatalog()
  for (const day of [2, 3, 4]) {
    const coverage = { start: `2024-01-0${day}`, end: `2024-01-0${day + 1}` }
    await catalog.write(AAPL, minuteBars(`2024-01-0${day}T14:30Z`, 60), { coverage })
  }
  await catalog.write(AAPL, minuteBars('2024-01-03T14:30Z', 60, 1))
  await catalog.write(MSFT, minuteBars('2024-01-03T14:30Z', 60))
  await catalog.write(QUOTES, [{ ts_event: clock(), bid_price: 1, ask_price: 2 }])
  await catalog.close()
  if (withCheckpoint) await new DeltaTable(new LocalStorage(root), 'bars').checkpoint()
  const copy = async (): Promise<string> => {
    const to = join(await temporaryFolder(), 'catalog')
    cpSync(root, to, { recursive: true })
    return to
  }
  return { root, copy, content: await contentOf(root) }
}

/** @throws what the catalog throws */
export async function contentOf(root: string): Promise<string> {
  return contentIn(await DataCatalog.open(root))
}

export async function contentIn(catalog: DataCatalog): Promise<string> {
  const parts: unknown[] = []
  for (const series of [AAPL, MSFT, QUOTES]) {
    const rows = [...(await catalog.query(series))]
    parts.push(
      rows.map((row) => Object.values(row).map(String)),
      states(await catalog.coverage(series)),
    )
  }
  return JSON.stringify(parts)
}

export function pathsIn(root: string, ending: string, directory: string): readonly string[] {
  return readdirSync(join(root, directory), { recursive: true, encoding: 'utf8' })
    .filter((it) => it.endsWith(ending) && !it.includes('checkpoint'))
    .sort()
    .map((it) => join(root, directory, it))
}

export function read(path: string): Uint8Array {
  return readFileSync(path)
}
