import { setTimeout as sleep } from 'node:timers/promises'
import { dir } from 'tmp-promise'
import { expect, test } from 'vitest'
import { DataCatalog } from '../../src/index.js'
import { reportFigures } from '../support/figures.js'
import { bar, type PlainBar, row, rowsText, SERIES } from './bars.js'
import { startChild } from './processes.js'

const DATES = Array.from({ length: 10 }, (_, day) => `2024-01-${String(day + 10)}`)
const MINUTES = 12
/** The long form by request: NTRADER_FULL=1. */
const ROUNDS = process.env['NTRADER_FULL'] === '1' ? 40 : 6
/** Long enough for the reader to come round between two commits now and then. */
const PAUSE_MS = 15

/** What the series should hold, beside the catalog that holds it. */
class Model {
  readonly #bars = new Map<string, PlainBar>()
  readonly states = new Map<string, string>([['empty', '']])

  write(bars: readonly PlainBar[]): void {
    for (const it of bars) this.#bars.set(it.ts_event, it)
  }

  deleteDates(dates: readonly string[]): void {
    const gone = new Set(dates.flatMap((date) => barsOf(date, 0)).map((it) => it.ts_event))
    for (const stamp of gone) this.#bars.delete(stamp)
  }

  record(version: string): void {
    this.states.set(version, rowsText([...this.#bars.values()]))
  }
}

function barsOf(date: string, price: number): readonly PlainBar[] {
  return Array.from({ length: MINUTES }, (_, minute) => bar(date, minute, price + 1))
}

test.each([
  { name: 'with the lock', lock: true },
  { name: 'without the lock', lock: false },
])(
  'a reader in another process sees only whole states during deletions, rewrites and consolidations, $name',
  async ({ name, lock }) => {
    const { path: root, cleanup } = await dir({ unsafeCleanup: true })
    const reader = startChild('reader.mjs', { root, series: SERIES, pauseMs: 0 })
    try {
      await reader.heard('ready')
      await using catalog = await DataCatalog.open(root, { lock })
      const model = new Model()
      const settle = async (): Promise<void> => {
        model.record(catalog.version())
        await sleep(PAUSE_MS)
      }
      const whole = { start: '2024-01-10', end: '2024-01-20' }
      for (let round = 0; round < ROUNDS; round++) {
        const rewritten = DATES.flatMap((date) => barsOf(date, round * 10))
        await catalog.write(SERIES, rewritten.map(row), { mode: 'replace', coverage: whole })
        model.write(rewritten)
        await settle()
        await catalog.deleteRange(SERIES, { start: '2024-01-12', end: '2024-01-15' })
        model.deleteDates(DATES.slice(2, 5))
        await settle()
        await catalog.consolidate()
        await settle()
        const refilled = DATES.slice(2, 4).flatMap((date) => barsOf(date, round * 10 + 5))
        await catalog.write(SERIES, refilled.map(row))
        model.write(refilled)
        await settle()
        await catalog.deleteRange(SERIES, whole)
        model.deleteDates(DATES)
        await settle()
      }
      reader.process.stdin?.end()
      await reader.ended()
      const reads = reader.said.filter((it) => 'version' in it)
      for (const { version, rows } of reads) expect(rows, String(version)).toBe(model.states.get(String(version)))
      const statesRead = new Set(reads.map((it) => it['rows'])).size
      expect(statesRead).toBeGreaterThan(5)
      const statesThere = new Set(model.states.values()).size
      reportFigures(`a reader beside a writer, ${name}`, { readsChecked: reads.length, statesRead, statesThere })
    } finally {
      reader.process.kill('SIGKILL')
      await cleanup()
    }
  },
)
