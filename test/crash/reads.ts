import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { DataCatalog } from '../../src/catalog/catalog.js'
import { AAPL, bars, MUTATIONS, type Mutation } from './scenarios.mjs'

/** Whatever only looks, and hands back what it saw. */
export const READS: Readonly<Record<string, (catalog: DataCatalog) => Promise<unknown>>> = {
  query: async (catalog) => [...(await catalog.query(AAPL))],
  'query of an earlier state': async (catalog) => {
    const before = (await catalog.history()).filter((it) => it.type === 'bars').at(-2)
    return [...(await catalog.query(AAPL, { asOf: `bars@${before?.version}` }))]
  },
  stream: async (catalog) => {
    const rows: unknown[] = []
    for await (const part of catalog.stream(AAPL)) rows.push(...part)
    return rows
  },
  'list, files and coverage': async (catalog) => [
    await catalog.list(),
    await catalog.files(AAPL),
    await catalog.coverage(AAPL),
  ],
  history: async (catalog) => [await catalog.history(), await catalog.snapshots(), await catalog.instruments()],
  verify: (catalog) => catalog.verify({ dryRun: true }),
  'verify with quarantine': (catalog) => catalog.verify({ quarantine: true }),
  'plans that change nothing': async (catalog) => [
    await catalog.consolidate({ dryRun: true }),
    await catalog.vacuum({ retain: '0d', dryRun: true }),
    await catalog.repair({ dryRun: true }),
  ],
}

const YOUNG = MUTATIONS['record an instrument'] as Mutation
const OLD = MUTATIONS['checkpoint'] as Mutation

/** Catalogs to look at. */
export const LOOKED_AT: Readonly<Record<string, Mutation['prepare']>> = {
  'a young catalog': async (catalog, root) => {
    await YOUNG.prepare(catalog, root)
    await YOUNG.run(catalog)
  },
  'one with a checkpoint': withCheckpoint,
  'one whose first commits another engine has cleaned away': async (catalog, root) => {
    await withCheckpoint(catalog, root)
    const log = join(root, 'bars/_delta_log')
    for (const name of readdirSync(log)) if (/^0{18}[0-3]\d\.json$/.test(name)) rmSync(join(log, name))
  },
}

async function withCheckpoint(catalog: DataCatalog, root: string): Promise<void> {
  await OLD.prepare(catalog, root)
  await OLD.run(catalog)
  await catalog.write(AAPL, bars('2024-01-04'))
}
