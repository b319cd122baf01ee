import { randomUUID } from 'node:crypto'
import {
  closeSync,
  createReadStream,
  existsSync,
  open as openFile,
  openSync,
  readlinkSync,
  readSync,
  realpathSync,
  statSync,
} from 'node:fs'
import { link, open, readlink, realpath, rename, stat, unlink } from 'node:fs/promises'
import { Socket } from 'node:net'
import { basename, dirname, join, resolve, sep } from 'node:path'
import { promisify } from 'node:util'
import { InvalidRequestError } from '../model/errors.js'
import { makeDirectories } from './make-directory.js'
import { errnoOf, NO_HARD_LINKS, userFileError } from './os-error.js'

/**
 * Files outside a catalog that the command line reads and writes for its user.
 *
 * @module
 */

/** The bytes of a file, a piece at a time, and its size. @throws InvalidRequestError when there is no such file */
export async function readUserFile(
  path: string,
): Promise<{ readonly sizeBytes: number; readonly chunks: AsyncIterable<Uint8Array> }> {
  const info = await stat(path).catch((error: unknown) => {
    throw errnoOf(error) === 'ENOENT' ? noSuchFile(path) : userFileError(error, `read ${path}`)
  })
  if (info.isDirectory())
    throw new InvalidRequestError(`${path} is a directory, not a file`, { steps: ['Name the files in it.'] })
  return { sizeBytes: info.size, chunks: chunksOf(path, info.isFIFO()) }
}

async function* chunksOf(path: string, isPipe: boolean): AsyncGenerator<Uint8Array> {
  try {
    const stream = isPipe ? await openPipe(path) : createReadStream(path, { highWaterMark: 1 << 18 })
    for await (const chunk of stream) yield chunk
  } catch (error) {
    throw userFileError(error, `read ${path}`)
  }
}

/** A pipe is waited for, not read: a read that waits for its writer would hold up the end of the process. */
async function openPipe(path: string): Promise<AsyncIterable<Uint8Array>> {
  return new Socket({ fd: await promisify(openFile)(path, 'r'), readable: true, writable: false })
}

/** Options and settings take a few lines. A device, or a file of data named by mistake, must not fill the memory. */
const TEXT_MAX_BYTES = 1024 * 1024

/** A small text file; `undefined` when there is none. @throws InvalidRequestError for one that is not small, StorageError */
export function readUserText(path: string): string | undefined {
  try {
    return existsSync(path) ? readBounded(path) : undefined
  } catch (error) {
    throw userFileError(error, `read ${path}`)
  }
}

function readBounded(path: string): string {
  const file = openSync(path, 'r')
  try {
    const bytes = Buffer.alloc(TEXT_MAX_BYTES + 1)
    let length = 0
    for (let read = -1; read !== 0 && length <= TEXT_MAX_BYTES; length += read) {
      read = readSync(file, bytes, length, bytes.length - length, null)
    }
    if (length <= TEXT_MAX_BYTES) return bytes.toString('utf8', 0, length)
  } finally {
    closeSync(file)
  }
  throw new InvalidRequestError(`${path} is longer than the ${TEXT_MAX_BYTES} bytes that options can take`, {
    steps: ['Check the path: it may name a file of data.'],
  })
}

type Chunks = Iterable<string | Uint8Array> | AsyncIterable<string | Uint8Array>

/**
 * Writes a file that appears whole: an interrupted export leaves what was there before. A link stays a link, to the
 * file written; a device or a pipe is written into. Returns the size in bytes.
 *
 * @param mode `replace` takes the place of a file that is there; `create` refuses to
 * @throws InvalidRequestError for a path that cannot be a file, StorageError
 */
export async function writeUserFile(
  path: string,
  chunks: Chunks,
  mode: 'replace' | 'create' = 'replace',
): Promise<number> {
  try {
    if (await isDeviceOrPipe(path)) return await writeInto(path, chunks)
    return await putFile(await behindLinks(path), chunks, mode)
  } catch (error) {
    throw wrongPath(error, path) ?? userFileError(error, `write ${path}`)
  }
}

async function putFile(path: string, chunks: Chunks, mode: 'replace' | 'create'): Promise<number> {
  // A name that nobody can foresee: a link that waits there would be written through.
  const temporary = `${path}.${randomUUID().slice(0, 8)}.part`
  try {
    const sizeBytes = await writeInto(temporary, chunks, { isDurable: true })
    if (mode === 'create') await publishNew(temporary, path)
    else await rename(temporary, path)
    return sizeBytes
  } catch (error) {
    await unlink(temporary).catch(() => undefined)
    throw error
  }
}

