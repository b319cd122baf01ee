import { closeSync, constants, openSync, readFileSync, writeFileSync } from 'node:fs'

/**
 * A link in the place of one of the catalog's files is not followed, and a named pipe is not waited for. To a file, both
 * flags mean nothing and cost nothing. Windows has neither, and needs rights to make links.
 */
const CAREFUL = (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0)

export const OPEN_TO_CHANGE = constants.O_RDWR | CAREFUL

/** The bytes of a file of the catalog. @throws what open(2) says: ELOOP to a link */
export function readOwn(full: string): Buffer {
  const file = openSync(full, constants.O_RDONLY | CAREFUL)
  try {
    return readFileSync(file)
  } finally {
    closeSync(file)
  }
}

/** Writes a small file of the catalog, in place of what is there. @throws what open(2) says: ELOOP to a link */
export function writeOwn(full: string, text: string): void {
  const file = openSync(full, constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC | CAREFUL, 0o666)
  try {
    writeFileSync(file, text)
  } finally {
    closeSync(file)
  }
}
