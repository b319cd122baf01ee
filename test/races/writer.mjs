import { DataCatalog, say, task, watchCommits } from './child.mjs'

/**
 * Writes each of the task's batches as one commit, and says so when it was acknowledged. With `task.endsBefore` it kills
 * itself when all is ready for the commit after so many.
 */
let tried = 0
const seen = watchCommits(() => {
  if (tried++ === task.endsBefore) process.kill(process.pid, 'SIGKILL')
})
const catalog = await DataCatalog.open(task.root, { lock: task.lock })
say({ ready: true })
for (const [index, rows] of task.batches.entries()) {
  const bars = rows.map((row) => ({ ...row, ts_event: BigInt(row.ts_event) }))
  const { committed, rowsAdded } = await catalog.write(task.series, bars)
  say({ acknowledged: index, committed, rowsAdded })
}
await catalog.close()
say({ lost: seen.lost })
