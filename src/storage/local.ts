import { randomUUID } from 'node:crypto'
import { existsSync, readdirSync, renameSync, statSync } from 'node:fs'
import { link, open, rename, stat, unlink } from 'node:fs/promises'
import { dirname } from 'node:path'
import { InvalidRequestError, StorageError } from '../model/errors.js'
import { makeDirectories } from './make-directory.js'
import { readOwn } from './open-own.js'
import { errnoOf, NO_HARD_LINKS, NOT_WRITABLE, storageError } from './os-error.js'
import { isLink, RootedPaths } from './rooted-paths.js'
import type { HeldLock, LeaseRequest, LockRequest, Storage, StoredFile } from './storage.js'

/** What a directory above the root may answer to an fsync: it can belong to somebody else, or to another medium. */
const NOT_OURS_TO_SYNC: ReadonlySet<string> = new Set(['EACCES', 'EPERM', 'EROFS', 'EINVAL'])

export interface LocalStorageOptions {
  /** Told what is no error but must be known: no hard links here, data files without their log. */
  readonly onWarning?: (message: string) => void
}

/**
 * A directory of the local file system. Temporary files go to `_tmp/` beside the log, on the same file system as what
 * they become.
 */
export class LocalStorage implements Storage {
  readonly location: string
  readonly #paths: RootedPaths
  readonly #onWarning: (message: string) => void
  #warned = false
  /** Full paths of directories whose own entry, in their parent, this object has made durable. */
  readonly #durable = new Set<string>()

  constructor(root: string, options: LocalStorageOptions = {}) {
    this.#paths = new RootedPaths(root)
    this.location = this.#paths.root
    this.#onWarning = options.onWarning ?? ((message) => process.emitWarning(message))
  }

  read(path: string): Uint8Array | undefined {
    return this.#orAbsent(`read ${path}`, () => readOwn(this.#full(path)))
  }

  exists(path: string): boolean {
    // existsSync says "no" also to an I/O error, and to who may not look.
    return this.#orAbsent(`look at ${path}`, () => statSync(this.#full(path), { throwIfNoEntry: false })) !== undefined
  }

  list(directory: string): readonly string[] {
    return this.#orAbsent(`list ${directory || this.location}`, () => this.#namesIn(directory)) ?? []
  }

  listFiles(directory: string): readonly StoredFile[] {
    return this.#filesBelow(directory).sort((a, b) => (a.path < b.path ? -1 : 1))
  }

