import { DataCatalog, say, task } from '../races/child.mjs'

/**
 * Writes or streams one day of synthetic trades, three a stamp, and says how much memory that took.
 * `{ root, action: 'write' | 'stream' | 'query', rows }`
 */
const SERIES = { type: 'trades', instrument: 'X.TEST' }
const START_NS = 1_704_153_600_000_000_000n
const STEP_NS = 10_000_000n
const ROWS_A_STAMP = 3
const BATCH_ROWS = 249_999
const EXCHANGES = ['Q', 'P', 'K', 'Z', 'D']
const CONDITIONS = [null, '@,T', 'I', 'F,I']

const stampOf = (row) => START_NS + BigInt(Math.floor(row / ROWS_A_STAMP)) * STEP_NS
const priceOf = (row) => 100 + (row % 400) / 100

const catalog = await DataCatalog.open(task.root)
const startedMs = performance.now()
let peakBytes = 0
const look = () => {
  const { rss } = process.memoryUsage()
  peakBytes = Math.max(peakBytes, rss)
  return rss
}
const done = (more) => say({ done: true, ms: Math.round(performance.now() - startedMs), peakBytes, ...more })

if (task.action === 'write') await write()
else await stream()
await catalog.close()

async function write() {
  const timer = setInterval(look, 20)
  for (let from = 0; from < task.rows; from += BATCH_ROWS) {
    const to = Math.min(from + BATCH_ROWS, task.rows)
    await catalog.write(SERIES, trades(from, to), {
      coverage: { start: stampOf(from), end: stampOf(to - 1) + STEP_NS },
    })
    look()
  }
  clearInterval(timer)
  const files = (await catalog.files(SERIES)).map((it) => [it.numRows, it.add.sizeBytes])
  done({ files })
}

function* trades(from, to) {
  for (let row = from; row < to; row++) {
    yield {
      ts_event: stampOf(row),
      price: priceOf(row),
      size: 100 * (1 + (row % 7)),
      exchange: EXCHANGES[row % EXCHANGES.length],
      conditions: CONDITIONS[row % CONDITIONS.length],
      trade_id: String(row),
      sequence: BigInt(row),
    }
  }
}

async function stream() {
  const rssBytes = []
  let row = 0
  for await (const frame of catalog.stream(SERIES)) {
    const [times, ids, prices] = [frame.column('ts_event'), frame.column('trade_id'), frame.column('price')]
    for (let i = 0; i < frame.numRows; i++, row++) {
      if (times[i] !== stampOf(row) || ids[i] !== String(row) || prices[i] !== priceOf(row))
        throw new Error(`row ${row}`)
    }
    rssBytes.push(look())
  }
  done({ rows: row, rssBytes })
}
