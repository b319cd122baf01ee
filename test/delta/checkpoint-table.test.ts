import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { basename } from 'node:path'
import { describe, expect, test } from 'vitest'
import { HORIZON_TIMESTAMP_KEY, HORIZON_VERSION_KEY, horizonOf } from '../../src/delta/horizon.js'
import { commitPath } from '../../src/delta/log-names.js'
import { DeltaTable } from '../../src/delta/table.js'
import { StorageError, VersionExpiredError } from '../../src/model/errors.js'
import { LocalStorage } from '../../src/storage/local.js'
import { readOnly } from '../support/system-limits.js'
import {
  checkpointFile,
  cleanBelow,
  pointer,
  pointerFile,
  recorded,
  replayed,
  sampleLog,
  writeSample,
} from './checkpoint-log.js'
import { add, logFolder, logNames, logPath, METADATA, protocol, remove } from './log-folder.js'

describe('reading from a checkpoint', () => {
  test('the first look reads the newest checkpoint and the commits after it, no others', async () => {
    const log = await sampleLog(5)
    await log.open().checkpoint()
    for (const version of [6, 7]) writeSample(log, version)
    const { table, calls } = recorded(log)
    const snapshot = await table.snapshot()
    expect(snapshot).toEqual(await replayed(log, 7))
    const read = calls().filter((it) => it.startsWith('read'))
    const names = [...new Set(read.map((it) => it.replace(/^read bars\/_delta_log\/0+/, '')))]
    // 5.json says that the checkpoint belongs to this log; 8.json is not there yet.
    expect(names).toEqual(['5.checkpoint.parquet', '5.json', '6.json', '7.json', '8.json'])
  })

  test('every later look is one look-up of the next version', async () => {
    const log = await sampleLog(3)
    await log.open().checkpoint()
    const { table, calls } = recorded(log)
    await table.snapshot()
    calls()
    await table.snapshot()
    expect(calls()).toEqual([`read ${'bars/_delta_log/'}${'4'.padStart(20, '0')}.json`])
  })

  test('a state at, before and after a checkpoint is that of the log', async () => {
    const log = await sampleLog(2)
    await log.open().checkpoint()
    for (const version of [3, 4, 5]) writeSample(log, version)
    await log.open().checkpoint()
    writeSample(log, 6)
    for (const version of [0, 1, 2, 3, 4, 5, 6]) {
      expect(await log.open().snapshotAt(version)).toEqual(await replayed(log, version))
    }
    await expect(log.open().snapshotAt(7)).rejects.toThrow(VersionExpiredError)
    await expect(log.open().snapshotAt(7)).rejects.toThrow(/bars has no version 7/)
  })

  test('a state after a checkpoint is read from it', async () => {
    const log = await sampleLog(4)
    await log.open().checkpoint()
    for (const version of [5, 6]) writeSample(log, version)
    cleanBelow(log, 4)
    expect((await log.open().snapshotAt(5)).version).toBe(5)
  })

  test('a hole after the checkpoint is named; one before it hides nothing and stops only the history', async () => {
    const log = await sampleLog(6)
    const expected = await replayed(log, 6)
    await log.open().checkpoint()
    rmSync(logPath(log.root, 3))
    expect(await log.open().snapshot()).toEqual(expected)
    await expect(log.open().commitsAfter(-1)).rejects.toThrow(/bars has no version 3/)
    for (const version of [8, 9]) writeSample(log, version)
    await expect(log.open().snapshot()).rejects.toThrow(/bars has no version 7/)
  })

  test('many first looks at once give one state, and none misses a commit that was there', async () => {
    const log = await sampleLog(3)
    await log.open().checkpoint()
    const table = log.open()
    const first = table.snapshot()
    writeSample(log, 4)
    const others = await Promise.all(Array.from({ length: 10 }, () => table.snapshot()))
    expect((await first)?.version).toBeGreaterThanOrEqual(3)
    expect(others.map((it) => it?.version)).toEqual(Array.from({ length: 10 }, () => 4))
  })
})

test('many first looks at once read the checkpoint once', async () => {
  const log = await sampleLog(3)
  await log.open().checkpoint()
  const { table, calls } = recorded(log)
  await Promise.all(Array.from({ length: 10 }, () => table.snapshot()))
  expect(calls().filter((it) => it.endsWith('.checkpoint.parquet'))).toHaveLength(1)
})

describe('a log whose first commits another engine has cleaned away', () => {
  test('is read from its checkpoint; its history begins where the log does', async () => {
    const log = await sampleLog(6)
    const expected = await replayed(log, 6)
    await log.open().checkpoint()
    cleanBelow(log, 5)
    expect(await log.open().snapshot()).toEqual(expected)
    expect((await log.open().commitsAfter(-1)).map((it) => it.version)).toEqual([5, 6])
  })

  test('is read from its checkpoint alone, when no commit is left', async () => {
    const log = await sampleLog(6)
    const expected = await replayed(log, 6)
    await log.open().checkpoint()
    cleanBelow(log, 7)
    expect(await log.open().snapshot()).toEqual(expected)
    expect(await log.open().commitsAfter(-1)).toEqual([])
    writeSample(log, 7)
    expect((await log.open().snapshot())?.version).toBe(7)
  })

  test.each([0, 3, 4, 5])('version %i, before the checkpoint, has expired', async (version) => {
    const log = await sampleLog(6)
    await log.open().checkpoint()
    cleanBelow(log, 5)
    await expect(log.open().snapshotAt(version)).rejects.toThrow(VersionExpiredError)
  })

  test('the error says where the log begins', async () => {
    const log = await sampleLog(6)
    await log.open().checkpoint()
    cleanBelow(log, 5)
    await expect(log.open().snapshotAt(2)).rejects.toThrow('bars no longer has version 2: its log begins at version 5')
  })
})

