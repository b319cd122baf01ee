import { writeFileSync } from 'node:fs'
import { errnoOf } from './os-error.js'

/**
 * Creates a small file, where there are no hard links, only if nothing is there. For a moment it is there without its
 * text.
 *
 * @returns whether this call created it
 * @throws what open(2) and write(2) say
 */
export function createWithoutLinks(path: string, text: string): boolean {
  try {
    writeFileSync(path, text, { flag: 'wx' })
    return true
  } catch (error) {
    if (errnoOf(error) === 'EEXIST') return false
    throw error
  }
}
