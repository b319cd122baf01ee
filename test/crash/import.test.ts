import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { DataCatalog } from '../../src/catalog/catalog.js'
import { importCsv } from '../../src/importers/import-csv-file.js'
import { type Call, watch } from './disk.mjs'
import { wrongError } from './faults.js'
import { sample } from './form.js'
import { AAPL, clock } from './scenarios.mjs'
import { useWorkbench } from './workbench.js'

const MONTHS = ['2024-01', '2024-02', '2024-03', '2024-04']
const DAYS = ['02', '05', '07']
const ROWS_PER_FILE = DAYS.length * 3
const figures = { faults: 0, filesAcknowledged: 0, rowsLost: 0 }
const bench = useWorkbench('disk full in a bulk import', figures)

/** A month a file, three days a month, three minutes a day. */
async function* csvOf(month: string): AsyncGenerator<Uint8Array> {
  const rows = DAYS.flatMap((day) => [30, 31, 32].map((minute) => `${month}-${day}T15:${minute}:00Z,1,2,0.5,1.5,10`))
  yield new TextEncoder().encode(`timestamp,open,high,low,close,volume\n${rows.join('\n')}\n`)
}

async function importAll(catalog: DataCatalog, onStored: () => void): Promise<void> {
  for (const month of MONTHS) {
    await importCsv(catalog, AAPL, csvOf(month))
    onStored()
  }
}

async function rowsIn(folder: string): Promise<number> {
  const catalog = await DataCatalog.open(join(folder, 'catalog'), { clock })
  const { problems } = await catalog.verify({ dryRun: true })
  const rows = (await catalog.list()).reduce((sum, it) => sum + it.rows, 0)
  await catalog.close()
  expect(problems).toEqual([])
  return rows
}

/** Imports until the disk is full, then looks, makes room, and imports all again. */
async function fillUpAt(change: number): Promise<void> {
  const folder = bench.folder()
  let isFull = true
  const disk = watch(folder, (it) => (isFull && it.isChange && it.change >= change ? refusalOf(it) : undefined))
  const catalog = await DataCatalog.open(join(folder, 'catalog'), { clock })
  let stored = 0
  const error = await importAll(catalog, () => stored++).catch((reason: unknown) => reason)
  isFull = false
  if (error !== undefined) expect(wrongError(error, 'ENOSPC')).toBeUndefined()
  const rows = await rowsIn(folder)
  figures.faults++
  figures.filesAcknowledged += stored
  figures.rowsLost += Math.max(0, stored * ROWS_PER_FILE - rows)
  // The file under way is there whole, when only the word of it was lost, or not at all.
  expect([stored, stored + 1]).toContain(rows / ROWS_PER_FILE)
  await importAll(catalog, () => undefined)
  await catalog.close()
  disk.unwatch()
  expect(await rowsIn(folder)).toBe(MONTHS.length * ROWS_PER_FILE)
  bench.discard(folder)
}

/** A full disk takes no more; it still gives back. */
function refusalOf({ name }: Call): 'ENOSPC' | undefined {
  return ['unlink', 'rm', 'rmdir'].includes(name) ? undefined : 'ENOSPC'
}

describe('a disk that is full in the middle of a bulk import', () => {
  test('keeps every file that was stored, and nothing of another; with room again the import is finished', {
    timeout: 600_000,
  }, async () => {
    const folder = bench.folder()
    const calls: Call[] = []
    const disk = watch(folder, (call) => void calls.push(call))
    const catalog = await DataCatalog.open(join(folder, 'catalog'), { clock })
    await importAll(catalog, () => undefined)
    await catalog.close()
    disk.unwatch()
    const changes = calls.filter((it) => it.isChange).map((it) => it.change)
    for (const change of sample(changes, 8, 3)) await fillUpAt(change)
    expect(figures.rowsLost).toBe(0)
    expect(figures.filesAcknowledged).toBeGreaterThan(0)
  })
})
