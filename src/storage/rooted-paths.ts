import { realpathSync } from 'node:fs'
import { dirname, join, resolve, sep } from 'node:path'
import { InvalidRequestError, StorageError } from '../model/errors.js'
import { errnoOf, storageError } from './os-error.js'

/**
 * The way from a storage path to a full one, which never leads out of the root: neither by its own text (`..`, an
 * absolute path, a NUL) nor by a symbolic link on the way. The root itself may be reached through links.
 *
 * A directory is looked at when it is first used and then remembered: a look costs ten microseconds, and whoever can put
 * a link in the place of a directory of a running catalog can change its files as well.
 */
export class RootedPaths {
  readonly root: string
  /** Full paths of directories that were seen to lie inside. */
  readonly #inside = new Set<string>()

  constructor(root: string) {
    this.root = resolve(root)
  }

  /** @throws InvalidRequestError for a path that cannot be inside, StorageError (ELOOP) where a link leads out */
  full(path: string): string {
    if (path === '' || path === '.') return this.root
    refuseOutside(path)
    const full = join(this.root, path)
    this.#checkDirectory(dirname(full))
    return full
  }

  /** {@link full} of a directory that is itself not to be a link out. */
  fullDirectory(path: string): string {
    const full = this.full(path)
    this.#checkDirectory(full)
    return full
  }

  #checkDirectory(directory: string): void {
    if (directory.length <= this.root.length || this.#inside.has(directory)) return
    const real = realOf(directory)
    if (real === undefined) {
      this.#checkDirectory(dirname(directory))
      return
    }
    const realRoot = realOf(this.root) ?? this.root
    const isInside = real === realRoot || real.startsWith(realRoot.endsWith(sep) ? realRoot : `${realRoot}${sep}`)
    if (!isInside) throw leadsOut(directory)
    this.#inside.add(directory)
  }
}

/** A path without links; `undefined` for what is not there. A link to nothing is no directory: making it will fail. */
function realOf(path: string): string | undefined {
  try {
    return realpathSync.native(path)
  } catch (error) {
    const errno = errnoOf(error)
    if (errno === 'ENOENT' || errno === 'ENOTDIR') return undefined
    throw errno === 'ELOOP' ? leadsOut(path) : storageError(error, `look at ${path}`)
  }
}

/** A catalog's own paths have neither; a backslash or a drive letter is a separator on Windows only. */
const OUTSIDE = /(?:^|\/)\.\.?(?:\/|$)|^\/|\/\/|\0/
const OUTSIDE_ON_WINDOWS = /\\|^[a-zA-Z]:/

function refuseOutside(path: string): void {
  if (!OUTSIDE.test(path) && !(process.platform === 'win32' && OUTSIDE_ON_WINDOWS.test(path))) return
  throw new InvalidRequestError(`'${path}' is not a path inside a catalog`, {
    steps: ["Use the paths that 'ntrader data files' prints, below the catalog's directory."],
  })
}

function leadsOut(path: string): StorageError {
  return new StorageError(`${path} is, or lies behind, a symbolic link that leads out of the catalog`, {
    errno: 'ELOOP',
    steps: [
      'Move what the link names into its place: a catalog reads and writes only below its own directory.',
      'To keep all of it on another disk, let --catalog name a directory there.',
    ],
  })
}

/** For a file that is itself a link, which is never followed. */
export function isLink(full: string): StorageError {
  return new StorageError(`${full} is a symbolic link, and a catalog follows none to a file`, {
    errno: 'ELOOP',
    steps: [
      'Put the file itself in the place of the link.',
      'Or remove the link: the file then counts as missing, and its interval can be fetched again.',
    ],
  })
}
