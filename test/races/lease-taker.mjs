import { appendFileSync, statSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { LocalStorage } from '../../dist/storage/local.js'
import { say, task } from './child.mjs'

/**
 * Goes for the same leases as its rivals, round by round, and writes when it held each to a file they share. `isOnce`:
 * gives up at the first sight of another holder, and holds what it won until every rival has tried.
 */
const storage = new LocalStorage(task.root)
let barriers = 0

/** Starts all rivals in the same instant: each adds a byte to a file and waits until all have. */
function meet() {
  const path = `${task.meetings}/${barriers++}`
  appendFileSync(path, '.')
  while (statSync(path).size < task.rivals) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 0.1)
}

async function take(path) {
  const caller = new AbortController()
  const patience = task.isOnce ? { onWait: () => caller.abort(), signal: caller.signal } : {}
  try {
    return await storage.lease(path, { heartbeatMs: 20, staleMs: task.staleMs, ...patience })
  } catch (error) {
    if (error.code !== 'ABORTED') throw error
    return undefined
  }
}

say({ ready: true })
for (const [round, path] of task.paths.entries()) {
  meet()
  const held = await take(path)
  if (held !== undefined) appendFileSync(task.journal, `${round} ${task.name} in\n`)
  if (task.isOnce) meet()
  else await sleep(2)
  if (held !== undefined) appendFileSync(task.journal, `${round} ${task.name} out\n`)
  await held?.release()
}
