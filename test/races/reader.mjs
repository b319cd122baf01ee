import { DataCatalog, say, task } from './child.mjs'

/** Reads the whole series again and again until stdin closes, and says which version it saw and what was in it. */
let isDone = false
process.stdin.on('end', () => {
  isDone = true
})
process.stdin.resume()
const catalog = await DataCatalog.open(task.root)
for (let isFirst = true; !isDone; isFirst = false) {
  try {
    const frame = await catalog.query(task.series)
    const rows = [...frame.column('ts_event')].map((ns, row) => `${ns}:${frame.column('close')[row]}`)
    say({ version: catalog.version(), rows: rows.join(' ') })
  } catch (error) {
    // Before the first commit, and after a deletion of everything, there is no such series.
    if (error.code !== 'DATA_NOT_FOUND') throw error
    say({ version: catalog.version(), rows: '' })
  }
  if (isFirst) say({ ready: true })
  await new Promise((resolve) => setTimeout(resolve, task.pauseMs))
}
