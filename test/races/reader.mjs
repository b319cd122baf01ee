import { DataCatalog, say, task } from './child.mjs'

/**
 * Reads the whole series again and again until stdin closes, and says which version it saw and what was in it: of the
 * newest, and of the first that it saw, which must stay as it was. With `task.mutant` it asks for one half after the
 * other, as a reader without snapshots would.
 */
let isDone = false
process.stdin.on('end', () => {
  isDone = true
})
process.stdin.resume()
const catalog = await DataCatalog.open(task.root)
const halves = task.mutant === 'twoReads' ? [{ end: task.middle }, { start: task.middle }] : [{}]
let pinned
for (let isFirst = true; !isDone; isFirst = false) {
  say(await read({}))
  if (pinned !== undefined) say({ ...(await read({ asOf: pinned })), version: pinned })
  else if (catalog.version() !== 'empty') pinned = catalog.version()
  if (isFirst) say({ ready: true })
  await new Promise((resolve) => setTimeout(resolve, task.pauseMs))
}

async function read(at) {
  const rows = []
  for (const half of halves) {
    if (half !== halves[0]) await new Promise((resolve) => setTimeout(resolve, task.pauseMs))
    rows.push(...(await rowsIn({ ...half, ...at })))
  }
  return { version: catalog.version(), rows: rows.join(' ') }
}

async function rowsIn(options) {
  try {
    const frame = await catalog.query(task.series, options)
    return [...frame.column('ts_event')].map((ns, row) => `${ns}:${frame.column('close')[row]}`)
  } catch (error) {
    // Before the first commit, and after a deletion of everything, there is no such series.
    if (error.code !== 'DATA_NOT_FOUND') throw error
    return []
  }
}
