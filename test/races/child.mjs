import { writeSync } from 'node:fs'
import promises from 'node:fs/promises'
import { syncBuiltinESMExports } from 'node:module'

/**
 * What the child processes of the race tests share. They run what users run, dist/, which `npm test` builds first.
 *
 * @module
 */
export { DataCatalog, Frame } from '../../dist/index.js'

/** The task a test gives its child, as one JSON argument. */
export const task = JSON.parse(process.argv[2] ?? '{}')

/** One JSON line for the test. Synchronous: a process that is killed next has still said it. */
export function say(message) {
  writeSync(1, `${JSON.stringify(message)}\n`)
}

/** With `task.mutant` the storage puts a commit over the one that is there, and says that it was first. */
const isOverwriting = task.mutant === 'overwritingPut'

/**
 * Calls `before` ahead of every attempt to put a commit in place, and counts the attempts that came too late. The
 * product shows neither, so the one system call that decides is watched.
 */
export function watchCommits(before = () => undefined) {
  const { link } = promises
  const seen = { lost: 0 }
  promises.link = async (from, to) => {
    const isCommit = String(to).includes('_delta_log')
    if (isCommit) before()
    try {
      return await link(from, to)
    } catch (error) {
      if (!isCommit || error.code !== 'EEXIST') throw error
      if (isOverwriting) return promises.rename(from, to)
      seen.lost++
      throw error
    }
  }
  syncBuiltinESMExports()
  return seen
}
