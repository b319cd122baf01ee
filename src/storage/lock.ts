import { existsSync, rmSync } from 'node:fs'
import { hostname } from 'node:os'
import { dirname } from 'node:path'
import { lock } from 'proper-lockfile'
import { throwIfAborted } from '../model/abort.js'
import { CatalogLockedError } from '../model/errors.js'
import { readOwn, writeOwn } from './open-own.js'
import { errnoOf, storageError } from './os-error.js'
import { pause } from './pause.js'
import type { HeldLock, LockRequest } from './storage.js'

/** A lock not refreshed for this long belongs to a dead process. */
export const STALE_MS = 10_000
const HEARTBEAT_MS = 2_000
const POLL_MIN_MS = 10
const POLL_MAX_MS = 100

/**
 * Takes the lock directory at `lockPath`; who holds it stands in `<lockPath>.json`, because a file inside the
 * directory would break its release.
 *
 * The lock is a courtesy that saves wasted work: proper-lockfile can lose it (a stopped process, a race of two stale
 * takeovers: its issues #71, #121), so nothing may depend on it. The put-if-absent of the log is the arbiter.
 *
 * @throws CatalogLockedError naming the holder after `timeoutMs`, AbortedError as soon as the signal fires
 */
export async function acquireLock(lockPath: string, request: LockRequest): Promise<HeldLock> {
  const deadlineMs = performance.now() + request.timeoutMs
  let waitMs = POLL_MIN_MS
  for (let attempt = 0; ; attempt++) {
    throwIfAborted(request.signal)
    const release = await tryLock(lockPath)
    if (release !== undefined) return held(lockPath, release)
    if (performance.now() >= deadlineMs) throw lockedError(lockPath, request.timeoutMs)
    if (attempt === 0) request.onWait?.(holderOf(lockPath))
    // Jitter: waiters that poll in step would all meet the same holder again.
    await pause(waitMs * (0.5 + Math.random()), request.signal)
    waitMs = Math.min(waitMs * 2, POLL_MAX_MS)
  }
}

async function tryLock(lockPath: string): Promise<(() => Promise<void>) | undefined> {
  try {
    return await lock(lockPath, {
      lockfilePath: lockPath,
      realpath: false,
      stale: STALE_MS,
      update: HEARTBEAT_MS,
      // The default throws out of a timer and kills the process (#71). A lost lock costs a retry, never data.
      onCompromised: () => undefined,
    })
  } catch (error) {
    const errno = errnoOf(error)
    if (errno === 'ELOCKED') return undefined
    // Deleted, by hand or by a stalled holder's release, between its creation and the library's look at its time.
    if (errno === 'ENOENT' && existsSync(dirname(lockPath))) return undefined
    throw storageError(error, `take the lock ${lockPath}`)
  }
}

function held(lockPath: string, release: () => Promise<void>): HeldLock {
  const note = `${JSON.stringify({ pid: process.pid, host: hostname(), since: new Date().toISOString() })}\n`
  const notePath = `${lockPath}.json`
  try {
    writeOwn(notePath, note)
  } catch {
    // The note is for people; a lock without it still locks.
  }
  return {
    async release() {
      try {
        // Before the lock goes, and only our own: the next holder's note must stay.
        if (readOwn(notePath).toString('utf8') === note) rmSync(notePath)
      } catch {
        // Whoever waits is told of a holder that has gone; the lock itself is right.
      }
      try {
        await release()
      } catch {
        // Taken over after a stall (ENOTACQUIRED, ERELEASED): it is no longer ours to release.
      }
    },
  }
}

/** Who holds a lock, by the note beside it, which anybody may read. */
export function holderOf(lockPath: string): string {
  try {
    const note: unknown = JSON.parse(readOwn(`${lockPath}.json`).toString('utf8'))
    if (typeof note === 'object' && note !== null && 'pid' in note && 'host' in note && 'since' in note) {
      return `process ${note.pid} on ${note.host} since ${note.since}`
    }
  } catch {
    // No note, or half of one: somebody unknown holds the lock.
  }
  return 'an unknown process'
}

function lockedError(lockPath: string, timeoutMs: number): CatalogLockedError {
  const holder = holderOf(lockPath)
  return new CatalogLockedError(`the catalog is locked by ${holder}; waited ${timeoutMs / 1000} s`, {
    holder,
    steps: [
      'Wait for the other writer to finish, then run again.',
      'Give it more time: --lock-timeout 5m, or lockTimeoutMs when opening the catalog.',
      `If that process no longer runs, the lock ends by itself ${STALE_MS / 1000} s after its last heartbeat.`,
      `If it never ends (a clock ran ahead when it was taken), delete the directory ${lockPath}.`,
    ],
  })
}
