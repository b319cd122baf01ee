import { setTimeout as sleep } from 'node:timers/promises'
import { dir } from 'tmp-promise'
import { describe, expect, test } from 'vitest'
import { DataCatalog } from '../../src/index.js'
import { reportFigures, type ShownFigures } from '../support/figures.js'
import { type Child, type Message, startChild } from './processes.js'

const WRITERS = ['W1', 'W2', 'W3', 'W4'] as const
const READERS = 4
/** The whole minute by request: NTRADER_FULL=1. */
const RUN_MS = process.env['NTRADER_FULL'] === '1' ? 60_000 : 8_000

function countsOf(child: Child): Message {
  return child.said.find((it) => 'counts' in it)?.['counts'] as Message
}

async function finish(children: readonly Child[]): Promise<void> {
  for (const it of children) it.process.stdin?.end()
  await Promise.all(children.map((it) => it.ended()))
}

describe.each([
  { name: 'with the lock', lock: true },
  { name: 'without the lock', lock: false },
])('writers, readers, consolidate, vacuum, restore and quarantine at once, $name', ({ name, lock }) => {
  test('no reader fails, and nothing acknowledged is lost', { timeout: RUN_MS + 120_000 }, async () => {
    const { path: root, cleanup } = await dir({ unsafeCleanup: true })
    try {
      const start = (task: object): Child => startChild('everything.mjs', { root, lock, writers: WRITERS, ...task })
      const writers = WRITERS.map((it) => start({ role: 'writer', name: it }))
      const readers = Array.from({ length: READERS }, () => start({ role: 'reader' }))
      const keeper = start({ role: 'keeper' })
      const children = [...writers, ...readers, keeper]
      await Promise.all(children.map((it) => it.heard('ready')))
      // A part that fails ends early, and its own words say why.
      const failed = Promise.all(children.map((it) => it.ended()))
      // On a busy machine the keeper may take longer than that to have done each of its works once.
      await Promise.race([Promise.all([sleep(RUN_MS), keeper.heard('round')]), failed])
      await finish(children)

      await using catalog = await DataCatalog.open(root)
      let acknowledged = 0
      for (const [i, writer] of WRITERS.entries()) {
        const said = writers[i]?.said.filter((it) => 'acknowledged' in it).length ?? 0
        const frame = await catalog.query({ type: 'bars', instrument: `${writer}.TEST`, barType: '1-MINUTE-LAST' })
        expect([...frame.column('close')]).toEqual(Array.from({ length: said }, (_, index) => index + 1))
        acknowledged += said
      }
      expect(await catalog.verify()).toMatchObject({ ok: true, problems: [] })
      const counts = countsOf(keeper)
      for (const what of ['consolidations', 'filesDeleted', 'restores', 'quarantined']) {
        expect(counts[what], what).toBeGreaterThan(0)
      }
      const reads = readers.map(countsOf)
      const sum = (key: string): number => reads.reduce((total, it) => total + Number(it[key]), 0)
      expect(sum('queries')).toBeGreaterThan(0)
      reportFigures(`everything at once, ${name}`, {
        commits: acknowledged,
        queriesWhole: sum('queries'),
        streamsWhole: sum('streams'),
        streamsOvertakenByVacuum: sum('expired'),
        ...(counts as ShownFigures),
        rowsLost: 0,
      })
    } finally {
      await cleanup()
    }
  })
})
