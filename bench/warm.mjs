import { readFileSync } from 'node:fs'
import { RANGE, SERIES } from './year.mjs'

/**
 * Reads the year again and again in one process and prints the milliseconds of each time. Each engine has a process to
 * itself: DuckDB's threads and memory would slow whoever shares one with it.
 */
const { engine, root, list, repeats } = JSON.parse(process.argv[2])
const { files, numRows } = JSON.parse(readFileSync(list, 'utf8'))
/** Until the compilers are done, it is not warm yet. */
const WARM_UP = 8

async function reader() {
  if (engine === 'duckdb') {
    const { connect, readAll } = await import('./duckdb.mjs')
    const connection = await connect()
    return async () => (await readAll(connection, files, numRows))[0].length
  }
  const { DataCatalog } = await import('../dist/index.js')
  const catalog = await DataCatalog.open(root)
  return async () => (await catalog.query(SERIES, RANGE)).numRows
}

const read = await reader()
const times = []
for (let i = 0; i < WARM_UP + repeats; i++) {
  const startMs = performance.now()
  const rows = await read()
  times.push(performance.now() - startMs)
  if (rows !== numRows) throw new Error(`${engine} read ${rows} rows of ${numRows}`)
}
console.log(JSON.stringify(times.slice(WARM_UP)))
process.exit(0)
