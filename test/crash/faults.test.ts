import { describe, expect, test } from 'vitest'
import { faultIn, faultsOf, nameOf } from './faults.js'
import { sample } from './form.js'
import { MUTATIONS } from './scenarios.mjs'
import { useWorkbench } from './workbench.js'

const NAMES = Object.keys(MUTATIONS)
const figures = { calls: 0, faults: 0, wronglyTaken: 0 }
const bench = useWorkbench('changes refused by the system', figures)

describe('a change of which any call is refused says so, leaves no half state, and is done by the same call later', () => {
  test.each(NAMES.map((name, index) => [name, index] as const))('%s', { timeout: 900_000 }, async (name, index) => {
    const prepared = await bench.prepare(name)
    figures.calls += prepared.calls.length
    const wrong: string[] = []
    for (const fault of sample(faultsOf(prepared.calls), 61, index * 7)) {
      const reason = await faultIn(bench, prepared, fault)
      if (reason !== undefined) wrong.push(`${nameOf(fault)}: ${reason}`)
      figures.faults++
    }
    figures.wronglyTaken += wrong.length
    expect(wrong).toEqual([])
  })
})

test('the suite fails where a call that was not made is said to be done', async () => {
  const prepared = await bench.prepare('append a day')
  const commit = prepared.calls.find((it) => it.name === 'link' && it.to?.includes('_delta_log'))
  if (commit === undefined) throw new Error('no commit')
  expect(await faultIn(bench, prepared, { call: commit, errno: 'skip', isLasting: false })).toBe('nothing was said')
  const [unlinked] = prepared.calls.filter((it) => it.name === 'unlink')
  if (unlinked === undefined) throw new Error('no temporary file')
  expect(await faultIn(bench, prepared, { call: unlinked, errno: 'EIO', isLasting: false })).toBeUndefined()
})