describe('writing a checkpoint', () => {
  test('puts the file and then the pointer that other engines read', async () => {
    const log = await sampleLog(4)
    expect(await log.open().checkpoint()).toBe(true)
    const bytes = readFileSync(checkpointFile(log.root, 4))
    expect(pointer(log.root)).toEqual({
      version: 4,
      // Protocol, metadata, two live files, three removed.
      size: 7,
      sizeInBytes: bytes.length,
      numOfAddFiles: 2,
      sha256: createHash('sha256').update(bytes).digest('hex'),
    })
    expect(readdirSync(`${log.root}/bars/_tmp`)).toEqual([])
  })

  test('of a table that was never written does nothing', async () => {
    const log = await logFolder()
    expect(await log.open().checkpoint()).toBe(false)
    expect(logNames(log.root)).toEqual([])
  })

  test('again changes nothing, also where nothing may be written', async () => {
    const log = await sampleLog(4)
    await log.open().checkpoint()
    const { ino, mtimeMs } = statSync(checkpointFile(log.root, 4))
    await readOnly(log.root, async () => expect(await log.open().checkpoint()).toBe(true))
    expect(statSync(checkpointFile(log.root, 4))).toMatchObject({ ino, mtimeMs })
  })

  test('where nothing may be written is a StorageError, and reading goes on', async () => {
    const log = await sampleLog(4)
    await readOnly(log.root, async () => {
      await expect(log.open().checkpoint()).rejects.toThrow(StorageError)
      expect((await log.open().snapshot())?.version).toBe(4)
    })
  })

  test('by ten at once leaves one good file and a pointer to it', async () => {
    const log = await sampleLog(4)
    const tables = Array.from({ length: 10 }, () => log.open())
    expect(await Promise.all(tables.map((it) => it.checkpoint()))).toEqual(tables.map(() => true))
    const bytes = readFileSync(checkpointFile(log.root, 4))
    expect(pointer(log.root)['sha256']).toBe(createHash('sha256').update(bytes).digest('hex'))
    const expected = await replayed(log, 4)
    cleanBelow(log, 4)
    expect(await log.open().snapshot()).toEqual(expected)
  })

  test('by one who is behind does not turn the pointer back', async () => {
    const log = await sampleLog(4)
    await log.open().checkpoint()
    // Version 4 is committed when this one has looked for it already.
    class Behind extends LocalStorage {
      override read(path: string): Uint8Array | undefined {
        return path === commitPath('bars', 4) ? undefined : super.read(path)
      }
      override list(directory: string): readonly string[] {
        return super.list(directory).filter((it) => it !== basename(commitPath('bars', 4)))
      }
    }
    expect(await new DeltaTable(new Behind(log.root), 'bars').checkpoint()).toBe(true)
    expect(existsSync(checkpointFile(log.root, 3))).toBe(true)
    expect(pointer(log.root)['version']).toBe(4)
  })

  test.each([
    ['to nothing', '{"version":99,"size":1}'],
    ['half', '{"versi'],
    ['to an older one', '{"version":2,"size":7}'],
    ['that is a number', '7'],
  ])('mends a pointer %s', async (_what, text) => {
    const log = await sampleLog(4)
    await log.open().checkpoint()
    writeFileSync(pointerFile(log.root), text)
    await log.open().checkpoint()
    expect(pointer(log.root)['version']).toBe(4)
  })
})

describe('what vacuum has dealt with', () => {
  const withHorizon = (version: string, timestampMs: string) => ({
    metaData: {
      ...METADATA.metaData,
      configuration: { [HORIZON_VERSION_KEY]: version, [HORIZON_TIMESTAMP_KEY]: timestampMs },
    },
  })

  test('is left out: files removed before the horizon', async () => {
    const log = await logFolder()
    const at = (deletionTimestamp: number) => ({ deletionTimestamp, partitionValues: {} })
    log.write(0, protocol(), withHorizon('1', '1000'), add('live'))
    log.write(1, remove('old', at(999)), remove('at', at(1000)), remove('young', at(1001)))
    const table = log.open()
    expect([...((await table.snapshot())?.removed.keys() ?? [])]).toEqual(['old', 'at', 'young'])
    expect(await table.checkpoint()).toBe(true)
    expect([...((await log.open().snapshot())?.removed.keys() ?? [])]).toEqual(['at', 'young'])
    expect(pointer(log.root)).toMatchObject({ size: 5, numOfAddFiles: 1 })
  })

  test.each([
    ['no properties', {}],
    ['one of two', { [HORIZON_VERSION_KEY]: '1' }],
    ['no number', { [HORIZON_VERSION_KEY]: 'x', [HORIZON_TIMESTAMP_KEY]: '1' }],
    ['a negative one', { [HORIZON_VERSION_KEY]: '1', [HORIZON_TIMESTAMP_KEY]: '-1' }],
    ['one that a double cannot hold', { [HORIZON_VERSION_KEY]: '9'.repeat(17), [HORIZON_TIMESTAMP_KEY]: '1' }],
  ])('%s is no horizon', (_what, configuration) => {
    const { id, schemaString, partitionColumns } = METADATA.metaData
    expect(horizonOf({ id, schemaString, partitionColumns, configuration, createdTimeMs: 0 })).toBeUndefined()
  })
})
