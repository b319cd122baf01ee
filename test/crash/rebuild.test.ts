import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { DataCatalog } from '../../src/catalog/catalog.js'
import { CatalogCorruptionError } from '../../src/model/errors.js'
import type { Call, Verdict } from './disk.mjs'
import { sample } from './form.js'
import { type Kill, killsOf, nameOf } from './killed.js'
import { bars, clock, MSFT, MUTATIONS, NOW_NS } from './scenarios.mjs'
import { contentOf, outliveLocks, takesNextWrite, tidiesUp } from './state.js'
import { attempt, useWorkbench } from './workbench.js'

/** What may have befallen a log before it is rebuilt. */
const DAMAGES: Readonly<Record<string, (log: string) => void>> = {
  'a sound log': () => undefined,
  'a damaged log': (log) => {
    const path = join(log, '00000000000000000001.json')
    writeFileSync(path, readFileSync(path, 'utf8').replace('"add"', '"ad'))
  },
  'a lost log': (log) => rmSync(log, { recursive: true }),
}

const figures = { changes: 0, kills: 0, interrupted: 0 }
const bench = useWorkbench('killed in a rebuild', figures)

function rebuild(catalog: DataCatalog): Promise<unknown> {
  return catalog.repair({ rebuild: true, type: 'bars', evenIfSound: true })
}

/** A week of two series, of which a day was replaced and another merged, with a log that is damaged then. */
async function damaged(damage: (log: string) => void): Promise<string> {
  const folder = bench.folder()
  const root = join(folder, 'catalog')
  const catalog = await DataCatalog.open(root, { clock })
  await MUTATIONS['append a day']?.prepare(catalog, root)
  await catalog.write(MSFT, bars('2024-01-02', 2, 210, 2), { mode: 'merge' })
  await catalog.close()
  damage(join(root, 'bars/_delta_log'))
  return folder
}

/** Rows and coverage, or that the catalog does not open. */
async function contentIn(folder: string): Promise<string> {
  const catalog = await DataCatalog.open(join(folder, 'catalog'), { clock }).catch((error: unknown) => {
    if (!(error instanceof CatalogCorruptionError) || error.steps.length === 0) throw error
    return error.message.includes('was interrupted') ? 'interrupted' : 'damaged'
  })
  if (typeof catalog === 'string') return catalog
  const content = await contentOf(catalog)
  await catalog.close()
  return content
}

/** The rebuild is done again, a second later, and leaves what one that was not interrupted leaves. */
async function endsWell(folder: string, after: string): Promise<void> {
  const root = join(folder, 'catalog')
  outliveLocks(root)
  const catalog = await DataCatalog.openDamaged(root, { clock: () => NOW_NS + 1_000_000_000n })
  await rebuild(catalog)
  await catalog.close()
  expect(await contentIn(folder)).toBe(after)
  await takesNextWrite(root)
  await tidiesUp(root)
}

interface Ruin {
  readonly folder: string
  readonly allowed: readonly string[]
  readonly after: string
  readonly calls: readonly Call[]
}

async function ruin(damage: (log: string) => void): Promise<Ruin> {
  const folder = await damaged(damage)
  const before = await contentIn(bench.folder(folder))
  const whole = bench.folder(folder)
  const { calls } = await attempt([rebuild], whole, () => undefined, DataCatalog.openDamaged)
  const after = await contentIn(whole)
  return { folder, allowed: [before, after, 'interrupted'], after, calls }
}

/** What a rebuild leaves that meets a verdict at one of its changes; `undefined` when it is what it may leave. */
async function faultOf({ folder, allowed, after }: Ruin, { call, verdict }: Kill): Promise<string | undefined> {
  const struck = bench.folder(folder)
  const plan = (it: Call): Verdict => (it.isChange && it.change === call.change ? verdict : undefined)
  const { acknowledgedAt } = await attempt([rebuild], struck, plan, DataCatalog.openDamaged)
  const left = bench.renamed(struck)
  const content = await contentIn(left)
  if (content === 'interrupted') figures.interrupted++
  if (!(acknowledgedAt.length > 0 ? [after] : allowed).includes(content)) return content
  await endsWell(left, after)
  bench.discard(left)
  return undefined
}

describe('a rebuild that is killed leaves what was there, or what it made, or says so; done again, it is done', () => {
  test.each(Object.entries(DAMAGES).map(([name, damage], i) => [name, damage, i] as const))(
    'of %s',
    {
      timeout: 600_000,
    },
    async (_, damage, i) => {
      const it = await ruin(damage)
      expect(it.after).toBe(await contentIn(await damaged(() => undefined)))
      const kills = sample(killsOf(it), 5, i)
      for (const kill of kills) expect(await faultOf(it, kill), nameOf(kill)).toBeUndefined()
      figures.changes += it.calls.filter((call) => call.isChange).length
      figures.kills += kills.length
    },
  )
})

test('the suite fails where a log is not moved in one step', async () => {
  const it = await ruin(() => undefined)
  const call = it.calls.find(({ name, path }) => name === 'rename' && path.endsWith('_delta_log'))
  if (call === undefined) throw new Error('no log was moved')
  expect(await faultOf(it, { call, verdict: 'crash torn' })).toBe('damaged')
})
