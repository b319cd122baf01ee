import { existsSync, utimesSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { dir } from 'tmp-promise'
import { beforeAll, describe, expect, test } from 'vitest'
import type { VerifyReport } from '../../src/index.js'
import { reportFigures } from '../support/figures.js'
import { bar, type PlainBar, SERIES } from './bars.js'
import { readLog } from './log.js'
import { startChild } from './processes.js'

/** The long form by request: NTRADER_FULL=1. */
const ROUNDS = process.env['NTRADER_FULL'] === '1' ? 30 : 6
const MONTHS = 6
const DAYS = 20

/** A month a commit: 20 daily files each, so that most of the time is spent inside a commit. */
const BATCHES: readonly (readonly PlainBar[])[] = Array.from({ length: MONTHS }, (_, month) =>
  Array.from({ length: DAYS }, (_, day) =>
    [0, 1, 2].map((minute) => {
      const date = `2024-${String(month + 1).padStart(2, '0')}-${String(day + 1).padStart(2, '0')}`
      return bar(date, minute, 1 + month * 100 + day + minute / 4)
    }),
  ).flat(),
)

interface Aftermath {
  /** Commits acknowledged, and commits the log holds. */
  readonly acknowledged: number
  readonly commits: number
  readonly verified: VerifyReport
  readonly found: readonly number[]
  readonly again: VerifyReport
  readonly completed: readonly number[]
}

interface Kill {
  readonly lock: boolean
  readonly afterCommits: number
  /** After that; when absent, it is in the last moment before the next commit. */
  readonly ms?: number
}

/** Kills a bulk write, and lets a fresh process look, and finish the work. */
async function kill({ lock, afterCommits, ms }: Kill): Promise<Aftermath> {
  const { path: root, cleanup } = await dir({ unsafeCleanup: true })
  try {
    const endsBefore = ms === undefined ? afterCommits : undefined
    const writer = startChild('writer.mjs', { root, series: SERIES, lock, batches: BATCHES, endsBefore })
    if (ms !== undefined) {
      await (afterCommits === 0 ? writer.heard('ready') : writer.heard('acknowledged', afterCommits))
      await sleep(ms)
      writer.process.kill('SIGKILL')
    }
    await writer.ended('SIGKILL')
    const acknowledged = writer.said.filter((it) => it['committed'] === true).length
    const commits = existsSync(join(root, 'bars/_delta_log')) ? readLog(root).length : 0
    outliveLock(root)
    const fresh = startChild('after-crash.mjs', { root, series: SERIES, batches: BATCHES })
    await fresh.ended()
    const { verified, found, again, completed } = fresh.said[0] as unknown as Aftermath
    return { acknowledged, commits, verified, found, again, completed }
  } finally {
    await cleanup()
  }
}

/** A dead holder's lock is stale after 10 s: the clock is turned on, the test does not wait. */
function outliveLock(root: string): void {
  const lock = join(root, 'bars/_lock')
  const past = new Date(Date.now() - 60_000)
  if (existsSync(lock)) utimesSync(lock, past, past)
}

async function commitMs(): Promise<number> {
  const { path: root, cleanup } = await dir({ unsafeCleanup: true })
  const writer = startChild('writer.mjs', { root, series: SERIES, lock: true, batches: BATCHES })
  await writer.heard('ready')
  const startMs = performance.now()
  await writer.ended()
  await cleanup()
  return (performance.now() - startMs) / MONTHS
}

describe.each([
  { name: 'with the lock', lock: true },
  { name: 'without the lock', lock: false },
])('a bulk write killed in the middle, $name', ({ name, lock }) => {
  const rounds: Aftermath[] = []

  beforeAll(async () => {
    const ms = await commitMs()
    rounds.push(await kill({ lock, afterCommits: 2 }))
    for (let round = 1; round < ROUNDS; round++)
      rounds.push(await kill({ lock, afterCommits: round % MONTHS, ms: ms * Math.random() }))
    const sum = (of: (it: Aftermath) => number): number => rounds.reduce((total, it) => total + of(it), 0)
    reportFigures(`a killed bulk write, ${name}`, {
      kills: ROUNDS,
      commits: sum((it) => it.commits),
      orphans: sum((it) => it.verified.orphans),
      rowsLost: 0,
    })
  }, 600_000)

  test('leaves a prefix of whole commits, every acknowledged one among them', () => {
    for (const { acknowledged, commits, found } of rounds) {
      expect(commits).toBeGreaterThanOrEqual(acknowledged)
      expect(found).toEqual(BATCHES.slice(0, commits).flatMap((rows) => rows.map((it) => it.close)))
    }
  })

  test('was killed in the middle at least once, between its files and its commit', () => {
    expect(rounds.some((it) => it.commits > 0 && it.commits < MONTHS)).toBe(true)
    expect(rounds.some((it) => it.verified.orphans > 0)).toBe(true)
  })

  test('leaves a catalog that verifies: files without a commit are orphans, not problems', () => {
    for (const { verified } of rounds) expect(verified).toMatchObject({ ok: true, problems: [] })
  })

  test('is completed by writing again, with every row once', () => {
    for (const { again, completed } of rounds) {
      expect(completed).toEqual(BATCHES.flatMap((rows) => rows.map((it) => it.close)))
      expect(again).toMatchObject({ ok: true, problems: [] })
    }
  })
})
