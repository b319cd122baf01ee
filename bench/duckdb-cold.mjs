import { readFileSync } from 'node:fs'
import { connect, readAll } from './duckdb.mjs'

/** A process that reads the files named in a list and ends: what a script over DuckDB costs from a standing start. */
const { files, numRows } = JSON.parse(readFileSync(process.argv[2], 'utf8'))
const columns = await readAll(await connect(), files, numRows)
console.log(`${numRows} rows, ${columns.length} columns`)
process.exit(0)
