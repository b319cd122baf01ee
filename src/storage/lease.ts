import { randomBytes } from 'node:crypto'
import { linkSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { throwIfAborted } from '../model/abort.js'
import { CatalogError } from '../model/errors.js'
import { createWithoutLinks } from './create-once.js'
import { type LeaseNote, parseNote, textOfNote, Watch } from './lease-note.js'
import { OPEN_TO_CHANGE, readOwn } from './open-own.js'
import { errnoOf, NO_HARD_LINKS, NOT_WRITABLE, storageError } from './os-error.js'
import { pause } from './pause.js'
import { ownIdentity } from './process-identity.js'
import type { HeldLock, LeaseRequest } from './storage.js'

/** An owner whose file says the same for this long no longer runs. */
const STALE_MS = 10_000
const HEARTBEAT_MS = 2_000
const POLL_MIN_MS = 50
const POLL_MAX_MS = 500
/** The most that one look counts towards {@link STALE_MS}: a waiter polls at least twice in it. */
const LOOK_MAX_MS = 2 * POLL_MAX_MS

/** Full paths of one lease. */
export interface LeasePlace {
  readonly path: string
  /** On the same file system. */
  readonly temporaryDirectory: string
}

/**
 * Waits until nobody holds the lease at `place`, then holds it until it is released.
 *
 * It saves work that would be done twice; nothing may depend on it. So where the lease cannot be written the caller goes
 * on without it; only who may not write here at all is told so now, before data is bought that could not be stored. An
 * owner's death ends it: at once when its process is seen to have ended, otherwise when its file has said the same for
 * {@link STALE_MS}.
 *
 * @param place its directories are there
 * @throws AbortedError as soon as the signal fires, StorageError on read-only media or without the right to write
 */
export async function acquireLease(place: LeasePlace, request: LeaseRequest): Promise<HeldLock> {
  const { signal, onWait, staleMs = STALE_MS, heartbeatMs = HEARTBEAT_MS } = request
  const watch = new Watch(staleMs, LOOK_MAX_MS)
  let told: string | undefined
  try {
    for (let waitMs = POLL_MIN_MS; ; waitMs = Math.min(waitMs * 2, POLL_MAX_MS)) {
      throwIfAborted(signal)
      const note = tryTake(place, watch)
      if (note !== undefined) return hold(place.path, note, heartbeatMs)
      const holder = noteAt(place.path)
      if (holder !== undefined && holder.owner !== told) {
        told = holder.owner
        onWait?.({ pid: holder.pid, host: holder.host, since: holder.since })
      }
      // Jitter: waiters that poll in step would all meet the same owner again.
      await pause(waitMs * (0.5 + Math.random() / 2), signal)
    }
  } catch (error) {
    if (error instanceof CatalogError || errnoOf(error) === undefined) throw error
    if (NOT_WRITABLE.has(errnoOf(error) ?? '')) throw storageError(error, `write ${place.path}`)
    return { release: async () => undefined }
  }
}

/** Takes the lease if it is free or its owner is dead. All in one breath: nothing of it waits for anything. */
function tryTake(place: LeasePlace, watch: Watch): LeaseNote | undefined {
  const standing = readText(place.path)
  if (standing !== undefined && !watch.isDead(place.path, standing)) return undefined
  const note: LeaseNote = { ...ownIdentity(), owner: newOwner(), since: new Date().toISOString(), beats: 0 }
  const claimant: Claimant = { ...place, watch, note, temporary: join(place.temporaryDirectory, note.owner) }
  try {
    writeFileSync(claimant.temporary, textOfNote(note), { flag: 'wx' })
    const won = standing === undefined ? put(claimant, place.path) : replace(claimant, place.path, standing)
    return won ? note : undefined
  } finally {
    rmSync(claimant.temporary, { force: true })
  }
}

interface Claimant extends LeasePlace {
  readonly watch: Watch
  readonly note: LeaseNote
  /** Holds the whole text of the note. */
  readonly temporary: string
}

/**
 * Puts our note in the place of a dead owner's. Of any number of callers at most one wins.
 *
 * To look whether the file is still the dead one's, and then to remove or rename it, is two steps; between them another
 * may have replaced it, and its new lease would be taken for the dead one (proper-lockfile's issue #121). So the right to
 * replace this owner's file is itself a file, named by the owner, whose name never comes back: only the one who created
 * the claim may touch the path while it holds the dead owner's text. The claim holds the winner's note, and becomes the
 * lease by one rename: there is no moment at which the claim is free again and the dead text still stands. Whoever
 * claims later finds another text, and steps back. A claimant that died in between is replaced in the same way.
 */
function replace(claimant: Claimant, path: string, dead: string): boolean {
  const claim = join(claimant.temporaryDirectory, `${parseNote(dead)?.owner ?? 'unreadable'}.claim`)
  if (!put(claimant, claim) && !replaceDeadClaim(claimant, claim)) return false
  if (readText(path) !== dead) {
    rmSync(claim, { force: true })
    return false
  }
  try {
    renameSync(claim, path)
    return true
  } catch (error) {
    // Taken over while this process was stopped between the lines above.
    if (errnoOf(error) === 'ENOENT') return false
    throw error
  }
}

function replaceDeadClaim(claimant: Claimant, claim: string): boolean {
  const text = readText(claim)
  if (text === undefined || !claimant.watch.isDead(claim, text)) return false
  if (parseNote(text) !== undefined) return replace(claimant, claim, text)
  // Half a claim, of a crash on a file system without hard links: nobody's, and the next look finds it gone.
  rmSync(claim, { force: true })
  return false
}

/** Creates a file with our note, whole, if nothing is there. */
function put({ temporary, note }: Claimant, path: string): boolean {
  try {
    linkSync(temporary, path)
    return true
  } catch (error) {
    const errno = errnoOf(error) ?? ''
    // NFS: the reply of a link that succeeded can be lost, and the retry then says EEXIST.
    if (errno === 'EEXIST') return noteAt(path)?.owner === note.owner
    if (!NO_HARD_LINKS.has(errno)) throw error
    // A file without its text counts as one whose owner is unknown, and is waited for.
    return createWithoutLinks(path, textOfNote(note))
  }
}

function hold(path: string, note: LeaseNote, heartbeatMs: number): HeldLock {
  let beats = note.beats
  let beating: Promise<void> | undefined
  const timer = setInterval(() => {
    beating ??= beat(path, { ...note, beats: ++beats })
      .then((isOurs) => {
        // Taken over while this process was stopped: work goes on without it.
        if (!isOurs) clearInterval(timer)
      })
      // A missed beat costs at worst the lease.
      .catch(() => undefined)
      .finally(() => {
        beating = undefined
      })
  }, heartbeatMs)
  // The work keeps the process alive, not its lease.
  timer.unref()
  return {
    async release() {
      clearInterval(timer)
      await beating
      try {
        // In one breath, and only our own. A stop of this process for over STALE_MS between the two could remove a
        // successor's: that costs a download made twice, as the loss of any lease does.
        if (noteAt(path)?.owner === note.owner) rmSync(path)
      } catch {
        // What stays is ended by the heartbeat, or by the end of this process.
      }
    },
  }
}

/**
 * One sign of life; `false` once the lease is not ours. It is written into the very file that was found to be ours, so a
 * successor's, which is another file under the same name, is never overwritten.
 */
async function beat(path: string, note: LeaseNote): Promise<boolean> {
  try {
    const handle = await open(path, OPEN_TO_CHANGE)
    try {
      if (parseNote(await handle.readFile('utf8'))?.owner !== note.owner) return false
      await handle.write(textOfNote(note), 0)
      // Network file systems keep writes back for half a minute otherwise.
      await handle.datasync()
      return true
    } finally {
      await handle.close()
    }
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return false
    throw error
  }
}

function noteAt(path: string): LeaseNote | undefined {
  const text = readText(path)
  return text === undefined ? undefined : parseNote(text)
}

function readText(path: string): string | undefined {
  try {
    return readOwn(path).toString('utf8')
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined
    throw error
  }
}

function newOwner(): string {
  return randomBytes(8).toString('hex')
}
