import { randomUUID } from 'node:crypto'
import { existsSync, linkSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { StorageError } from '../model/errors.js'
import { createWithoutLinks } from './create-once.js'
import { makeDirectories } from './make-directory.js'
import { errnoOf, NO_HARD_LINKS, userFileError } from './os-error.js'

/** Versions kept behind the newest, for who is about to read or to follow one of them. */
const KEPT = 32
/** A temporary file this old is of a process that was killed. */
const ABANDONED_MS = 60_000
/** Each failed try is another's success: so many in a row are the file system's doing. */
const TRIES_MAX = 1_000

export interface TextVersion {
  /** Empty when the file is there and cannot be read. */
  readonly text: string
  /** When it was written, in milliseconds since 1970. */
  readonly modifiedMs: number
}

/**
 * A small text in a directory of its own, which the processes of a user change together: each change is made of the one
 * before it, and none is lost.
 *
 * Every version is a file, `1.json`, `2.json` and so on, and the highest number counts. Who changes the text reads that
 * file and creates the next one, whole, only if it is not there; the loser of a race reads again. There is no lock, and
 * so nobody who is killed, stopped or slow can hold up the others: what stays of a killed one is a temporary file.
 *
 * Nothing is synced: a power cut may take the last versions or leave an empty one, and the reader must live with that.
 */
export class SharedText {
  readonly directory: string

  constructor(directory: string) {
    this.directory = directory
  }

  /** The newest version; `undefined` when there is none. @throws StorageError */
  read(): TextVersion | undefined {
    try {
      return this.#newest().version
    } catch (error) {
      if (errnoOf(error) === 'ENOENT') return undefined
      throw userFileError(error, `read ${this.directory}`)
    }
  }

  /**
   * Puts another text in place of the newest. Where the directory is there it is done when this returns, before the
   * promise is looked at.
   *
   * @param next called again with a newer version when another process was faster; `undefined` leaves the text as it is.
   *   What it adds must bear to be added twice: a process stopped for long right after its success takes it for lost
   * @throws StorageError
   */
  async change(next: (current: TextVersion | undefined) => string | undefined): Promise<void> {
    try {
      if (!existsSync(this.directory)) await makeDirectories(this.directory)
      this.#changeNow(next)
    } catch (error) {
      throw userFileError(error, `write ${this.directory}`)
    }
  }

  #changeNow(next: (current: TextVersion | undefined) => string | undefined): void {
    for (let tries = 0; tries < TRIES_MAX; tries++) {
      const { number, version } = this.#newest()
      const text = next(version)
      if (text === undefined || this.#create(number + 1, text)) return
    }
    throw new StorageError(`cannot write ${this.directory}: every next file is taken`, {
      errno: 'EEXIST',
      steps: [`Delete ${this.directory}: it is made anew.`],
    })
  }

  #newest(): { readonly number: number; readonly version: TextVersion | undefined } {
    for (let tries = 0; ; tries++) {
      const number = highest(readdirSync(this.directory))
      if (number === 0) return { number, version: undefined }
      const path = this.#pathOf(number)
      try {
        return { number, version: { text: readFileSync(path, 'utf8'), modifiedMs: Math.floor(statSync(path).mtimeMs) } }
      } catch (error) {
        const errno = errnoOf(error)
        if (errno === 'EMFILE' || errno === 'ENFILE') throw error
        // Deleted since it was listed: there are newer ones.
        if (errno === 'ENOENT' && tries < TRIES_MAX) continue
        // Nobody may read it, or it is no file: what it says is lost, and the next version takes its place.
        return { number, version: { text: '', modifiedMs: Date.now() } }
      }
    }
  }

  /** Creates a version, whole, if it is not there and never was. */
  #create(number: number, text: string): boolean {
    const temporary = join(this.directory, `${randomUUID()}.part`)
    try {
      writeFileSync(temporary, text, { flag: 'wx' })
      if (!this.#link(temporary, this.#pathOf(number), text)) return false
    } finally {
      rmSync(temporary, { force: true })
    }
    const names = readdirSync(this.directory)
    // This process was stopped between its look and the link: ours had been, others followed, and it was deleted.
    if (highest(names) >= number + KEPT) {
      rmSync(this.#pathOf(number), { force: true })
      return false
    }
    this.#tidy(names, number - KEPT)
    return true
  }

  #link(temporary: string, path: string, text: string): boolean {
    try {
      linkSync(temporary, path)
      return true
    } catch (error) {
      const errno = errnoOf(error) ?? ''
      // NFS: the reply of a link that succeeded can be lost, and the retry then says EEXIST.
      if (errno === 'EEXIST') return statSync(temporary).nlink === 2
      if (!NO_HARD_LINKS.has(errno)) throw error
      // Who reads the file before its text is in it takes the text for lost.
      return createWithoutLinks(path, text)
    }
  }

  /** What cannot be removed now, on Windows while somebody reads it, is removed by a later change. */
  #tidy(names: readonly string[], last: number): void {
    try {
      for (const name of names) {
        const path = join(this.directory, name)
        const number = numberOf(name)
        const isOld = number === undefined ? isAbandoned(path) : number <= last
        if (isOld) rmSync(path, { force: true })
      }
    } catch {
      // Litter is no fault.
    }
  }

  #pathOf(number: number): string {
    return join(this.directory, `${number}.json`)
  }
}

function numberOf(name: string): number | undefined {
  const digits = /^([1-9]\d{0,14})\.json$/.exec(name)?.[1]
  return digits === undefined ? undefined : Number(digits)
}

function highest(names: readonly string[]): number {
  return names.reduce((most, name) => Math.max(most, numberOf(name) ?? 0), 0)
}

function isAbandoned(path: string): boolean {
  return path.endsWith('.part') && statSync(path).mtimeMs < Date.now() - ABANDONED_MS
}
