import { createReadStream, existsSync, readFileSync } from 'node:fs'
import { open, rename, stat, unlink } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import { InvalidRequestError } from '../model/errors.js'
import { errnoOf, storageError } from './os-error.js'

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
    throw errnoOf(error) === 'ENOENT' ? noSuchFile(path) : storageError(error, `read ${path}`)
  })
  if (info.isDirectory())
    throw new InvalidRequestError(`${path} is a directory, not a file`, { steps: ['Name the files in it.'] })
  return { sizeBytes: info.size, chunks: chunksOf(path) }
}

async function* chunksOf(path: string): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of createReadStream(path, { highWaterMark: 1 << 18 })) yield chunk
  } catch (error) {
    throw storageError(error, `read ${path}`)
  }
}

/** A small text file; `undefined` when there is none. */
export function readUserText(path: string): string | undefined {
  try {
    return existsSync(path) ? readFileSync(path, 'utf8') : undefined
  } catch (error) {
    throw storageError(error, `read ${path}`)
  }
}

/** Writes a file that appears whole: an interrupted export leaves what was there before. */
export async function writeUserFile(
  path: string,
  chunks: Iterable<string | Uint8Array> | AsyncIterable<string | Uint8Array>,
): Promise<number> {
  const temporary = `${path}.${process.pid}.part`
  let sizeBytes = 0
  try {
    const handle = await open(temporary, 'w')
    try {
      for await (const chunk of chunks) {
        const bytes = typeof chunk === 'string' ? new TextEncoder().encode(chunk) : chunk
        await handle.writeFile(bytes)
        sizeBytes += bytes.length
      }
    } finally {
      await handle.close()
    }
    await rename(temporary, path)
    return sizeBytes
  } catch (error) {
    await unlink(temporary).catch(() => undefined)
    throw wrongPath(error, path) ?? storageError(error, `write ${path}`)
  }
}

function wrongPath(error: unknown, path: string): InvalidRequestError | undefined {
  switch (errnoOf(error)) {
    case 'ENOENT':
      return new InvalidRequestError(`there is no directory ${dirname(path)} to write ${basename(path)} in`, {
        steps: ['Make it first (mkdir -p), or check the path.'],
      })
    case 'EISDIR':
    case 'ENOTDIR':
      return new InvalidRequestError(`${path} cannot be a file: a directory has that name, or a file its directory's`, {
        steps: ['Name a file that is not there yet, or one to replace.'],
      })
    default:
      return undefined
  }
}

function noSuchFile(path: string): InvalidRequestError {
  return new InvalidRequestError(`there is no file ${path}`, { steps: ['Check the path; quote names with spaces.'] })
}