  async create(path: string, bytes: Uint8Array): Promise<void> {
    await this.#makeDirectory(dirname(path))
    await this.#withTemporary(path, bytes, async (temporary) => {
      await rename(this.#full(temporary), this.#full(path))
    })
  }

  async putIfAbsent(path: string, bytes: Uint8Array): Promise<boolean> {
    await this.#makeDirectory(dirname(path))
    let won = false
    await this.#withTemporary(path, bytes, async (temporary) => {
      won = await this.#linkOnce(temporary, path)
      await this.#unlinkQuietly(temporary)
    })
    if (won) await this.syncDirectory(dirname(path))
    return won
  }

  async replace(path: string, bytes: Uint8Array): Promise<void> {
    await this.create(path, bytes)
    await this.syncDirectory(dirname(path))
  }

  async syncDirectory(directory: string): Promise<void> {
    await fsyncDirectory(this.#full(directory))
    // Also what was found, not made: a writer that was killed may have made it and never have come to its fsync.
    for (let at = this.#full(directory); !this.#durable.has(at) && dirname(at) !== at; at = dirname(at)) {
      await this.#syncEntryOf(at)
      this.#durable.add(at)
    }
  }

  async move(from: string, to: string): Promise<boolean> {
    try {
      await this.#makeDirectory(dirname(to))
      await rename(this.#full(from), this.#full(to))
      await this.syncDirectory(dirname(to))
      await fsyncDirectory(this.#full(dirname(from)))
      return true
    } catch (error) {
      if (errnoOf(error) === 'ENOENT') return false
      throw storageError(error, `move ${from}`)
    }
  }

  async remove(path: string): Promise<void> {
    try {
      await unlink(this.#full(path))
    } catch (error) {
      if (errnoOf(error) !== 'ENOENT') throw storageError(error, `remove ${path}`)
    }
  }

  async lock(path: string, request: LockRequest): Promise<HeldLock> {
    await this.#makeDirectory(dirname(path))
    // Loaded by the first lock: its library takes 12 ms, which a process that only reads need not pay.
    const { acquireLock } = await import('./lock.js')
    return acquireLock(this.#full(path), request)
  }

  async lease(path: string, request: LeaseRequest): Promise<HeldLock> {
    const { acquireLease } = await import('./lease.js')
    const temporaryDirectory = `${path.split('/', 1)[0]}/_tmp`
    try {
      for (const it of [dirname(path), temporaryDirectory]) await this.#makeDirectory(it)
    } catch (error) {
      if (!(error instanceof StorageError) || NOT_WRITABLE.has(error.errno)) throw error
      return { release: async () => undefined }
    }
    return acquireLease({ path: this.#full(path), temporaryDirectory: this.#full(temporaryDirectory) }, request)
  }

  warn(message: string): void {
    this.#onWarning(message)
  }

  #full(path: string): string {
    return this.#paths.full(path)
  }

  #orAbsent<T>(doing: string, operation: () => T): T | undefined {
    try {
      return operation()
    } catch (error) {
      if (isAbsence(error)) return undefined
      if (isRefusedLink(error)) throw isLink(error.path)
      throw storageError(error, doing)
    }
  }

  #namesIn(directory: string): string[] {
    try {
      return readdirSync(this.#paths.fullDirectory(directory)).sort()
    } catch (error) {
      if (this.#full(directory) !== this.location || errnoOf(error) !== 'ENOTDIR') throw error
      throw new InvalidRequestError(`${this.location} is not a directory: it is a file, or leads through one`, {
        steps: ['Name the directory that holds the catalog, or one that does not exist yet: --catalog PATH'],
        cause: error,
      })
    }
  }

  /** Node's own `recursive` fails as a whole where one directory goes meanwhile, as `_lock` does all the time. */
  #filesBelow(directory: string): StoredFile[] {
    const entries = this.#orAbsent(`list ${directory || this.location}`, () =>
      readdirSync(this.#paths.fullDirectory(directory), { withFileTypes: true }),
    )
    return (entries ?? []).flatMap((entry) => {
      const path = directory === '' ? entry.name : `${directory}/${entry.name}`
      if (entry.isDirectory()) return this.#filesBelow(path)
      const stats = entry.isFile() ? this.#orAbsent(`read ${path}`, () => statSync(this.#full(path))) : undefined
      return stats === undefined ? [] : [{ path, sizeBytes: stats.size, modifiedMs: stats.mtimeMs }]
    })
  }

  async #syncEntryOf(full: string): Promise<void> {
    try {
      await fsyncDirectory(dirname(full))
    } catch (error) {
      const isInside = full.length > this.location.length
      if (isInside || !(error instanceof StorageError) || !NOT_OURS_TO_SYNC.has(error.errno)) throw error
    }
  }

  async #makeDirectory(directory: string): Promise<void> {
    const full = this.#paths.fullDirectory(directory)
    if (existsSync(full)) return
    try {
      for (const made of await makeDirectories(full)) this.#durable.delete(made)
    } catch (error) {
      throw storageError(error, `create the directory ${full}`)
    }
  }

  /** Writes and fsyncs a temporary file, hands it to `publish`, and leaves nothing behind when anything fails. */
  async #withTemporary(path: string, bytes: Uint8Array, publish: (temporary: string) => Promise<void>): Promise<void> {
    const table = path.split('/', 1)[0] as string
    const temporary = `${table}/_tmp/${randomUUID()}`
    await this.#makeDirectory(dirname(temporary))
    try {
      const handle = await open(this.#full(temporary), 'wx')
      try {
        await handle.writeFile(bytes)
        await handle.sync()
      } finally {
        await handle.close()
      }
      await publish(temporary)
    } catch (error) {
      await this.#unlinkQuietly(temporary)
      throw storageError(error, `write ${path}`)
    }
  }

  async #linkOnce(temporary: string, path: string): Promise<boolean> {
    try {
      await link(this.#full(temporary), this.#full(path))
      return true
    } catch (error) {
      const errno = errnoOf(error) ?? ''
      // NFS: the reply of a link that succeeded can be lost, and the retry then says EEXIST (open(2), O_EXCL).
      if (errno === 'EEXIST') return (await stat(this.#full(temporary))).nlink === 2
      if (!NO_HARD_LINKS.has(errno)) throw error
      return this.#renameOnce(temporary, path)
    }
  }

  /** Without hard links there is no atomic create-with-content; the table's lock alone keeps writers apart. */
  async #renameOnce(temporary: string, path: string): Promise<boolean> {
    if (!this.#warned) {
      this.#warned = true
      this.#onWarning(
        `${this.location} is on a file system without hard links: only one process may write this catalog at a time`,
      )
    }
    // In one breath: an await between the look and the rename would let another caller of this process in between.
    if (existsSync(this.#full(path))) return false
    renameSync(this.#full(temporary), this.#full(path))
    return true
  }

  async #unlinkQuietly(path: string): Promise<void> {
    try {
      await unlink(this.#full(path))
    } catch {
      // A temporary file left behind is an orphan, not a fault: the error that led here is the one to report.
    }
  }
}

/** A path that leads through a file (ENOTDIR) names nothing either. */
function isAbsence(error: unknown): boolean {
  const errno = errnoOf(error)
  return errno === 'ENOENT' || errno === 'ENOTDIR'
}

/** What O_NOFOLLOW says to a link. */
function isRefusedLink(error: unknown): error is Error & { readonly path: string } {
  return errnoOf(error) === 'ELOOP' && error instanceof Error && 'path' in error && typeof error.path === 'string'
}

async function fsyncDirectory(directory: string): Promise<void> {
  // Windows cannot open a directory for fsync; its metadata journal orders the entries.
  if (process.platform === 'win32') return
  try {
    const handle = await open(directory, 'r')
    try {
      await handle.sync()
    } finally {
      await handle.close()
    }
  } catch (error) {
    throw storageError(error, `sync the directory ${directory}`)
  }
}