/** Gives a file its name only if nobody has it. */
async function publishNew(temporary: string, path: string): Promise<void> {
  try {
    await link(temporary, path)
  } catch (error) {
    if (!NO_HARD_LINKS.has(errnoOf(error) ?? '')) throw error
    // Without hard links a name cannot be looked at and taken in one step: a race is lost here, not the rule.
    if (existsSync(path)) throw fileExists(path)
    await rename(temporary, path)
    return
  }
  await unlink(temporary)
}

/** Makes a directory, and those on the way to it. @throws InvalidRequestError where a file has that name */
export async function makeUserDirectory(path: string): Promise<void> {
  try {
    await makeDirectories(path)
  } catch (error) {
    if (errnoOf(error) !== 'EEXIST' && errnoOf(error) !== 'ENOTDIR') throw userFileError(error, `create ${path}`)
    throw new InvalidRequestError(`${path} cannot be a directory: it is a file, or leads through one`, {
      steps: ['Name a directory, or one that is not there yet.'],
      cause: error,
    })
  }
}

/** What a path names, links followed; `undefined` where there is nothing. `other` is a device or a pipe. */
export async function kindOfPath(path: string): Promise<'file' | 'directory' | 'other' | undefined> {
  const info = await stat(path).catch(() => undefined)
  if (info === undefined) return undefined
  if (info.isDirectory()) return 'directory'
  return info.isFile() ? 'file' : 'other'
}

/** @param options.isDurable a new file, whose bytes are on the disk before this resolves: a rename may outlive a power cut */
async function writeInto(path: string, chunks: Chunks, { isDurable = false } = {}): Promise<number> {
  let sizeBytes = 0
  const handle = await open(path, isDurable ? 'wx' : 'w')
  try {
    for await (const chunk of chunks) {
      const bytes = typeof chunk === 'string' ? new TextEncoder().encode(chunk) : chunk
      await handle.writeFile(bytes)
      sizeBytes += bytes.length
    }
    if (isDurable) await handle.sync()
  } finally {
    await handle.close()
  }
  return sizeBytes
}

async function isDeviceOrPipe(path: string): Promise<boolean> {
  return (await kindOfPath(path)) === 'other'
}

/** The file that a path means; of a link to nothing, the file that would be made, as a shell's `>` makes it. */
async function behindLinks(path: string): Promise<string> {
  try {
    return await realpath(path)
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error
    const target = await readlink(path).catch(() => undefined)
    return target === undefined ? path : behindLinks(resolve(dirname(path), target))
  }
}

function wrongPath(error: unknown, path: string): InvalidRequestError | undefined {
  switch (errnoOf(error)) {
    case 'ENOENT':
      return new InvalidRequestError(`there is no directory ${dirname(path)} to write ${basename(path)} in`, {
        steps: ['Make it first (mkdir -p), or check the path.'],
      })
    case 'EEXIST':
      return fileExists(path)
    case 'EISDIR':
    case 'ENOTDIR':
      return new InvalidRequestError(`${path} cannot be a file: a directory has that name, or a file its directory's`, {
        steps: ['Name a file that is not there yet, or one to replace.'],
      })
    default:
      return undefined
  }
}

function fileExists(path: string): InvalidRequestError {
  return new InvalidRequestError(`${path} is there already`, {
    steps: ['Add --yes to replace it.', 'Or name a file that is not there yet.'],
  })
}

function noSuchFile(path: string): InvalidRequestError {
  return new InvalidRequestError(`there is no file ${path}`, { steps: ['Check the path; quote names with spaces.'] })
}

/** Whether a path is a named pipe: who opens one waits, and hears no Ctrl-C, until somebody writes to it. */
export function isNamedPipe(path: string): boolean {
  return existsSync(path) && statSync(path).isFIFO()
}

/** Whether a path, links followed, lies in a folder. */
export function isWithinFolder(folder: string, path: string): boolean {
  const [inside, at] = [realOf(folder), realOf(path)]
  return at === inside || at.startsWith(`${inside}${sep}`)
}

/** A path without links, as far as it exists. A link to nothing counts as what it names: a write would make that. */
function realOf(path: string): string {
  try {
    return realpathSync(path)
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT' || dirname(path) === path) return path
    const target = linkTarget(path)
    return target === undefined ? join(realOf(dirname(path)), basename(path)) : realOf(resolve(dirname(path), target))
  }
}

function linkTarget(path: string): string | undefined {
  try {
    return readlinkSync(path)
  } catch {
    return undefined
  }
}
