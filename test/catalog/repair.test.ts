import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { DataCatalog } from '../../src/catalog/catalog.js'
import { AAPL, bar, minuteBars } from '../support/bars.js'
import { type TestCatalog, testCatalog } from '../support/catalog.js'

const NOTHING = { moved: [], temporaries: [], checkpoints: [] }

/** Enough commits for a checkpoint, which is there when this returns. */
async function withCheckpoint(): Promise<TestCatalog & { readonly log: string; readonly again: DataCatalog }> {
  const world = await testCatalog()
  for (let minute = 0; minute < 55; minute++) {
    await world.catalog.write(AAPL, [bar(1_704_205_800_000_000_000n + BigInt(minute) * 60_000_000_000n)])
  }
  await world.catalog.close()
  return { ...world, log: join(world.root, 'bars/_delta_log'), again: await world.another() }
}

function checkpointsIn(log: string): readonly string[] {
  return readdirSync(log).filter((it) => it.endsWith('.checkpoint.parquet'))
}

describe('repair', () => {
  test('of a catalog in order does nothing', async () => {
    const { again, log } = await withCheckpoint()
    expect(checkpointsIn(log)).toHaveLength(1)
    const version = again.version()
    expect(await again.repair()).toEqual(NOTHING)
    expect(await (await testCatalog()).catalog.repair()).toEqual(NOTHING)
    expect([again.version(), checkpointsIn(log).length]).toEqual([version, 1])
  })

  test.each([
    ['missing', (path: string) => rmSync(path)],
    ['torn', (path: string) => writeFileSync(path, '{"vers')],
    ['of a checkpoint that is not there', (path: string) => writeFileSync(path, '{"version":7,"size":3}')],
  ])('writes the pointer to the newest checkpoint anew when it is %s', async (_what, damage) => {
    const { again, log } = await withCheckpoint()
    damage(join(log, '_last_checkpoint'))
    expect(await again.repair({ dryRun: true })).toEqual({ ...NOTHING, checkpoints: ['bars'] })
    expect(await again.repair()).toEqual({ ...NOTHING, checkpoints: ['bars'] })
    const pointer = JSON.parse(readFileSync(join(log, '_last_checkpoint'), 'utf8'))
    expect(checkpointsIn(log)).toContain(`${String(pointer.version).padStart(20, '0')}.checkpoint.parquet`)
    expect(await again.repair()).toEqual(NOTHING)
  })

  test('writes a damaged checkpoint anew; reading never needed it', async () => {
    const { again, log, another } = await withCheckpoint()
    const [name] = checkpointsIn(log)
    writeFileSync(join(log, name ?? ''), 'PAR1 nothing PAR1')
    expect((await (await another()).query(AAPL)).numRows).toBe(55)
    expect(await again.repair()).toMatchObject({ checkpoints: ['bars'] })
    expect(await again.repair()).toEqual(NOTHING)
    expect((await (await another()).query(AAPL)).numRows).toBe(55)
  })

  test('removes temporary files that no writer waits for, and no others', async () => {
    const { catalog, root, clock } = await testCatalog()
    await catalog.write(AAPL, minuteBars('2024-01-02T14:30Z', 5))
    mkdirSync(join(root, 'bars/_tmp'), { recursive: true })
    const [old, young] = [join(root, 'bars/_tmp/old'), join(root, 'bars/_tmp/young')]
    const nowSeconds = Number(clock() / 1_000_000_000n)
    for (const [path, ageSeconds] of [
      [old, 3601],
      [young, 60],
    ] as const) {
      writeFileSync(path, 'half')
      utimesSync(path, nowSeconds - ageSeconds, nowSeconds - ageSeconds)
    }
    expect(await catalog.repair()).toEqual({ ...NOTHING, temporaries: ['bars/_tmp/old'] })
    expect([existsSync(old), existsSync(young)]).toEqual([false, true])
  })

  test('removes them also where a crash took the very first write', async () => {
    const { catalog, root } = await testCatalog()
    const old = join(root, 'bars/_tmp/old')
    mkdirSync(join(root, 'bars/_tmp'), { recursive: true })
    writeFileSync(old, 'half')
    utimesSync(old, 0, 0)
    expect(await catalog.repair({ dryRun: true })).toEqual({ ...NOTHING, temporaries: ['bars/_tmp/old'] })
    expect(await catalog.repair()).toEqual({ ...NOTHING, temporaries: ['bars/_tmp/old'] })
    expect(existsSync(old)).toBe(false)
  })

  test('finishes a move to quarantine', async () => {
    const { catalog, root } = await testCatalog()
    await catalog.write(AAPL, minuteBars('2024-01-02T14:30Z', 5))
    const path = (await catalog.files(AAPL))[0]?.path ?? ''
    writeFileSync(join(root, path), 'damaged')
    await catalog.verify({ quarantine: true })
    rmSync(join(root, 'bars/_quarantine'), { recursive: true })
    writeFileSync(join(root, path), 'damaged')
    expect(await catalog.repair({ dryRun: true })).toEqual({ ...NOTHING, moved: [path] })
    expect(await catalog.repair()).toEqual({ ...NOTHING, moved: [path] })
    expect(readdirSync(join(root, 'bars/_quarantine'))).toHaveLength(2)
    expect(await catalog.repair()).toEqual(NOTHING)
  })
})
