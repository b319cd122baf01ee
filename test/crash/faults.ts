import { join } from 'node:path'
import { DataCatalog } from '../../src/catalog/catalog.js'
import { StorageError } from '../../src/model/errors.js'
import { type Call, watch } from './disk.mjs'
import { clock } from './scenarios.mjs'
import { namesIn, outliveLocks, stateOf, takesNextWrite, tidiesUp } from './state.js'
import type { Prepared, Workbench } from './workbench.js'

export const ERRNOS = ['EIO', 'ENOSPC', 'EMFILE', 'EACCES', 'EROFS'] as const

/** A call that the system refuses. */
export interface Fault {
  readonly call: Call
  /** `skip`, of a storage layer that is not to be trusted: the call is said to be done, and is not. */
  readonly errno: `E${string}` | 'skip'
  /** Whether all that follows is refused too, until the fault is gone: a disk that stays full. */
  readonly isLasting: boolean
}

/** Each call refused by itself with each errno, and once each with everything after it. */
export function faultsOf(calls: readonly Call[]): readonly Fault[] {
  return calls.flatMap((call, i) => [
    ...ERRNOS.map((errno): Fault => ({ call, errno, isLasting: false })),
    { call, errno: ERRNOS[i % ERRNOS.length] ?? 'EIO', isLasting: true },
  ])
}

/** Work in a folder where a fault strikes, until it is gone. What it threw; `undefined` when it was done all the same. */
export interface Struck<R> {
  readonly error: unknown
  readonly answer: R | undefined
  /** Whether the disk was changed before the fault, or in spite of it. */
  readonly hasChanged: boolean
  /** The first call that was refused: where several files are written at once, not always the one that was meant. */
  readonly refused: Call | undefined
}

/**
 * Does `work` in a folder, with a fault. `after` then judges what came of it; the fault is gone from its `again` on,
 * which does the same work with the same catalog, or with a new one where it could not be opened.
 */
export async function strike<R>(
  folder: string,
  { call, errno, isLasting }: Fault,
  work: (catalog: DataCatalog) => Promise<R>,
  after: (struck: Struck<R>, again: () => Promise<R>) => Promise<string | undefined>,
): Promise<string | undefined> {
  let isGone = false
  let hasChanged = false
  let refused: Call | undefined
  const disk = watch(folder, (it) => {
    const isStruck = !isGone && (isLasting ? it.number >= call.number : it.number === call.number)
    if (it.isChange && !isStruck) hasChanged = true
    if (isStruck) refused ??= it
    return isStruck ? errno : undefined
  })
  const open = (): Promise<DataCatalog> => DataCatalog.open(join(folder, 'catalog'), { clock, lockTimeoutMs: 1_000 })
  let catalog: DataCatalog | undefined
  let [error, answer]: [unknown, R | undefined] = [undefined, undefined]
  try {
    catalog = await open()
    answer = await work(catalog)
  } catch (reason) {
    error = reason
  }
  await disk.idle()
  const again = async (): Promise<R> => {
    isGone = true
    outliveLocks(join(folder, 'catalog'))
    const same = catalog ?? (await open())
    const value = await work(same)
    await same.close()
    return value
  }
  try {
    return (await after({ error, answer, hasChanged, refused }, again)) ?? unknownOf(disk.unknown)
  } catch (reason) {
    return `when the fault is gone: ${reason}`
  } finally {
    disk.unwatch()
  }
}

function unknownOf(names: readonly string[]): string | undefined {
  return names.length === 0 ? undefined : `calls of node:fs that are not enumerated: ${names}`
}

/** What is wrong with an error; `undefined` for the one that a refusal must become. */
export function wrongError(error: unknown, errno: string): string | undefined {
  if (error instanceof StorageError && error.errno === errno && error.steps.length > 0) return undefined
  return `no StorageError of ${errno}: ${error}`
}

/**
 * What is wrong with how a mutation takes a fault: `undefined` when it says so by a StorageError, or can do without the
 * call and is done; leaves the state before it or after it and nothing in quarantine; is done by the same call later;
 * and leaves nothing lying about that `repair` does not clear away.
 */
export function faultIn(bench: Workbench, prepared: Prepared, fault: Fault): Promise<string | undefined> {
  const folder = bench.folder(prepared.folder)
  const root = join(folder, 'catalog')
  const checks = strike(folder, fault, prepared.mutation.run, async ({ error, hasChanged, refused }, again) => {
    const isTold = error !== undefined
    const wrong = isTold ? wrongError(error, fault.errno) : undefined
    if (wrong !== undefined) return wrong
    if (!isTold && mustBeTold(prepared, refused, fault.errno)) return 'nothing was said'
    if (hasChanged || !isTold) {
      const state = await bench.stateIn(bench.folder(folder))
      if (state !== prepared.after && (!isTold || state !== prepared.before))
        return `neither before nor after: ${state}`
    }
    await again()
    const left = leftIn(root)
    if (left.length > 0 && !fault.isLasting && mustBeTidy(refused)) return `it leaves ${left}`
    const done = await stateOf(root)
    if (done !== prepared.after) return `done again, it is not done: ${done}`
    if (left.length === 0) return undefined
    await takesNextWrite(root)
    await tidiesUp(root)
    return undefined
  })
  return checks.finally(() => bench.discard(folder))
}

/** Whether a call is one that data or the log depend on: a commit's, up to the release of its lock. */
function mustBeTold({ calls }: Prepared, call: Call | undefined, errno: Fault['errno']): boolean {
  const released = calls.find((it) => it.name === 'rm' && isNoteOfLock(it))
  const isOfCommit = call !== undefined && (released === undefined || call.number < released.number)
  return isOfCommit && call.isChange && !isCleaning(call) && !isNoteOfLock(call) && !isForOthers(call, errno)
}

/** Whether nothing may be left: the call refused was not itself one that clears away. */
function mustBeTidy(call: Call | undefined): boolean {
  return call === undefined || !(isCleaning(call) || isNoteOfLock(call))
}

function isCleaning({ name }: Call): boolean {
  return ['unlink', 'rm', 'rmdir'].includes(name)
}

/** The directory above the catalog's root may belong to somebody else, who will not have it synced. */
function isForOthers({ path }: Call, errno: Fault['errno']): boolean {
  return path === '' && (errno === 'EACCES' || errno === 'EROFS')
}

/** Who holds the lock: for people, and nothing depends on it. */
function isNoteOfLock({ path }: Call): boolean {
  return path.endsWith('/_lock.json')
}

function leftIn(root: string): readonly string[] {
  return namesIn(root).flatMap((table) => [
    ...namesIn(join(root, table, '_tmp')),
    ...namesIn(join(root, table)).filter((it) => it.startsWith('_lock')),
  ])
}

export function nameOf({ call, errno, isLasting }: Fault): string {
  return `${errno}${isLasting ? ' from' : ' at'} ${call.number}: ${call.name} ${call.to ?? call.path}`
}
