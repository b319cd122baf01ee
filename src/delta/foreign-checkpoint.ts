import { ConfinedThread } from '../threads/confined-thread.js'
import type { DecodedCheckpoint } from './checkpoint-decode.js'

export interface CheckpointJob {
  readonly bytes: Uint8Array
  readonly version: number
  readonly table: string
  readonly where: string
}

/** A checkpoint of 1.26 million files takes half a gigabyte of objects. */
const CONFINES = { heapMb: 2048, timeoutMs: 120_000 }

const thread = new ConfinedThread<CheckpointJob, DecodedCheckpoint>(
  new URL('./foreign-checkpoint-thread.js', import.meta.url),
  CONFINES,
)

/**
 * Reads a checkpoint of another engine, which has no seal to be checked before it is parsed: in a thread with bounds of
 * memory and time, because two of 137 fuzzed Parquet files fill any heap that hyparquet is given.
 *
 * @throws UnsupportedFormatError, CatalogCorruptionError, DecodeError
 */
export function decodeForeignCheckpoint(job: CheckpointJob): Promise<DecodedCheckpoint> {
  return thread.run(job)
}
