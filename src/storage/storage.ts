/** A value now, or later: local reads answer at once (measured 2–3 times faster than promises), remote ones cannot. */
export type MaybePromise<T> = T | Promise<T>

export interface StoredFile {
  /** Below the storage's root, `/` between segments. */
  readonly path: string
  readonly sizeBytes: number
  /** When it was last written, in milliseconds since 1970. */
  readonly modifiedMs: number
}

export interface LockRequest {
  readonly timeoutMs: number
  /** Called once when the lock is not free at once, with the holder's own words. */
  readonly onWait?: (holder: string) => void
  /** Ends the wait at once, with AbortedError. */
  readonly signal?: AbortSignal | undefined
}

export interface HeldLock {
  release(): Promise<void>
}

export interface LeaseRequest {
  /** Called when another holds the lease, and again whenever it has passed to somebody else. */
  readonly onWait?: (holder: LeaseHolder) => void
  /** Ends the wait at once, with AbortedError. Without it a wait lasts as long as the holder lives. */
  readonly signal?: AbortSignal | undefined
  /** Between two signs of life, in milliseconds. Default 2 000. */
  readonly heartbeatMs?: number
  /** A holder silent for this long is taken for dead, in milliseconds. Default 10 000. */
  readonly staleMs?: number
}

/** Who holds a lease. */
export interface LeaseHolder {
  readonly pid: number
  readonly host: string
  /** ISO, by the holder's clock. */
  readonly since: string
}

/**
 * The one door to where a catalog lives. Paths are relative to the root, `/` between segments, and never leave it.
 * Every operation throws StorageError (with the system's errno) when the system refuses; absence is an answer, not an
 * error.
 */
export interface Storage {
  /** The root, for messages. */
  readonly location: string
  /** A file's bytes; `undefined` when there is none. */
  read(path: string): MaybePromise<Uint8Array | undefined>
  exists(path: string): MaybePromise<boolean>
  /** Names directly in a directory; empty when there is none. @throws InvalidRequestError when the root is a file */
  list(directory: string): MaybePromise<readonly string[]>
  /** Every file below a directory, hidden ones included. */
  listFiles(directory: string): MaybePromise<readonly StoredFile[]>
  /**
   * Writes a new file whose content is durable and that appears at `path` whole or not at all. Its directory entry is
   * durable after {@link syncDirectory}. Never call it for a path that may exist.
   */
  create(path: string, bytes: Uint8Array): Promise<void>
  /**
   * Creates `path` only if nothing is there: durable, atomic, and of any number of racing callers, in any process,
   * exactly one gets `true`.
   */
  putIfAbsent(path: string, bytes: Uint8Array): Promise<boolean>
  /** Writes `path` whole and durable, in place of what may be there: a reader sees the old bytes or the new ones. */
  replace(path: string, bytes: Uint8Array): Promise<void>
  /** Makes the entries of a directory durable, and its own, and that of every directory on the way to it. */
  syncDirectory(directory: string): Promise<void>
  /** Moves a file, durably. `false` when there is none to move. */
  move(from: string, to: string): Promise<boolean>
  /** Removes a file; silent when there is none. */
  remove(path: string): Promise<void>
  /** Takes the lock at `path`. @throws CatalogLockedError after `timeoutMs`, AbortedError when the signal fires */
  lock(path: string, request: LockRequest): Promise<HeldLock>
  /**
   * Waits for the lease at `path` as long as its holder lives, then holds it: a courtesy among processes that saves work
   * done twice, and that nothing may depend on. Where the system will not have such a file, the caller goes on without.
   *
   * @throws AbortedError when the signal fires, StorageError on read-only media or without the right to write
   */
  lease(path: string, request: LeaseRequest): Promise<HeldLock>
  /** Tells whoever opened the storage of something that is no error. */
  warn(message: string): void
}
