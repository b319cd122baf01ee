import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { CatalogCorruptionError } from '../../src/model/errors.js'
import { withoutRights } from '../support/system-limits.js'
import { checkpointFile, cleanBelow, pointer, pointerFile, replayed, sampleLog, writeSample } from './checkpoint-log.js'
import { add, type LogFolder, logPath, remove } from './log-folder.js'

/** A log of five commits, with checkpoints of versions 2 and 4. */
async function checkpointed(): Promise<LogFolder> {
  const log = await sampleLog(2)
  await log.open().checkpoint()
  for (const version of [3, 4]) writeSample(log, version)
  await log.open().checkpoint()
  return log
}

/** Every damage that a file can take. */
const DAMAGES: readonly (readonly [string, (file: string) => void])[] = [
  ['is empty', (file) => truncateSync(file)],
  ['lost its second half', (file) => truncateSync(file, Math.floor(readFileSync(file).length / 2))],
  ['lost its last byte', (file) => truncateSync(file, readFileSync(file).length - 1)],
  ['lost its first byte', (file) => writeFileSync(file, readFileSync(file).subarray(1))],
  ['is zeros', (file) => writeFileSync(file, new Uint8Array(readFileSync(file).length))],
  ['is text', (file) => writeFileSync(file, 'PAR1 is what Parquet begins and ends with PAR1')],
  ['is followed by something', (file) => writeFileSync(file, `${readFileSync(file, 'latin1')}PAR1`, 'latin1')],
  ['has one flipped bit', (file) => flip(file, 100)],
  ['is gone', (file) => rmSync(file)],
]

describe('a checkpoint that cannot be read', () => {
  test.each(DAMAGES)('%s: the older one serves, then the log', async (_what, damage) => {
    const log = await checkpointed()
    const expected = await replayed(log, 4)
    damage(checkpointFile(log.root, 4))
    expect(await log.open().snapshot()).toEqual(expected)
    damage(checkpointFile(log.root, 2))
    expect(await log.open().snapshot()).toEqual(expected)
  })

  test.each(DAMAGES)('%s, and the log is cleaned: the older one serves, then it is damage', async (_what, damage) => {
    const log = await checkpointed()
    const expected = await replayed(log, 4)
    cleanBelow(log, 3)
    damage(checkpointFile(log.root, 4))
    expect(await log.open().snapshot()).toEqual(expected)
    damage(checkpointFile(log.root, 2))
    await expect(log.open().snapshot()).rejects.toThrow(CatalogCorruptionError)
  })

  test.each(DAMAGES)('%s: the next one written mends it', async (_what, damage) => {
    const log = await checkpointed()
    const expected = await replayed(log, 4)
    damage(checkpointFile(log.root, 4))
    expect(await log.open().checkpoint()).toBe(true)
    cleanBelow(log, 4)
    expect(await log.open().snapshot()).toEqual(expected)
  })

  test('may be anything, wherever a bit is flipped: what is read is right, or nothing', {
    timeout: 120_000,
  }, async () => {
    const log = await sampleLog(1)
    await log.open().checkpoint()
    const expected = await replayed(log, 1)
    const first = readFileSync(logPath(log.root, 0))
    const file = checkpointFile(log.root, 1)
    const { length } = readFileSync(file)
    let refused = 0
    for (let at = 0; at < length; at++) {
      flip(file, at)
      expect(await log.open().snapshot(), `byte ${at}`).toEqual(expected)
      rmSync(logPath(log.root, 0))
      const alone = await log
        .open()
        .snapshot()
        .catch((error: unknown) => error)
      if (alone instanceof CatalogCorruptionError) refused++
      else expect(alone, `byte ${at} of the checkpoint alone`).toEqual(expected)
      writeFileSync(logPath(log.root, 0), first)
      flip(file, at)
    }
    // All but the bytes of the name under which the seal is found.
    expect(refused).toBeGreaterThan(length - 20)
  })

  test('because it is a directory: the log serves', async () => {
    const log = await checkpointed()
    const expected = await replayed(log, 4)
    for (const version of [2, 4]) {
      rmSync(checkpointFile(log.root, version))
      mkdirSync(checkpointFile(log.root, version))
    }
    expect(await log.open().snapshot()).toEqual(expected)
  })
})

