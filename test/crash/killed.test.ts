import { describe, expect, test } from 'vitest'
import { sample } from './form.js'
import { faultIn, kill, killsOf, nameOf } from './killed.js'
import { MUTATIONS } from './scenarios.mjs'
import { useWorkbench } from './workbench.js'

/**
 * The process ends at each change it makes to the disk: before it, after it, and half-way through what it writes. It
 * ends by a freeze, after which nothing of it reaches the folder; `sigkill.test.ts` shows that SIGKILL leaves the same.
 * Reads need no kill of their own: the disk is the one that the change before them left. A new `DataCatalog` then
 * looks; it shares the process with the old one, and takes all it knows from the disk.
 */

const NAMES = Object.keys(MUTATIONS)
const figures = { mutations: NAMES.length, changes: 0, kills: 0, mixedStates: 0 }
const bench = useWorkbench('killed at each change', figures)

describe('a process that ends at any of its changes leaves the state before or the state after, and work goes on', () => {
  test.each(NAMES.map((name, index) => [name, index] as const))('%s', { timeout: 300_000 }, async (name, index) => {
    const prepared = await bench.prepare(name)
    const kills = sample(killsOf(prepared), 6, index)
    const faults: string[] = []
    let killed = 0
    for (const it of kills) {
      const aftermath = await kill(bench, prepared, it)
      const fault = await faultIn(aftermath, prepared)
      if (fault !== undefined) faults.push(`${nameOf(it)}: ${fault}`)
      bench.discard(aftermath.folder)
      if (aftermath.isCrashed) killed++
    }
    figures.changes += prepared.calls.filter((it) => it.isChange).length
    figures.kills += killed
    figures.mixedStates += faults.length
    expect(faults).toEqual([])
    expect(killed).toBeGreaterThan(kills.length * 0.9)
  })
})

test('the suite fails where a commit is not put in place in one step', async () => {
  const prepared = await bench.prepare('append a day')
  const commit = prepared.calls.find((it) => it.name === 'link' && it.to?.includes('_delta_log'))
  if (commit === undefined) throw new Error('no commit')
  const aftermath = await kill(bench, prepared, { call: commit, verdict: 'crash torn' })
  expect(await faultIn(aftermath, prepared)).toMatch(/CatalogCorruptionError/)
})
