import type { ColumnData } from '../model/frame.js'
import { Frame } from '../model/frame.js'
import type { TableType } from '../model/schema.js'
import { ConfinedThread } from '../threads/confined-thread.js'
import type { DecodedFile } from './decode.js'

export interface ForeignJob {
  readonly type: TableType
  readonly bytes: Uint8Array
}

/** A frame as it goes from one thread to another. */
export interface ForeignRows {
  readonly numRows: number
  readonly columns: ReadonlyMap<string, ColumnData>
  readonly metadata: ReadonlyMap<string, string>
}

/** What decoding one foreign file may take: docs/SECURITY.md states it. */
export const FOREIGN_LIMITS = { engineBytes: 2 ** 30, frameBytes: 2 ** 30, heapMb: 1024, timeoutMs: 60_000 } as const

const thread = new ConfinedThread<ForeignJob, ForeignRows>(
  new URL('./foreign-thread.js', import.meta.url),
  FOREIGN_LIMITS,
)

/**
 * Decodes a file that nobody vouches for: of another writer, without a sha256 in the log. It happens in a thread with
 * bounds of memory and time, whatever the file claims and however it is broken. A few times slower than `decodeFrame`.
 *
 * @throws DecodeError, UnsupportedFormatError like `decodeFrame`; both also for what is beyond the bounds
 */
export async function decodeForeign<T extends TableType>(type: T, bytes: Uint8Array): Promise<DecodedFile<T>> {
  const { numRows, columns, metadata } = await thread.run({ type, bytes })
  return { frame: new Frame(type, numRows, columns), metadata }
}
