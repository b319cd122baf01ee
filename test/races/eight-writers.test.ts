import { dir } from 'tmp-promise'
import { describe, expect, test } from 'vitest'
import { DataCatalog } from '../../src/index.js'
import { reportFigures } from '../support/figures.js'
import { bar, type PlainBar, SERIES } from './bars.js'
import { judge } from './history.js'
import { type Child, startChild } from './processes.js'

const WRITERS = 8
const COMMITS_EACH = 25
const SHARED_DATES = ['2024-02-01', '2024-02-02']

/**
 * What writer `w` commits k-th: a bar of its own day, a bar of a day all write, or both in one commit. The price says
 * who wrote it when, and no two bars share a stamp.
 */
function batch(w: number, k: number): readonly PlainBar[] {
  const price = 1 + w * 100 + k
  const own = bar(`2024-01-0${w + 1}`, k, price)
  const shared = bar(SHARED_DATES[k % 2] as string, w * COMMITS_EACH + k, price + 0.5)
  return [[own], [shared], [own, shared]][k % 3] as readonly PlainBar[]
}

const BATCHES = Array.from({ length: WRITERS }, (_, w) => Array.from({ length: COMMITS_EACH }, (_, k) => batch(w, k)))

async function race(
  root: string,
  lock: boolean,
): Promise<{ readonly writers: readonly Child[]; readonly reader: Child }> {
  const reader = startChild('reader.mjs', { root, series: SERIES, pauseMs: 5 })
  await reader.heard('ready')
  const writers = BATCHES.map((batches) => startChild('writer.mjs', { root, series: SERIES, lock, batches }))
  await Promise.all(writers.map((it) => it.ended()))
  reader.process.stdin?.end()
  await reader.ended()
  return { writers, reader }
}

describe.each([
  { name: 'with the lock', lock: true },
  { name: 'without the lock', lock: false },
])('eight processes, 200 commits, $name', ({ name, lock }) => {
  test('lose nothing, double nothing, and show readers only states of the log', async () => {
    const { path: root, cleanup } = await dir({ unsafeCleanup: true })
    try {
      const startMs = performance.now()
      const { writers, reader } = await race(root, lock)
      const seconds = (performance.now() - startMs) / 1000
      const acknowledged = writers.flatMap((it) => it.said.filter((message) => message['committed'] === true))
      expect(acknowledged).toHaveLength(WRITERS * COMMITS_EACH)

      const judgement = await judge(root, SERIES, {
        batches: BATCHES.flat(),
        acknowledged: BATCHES.flat().map((_, i) => i),
        reads: reader.said.filter((it) => 'version' in it),
      })
      expect(judgement.violations).toEqual([])
      await using catalog = await DataCatalog.open(root)
      const rows = (await catalog.query(SERIES)).column('close')
      const written = BATCHES.flat(2).map((it) => it.close)
      expect([...rows].sort((a, b) => a - b)).toEqual(written.sort((a, b) => a - b))
      expect(await catalog.verify()).toMatchObject({ orphans: 0 })
      expect(judgement.versionsRead).toBeGreaterThan(3)

      const retries = writers.reduce((sum, it) => sum + Number(it.said.at(-1)?.['lost']), 0)
      const { commits, versionsRead, rowsLost } = judgement
      const readsChecked = reader.said.filter((it) => 'version' in it).length
      const figures = { commits, retries, readsChecked, versionsRead, rowsLost }
      reportFigures(`eight writers, ${name}`, { ...figures, commitsASecond: Math.round(commits / seconds) })
    } finally {
      await cleanup()
    }
  })
})
