import { batchesOf, type Frames } from '../model/frame-batches.js'
import { emptyFrame } from '../model/frame-edit.js'
import type { TableType } from '../model/schema.js'
import { type EncodeOptions, encodeFrame, ROW_GROUP_MAX_ROWS } from './encode.js'
import { readTree } from './footer.js'
import { type Piece, sew } from './sew.js'

/**
 * {@link encodeFrame} for rows that come in parts: what is in memory is one row group of rows and the encoded bytes of
 * those before it, so a file may hold many times more rows than memory could.
 *
 * @throws like {@link encodeFrame}
 */
export async function encodeFrames(
  type: TableType,
  frames: Frames,
  options: Omit<EncodeOptions, 'rowGroupRows'>,
): Promise<Uint8Array> {
  const pieces: Piece[] = []
  for await (const rows of batchesOf(type, frames, ROW_GROUP_MAX_ROWS)) {
    const bytes = await encodeFrame(rows, options)
    pieces.push({ bytes, tree: readTree(bytes), rowGroup: 0 })
  }
  const [first] = pieces
  return first === undefined
    ? encodeFrame(emptyFrame(type), options)
    : sew(first.tree, pieces, { metadata: options.metadata })
}
