import { type ColumnKind, type ColumnSpec, SCHEMAS, type TableType } from '../model/schema.js'
import { partitionColumns } from '../model/series.js'

const DELTA_TYPES: Readonly<Record<ColumnKind, string>> = {
  time: 'long',
  count: 'long',
  number: 'double',
  text: 'string',
  micros: 'timestamp',
}

/**
 * A record type's columns as the log's `schemaString`: those of the files, then the partition columns, whose values
 * only the log holds. Nanoseconds are `long`: Delta has no nanosecond timestamp, and engines that meet a Parquet one
 * truncate it or refuse the file.
 */
export function schemaString(type: TableType): string {
  const specs: readonly ColumnSpec[] = SCHEMAS[type]
  const fields = [
    ...specs.map((it) => field(it.name, DELTA_TYPES[it.kind], it.nullable)),
    ...partitionColumns(type).map((name) => field(name, 'string', false)),
  ]
  return JSON.stringify({ type: 'struct', fields })
}

function field(name: string, type: string, nullable: boolean): Record<string, unknown> {
  return { name, type, nullable, metadata: {} }
}
