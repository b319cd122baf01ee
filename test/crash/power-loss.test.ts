import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { DataCatalog } from '../../src/catalog/catalog.js'
import { randomOf } from '../support/random.js'
import type { Call, Verdict } from './disk.mjs'
import { IS_FULL } from './form.js'
import { lay, PowerLossModel, type Tree } from './power-loss.js'
import { clock, MUTATIONS, type Mutation } from './scenarios.mjs'
import { goesOn, stateOf } from './state.js'
import { attempt, useWorkbench } from './workbench.js'

/** Mixtures by chance at each crash point, besides every single loss. */
const MIXTURES = IS_FULL ? 30 : 3
const NAMES = IS_FULL ? Object.keys(MUTATIONS) : ['append a day', 'consolidate', 'quarantine', 'vacuum']
/** What one process that lives long does, one change after the other: its syncs of one change also serve the next. */
const LIFE = [
  'first write',
  'append a day',
  'append to a day',
  'merge over two days',
  'two series at once',
  'name a state',
  'delete over days',
  'consolidate',
  'restore',
  'record an instrument',
  'drop a name',
]
const figures = {
  crashPoints: 0,
  statesChecked: 0,
  statesOpened: 0,
  badStates: 0,
  acknowledgedWritesLost: 0,
  mutantsCaught: 0,
}
const bench = useWorkbench('power lost', figures)

/** Changes made one after the other, and what a user sees before the first and after each. */
interface Life {
  readonly folder: string
  readonly steps: readonly Mutation[]
  readonly states: readonly string[]
}

async function lifeOf(folder: string, steps: readonly Mutation[]): Promise<Life> {
  const at = bench.folder(folder)
  const catalog = await DataCatalog.open(join(at, 'catalog'), { clock })
  const states = [await bench.stateIn(bench.folder(at))]
  for (const { run } of steps) {
    await run(catalog)
    states.push(await bench.stateIn(bench.folder(at)))
  }
  await catalog.close()
  return { folder, steps, states }
}

interface Verdicts {
  readonly bad: readonly string[]
  readonly lost: number
  readonly points: number
  readonly states: number
  readonly opened: number
}

/** Lives through it, and then checks what each power cut on the way may have left. */
async function cutPower({ folder, steps, states }: Life, plan: (call: Call) => Verdict): Promise<Verdicts> {
  const at = bench.folder(folder)
  const model = new PowerLossModel(at)
  const { calls, acknowledgedAt } = await attempt(
    steps.map((it) => it.run),
    at,
    plan,
  )
  const random = randomOf(1)
  const seen = new Map<string, Promise<string>>()
  const bad: string[] = []
  let [lost, points, checked] = [0, 0, 0]
  for (const [i, call] of calls.entries()) {
    if (call.isChange) model.apply(call)
    else if (!acknowledgedAt.includes(i + 1)) continue
    points++
    const done = acknowledgedAt.filter((it) => it <= i + 1).length
    const allowed = states.slice(done, done + 2)
    for (const tree of model.trees(random, MIXTURES)) {
      checked++
      const key = keyOf(tree)
      if (!seen.has(key)) seen.set(key, look(tree, steps.length === 1 ? steps[0] : undefined, states.at(-1) ?? ''))
      const found = (await seen.get(key)) ?? ''
      if (allowed.includes(found)) continue
      bad.push(`after ${call.name} ${call.to ?? call.path}: ${found}`)
      if (states.indexOf(found) >= 0 && states.indexOf(found) < done) lost++
    }
  }
  return { bad, lost, points, states: checked, opened: seen.size }
}

/** What a user sees of a tree, or the error he meets, or that it would not go on from there. */
async function look(tree: Tree, mutation: Mutation | undefined, after: string): Promise<string> {
  const folder = bench.folder()
  try {
    lay(tree, folder)
    const state = await stateOf(join(folder, 'catalog'))
    if (mutation !== undefined) await goesOn(join(folder, 'catalog'), mutation, after)
    return state
  } catch (error) {
    return String(error)
  } finally {
    bench.discard(folder)
  }
}

/** What lies in `_tmp`, and the lock, nobody reads: trees that differ in nothing else are opened once. */
function keyOf(tree: Tree): string {
  const hash = createHash('sha256')
  for (const path of [...tree.keys()].sort()) {
    if (/\/(_tmp|_lock)/.test(path)) continue
    hash.update(`${path}\0`).update(tree.get(path) ?? '')
  }
  return hash.digest('hex')
}

function expectSound({ bad, lost, points, states, opened }: Verdicts): void {
  figures.crashPoints += points
  figures.statesChecked += states
  figures.statesOpened += opened
  figures.badStates += bad.length
  figures.acknowledgedWritesLost += lost
  expect({ bad, lost }).toEqual({ bad: [], lost: 0 })
}

describe('a power cut at any moment leaves every acknowledged write whole, and of the one under way all or nothing', () => {
  test.each(NAMES)('%s', { timeout: 600_000 }, async (name) => {
    const { mutation, folder, before, after } = await bench.prepare(name)
    expectSound(await cutPower({ folder, steps: [mutation], states: [before, after] }, () => undefined))
  })

  test('a process that lives long', { timeout: 600_000 }, async () => {
    const life = await lifeOf(
      bench.folder(),
      LIFE.map((name) => MUTATIONS[name] as Mutation),
    )
    expectSound(await cutPower(life, () => undefined))
    expect(new Set(life.states).size).toBe(LIFE.length + 1)
  })
})

describe('the model finds the fault in a storage layer', () => {
  test.each(['fsync', 'fsyncDirectory'])('that leaves out %s', { timeout: 600_000 }, async (left) => {
    const { mutation, folder, before, after } = await bench.prepare('append a day')
    const life = { folder, steps: [mutation], states: [before, after] }
    const { bad, lost } = await cutPower(life, ({ name }) => (name === left ? 'skip' : undefined))
    expect(bad.length).toBeGreaterThan(10)
    if (left === 'fsyncDirectory') expect(lost).toBeGreaterThan(0)
    figures.mutantsCaught++
  })
})
