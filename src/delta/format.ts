import { UnsupportedFormatError } from '../model/errors.js'
import { PROTOCOL } from './actions.js'
import type { Snapshot } from './snapshot.js'

/** The on-disk format this program writes: docs/FORMAT.md. */
export const FORMAT_VERSION = '1'

/** Table property that names it, for programs older than the table. */
export const FORMAT_KEY = 'ntrader.format'

/** Table property: what the write sequence of data files began at when the log was last rebuilt, as decimal text. */
export const WRITE_SEQUENCE_BASE_KEY = 'ntrader.write_sequence.base'

/**
 * The write sequence of files that are written on top of a snapshot: it rises with every commit, also over a rebuild of
 * the log, whose versions begin at 0 again.
 */
export function nextWriteSequence(base: Snapshot | undefined): number {
  if (base === undefined) return 0
  const started = base.metadata.configuration[WRITE_SEQUENCE_BASE_KEY] ?? '0'
  return base.version + 1 + (/^\d{1,15}$/.test(started) ? Number(started) : 0)
}

/**
 * A table of a newer kind is refused before anything of it is read wrongly or written over: one that needs a newer
 * Delta protocol, or whose files say more than this program knows. A table without the property is version 1.
 *
 * @throws UnsupportedFormatError
 */
export function refuseNewer({ protocol, metadata }: Snapshot, table: string): void {
  const { minReaderVersion, minWriterVersion } = protocol
  const format = metadata.configuration[FORMAT_KEY] ?? FORMAT_VERSION
  if (format !== FORMAT_VERSION) throw newer(table, `it has the format ${format}, this program knows ${FORMAT_VERSION}`)
  if (minReaderVersion > PROTOCOL.minReaderVersion || minWriterVersion > PROTOCOL.minWriterVersion) {
    throw newer(table, `it needs a Delta reader ${minReaderVersion} and writer ${minWriterVersion}`)
  }
}

function newer(table: string, why: string): UnsupportedFormatError {
  return new UnsupportedFormatError(`${table} was written by a newer version: ${why}`, {
    steps: ['Update this program: npm install @ntrader/catalog@latest'],
  })
}
