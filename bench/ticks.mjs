import { DataCatalog, Frame } from '../dist/index.js'

/**
 * Ten million trades of one instrument: five days of two million, written in batches that are cut between stamps, then
 * streamed a row group at a time. Each role is a process of its own, for its memory's sake.
 */
export const TRADES = { type: 'trades', instrument: 'BENCH.SIM' }
export const DAYS = 5
export const ROWS_A_DAY = 2_000_000
export const NUM_ROWS = DAYS * ROWS_A_DAY
const BATCH_ROWS = 250_000
const FIRST_OPEN_NS = 1_704_205_800_000_000_000n
const DAY_NS = 86_400_000_000_000n
/** Two million trades over the six and a half hours of a session. */
const STEP_NS = 11_700_000n
const VENUES = ['Q', 'N', 'P', 'Z', 'D']

function batch(day, first) {
  const stamps = new BigInt64Array(BATCH_ROWS)
  const prices = new Float64Array(BATCH_ROWS)
  const sizes = new Float64Array(BATCH_ROWS)
  const exchanges = new Array(BATCH_ROWS)
  const openNs = FIRST_OPEN_NS + BigInt(day) * DAY_NS
  for (let i = 0; i < BATCH_ROWS; i++) {
    const n = first + i
    stamps[i] = openNs + BigInt(n) * STEP_NS + BigInt((n * 7919) % 10_000_000)
    prices[i] = (18_700 + ((n * 31) % 211)) / 100
    sizes[i] = 1 + ((n * 17) % 400)
    exchanges[i] = VENUES[(n * 13) % VENUES.length]
  }
  const columns = { ts_event: stamps, ts_init: stamps, price: prices, size: sizes, exchange: exchanges }
  return new Frame('trades', BATCH_ROWS, new Map(Object.entries(columns).map(([name, values]) => [name, { values }])))
}

const roles = {
  async write({ root }) {
    const catalog = await DataCatalog.open(root)
    const startMs = performance.now()
    for (let day = 0; day < DAYS; day++) {
      for (let first = 0; first < ROWS_A_DAY; first += BATCH_ROWS) await catalog.write(TRADES, batch(day, first))
    }
    return { ms: performance.now() - startMs, files: (await catalog.files(TRADES)).length }
  },

  /** Milliseconds, and how much the process grew after the first tenth of the rows. */
  async stream({ root }) {
    const catalog = await DataCatalog.open(root)
    const startMs = performance.now()
    let [rows, volume, settledBytes, peakBytes] = [0, 0, 0, 0]
    for await (const part of catalog.stream(TRADES)) {
      const sizes = part.column('size')
      for (let i = 0; i < sizes.length; i++) volume += sizes[i]
      rows += part.numRows
      const rssBytes = process.memoryUsage.rss()
      if (rows <= NUM_ROWS / 10) settledBytes = Math.max(settledBytes, rssBytes)
      peakBytes = Math.max(peakBytes, rssBytes)
    }
    if (rows !== NUM_ROWS) throw new Error(`${rows} rows were streamed, not ${NUM_ROWS}`)
    const [settledMb, peakMb] = [settledBytes / 1e6, peakBytes / 1e6]
    return { ms: performance.now() - startMs, volume, settledMb, peakMb }
  },

  /** The same rows and the same sum by DuckDB: all columns of the bare files, no log and no checksums. */
  async duckdb({ files }) {
    const { connect } = await import('./duckdb.mjs')
    const connection = await connect()
    const list = files.map((it) => `'${it.replaceAll("'", "''")}'`).join(', ')
    const startMs = performance.now()
    const result = await connection.stream(`SELECT * FROM read_parquet([${list}], hive_partitioning = false)`)
    let [rows, volume] = [0, 0]
    for (let chunk = await result.fetchChunk(); chunk && chunk.rowCount > 0; chunk = await result.fetchChunk()) {
      for (let index = 0; index < chunk.columnCount; index++) chunk.getColumnVector(index)
      const { items } = chunk.getColumnVector(4)
      for (let i = 0; i < chunk.rowCount; i++) volume += items[i]
      rows += chunk.rowCount
    }
    if (rows !== NUM_ROWS) throw new Error(`DuckDB read ${rows} rows of ${NUM_ROWS}`)
    return { ms: performance.now() - startMs, volume }
  },
}

if (process.argv[2] !== undefined) {
  const { role, ...given } = JSON.parse(process.argv[2])
  console.log(JSON.stringify(await roles[role](given)))
  process.exit(0)
}
