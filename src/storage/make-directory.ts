import { existsSync } from 'node:fs'
import { mkdir, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { errnoOf } from './os-error.js'

/**
 * Makes a directory and those on the way to it, one at a time. Node's own `recursive` never ends where the system says
 * ENOENT below a directory that exists, as it does in /proc and under an automounter.
 *
 * @returns the directories made, outermost first
 * @throws what mkdir(2) says
 */
export async function makeDirectories(path: string): Promise<readonly string[]> {
  const way = [path]
  for (let at = dirname(path); !existsSync(at) && dirname(at) !== at; at = dirname(at)) way.unshift(at)
  const made: string[] = []
  for (const at of way) {
    try {
      await mkdir(at)
      made.push(at)
    } catch (error) {
      // It is there, or another process was first; a file of that name is neither.
      if (errnoOf(error) !== 'EEXIST' || !(await stat(at)).isDirectory()) throw error
    }
  }
  return made
}
