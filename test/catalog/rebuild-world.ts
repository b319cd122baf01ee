import { DataCatalog } from '../../src/catalog/catalog.js'
import type { RebuildReport } from '../../src/catalog/rebuild/rebuild.js'
import { AAPL, MSFT, minuteBars, states } from '../support/bars.js'
import { type TestCatalog, testCatalog } from '../support/catalog.js'

export const QUOTES = { type: 'quotes', instrument: 'AAPL.NASDAQ' } as const
export const LOG = 'bars/_delta_log'

/** Three days of AAPL, one of which was written twice, and one of MSFT. Versions 0 to 4. */
export async function world(): Promise<TestCatalog> {
  const it = await testCatalog()
  for (const day of ['02', '03', '04']) {
    const coverage = { start: `2024-01-${day}`, end: `2024-01-0${Number(day) + 1}` }
    await it.catalog.write(AAPL, minuteBars(`2024-01-${day}T14:30Z`, 30), { coverage })
  }
  await it.catalog.write(AAPL, minuteBars('2024-01-03T14:30Z', 30, 1))
  await it.catalog.write(MSFT, minuteBars('2024-01-02T14:30Z', 5))
  return it
}

/** What a catalog holds, to be held again. */
export async function contentOf(catalog: DataCatalog): Promise<unknown> {
  const series = [AAPL, MSFT]
  const rows = await Promise.all(series.map(async (it) => [...(await catalog.query(it))]))
  const coverage = await Promise.all(series.map(async (it) => states(await catalog.coverage(it))))
  return { rows, coverage }
}

export async function rebuilt(it: TestCatalog, options = {}): Promise<{ catalog: DataCatalog; report: RebuildReport }> {
  const catalog = await DataCatalog.openDamaged(it.root, { clock: it.clock })
  const { rebuilt: reports } = await catalog.repair({ rebuild: true, ...options })
  return { catalog, report: reports?.[0] as RebuildReport }
}
