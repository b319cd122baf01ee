import { existsSync, utimesSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { dir } from 'tmp-promise'
import { beforeAll, describe, expect, test } from 'vitest'
import type { VerifyReport } from '../../src/index.js'
import { bar, type PlainBar, SERIES } from './bars.js'
import { readLog } from './log.js'
import { startChild } from './processes.js'

const ROUNDS = 10
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

/** Kills a bulk write after some time and lets a fresh process look, and finish the work. */
async function killAfter(ms: number): Promise<Aftermath> {
  const { path: root, cleanup } = await dir({ unsafeCleanup: true })
  try {
    const writer = startChild('writer.mjs', { root, series: SERIES, lock: true, batches: BATCHES })
    await writer.heard('ready')
    await sleep(ms)
    writer.process.kill('SIGKILL')
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

async function durationMs(): Promise<number> {
  const { path: root, cleanup } = await dir({ unsafeCleanup: true })
  const writer = startChild('writer.mjs', { root, series: SERIES, lock: true, batches: BATCHES })
  await writer.heard('ready')
  const startMs = performance.now()
  await writer.ended()
  await cleanup()
  return performance.now() - startMs
}

describe('a bulk write killed in the middle', () => {
  const rounds: Aftermath[] = []

  beforeAll(async () => {
    const wholeMs = await durationMs()
    for (let round = 0; round < ROUNDS; round++)
      rounds.push(await killAfter((wholeMs * (round + Math.random())) / ROUNDS))
    const orphans = rounds.map((it) => it.verified.orphans)
    console.log(
      `killed after ${rounds.map((it) => it.commits).join(' ')} commits, leaving ${orphans.join(' ')} orphans`,
    )
  })

  test('leaves a prefix of whole commits, every acknowledged one among them', () => {
    for (const { acknowledged, commits, found } of rounds) {
      expect(commits).toBeGreaterThanOrEqual(acknowledged)
      expect(found).toEqual(BATCHES.slice(0, commits).flatMap((rows) => rows.map((it) => it.close)))
    }
  })

  test('was killed in the middle at least once', () => {
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
