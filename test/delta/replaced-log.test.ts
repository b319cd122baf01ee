import { rmSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import type { Action } from '../../src/delta/actions.js'
import { cleanBelow, sampleLog, writeSample } from './checkpoint-log.js'
import { add, type LogFolder, logPath } from './log-folder.js'

const ACTION: Action = {
  kind: 'commitInfo',
  commitInfo: { timestampMs: 0, operation: 'WRITE', operationParameters: {}, engineInfo: 'test', txnId: 'test' },
}

/** Puts another history of the same three commits' length in its place. */
function replaceLast(log: LogFolder): void {
  log.write(2, add('another.parquet'))
}

describe('a log that was put in the place of the one read', () => {
  test('gets no commit that was planned on the other, and then is read from its beginning', async () => {
    const it = await sampleLog(2)
    const table = it.open()
    await table.snapshot()
    replaceLast(it)
    expect(await table.commit(3, [ACTION])).toBe(false)
    expect(await table.snapshot()).toEqual(await it.open().snapshot())
    expect(await table.commit(3, [ACTION])).toBe(true)
  })

  test('gets none either where the other was read from a checkpoint alone', async () => {
    const it = await sampleLog(2)
    await it.open().checkpoint()
    const table = it.open()
    await table.snapshot()
    replaceLast(it)
    expect(await table.commit(3, [ACTION])).toBe(false)
  })

  test('is read from its beginning also once it has grown longer: nothing of it is laid over the other', async () => {
    const it = await sampleLog(2)
    const table = it.open()
    await table.snapshot()
    replaceLast(it)
    it.write(3, add('one-more.parquet'))
    expect(await table.snapshot()).toEqual(await it.open().snapshot())
  })

  test('gets none where it is shorter', async () => {
    const it = await sampleLog(2)
    const table = it.open()
    await table.snapshot()
    rmSync(logPath(it.root, 2))
    expect(await table.commit(3, [ACTION])).toBe(false)
  })
})

test('a commit that another engine has cleaned away behind its checkpoint is no other log', async () => {
  const it = await sampleLog(2)
  await it.open().checkpoint()
  const table = it.open()
  await table.snapshot()
  cleanBelow(it, 3)
  expect(await table.commit(3, [ACTION])).toBe(true)
  writeSample(it, 4)
  expect((await it.open().snapshot())?.version).toBe(4)
})
