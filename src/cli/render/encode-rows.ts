import type { Frames } from '../../model/frame-batches.js'
import type { Codec } from '../../parquet/engine.js'
import { ROW_FORMATS, type RowFormat, type RowTextOptions, renderRows } from './rows.js'

/** What a file of rows can be. */
export type FileFormat = RowFormat | 'parquet' | 'arrow'
export const FILE_FORMATS: readonly FileFormat[] = [...ROW_FORMATS, 'parquet', 'arrow']

export interface EncodeRowsOptions extends Omit<RowTextOptions, 'format'> {
  readonly format: FileFormat
  /** Compression of `parquet`. */
  readonly codec: Codec
}

/**
 * Rows in any format, a piece at a time: text and `arrow` need the memory of one frame (or record batch), `parquet` that
 * of the encoded file, because its footer is only known at the end.
 *
 * @throws InvalidRequestError for a column that the type does not have, or that is asked for twice
 */
export async function* encodeRows(
  frames: Frames,
  options: EncodeRowsOptions,
): AsyncGenerator<string | Uint8Array, void, undefined> {
  const { type, format, codec, columns } = options
  if (format === 'parquet') {
    const { encodeFrames } = await import('../../parquet/encode-frames.js')
    yield await encodeFrames(type, frames, {
      codec,
      metadata: new Map(),
      ...(columns === undefined ? {} : { columns }),
    })
  } else if (format === 'arrow') {
    const { arrowFileChunks } = await import('../../model/arrow/ipc-file.js')
    yield* arrowFileChunks(type, frames, columns)
  } else {
    yield* renderRows(frames, { ...options, format })
  }
}
