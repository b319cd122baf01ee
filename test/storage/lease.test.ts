import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test, vi } from 'vitest'
import { AbortedError, StorageError } from '../../src/model/errors.js'
import { LocalStorage } from '../../src/storage/local.js'
import type { HeldLock, LeaseHolder, LeaseRequest } from '../../src/storage/storage.js'
import { temporaryFolder } from '../support/catalog.js'
import { readOnly } from '../support/system-limits.js'

const LEASE = 'bars/_leases/AAPL.NASDAQ.json'
const QUICK: LeaseRequest = { heartbeatMs: 20, staleMs: 300 }

interface Place {
  readonly storage: LocalStorage
  readonly root: string
  readonly path: string
  /** What the lease file says; `undefined` when there is none. */
  note(): Record<string, unknown> | undefined
  /** Puts a lease there that this process does not hold. */
  plant(note: unknown): void
}

async function place(): Promise<Place> {
  const root = await temporaryFolder()
  const path = join(root, LEASE)
  mkdirSync(join(root, 'bars/_leases'), { recursive: true })
  return {
    storage: new LocalStorage(root),
    root,
    path,
    note: () => (existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : undefined),
    plant: (note) => {
      // Another file under the same name, as a takeover leaves it.
      writeFileSync(`${path}.new`, typeof note === 'string' ? note : `${JSON.stringify(note)}\n`)
      renameSync(`${path}.new`, path)
    },
  }
}

/** The note of a holder on this machine, taken from a lease that this process held for a moment. */
async function noteOfThis({ storage, note }: Place): Promise<Record<string, unknown> & { readonly owner: string }> {
  const held = await storage.lease(LEASE, {})
  const text = note()
  await held.release()
  return { ...text, owner: '0123456789abcdef' }
}

function pidOfEndedProcess(): number {
  return spawnSync(process.execPath, ['--version']).pid
}

/** Whether the lease is given within a time in which a missing heartbeat means nothing yet. */
async function isGiven(storage: LocalStorage, withinMs: number): Promise<boolean> {
  const signal = AbortSignal.timeout(withinMs)
  const held = await storage.lease(LEASE, { signal }).catch((error: unknown) => {
    if (error instanceof AbortedError) return undefined
    throw error
  })
  await held?.release()
  return held !== undefined
}

describe('a lease', () => {
  test('names its holder in a file that is there while it is held, and leaves nothing', async () => {
    const { storage, root, note } = await place()
    const held = await storage.lease(LEASE, {})
    expect(note()).toMatchObject({ pid: process.pid, host: hostname(), since: expect.stringMatching(/^\d{4}-.*Z$/) })
    await held.release()
    expect(readdirSync(join(root, 'bars/_leases'))).toEqual([])
    expect(readdirSync(join(root, 'bars/_tmp'))).toEqual([])
  })

  test('is waited for until it is released, however long its holder lives', async () => {
    const { storage, note } = await place()
    const first = await storage.lease(LEASE, QUICK)
    const told: LeaseHolder[] = []
    let isOver = false
    const waiting = storage.lease(LEASE, { ...QUICK, onWait: (it) => told.push(it) }).then((it) => {
      isOver = true
      return it
    })
    await sleep(1_200)
    expect(isOver).toBe(false)
    expect(told).toEqual([{ pid: process.pid, host: hostname(), since: note()?.['since'] }])
    await first.release()
    const second = await waiting
    expect(note()).toBeDefined()
    await second.release()
  })

  test('is held by one at a time of many', async () => {
    const { storage } = await place()
    let [inside, most] = [0, 0]
    const each = async (): Promise<void> => {
      const held = await storage.lease(LEASE, QUICK)
      most = Math.max(most, ++inside)
      await sleep(2)
      inside--
      await held.release()
    }
    await Promise.all(Array.from({ length: 8 }, each))
    expect([most, inside]).toEqual([1, 0])
  })

  test('is not waited for any longer once the caller gives up', async () => {
    const { storage, note } = await place()
    const held = await storage.lease(LEASE, {})
    const caller = new AbortController()
    const onWait = () => setTimeout(() => caller.abort(), 5)
    await expect(storage.lease(LEASE, { onWait, signal: caller.signal })).rejects.toThrow(AbortedError)
    await expect(storage.lease(LEASE, { signal: caller.signal })).rejects.toThrow(AbortedError)
    expect(note()).toBeDefined()
    await held.release()
  })

  test('shows signs of life in its file while it is held', async () => {
    const { storage, note } = await place()
    const held = await storage.lease(LEASE, QUICK)
    await vi.waitUntil(() => Number(note()?.['beats']) >= 12)
    await held.release()
  })

  test('on media that cannot be written says so, before anything is bought that could not be stored', async () => {
    const { storage, root } = await place()
    await readOnly(root, async () => {
      await expect(storage.lease(LEASE, {})).rejects.toThrow(StorageError)
      expect(readdirSync(join(root, 'bars/_leases'))).toEqual([])
    })
  })

  test('that cannot be placed is gone without', async () => {
    const { storage, root } = await place()
    writeFileSync(join(root, 'quotes'), 'a file where a directory should be')
    await (await storage.lease('quotes/_leases/AAPL.NASDAQ.json', {})).release()
  })
})

