import { CatalogError, StorageError } from '../model/errors.js'

const STEPS: Readonly<Record<string, readonly string[]>> = {
  EACCES: ['Give this user the right to read and write below the catalog root (ls -l shows the owner).', 'Run again.'],
  EPERM: ['Give this user the right to read and write below the catalog root (ls -l shows the owner).', 'Run again.'],
  EROFS: ['The file system is read-only: reading works, writing needs it mounted read-write.'],
  ENOSPC: ['Free space on the disk that holds the catalog.', 'Run again: everything committed so far is kept.'],
  EDQUOT: ['The disk quota is used up: free some of it.', 'Run again: everything committed so far is kept.'],
  EMFILE: ['Too many open files: raise the limit (ulimit -n).', 'Run again: nothing was lost.'],
  ENFILE: ['Too many open files on this machine: close some programs.', 'Run again: nothing was lost.'],
  EIO: ['The disk reported an I/O error: check it (dmesg, smartctl).', 'Run: ntrader data verify'],
}

/** For what the system says once in a lifetime. */
const ANY_STEPS: readonly string[] = ['Check the path and the disk or network share it is on.', 'Run again.']

/** What link(2) says on file systems without hard links: exFAT, SMB, many FUSE mounts. */
export const NO_HARD_LINKS: ReadonlySet<string> = new Set([
  'EPERM',
  'ENOTSUP',
  'EOPNOTSUPP',
  'ENOSYS',
  'EMLINK',
  'EXDEV',
])

/** What the system says to who may not write: the medium is read-only, or belongs to somebody else. */
export const NOT_WRITABLE: ReadonlySet<string> = new Set(['EROFS', 'EACCES', 'EPERM'])

/** A directory in the place of a file is damage, and no refusal of the system: the file is not there. */
export function isDirectoryInstead(error: unknown): boolean {
  return error instanceof StorageError && error.errno === 'EISDIR'
}

export function errnoOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined
  return typeof error.code === 'string' ? error.code : undefined
}

const NOT_PERMITTED: readonly string[] = [
  'Check the path, and that you may use it (ls -l shows the owner).',
  'Run again.',
]
const USER_STEPS: Readonly<Record<string, readonly string[]>> = {
  ...STEPS,
  EACCES: NOT_PERMITTED,
  EPERM: NOT_PERMITTED,
  EROFS: ['The file system of that path is read-only: choose another place.'],
  ENOSPC: ['Free space on the disk of that path, or choose another place.'],
}

/** {@link storageError} for a file that is the user's, outside the catalog. */
export function userFileError(error: unknown, doing: string): unknown {
  return withSteps(error, doing, USER_STEPS)
}

/** Turns what the system threw into a StorageError that says which file and what to do; other errors pass through. */
export function storageError(error: unknown, doing: string): unknown {
  return withSteps(error, doing, STEPS)
}

function withSteps(error: unknown, doing: string, steps: typeof STEPS): unknown {
  const errno = errnoOf(error)
  // The catalog's own errors have a code too, and say more than it.
  if (errno === undefined || error instanceof CatalogError) return error
  return new StorageError(`cannot ${doing}: ${errno}`, { errno, steps: steps[errno] ?? ANY_STEPS, cause: error })
}
