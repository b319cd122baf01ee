import { DuckDBInstance } from '@duckdb/node-api'

/**
 * The yardstick: DuckDB reads the same files, all columns, into typed arrays of JavaScript. No log, no checksums, no
 * coverage: the bare scan. Its list of files comes from the log, since a glob would also find superseded ones.
 */
export async function connect() {
  const instance = await DuckDBInstance.create(':memory:')
  return instance.connect()
}

/** Reads the files and returns the columns, one typed array each. */
export async function readAll(connection, files, numRows) {
  const list = files.map((it) => `'${it.replaceAll("'", "''")}'`).join(', ')
  const result = await connection.stream(`SELECT * FROM read_parquet([${list}], hive_partitioning = false)`)
  const columns = []
  let offset = 0
  for (let chunk = await result.fetchChunk(); chunk && chunk.rowCount > 0; chunk = await result.fetchChunk()) {
    for (let index = 0; index < chunk.columnCount; index++) {
      const { items } = chunk.getColumnVector(index)
      columns[index] ??= new items.constructor(numRows)
      columns[index].set(items.subarray(0, chunk.rowCount), offset)
    }
    offset += chunk.rowCount
  }
  if (offset !== numRows) throw new Error(`DuckDB read ${offset} rows of ${numRows}`)
  return columns
}
