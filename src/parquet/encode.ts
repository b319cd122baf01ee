import { setImmediate } from 'node:timers/promises'
import { type ArrowModule, arrowSchema, loadArrow, toRecordBatch } from '../model/arrow/record-batch.js'
import { InvalidRequestError } from '../model/errors.js'
import { type Frame, schemaOf } from '../model/frame.js'
import type { ColumnKind, TableType } from '../model/schema.js'
import { type Codec, type ColumnLayout, encodeIpc } from './engine.js'
import { readTree } from './footer.js'
import { ROW_GROUP_MAX_ROWS } from './format.js'
import { type Piece, sew } from './sew.js'

export type { Codec } from './engine.js'
export { ROW_GROUP_MAX_ROWS } from './format.js'

export interface EncodeOptions {
  readonly codec: Codec
  /** Rows of a row group, {@link ROW_GROUP_MAX_ROWS} when absent and at most. */
  readonly rowGroupRows?: number
  /** Columns of the file in their order; those of the record type when absent, which every file of a catalog has. */
  readonly columns?: readonly string[]
  /** Key-values for the footer. */
  readonly metadata: ReadonlyMap<string, string>
}

/**
 * Encodes rows as a Parquet file with exactly the columns of the record type (or those asked for), in their order. The
 * same rows, options and library versions give the same bytes.
 *
 * A large frame is encoded one row group at a time, with a turn of the event loop between them.
 *
 * @throws InvalidDataError for a null in a column that has none, and for text that is not well-formed Unicode
 * @throws InvalidRequestError for a frame that lacks a column, and for `rowGroupRows` out of range
 */
export async function encodeFrame(frame: Frame, options: EncodeOptions): Promise<Uint8Array> {
  const { codec, metadata, rowGroupRows = ROW_GROUP_MAX_ROWS } = options
  const columns = options.columns ?? schemaOf(frame.type).map((it) => it.name)
  if (!Number.isInteger(rowGroupRows) || rowGroupRows < 1 || rowGroupRows > ROW_GROUP_MAX_ROWS) {
    throw new InvalidRequestError(`a row group has 1 to ${ROW_GROUP_MAX_ROWS} rows, not ${rowGroupRows}`)
  }
  const arrow = await loadArrow()
  const pieces: Piece[] = [encodeRowGroup(arrow, frame.slice(0, Math.min(rowGroupRows, frame.numRows)), codec, columns)]
  for (let from = rowGroupRows; from < frame.numRows; from += rowGroupRows) {
    await setImmediate()
    pieces.push(encodeRowGroup(arrow, frame.slice(from, Math.min(from + rowGroupRows, frame.numRows)), codec, columns))
  }
  const [first] = pieces as [Piece, ...Piece[]]
  // No rows make no row group, but still a schema.
  return sew(first.tree, frame.numRows === 0 ? [] : pieces, { metadata })
}

function encodeRowGroup(arrow: ArrowModule, rows: Frame, codec: Codec, columns: readonly string[]): Piece {
  const { fields } = arrowSchema(arrow, rows.type)
  const ordered = columns.flatMap((name) => fields.find((it) => it.name === name) ?? [])
  const batch = toRecordBatch(arrow, rows, new arrow.Schema(ordered))
  const bytes = encodeIpc(arrow.tableToIPC(new arrow.Table([batch]), 'stream'), codec, layoutOf(rows.type, columns))
  return { bytes, tree: readTree(bytes), rowGroup: 0 }
}

const ENCODINGS: Readonly<Record<ColumnKind, ColumnLayout['encoding']>> = {
  time: 'delta',
  count: 'delta',
  micros: 'delta',
  // Not BYTE_STREAM_SPLIT: prices repeat (an open is the last close), and whole repeated values compress better.
  number: 'plain',
  text: 'dictionary',
}

function layoutOf(type: TableType, columns: readonly string[]): readonly ColumnLayout[] {
  return schemaOf(type)
    .filter((it) => columns.includes(it.name))
    .map(({ name, kind }) => ({ name, encoding: ENCODINGS[kind] }))
}
