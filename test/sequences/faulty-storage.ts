import type { LocalStorage } from '../../src/storage/local.js'

/** What a test does to the storage of one catalog object. Every operation that changes the disk is told of. */
export interface Script {
  /** Called before the operation; what it throws, the operation throws. */
  before?(operation: Operation): void | Promise<void>
  /** Called after the operation has been done. */
  after?(operation: Operation): void | Promise<void>
}

export interface Operation {
  readonly kind: 'read' | 'create' | 'putIfAbsent' | 'replace' | 'syncDirectory' | 'move' | 'remove'
  readonly path: string
}

/** Ways in which a storage may be broken, each of which loses data in the end: a test that misses one proves nothing. */
export const MUTANTS = ['overwritingPut', 'lostFile', 'skippedRemove', 'lostCommit'] as const
export type Mutant = (typeof MUTANTS)[number]

let script: Script | undefined
let mutant: Mutant | undefined

/** Lets a storage that is made inside `open` follow a script. Only what is made before its first `await` does. */
export function scripted<R>(its: Script, open: () => R): R {
  script = its
  try {
    return open()
  } finally {
    script = undefined
  }
}

/** Breaks every storage until the work is over. */
export async function broken<R>(how: Mutant, work: () => Promise<R>): Promise<R> {
  mutant = how
  try {
    return await work()
  } finally {
    mutant = undefined
  }
}

export function isCommit({ kind, path }: Operation): boolean {
  return kind === 'putIfAbsent' && /_delta_log\/\d{20}\.json$/.test(path)
}

/** The product's own storage, on the real disk, with a test's hands on it: for `vi.mock` of `storage/local.js`. */
export function faulty(Real: typeof LocalStorage): typeof LocalStorage {
  return class FaultyStorage extends Real {
    readonly #script = script
    #lastCreated = ''

    override read(path: string): Uint8Array | undefined {
      // A dead process reads nothing either; a script that waits is none for reads.
      this.#script?.before?.({ kind: 'read', path })
      return super.read(path)
    }

    override create(path: string, bytes: Uint8Array): Promise<void> {
      if (path.endsWith('.parquet') && path.includes('instrument_id=')) this.#lastCreated = path
      return this.#do({ kind: 'create', path }, () => super.create(path, bytes))
    }

    override putIfAbsent(path: string, bytes: Uint8Array): Promise<boolean> {
      const operation = { kind: 'putIfAbsent', path } as const
      return this.#do(operation, () =>
        isCommit(operation) ? this.#commit(path, bytes) : super.putIfAbsent(path, bytes),
      )
    }

    override replace(path: string, bytes: Uint8Array): Promise<void> {
      return this.#do({ kind: 'replace', path }, () => super.replace(path, bytes))
    }

    override syncDirectory(directory: string): Promise<void> {
      return this.#do({ kind: 'syncDirectory', path: directory }, () => super.syncDirectory(directory))
    }

    override move(from: string, to: string): Promise<boolean> {
      return this.#do({ kind: 'move', path: from }, () => super.move(from, to))
    }

    override remove(path: string): Promise<void> {
      return this.#do({ kind: 'remove', path }, () => super.remove(path))
    }

    async #do<R>(operation: Operation, work: () => Promise<R>): Promise<R> {
      await this.#script?.before?.(operation)
      const result = await work()
      await this.#script?.after?.(operation)
      return result
    }

    /** Puts a commit in place, as the mutant would. */
    async #commit(path: string, bytes: Uint8Array): Promise<boolean> {
      switch (mutant) {
        case 'overwritingPut':
          await super.replace(path, bytes)
          return true
        case 'lostCommit':
          return super.exists(path) ? super.putIfAbsent(path, bytes) : true
        case 'lostFile':
          if (this.#lastCreated !== '') await super.remove(this.#lastCreated)
          return super.putIfAbsent(path, bytes)
        case 'skippedRemove': {
          const lines = new TextDecoder().decode(bytes).split('\n')
          const kept = lines.filter((it) => !it.startsWith('{"remove"')).join('\n')
          return super.putIfAbsent(path, new TextEncoder().encode(kept))
        }
        case undefined:
          return super.putIfAbsent(path, bytes)
      }
    }
  }
}
