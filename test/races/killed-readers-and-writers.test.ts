import { existsSync, utimesSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { dir } from 'tmp-promise'
import { describe, expect, test } from 'vitest'
import { reportFigures } from '../support/figures.js'
import { bar, type PlainBar, SERIES } from './bars.js'
import { type Heard, type Judgement, judge } from './history.js'
import { type Child, type Message, startChild } from './processes.js'

/** The long form by request: NTRADER_FULL=1. */
const IS_LONG = process.env['NTRADER_FULL'] === '1'
const WRITERS = 4
const READERS = 3
const LENGTH = IS_LONG ? { commitsEach: 100, killsEach: 12 } : { commitsEach: 15, killsEach: 2 }
/** Enough for a fault to show. */
const SHORT = { commitsEach: 15, killsEach: 0 }
const LIFE_MS = 600
const SHARED = '2024-02-01'
/** Between the writers' own days and the one that they share. */
const MIDDLE = '2024-01-20T00:00:00Z'

/**
 * What each writer commits, in order: a bar of its own day, and one of three that all writers write over again and
 * again.
 */
function batchesOf(commitsEach: number): readonly (readonly (readonly PlainBar[])[])[] {
  return Array.from({ length: WRITERS }, (_, w) =>
    Array.from({ length: commitsEach }, (_, k) => {
      const price = 1 + w * commitsEach + k
      return [bar(`2024-01-0${w + 1}`, k, price), bar(SHARED, k % 3, price)]
    }),
  )
}

interface Race {
  readonly lock: boolean
  readonly mutant?: 'overwritingPut' | 'twoReads'
  readonly commitsEach: number
  readonly killsEach: number
}

interface Told extends Heard {
  readonly kills: number
  /** Commits that were tried again because another was first. */
  readonly retries: number
}

/** One writer's work, by one process after another: each is killed at some moment, and the next goes on. */
async function write(root: string, w: number, race: Race, isOver: () => boolean): Promise<Told> {
  const { killsEach, commitsEach, ...task } = race
  const batches = batchesOf(commitsEach)[w] ?? []
  const acknowledged: number[] = []
  let [kills, retries] = [0, 0]
  while (acknowledged.length < batches.length && !isOver()) {
    const rest = batches.slice(acknowledged.length)
    const writer = startChild('writer.mjs', { root, series: SERIES, ...task, batches: rest })
    if (kills < killsEach) {
      await writer.heard('ready')
      await killAfter(writer, Math.random() * LIFE_MS)
      kills++
      outliveLock(root)
    } else {
      await writer.ended()
      retries += Number(writer.said.at(-1)?.['lost'])
    }
    for (const it of writer.said) if ('acknowledged' in it) acknowledged.push(w * commitsEach + acknowledged.length)
  }
  return { batches, acknowledged, reads: [], kills, retries }
}

/** Readers of the newest state, one after another. */
async function read(root: string, race: Race, isOver: () => boolean): Promise<Told> {
  const reads: Message[] = []
  let kills = 0
  while (!isOver()) {
    const reader = startChild('reader.mjs', { root, series: SERIES, pauseMs: 2, middle: MIDDLE, mutant: race.mutant })
    await reader.heard('ready')
    if (kills < race.killsEach) {
      await killAfter(reader, Math.random() * LIFE_MS)
      kills++
    } else {
      while (!isOver()) await sleep(20)
      reader.process.stdin?.end()
      await reader.ended()
    }
    reads.push(...reader.said.filter((it) => 'version' in it))
  }
  return { batches: [], acknowledged: [], reads, kills, retries: 0 }
}

async function killAfter(child: Child, ms: number): Promise<void> {
  await sleep(ms)
  child.process.kill('SIGKILL')
  await child.ended('SIGKILL')
}

/** A dead holder's lock is stale after 10 s: the clock is turned on, the test does not wait. It may be a living one's. */
function outliveLock(root: string): void {
  const lock = join(root, 'bars/_lock')
  if (existsSync(lock)) utimesSync(lock, new Date(0), new Date(0))
}

async function run(race: Race): Promise<Told & { readonly judgement: Judgement }> {
  const { path: root, cleanup } = await dir({ unsafeCleanup: true })
  let [isOver, isFailed] = [false, false]
  try {
    const batches = batchesOf(race.commitsEach)
    const writing = batches.map((_, w) => write(root, w, race, () => isFailed))
    for (const it of writing) it.catch(() => (isFailed = true))
    void Promise.allSettled(writing).then(() => (isOver = true))
    const reading = Array.from({ length: READERS }, () => read(root, race, () => isOver))
    // All of them, so that nobody is left to write into a folder that is gone.
    await Promise.allSettled([...writing, ...reading])
    const told = await Promise.all([...writing, ...reading])
    const sum = (of: (it: Told) => number): number => told.reduce((total, it) => total + of(it), 0)
    const heard = {
      batches: batches.flat(),
      acknowledged: told.flatMap((it) => it.acknowledged),
      reads: told.flatMap((it) => it.reads),
    }
    const judgement = await judge(root, SERIES, heard)
    return { ...heard, kills: sum((it) => it.kills), retries: sum((it) => it.retries), judgement }
  } finally {
    await cleanup()
  }
}

describe.each([
  { name: 'with the lock', lock: true },
  { name: 'without the lock', lock: false },
])('writers and readers in processes that are killed, $name', ({ name, lock }) => {
  test('make one history: every acknowledged commit once, and every read a prefix of it', {
    timeout: 600_000,
  }, async () => {
    const { judgement, acknowledged, reads, kills, retries } = await run({ lock, ...LENGTH })
    expect(judgement.violations).toEqual([])
    expect(acknowledged).toHaveLength(WRITERS * LENGTH.commitsEach)
    expect(judgement.versionsRead).toBeGreaterThan(3)
    const { commits, versionsRead, rowsLost } = judgement
    const figures = { commits, kills, retries, readsChecked: reads.length, versionsRead, rowsLost }
    reportFigures(`killed writers and readers, ${name}`, figures)
  })
})

describe('the judgement of a race', { timeout: 300_000 }, () => {
  test('finds out a storage that puts one commit over another', async () => {
    // Processes may also stop over what the log has become, which is as good.
    const violations = await run({ lock: false, mutant: 'overwritingPut', ...SHORT }).then(
      (it) => it.judgement.violations,
      (error: unknown) => [String(error)],
    )
    expect(violations).not.toEqual([])
  })

  test('finds out a reader that looks twice', async () => {
    const { judgement } = await run({ lock: false, mutant: 'twoReads', ...SHORT })
    expect(judgement.violations).not.toEqual([])
  })
})
