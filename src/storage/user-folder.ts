import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { errnoOf, userFileError } from './os-error.js'

/** A file as its folder shows it. Size and time together tell whether it is still the one that was read. */
export interface UserFile {
  readonly name: string
  readonly path: string
  readonly sizeBytes: number
  readonly modifiedMs: number
}

/** The files of a folder of the user's, links followed, by name; `undefined` when there is no such folder. @throws StorageError */
export async function listUserFolder(folder: string): Promise<readonly UserFile[] | undefined> {
  try {
    const names = (await readdir(folder)).sort()
    const files = await Promise.all(names.map((name) => fileIn(folder, name)))
    return files.filter((it) => it !== undefined)
  } catch (error) {
    if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ENOTDIR') return undefined
    throw userFileError(error, `list ${folder}`)
  }
}

/** `undefined` for what is no file, and for what has gone since it was listed. */
async function fileIn(folder: string, name: string): Promise<UserFile | undefined> {
  const path = join(folder, name)
  const info = await stat(path).catch((error: unknown) => {
    if (errnoOf(error) === 'ENOENT') return undefined
    throw error
  })
  if (info === undefined || !info.isFile()) return undefined
  return { name, path, sizeBytes: info.size, modifiedMs: info.mtimeMs }
}
