import type { Table } from 'apache-arrow'
import type { Frame } from '../frame.js'
import { arrowSchema, BATCH_ROWS, loadArrow, toRecordBatch } from './record-batch.js'

/**
 * A frame as an apache-arrow Table, which is loaded only now: `ts_event` and `ts_init` Int64 nanoseconds, `timestamp`
 * a timestamp of microseconds in UTC, text Utf8. Numbers share the frame's memory.
 *
 * @throws InvalidDataError for text that is not well-formed Unicode
 */
export async function frameToArrow(frame: Frame): Promise<Table> {
  const arrow = await loadArrow()
  const schema = arrowSchema(arrow, frame.type, frame.columnNames)
  const batches = []
  for (let from = 0; from < frame.numRows || from === 0; from += BATCH_ROWS) {
    const rows = frame.slice(from, Math.min(from + BATCH_ROWS, frame.numRows))
    batches.push(toRecordBatch(arrow, rows, schema))
  }
  return new arrow.Table(schema, batches)
}
