import { randomBytes } from 'node:crypto'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { AddFile, FileStats } from '../../delta/actions.js'
import { FORMAT_VERSION } from '../../delta/format.js'
import { DecodeError } from '../../model/errors.js'
import type { Frame } from '../../model/frame.js'
import { sameRows } from '../../model/frame-edit.js'
import { partitionValuesOf, type StoredSeries, seriesDirectory } from '../../model/series.js'
import { decodeFrame, decodeRowGroups } from '../../parquet/decode.js'
import { type Codec, encodeFrame } from '../../parquet/encode.js'
import { readFooter } from '../../parquet/footer.js'
import { sha256 } from '../../storage/sha256.js'
import type { Storage } from '../../storage/storage.js'
import { coverageToText } from '../coverage/coverage-text.js'
import type { NewFile } from '../write/bucket.js'
import { seriesText } from './series-text.js'

const ID_BYTES = 8

export interface WriteContext {
  readonly storage: Storage
  readonly codec: Codec
  readonly nowMs: number
  /** Rises with every commit: of two files for one interval the higher one is newer, even without the log. */
  readonly writeSequence: number
}

/**
 * Encodes a new data file, writes it under a name never used before, reads it back and compares bytes, footer and
 * rows. The file counts for nothing until a commit names it.
 *
 * @throws StorageError, DecodeError when what was read back is not what was written
 */
export async function writeDataFile(context: WriteContext, series: StoredSeries, file: NewFile): Promise<AddFile> {
  const coverage = coverageToText(file.coverage)
  const metadata = footerOf(context, series, coverage)
  const bytes = await encodeFrame(file.frame, { codec: context.codec, metadata })
  const name = `${file.name}.${randomBytes(ID_BYTES).toString('hex')}.parquet`
  const path = `${seriesDirectory(series)}/${name}`
  const stored = `${series.type}/${path}`
  await context.storage.create(stored, bytes)
  const digest = sha256(bytes)
  await verifyWritten(context.storage, stored, digest, file.frame, metadata)
  return {
    path,
    partitionValues: partitionValuesOf(series),
    sizeBytes: bytes.length,
    modificationTimeMs: context.nowMs,
    dataChange: true,
    stats: statsOf(file.frame),
    tags: { coverage, sha256: digest },
  }
}

/** Footer key-values from which a lost log can be rebuilt as far as possible. */
function footerOf(context: WriteContext, series: StoredSeries, coverage: string): ReadonlyMap<string, string> {
  return new Map([
    ['ntrader.format_version', FORMAT_VERSION],
    ['ntrader.series', seriesText(series)],
    ['ntrader.coverage', coverage],
    ['ntrader.write_sequence', String(context.writeSequence)],
  ])
}

async function verifyWritten(
  storage: Storage,
  path: string,
  digest: string,
  frame: Frame,
  metadata: ReadonlyMap<string, string>,
): Promise<void> {
  const bytes = await storage.read(path)
  const isIntact = bytes !== undefined && sha256(bytes) === digest && (await holds(bytes, frame, metadata))
  if (!isIntact) {
    await storage.remove(path)
    throw new DecodeError(`${path} does not read back as it was written; nothing was committed`, {
      steps: ['Check the disk and the memory of this machine.', 'Run again: no stored data was changed.'],
    })
  }
}

/** Whether a file decodes to a frame. A large one is compared row group by row group: it is never in memory twice. */
async function holds(bytes: Uint8Array, frame: Frame, metadata: ReadonlyMap<string, string>): Promise<boolean> {
  const footer = readFooter(bytes)
  if ([...metadata].some(([key, value]) => footer.metadata.get(key) !== value)) return false
  if (footer.rowGroups.length < 2) return sameRows(decodeFrame(frame.type, bytes).frame, frame)
  let row = 0
  for (const part of decodeRowGroups(frame.type, bytes)) {
    if (!sameRows(part, frame.slice(row, row + part.numRows))) return false
    row += part.numRows
    await nextTurn()
  }
  return row === frame.numRows
}

/** What the log says of the rows of a file. */
export function statsOf(frame: Frame): FileStats {
  if (frame.numRows === 0) return { numRecords: 0, tsEvent: undefined, tsInit: undefined }
  return { numRecords: frame.numRows, tsEvent: rangeOf(frame, 'ts_event'), tsInit: rangeOf(frame, 'ts_init') }
}

function rangeOf(frame: Frame, column: 'ts_event' | 'ts_init'): { readonly minNs: bigint; readonly maxNs: bigint } {
  const values = frame.data(column).values as BigInt64Array
  let [minNs, maxNs] = [values[0] as bigint, values[0] as bigint]
  for (const ns of values) {
    if (ns < minNs) minNs = ns
    if (ns > maxNs) maxNs = ns
  }
  return { minNs, maxNs }
}
