import { statSync, writeFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { CHECKPOINT_MIN_COMMITS, Tail } from '../../src/delta/tail.js'
import { readOnly } from '../support/system-limits.js'
import { checkpointFile, recorded, sampleLog, writeSample } from './checkpoint-log.js'
import { type LogFolder, logNames } from './log-folder.js'

const checkpoints = (log: LogFolder) =>
  logNames(log.root).flatMap((it) => (it.includes('.checkpoint.') ? [Number(it.slice(0, 20))] : []))

async function grow(log: LogFolder, from: number, to: number): Promise<void> {
  for (let version = from; version <= to; version++) writeSample(log, version)
}

describe('a checkpoint is due', () => {
  test('after fifty commits, not before', async () => {
    const log = await sampleLog(48)
    const table = log.open()
    await table.snapshot()
    expect(await table.checkpointIfDue()).toBe(false)
    writeSample(log, 49)
    await table.snapshot()
    expect(await table.checkpointIfDue()).toBe(true)
    expect(checkpoints(log)).toEqual([49])
  })

  test('again fifty commits after the last one, counted from what is on disk', async () => {
    const log = await sampleLog(49)
    await log.open().checkpoint()
    await grow(log, 50, 98)
    const early = log.open()
    await early.snapshot()
    expect(await early.checkpointIfDue()).toBe(false)
    writeSample(log, 99)
    const late = log.open()
    await late.snapshot()
    expect(await late.checkpointIfDue()).toBe(true)
    expect(checkpoints(log)).toEqual([49, 99])
  })

  test('once, for all who have seen the same commits', async () => {
    const log = await sampleLog(10)
    const tables = [log.open(), log.open(), log.open()]
    for (const table of tables) await table.snapshot()
    await grow(log, 11, 60)
    for (const table of tables) await table.snapshot()
    expect(await tables[0]?.checkpointIfDue()).toBe(true)
    writeSample(log, 61)
    for (const table of tables) await table.snapshot()
    for (const table of tables) expect(await table.checkpointIfDue()).toBe(false)
    expect(checkpoints(log)).toEqual([60])
  })

  test('whatever a file of a version that was never committed says', async () => {
    const log = await sampleLog(49)
    writeFileSync(checkpointFile(log.root, 1000), 'of a history that was taken back')
    const table = log.open()
    await table.snapshot()
    expect(await table.checkpointIfDue()).toBe(true)
    expect(checkpoints(log)).toEqual([49])
  })

  test('not before anything was seen', async () => {
    const log = await sampleLog(60)
    expect(await log.open().checkpointIfDue()).toBe(false)
  })

  test('also when the last try failed, but only after fifty commits more', async () => {
    const log = await sampleLog(49)
    const { table, calls } = recorded(log)
    await table.snapshot()
    await readOnly(log.root, () => expect(table.checkpointIfDue()).rejects.toThrow(/cannot/))
    calls()
    expect(await table.checkpointIfDue()).toBe(false)
    expect(calls()).toEqual([])
    await grow(log, 50, 99)
    await table.snapshot()
    expect(await table.checkpointIfDue()).toBe(true)
    expect(statSync(checkpointFile(log.root, 99)).size).toBeGreaterThan(0)
  })
})

test('asking when none is due touches nothing', async () => {
  const log = await sampleLog(20)
  const { table, calls } = recorded(log)
  await table.snapshot()
  calls()
  expect(await table.checkpointIfDue()).toBe(false)
  expect(calls()).toEqual([])
})

describe('the tail', () => {
  const commits = (count: number, sizeBytes: number) => Array.from({ length: count }, () => ({ sizeBytes }))

  test.each([
    [CHECKPOINT_MIN_COMMITS, 20, 10_000, true],
    [CHECKPOINT_MIN_COMMITS, 20, 10_001, false],
    [CHECKPOINT_MIN_COMMITS - 1, 1_000_000, 1, false],
    [CHECKPOINT_MIN_COMMITS, 0, 0, true],
  ])(
    'of %i commits with %i bytes each, after a checkpoint of %i bytes: due is %s',
    (count, sizeBytes, bytes, isDue) => {
      const tail = new Tail()
      tail.checkpointBytes = bytes
      tail.add(commits(count, sizeBytes))
      expect(tail.isDue()).toBe(isDue)
    },
  )

  test('keeps what came after the checkpoint that it starts again from', () => {
    const tail = new Tail()
    tail.add(commits(60, 10))
    tail.restartAfter(9)
    expect(tail.isDue()).toBe(true)
    tail.restartAfter(10)
    expect(tail.isDue()).toBe(false)
    tail.add(commits(1, 10))
    expect(tail.isDue()).toBe(true)
    tail.restartAfter(5)
    expect(tail.isDue()).toBe(true)
  })
})
