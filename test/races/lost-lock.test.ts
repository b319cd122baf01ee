import { rmSync, utimesSync } from 'node:fs'
import { join } from 'node:path'
import { dir } from 'tmp-promise'
import { describe, expect, test } from 'vitest'
import { DataCatalog } from '../../src/index.js'
import { reportFigures } from '../support/figures.js'
import { bar, row, SERIES } from './bars.js'
import { readLog } from './log.js'
import { startChild } from './processes.js'

const WRITERS = 3
/** The long form by request: NTRADER_FULL=1. */
const COMMITS_EACH = process.env['NTRADER_FULL'] === '1' ? 200 : 20
/** About as often as a commit takes: nearly every holder loses its lock. */
const TAKE_EVERY_MS = 10

/** All write the same day, so that without a conflict check the later commit would undo the earlier. */
const BATCHES = Array.from({ length: WRITERS }, (_, w) =>
  Array.from({ length: COMMITS_EACH }, (_, k) => [bar('2024-01-02', w * COMMITS_EACH + k, 1 + w * 100 + k)]),
)

const WAYS = [
  { way: 'deleted by hand', take: (lock: string) => rmSync(lock, { recursive: true }) },
  { way: 'stolen as stale', take: (lock: string) => utimesSync(lock, new Date(0), new Date(0)) },
]

describe.each(WAYS)('a lock $way in the middle', ({ way, take }) => {
  test('costs a retry, never a row', async () => {
    const { path: root, cleanup } = await dir({ unsafeCleanup: true })
    const writers = BATCHES.map((batches) => startChild('writer.mjs', { root, series: SERIES, lock: true, batches }))
    let taken = 0
    const thief = setInterval(() => {
      try {
        take(join(root, 'bars/_lock'))
        taken++
      } catch {
        // Nobody holds the lock at this moment.
      }
    }, TAKE_EVERY_MS)
    try {
      await Promise.all(writers.map((it) => it.ended()))
      clearInterval(thief)
      await using catalog = await DataCatalog.open(root)
      const prices = [...(await catalog.query(SERIES)).column('close')]
      expect(prices).toEqual(BATCHES.flat(2).map((it) => it.close))
      expect(readLog(root).map((it) => it.version)).toEqual(prices.map((_, version) => version))
      expect(await catalog.verify()).toMatchObject({ ok: true, problems: [], orphans: 0 })
      const lost = writers.reduce((sum, it) => sum + Number(it.said.at(-1)?.['lost']), 0)
      const figures = { locksTaken: taken, commits: prices.length, retries: lost, rowsLost: 0 }
      reportFigures(`a lock ${way}`, figures)
      expect(taken).toBeGreaterThan(0)
    } finally {
      clearInterval(thief)
      await Promise.allSettled(writers.map((it) => it.ended()))
      await cleanup()
    }
  })
})

/** A writer is stopped in the last moment before its commit, another commits, and the first wakes up. */
async function overtakeStopped(
  lock: boolean,
  mutant?: 'overwritingPut',
): Promise<{ readonly closes: readonly number[]; readonly waitedMs: number; readonly retries: unknown }> {
  const { path: root, cleanup } = await dir({ unsafeCleanup: true })
  await using catalog = await DataCatalog.open(root, { lock })
  const [before, stopped, overtaking] = [bar('2024-01-02', 0, 1), bar('2024-01-02', 1, 2), bar('2024-01-02', 2, 3)]
  await catalog.write(SERIES, [row(before)])
  const holder = startChild('stopped-writer.mjs', { root, series: SERIES, lock, mutant, rows: [stopped] })
  try {
    await holder.heard('stopping')
    const startMs = performance.now()
    await catalog.write(SERIES, [row(overtaking)])
    const waitedMs = performance.now() - startMs
    holder.process.kill('SIGCONT')
    await holder.ended()
    expect(await holder.heard('committed')).toMatchObject({ committed: true })
    await using reader = await DataCatalog.open(root)
    const closes = [...(await reader.query(SERIES)).column('close')]
    expect(readLog(root).map((it) => it.version)).toEqual(closes.map((_, version) => version))
    expect(await reader.verify()).toMatchObject({ ok: true, problems: [] })
    return { closes, waitedMs, retries: holder.said.at(-1)?.['lost'] }
  } finally {
    holder.process.kill('SIGKILL')
    await cleanup()
  }
}

describe('a writer that was stopped, overtaken and continued', () => {
  test('as the holder of a lock, which was taken over, overwrites nothing', async () => {
    const { closes, waitedMs, retries } = await overtakeStopped(true)
    expect([closes, retries]).toEqual([[1, 2, 3], 1])
    expect(waitedMs).toBeGreaterThan(5_000)
    reportFigures('a stopped holder', { takenOverAfterMs: Math.round(waitedMs), commits: 3, retries: 1, rowsLost: 0 })
  })

  test('without a lock overwrites nothing either', async () => {
    const { closes, retries } = await overtakeStopped(false)
    expect([closes, retries]).toEqual([[1, 2, 3], 1])
  })

  test('on a storage that puts one commit over another is seen to overwrite', async () => {
    const { closes } = await overtakeStopped(false, 'overwritingPut')
    expect(closes).toEqual([1, 2])
  })
})