describe.skipIf(process.platform === 'win32')('checkpoints that may not be read', () => {
  test('are no damage, where the log is cleaned and there is no other way', async () => {
    const log = await checkpointed()
    const expected = await replayed(log, 4)
    cleanBelow(log, 3)
    chmodSync(log.root, 0o755)
    rmSync(checkpointFile(log.root, 2))
    await withoutRights(checkpointFile(log.root, 4), async () => {
      await expect(log.open().snapshot()).rejects.toThrow(expect.objectContaining({ errno: 'EACCES' }))
      await expect(log.open().snapshotAt(4)).rejects.toThrow(expect.objectContaining({ errno: 'EACCES' }))
    })
    expect(await log.open().snapshot()).toEqual(expected)
  })

  test('are no damage either where a newer one is damaged', async () => {
    const log = await checkpointed()
    cleanBelow(log, 3)
    chmodSync(log.root, 0o755)
    rmSync(checkpointFile(log.root, 4))
    mkdirSync(checkpointFile(log.root, 4))
    await withoutRights(checkpointFile(log.root, 2), async () => {
      await expect(log.open().snapshot()).rejects.toThrow(expect.objectContaining({ errno: 'EACCES' }))
    })
  })
})

describe('a checkpoint of another history', () => {
  test('is passed over when its commit was taken back', async () => {
    const log = await checkpointed()
    for (const version of [3, 4]) rmSync(logPath(log.root, version))
    expect(await log.open().snapshot()).toEqual(await replayed(log, 2))
  })

  test('past the end of the log is taken away by the next one, for engines that would believe it', async () => {
    const log = await checkpointed()
    for (const version of [3, 4]) rmSync(logPath(log.root, version))
    expect(await log.open().needsCheckpoint()).toBe(true)
    expect(await log.open().checkpoint()).toBe(true)
    expect(existsSync(checkpointFile(log.root, 4))).toBe(false)
    expect(readdirSync(join(log.root, 'bars/_quarantine'))).toHaveLength(1)
    expect(pointer(log.root)['version']).toBe(2)
    expect(await log.open().needsCheckpoint()).toBe(false)
  })

  test('is passed over when its version was committed anew, and replaced by the next one', async () => {
    const log = await checkpointed()
    log.write(3, add('other.parquet'))
    log.write(4, remove('0.parquet'))
    const expected = await replayed(log, 4)
    expect(await log.open().snapshot()).toEqual(expected)
    expect(await log.open().checkpoint()).toBe(true)
    cleanBelow(log, 4)
    expect(await log.open().snapshot()).toEqual(expected)
  })
})

describe('_last_checkpoint', () => {
  test.each([
    ['is missing', undefined],
    ['is empty', ''],
    ['is half', '{"version":4,"si'],
    ['is no JSON', 'version 4'],
    ['names no version', '{"size":7}'],
    ['names a version that has no checkpoint', '{"version":3,"size":7}'],
    ['names a version that does not exist', '{"version":1000,"size":7}'],
    ['names an older one', '{"version":2,"size":7}'],
    ['gives another size and sha256', '{"version":4,"size":1,"sizeInBytes":1,"sha256":"00"}'],
    ['says that there are parts', '{"version":4,"size":7,"parts":3}'],
  ])('%s: reading finds the newest checkpoint all the same', async (_what, text) => {
    const log = await checkpointed()
    const expected = await replayed(log, 4)
    if (text === undefined) rmSync(pointerFile(log.root))
    else writeFileSync(pointerFile(log.root), text)
    expect(await log.open().snapshot()).toEqual(expected)
    cleanBelow(log, 4)
    expect(await log.open().snapshot()).toEqual(expected)
    await log.open().checkpoint()
    expect(pointer(log.root)['version']).toBe(4)
  })
})

function flip(file: string, at: number): void {
  const bytes = readFileSync(file)
  bytes[at] = (bytes[at] as number) ^ (1 << (at % 8))
  writeFileSync(file, bytes)
}
