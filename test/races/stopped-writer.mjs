import { DataCatalog, say, task, watchCommits } from './child.mjs'

/** Stops itself, as a debugger or a suspended laptop would, in the last moment before its first commit: with the lock, if it takes one. */
let isFirst = true
const seen = watchCommits(() => {
  if (!isFirst) return
  isFirst = false
  say({ stopping: true })
  process.kill(process.pid, 'SIGSTOP')
})
const catalog = await DataCatalog.open(task.root, { lock: task.lock })
const bars = task.rows.map((row) => ({ ...row, ts_event: BigInt(row.ts_event) }))
const { committed } = await catalog.write(task.series, bars)
say({ committed, lost: seen.lost })
await catalog.close()
