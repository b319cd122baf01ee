import { appendFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { DataCatalogService } from '../../dist/index.js'
import { DataCatalog, say, task } from './child.mjs'

const MINUTE_NS = 60_000_000_000n
const REQUESTS_A_SESSION = 3n

/**
 * Fetches the task's ranges from a source that takes its time, and that notes each request in a file which all processes
 * of a test share. The test can hold it before it begins, and in the middle of a request.
 */
const source = {
  name: task.name,
  settingOf: () => ({}),
  plan: (series, gaps) => gaps.flatMap((gap) => inParts(gap).map((interval) => ({ series, interval }))),
  async fetch({ interval }) {
    appendFileSync(task.journal, `${task.name} ${interval.startNs} ${interval.endNs}\n`)
    const index = asked++
    if (index === task.stopsAt) stop()
    if (index === task.waitsAt) await toldToGoOn()
    await sleep(task.delayMs)
    return { rows: barsIn(interval) }
  },
}
let asked = 0

function inParts({ startNs, endNs }) {
  const stepNs = (endNs - startNs) / REQUESTS_A_SESSION
  const cuts = [0n, 1n, 2n].map((i) => startNs + i * stepNs)
  return cuts.map((ns, i) => ({ startNs: ns, endNs: cuts[i + 1] ?? endNs }))
}

/** A bar a minute; its price tells which minute it is, whoever asks. */
function barsIn({ startNs, endNs }) {
  const rows = []
  for (let ns = startNs; ns < endNs; ns += MINUTE_NS) {
    const price = Number((ns / MINUTE_NS) % 1_000_000n) + 1
    rows.push({ ts_event: ns, open: price, high: price, low: price, close: price })
  }
  return rows
}

/** As a debugger or a suspended laptop would. */
function stop() {
  say({ stopping: true })
  process.kill(process.pid, 'SIGSTOP')
}

async function toldToGoOn() {
  say({ waiting: true })
  await new Promise((resolve) => process.stdin.on('end', resolve).resume())
}

const catalog = await DataCatalog.open(task.root)
const service = new DataCatalogService({ catalog, source })
if (task.waitsAt === 'begin') await toldToGoOn()
const onProgress = ({ phase, reason }) => phase === 'wait' && say({ waits: reason })
for (const range of task.ranges) {
  const { frame, report } = await service.fetchOrLoad(task.series, { ...range, onProgress })
  const prices = [...frame.column('close')]
  const isRight = [...frame.column('ts_event')].every(
    (ns, i) => Number((ns / MINUTE_NS) % 1_000_000n) + 1 === prices[i],
  )
  say({ rows: frame.numRows, requests: report.requests, isRight })
}
await service.close()
await catalog.close()
// Left to end by itself, Node 20 now and then waits for ever for its own compiler threads (nodejs/node#54918).
process.exit()
