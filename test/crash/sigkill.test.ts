import { fork } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { IS_FULL } from './form.js'
import { type Aftermath, faultIn, type Kill, kill, killsOf, nameOf } from './killed.js'
import { MUTATIONS } from './scenarios.mjs'
import { type Prepared, useWorkbench } from './workbench.js'

/**
 * The same as `killed.test.ts` with processes that really end: a child for each kill. They run what users run, dist/.
 */

const NAMES = IS_FULL ? Object.keys(MUTATIONS) : ['append a day', 'quarantine', 'vacuum']
/** Of each mutation: each child takes half a second. */
const KILLS = IS_FULL ? 16 : 4
const CHILD = fileURLToPath(new URL('sigkill-child.mjs', import.meta.url))
const figures = { kills: 0, mixedStates: 0, foldersUnlikeAFreeze: 0 }
const bench = useWorkbench('killed by SIGKILL', figures)

async function sigkill(prepared: Prepared, { call, verdict }: Kill): Promise<Aftermath> {
  const folder = bench.folder(prepared.folder)
  const child = fork(CHILD, [JSON.stringify({ folder, name: prepared.name, change: call.change, verdict })])
  let isAcknowledged = false
  child.on('message', () => {
    isAcknowledged = true
  })
  const [code, signal] = await once(child, 'exit')
  if (code !== 0 && signal !== 'SIGKILL') throw new Error(`the child ended with ${code ?? signal}`)
  return { folder, isCrashed: signal === 'SIGKILL', isAcknowledged }
}

/**
 * The files of a folder with their sizes, as one text. Left out: what chance names, and the lock, which is given back
 * beside other work (a checkpoint), now before a step of it and now after.
 */
function treeIn(folder: string): string {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => !/_lock(?:\.json)?$/.test(path))
    .map((path) => {
      const stats = statSync(join(folder, path))
      const name = path.replace(/_tmp\/[^/]+/, '_tmp/ID').replace(/\.[0-9a-f]{16}\.parquet/, '.ID.parquet')
      return `${name} ${stats.isFile() ? stats.size : ''}`
    })
    .sort()
    .join('\n')
}

describe.skipIf(process.platform === 'win32')('a process ended by SIGKILL leaves what the freeze leaves', () => {
  test.each(NAMES)('%s', { timeout: 600_000 }, async (name) => {
    const prepared = await bench.prepare(name)
    const all = killsOf(prepared)
    const frozen = new Set<string>()
    for (const it of all) {
      const { folder } = await kill(bench, prepared, it)
      frozen.add(treeIn(folder))
      bench.discard(folder)
    }
    const faults: string[] = []
    const every = Math.ceil(all.length / KILLS)
    const tried = all.filter((_, i) => i % every === 0)
    let killed = 0
    for (const it of tried) {
      const aftermath = await sigkill(prepared, it)
      if (aftermath.isCrashed) killed++
      if (!frozen.has(treeIn(aftermath.folder))) {
        figures.foldersUnlikeAFreeze++
        faults.push(`${nameOf(it)}: ${treeIn(aftermath.folder)}`)
      }
      const fault = await faultIn(aftermath, prepared)
      if (fault !== undefined) {
        figures.mixedStates++
        faults.push(`${nameOf(it)}: ${fault}`)
      }
      bench.discard(aftermath.folder)
    }
    figures.kills += killed
    expect(faults).toEqual([])
    // Several files are written at once, so the last change may not come.
    expect(killed).toBeGreaterThan(tried.length / 2)
  })
})
