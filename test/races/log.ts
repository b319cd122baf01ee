import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { DataCatalog } from '../../src/index.js'
import type { SERIES } from './bars.js'
import { rowsText } from './bars.js'

/** The commits of the bars table as they lie on disk, in order of their version. */
export function readLog(root: string): readonly { readonly version: number; readonly txnId: string }[] {
  const folder = join(root, 'bars/_delta_log')
  return readdirSync(folder)
    .filter((it) => it.endsWith('.json'))
    .sort()
    .map((name) => {
      const lines = readFileSync(join(folder, name), 'utf8').trim().split('\n')
      const { commitInfo } = lines.map((it) => JSON.parse(it)).find((it) => 'commitInfo' in it)
      return { version: Number(name.slice(0, 20)), txnId: commitInfo.txnId }
    })
}

/** What the series held at each version: what a reader may have seen. */
export async function statesByVersion(
  catalog: DataCatalog,
  series: typeof SERIES,
): Promise<ReadonlyMap<string, string>> {
  const newest = catalog.version()
  const states = new Map([['empty', '']])
  for (let version = Number(/@(\d+)-/.exec(newest)?.[1]); version >= 0; version--) {
    const asOf = newest.replace(/@\d+-/, `@${version}-`)
    const frame = await catalog.query(series, { asOf }).catch((error) => {
      if (error.code === 'DATA_NOT_FOUND') return []
      throw error
    })
    const bars = [...frame].map(({ ts_event, open, high, low, close }) => ({
      ts_event: String(ts_event),
      open,
      high,
      low,
      close,
    }))
    states.set(asOf, rowsText(bars))
  }
  return states
}
