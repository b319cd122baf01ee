import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { AbortedError, CatalogLockedError } from '../../src/model/errors.js'
import { LocalStorage } from '../../src/storage/local.js'
import { AAPL, bar } from '../support/bars.js'
import { temporaryFolder, testCatalog } from '../support/catalog.js'

const LOCK = 'bars/_lock'

afterEach(() => void vi.restoreAllMocks())

describe('the lock of a table', () => {
  test('is held by one at a time: the next waits until it is released', async () => {
    const storage = new LocalStorage(await temporaryFolder())
    const order: string[] = []
    const first = await storage.lock(LOCK, { timeoutMs: 0 })
    const second = storage.lock(LOCK, { timeoutMs: 10_000, onWait: () => order.push('second waits') }).then((it) => {
      order.push('second holds')
      return it.release()
    })
    await new Promise((resolve) => setTimeout(resolve, 60))
    order.push('first releases')
    await first.release()
    await second
    expect(order).toEqual(['second waits', 'first releases', 'second holds'])
  })

  test('serves twenty writers one after another', async () => {
    const storage = new LocalStorage(await temporaryFolder())
    let [inside, most] = [0, 0]
    await Promise.all(
      Array.from({ length: 20 }, async () => {
        const held = await storage.lock(LOCK, { timeoutMs: 20_000 })
        most = Math.max(most, ++inside)
        await new Promise((resolve) => setTimeout(resolve, 2))
        inside--
        await held.release()
      }),
    )
    expect([most, inside]).toEqual([1, 0])
  })

  test('after the time-out the error names the holder', async () => {
    const root = await temporaryFolder()
    const storage = new LocalStorage(root)
    const held = await storage.lock(LOCK, { timeoutMs: 0 })
    const error = await storage.lock(LOCK, { timeoutMs: 50 }).catch((it: unknown) => it)
    expect(error).toBeInstanceOf(CatalogLockedError)
    expect((error as CatalogLockedError).holder).toContain(`process ${process.pid} on ${hostname()} since 20`)
    expect((error as CatalogLockedError).message).toContain(`process ${process.pid}`)
    await held.release()
  })

  test('is waited for no longer where the clock of the machine is set back meanwhile', async () => {
    const storage = new LocalStorage(await temporaryFolder())
    const held = await storage.lock(LOCK, { timeoutMs: 0 })
    const hourAgo = Date.now() - 3_600_000
    const onWait = () => vi.spyOn(Date, 'now').mockReturnValue(hourAgo)
    const waiting = storage.lock(LOCK, { timeoutMs: 50, onWait })
    await expect(waiting).rejects.toThrow(CatalogLockedError)
    await held.release()
  })

  test('is not waited for any longer once the caller gives up', async () => {
    const storage = new LocalStorage(await temporaryFolder())
    const held = await storage.lock(LOCK, { timeoutMs: 0 })
    const caller = new AbortController()
    const onWait = () => setTimeout(() => caller.abort(), 20)
    const waiting = storage.lock(LOCK, { timeoutMs: 2_000, onWait, signal: caller.signal })
    await expect(waiting).rejects.toThrow(AbortedError)
    await expect(storage.lock(LOCK, { timeoutMs: 0, signal: caller.signal })).rejects.toThrow(AbortedError)
    await held.release()
  })

  test('a holder that left no note, or half of one, is unknown', async () => {
    const root = await temporaryFolder()
    const storage = new LocalStorage(root)
    const held = await storage.lock(LOCK, { timeoutMs: 0 })
    for (const note of ['{"pid":', '7', '{"pid":1}', undefined]) {
      if (note === undefined) rmSync(join(root, `${LOCK}.json`))
      else writeFileSync(join(root, `${LOCK}.json`), note)
      await expect(storage.lock(LOCK, { timeoutMs: 0 })).rejects.toThrow(/locked by an unknown process/)
    }
    await held.release()
  })

  test('of a process that died is taken over once it is stale, not before', async () => {
    const root = await temporaryFolder()
    const storage = new LocalStorage(root)
    mkdirSync(join(root, LOCK), { recursive: true })
    const age = (seconds: number) => utimesSync(join(root, LOCK), new Date(), new Date(Date.now() - seconds * 1000))
    age(5)
    await expect(storage.lock(LOCK, { timeoutMs: 0 })).rejects.toThrow(CatalogLockedError)
    age(60)
    const held = await storage.lock(LOCK, { timeoutMs: 5000 })
    await held.release()
    expect(existsSync(join(root, LOCK))).toBe(false)
  })

  test('that was taken away while it was held is released without a word', async () => {
    const root = await temporaryFolder()
    const held = await new LocalStorage(root).lock(LOCK, { timeoutMs: 0 })
    rmSync(join(root, LOCK), { recursive: true })
    await held.release()
  })

  test('says in a file beside it who holds it', async () => {
    const root = await temporaryFolder()
    const held = await new LocalStorage(root).lock(LOCK, { timeoutMs: 0 })
    const note: unknown = JSON.parse(readFileSync(join(root, `${LOCK}.json`), 'utf8'))
    expect(note).toEqual({ pid: process.pid, host: hostname(), since: expect.stringMatching(/^\d{4}-.*Z$/) })
    expect(readdirSync(join(root, LOCK))).toEqual([])
    await held.release()
  })
})

describe('a catalog and its lock', () => {
  test('a writer that cannot get it says so and writes nothing; readers do not care', async () => {
    const { catalog, root, another } = await testCatalog({ lockTimeoutMs: 50 })
    await catalog.write(AAPL, [bar('2024-01-02T14:30Z')])
    const held = await new LocalStorage(root).lock(LOCK, { timeoutMs: 0 })
    await expect(catalog.write(AAPL, [bar('2024-01-02T14:31Z')])).rejects.toThrow(CatalogLockedError)
    expect((await (await another()).query(AAPL)).numRows).toBe(1)
    expect((await catalog.verify()).ok).toBe(true)
    await held.release()
    expect((await catalog.write(AAPL, [bar('2024-01-02T14:31Z')])).committed).toBe(true)
  })

  test('a stolen lock costs no data: both writers commit, and both rows are there', async () => {
    const { catalog, root, another } = await testCatalog()
    await catalog.write(AAPL, [bar('2024-01-02T14:30Z')])
    const other = await another()
    let isDone = false
    const writing = catalog.write(AAPL, [bar('2024-01-02T14:31Z')]).finally(() => {
      isDone = true
    })
    while (!isDone && !existsSync(join(root, LOCK))) await new Promise(setImmediate)
    expect(isDone).toBe(false)
    rmSync(join(root, LOCK), { recursive: true, force: true })
    await Promise.all([writing, other.write(AAPL, [bar('2024-01-02T14:32Z')])])
    expect((await catalog.query(AAPL)).numRows).toBe(3)
  })

  test('is not held after a write that failed', async () => {
    const { catalog, root } = await testCatalog({ lockTimeoutMs: 50 })
    await catalog.write(AAPL, [bar('2024-01-02T14:30Z')])
    await expect(catalog.write(AAPL, [bar('2024-01-02T14:30Z', 7)], { mode: 'error' })).rejects.toThrow()
    expect(existsSync(join(root, LOCK))).toBe(false)
    expect((await catalog.write(AAPL, [bar('2024-01-02T14:31Z')])).committed).toBe(true)
  })
})
