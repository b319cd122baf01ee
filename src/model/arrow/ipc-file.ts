import type * as Arrow from 'apache-arrow'
import { batchesOf, type Frames } from '../frame-batches.js'
import type { TableType } from '../schema.js'
import { type ArrowModule, arrowSchema, BATCH_ROWS, loadArrow, toRecordBatch } from './record-batch.js'

/**
 * Rows as the bytes of an Arrow IPC file (`.arrow`, Feather V2), a record batch at a time: what is in memory is one
 * batch. Columns are those named, in that order; all of the type when none are.
 *
 * @throws InvalidDataError for a null in a column that has none, and for text that is not well-formed Unicode
 */
export async function* arrowFileChunks(
  type: TableType,
  frames: Frames,
  columns?: readonly string[] | undefined,
): AsyncGenerator<Uint8Array, void, undefined> {
  const arrow = await loadArrow()
  const schema = schemaFor(arrow, type, columns)
  const sink = createSink(arrow)
  const writer = new arrow.RecordBatchFileWriter().reset(sink.queue, schema)
  for await (const rows of batchesOf(type, frames, BATCH_ROWS)) {
    writer.write(toRecordBatch(arrow, rows, schema))
    yield* sink.take()
  }
  writer.finish()
  yield* sink.take()
}

function schemaFor(arrow: ArrowModule, type: TableType, columns: readonly string[] | undefined): Arrow.Schema {
  const schema = arrowSchema(arrow, type, columns)
  if (columns === undefined) return schema
  return new arrow.Schema(columns.flatMap((name) => schema.fields.find((it) => it.name === name) ?? []))
}

/** The writer's own queue keeps all that is written until its end; this one hands over what there is. */
function createSink(arrow: ArrowModule): { readonly queue: Arrow.AsyncByteQueue; take(): readonly Uint8Array[] } {
  let chunks: Uint8Array[] = []
  class Sink extends arrow.AsyncByteQueue {
    override write(chunk: Uint8Array): void {
      chunks.push(chunk)
    }
  }
  return {
    queue: new Sink(),
    take() {
      const taken = chunks
      chunks = []
      return taken
    },
  }
}
