import { existsSync, statSync } from 'node:fs'
import { link, mkdtemp, open, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { holderOf, STALE_MS } from './lock.js'
import { errnoOf } from './os-error.js'

/**
 * Looks at the file system a catalog lives on, for `ntrader data doctor`. What is made for a look is removed again.
 *
 * @module
 */

/** What happened when something was tried: nothing bad, or the system's errno. */
export type Trial = { readonly ok: true } | { readonly ok: false; readonly errno: string }

/** What a path is, and the nearest directory there is on the way to it (itself, if it is one). */
export function lookAtPath(root: string): { readonly kind: 'directory' | 'file' | 'absent'; readonly nearest: string } {
  if (!existsSync(root)) return { kind: 'absent', nearest: nearestDirectory(dirname(root)) }
  const isDirectory = statSync(root).isDirectory()
  return { kind: isDirectory ? 'directory' : 'file', nearest: isDirectory ? root : dirname(root) }
}

function nearestDirectory(path: string): string {
  return existsSync(path) || dirname(path) === path ? path : nearestDirectory(dirname(path))
}

export interface FileSystemLook {
  readonly write: Trial
  /** The rest is absent where nothing can be written. */
  readonly hardLinks?: Trial
  readonly fsync?: Trial
  /** Stamp of a new file minus the clock, in milliseconds; 0 while it lies between a look before and one after. */
  readonly clockSkewMs?: number
}

/** Tries in a directory what the catalog relies on, in a folder of its own that is gone afterwards. */
export async function lookAtFileSystem(directory: string): Promise<FileSystemLook> {
  let folder: string
  try {
    folder = await mkdtemp(join(directory, '.ntrader-doctor-'))
  } catch (error) {
    return { write: failed(error) }
  }
  try {
    const file = join(folder, 'file')
    const beforeMs = Date.now()
    const fsync = await trial(() => writeDurably(file, folder))
    const afterMs = Date.now()
    if (!existsSync(file)) return { write: fsync }
    const { mtimeMs } = await stat(file)
    const hardLinks = await trial(() => link(file, join(folder, 'link')))
    return { write: { ok: true }, hardLinks, fsync, clockSkewMs: outside(mtimeMs, beforeMs, afterMs) }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function writeDurably(file: string, folder: string): Promise<void> {
  const handle = await open(file, 'wx')
  try {
    await handle.writeFile('look')
    await handle.sync()
  } finally {
    await handle.close()
  }
  // Windows cannot open a directory for fsync.
  if (process.platform === 'win32') return
  const directory = await open(folder, 'r')
  try {
    await directory.sync()
  } finally {
    await directory.close()
  }
}

function outside(value: number, low: number, high: number): number {
  if (value < low) return value - low
  return value > high ? value - high : 0
}

/** The directories, of those there are, that lie on another file system than the root. */
export function onOtherFileSystems(root: string, directories: readonly string[]): readonly string[] {
  const device = statSync(root).dev
  return directories.filter((it) => existsSync(it) && statSync(it).dev !== device)
}

export interface LockLook {
  /** `stale`: its holder has given no sign of life for so long that the next writer takes it over. */
  readonly state: 'free' | 'held' | 'stale'
  /** In the holder's own words; absent when free. */
  readonly holder?: string
  /** Since the last sign of life, in milliseconds; below 0 when the stamp lies in the future. */
  readonly ageMs?: number
}

export function lookAtLock(lockPath: string): LockLook {
  const info = statSync(lockPath, { throwIfNoEntry: false })
  if (info === undefined) return { state: 'free' }
  const ageMs = Date.now() - info.mtimeMs
  return { state: ageMs > STALE_MS ? 'stale' : 'held', holder: holderOf(lockPath), ageMs }
}

async function trial(attempt: () => Promise<unknown>): Promise<Trial> {
  try {
    await attempt()
    return { ok: true }
  } catch (error) {
    return failed(error)
  }
}

function failed(error: unknown): Trial {
  return { ok: false, errno: errnoOf(error) ?? String(error) }
}