describe('the lease of another', () => {
  test('whose process has ended is taken over at once, and nothing of it stays', async () => {
    const it = await place()
    it.plant({ ...(await noteOfThis(it)), pid: pidOfEndedProcess() })
    expect(await isGiven(it.storage, 8_000)).toBe(true)
    expect(readdirSync(join(it.root, 'bars/_leases'))).toEqual([])
    expect(readdirSync(join(it.root, 'bars/_tmp'))).toEqual([])
  })

  test.runIf(process.platform === 'linux')(
    'whose number now belongs to a later process is taken over at once',
    async () => {
      const it = await place()
      const note = await noteOfThis(it)
      it.plant({ ...note, started: String(Number(note['started']) - 1) })
      expect(await isGiven(it.storage, 8_000)).toBe(true)
    },
  )

  test('that runs is not taken over, nor one on another host or in another container with a number unknown here', async () => {
    const it = await place()
    const note = await noteOfThis(it)
    const pid = pidOfEndedProcess()
    for (const other of [note, { ...note, pid, host: 'elsewhere' }, { ...note, pid, machine: 'another container' }]) {
      it.plant(other)
      expect(await isGiven(it.storage, 400)).toBe(false)
      expect(it.note()).toEqual(other)
    }
  })

  test('is taken over when it gave no sign of life for long enough', async () => {
    const it = await place()
    it.plant({ ...(await noteOfThis(it)), host: 'elsewhere' })
    const told: string[] = []
    const held = await it.storage.lease(LEASE, { ...QUICK, onWait: ({ host }) => told.push(host) })
    expect(told).toEqual(['elsewhere'])
    expect(it.note()).toMatchObject({ pid: process.pid, host: hostname() })
    await held.release()
  })

  test('whose file nobody can read as a lease is waited for and then taken over', async () => {
    for (const text of ['', '{"owner":', '7', '{"owner":"../../up","pid":0}']) {
      const it = await place()
      it.plant(text)
      const held = await it.storage.lease(LEASE, QUICK)
      expect(it.note()).toMatchObject({ pid: process.pid })
      await held.release()
    }
  })

  test('is taken over also when somebody died while taking it over', async () => {
    const it = await place()
    const dead = { ...(await noteOfThis(it)), pid: pidOfEndedProcess() }
    const died = { ...dead, owner: 'fedcba9876543210' }
    it.plant(dead)
    writeFileSync(join(it.root, `bars/_tmp/${dead.owner}.claim`), JSON.stringify(died))
    expect(await isGiven(it.storage, 8_000)).toBe(true)
    expect(readdirSync(join(it.root, 'bars/_tmp'))).toEqual([])
    it.plant(dead)
    writeFileSync(join(it.root, `bars/_tmp/${dead.owner}.claim`), 'half a cla')
    await (await it.storage.lease(LEASE, QUICK)).release()
    expect(readdirSync(join(it.root, 'bars/_tmp'))).toEqual([])
  })
})

describe('a lease that was lost', () => {
  /** What the holder's file says after the holder had time for many heartbeats, and after its release. */
  async function afterLoss(lose: (it: Place) => void): Promise<readonly unknown[]> {
    const it = await place()
    const held: HeldLock = await it.storage.lease(LEASE, QUICK)
    lose(it)
    const seen: unknown[] = []
    await sleep(200)
    seen.push(it.note())
    await held.release()
    return [...seen, it.note()]
  }

  test('to another is neither overwritten nor removed', async () => {
    const successor = { owner: '00000000ffffffff', pid: 1, host: 'elsewhere', since: '2024-01-01T00:00:00Z', beats: 0 }
    expect(await afterLoss(({ plant }) => plant(successor))).toEqual([successor, successor])
  })

  test('by deletion is not made again', async () => {
    expect(await afterLoss(({ path }) => rmSync(path))).toEqual([undefined, undefined])
  })
})
