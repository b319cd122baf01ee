import { randomBytes } from 'node:crypto'
import type { AddFile, FileStats } from '../delta/actions.js'
import { DecodeError } from '../model/errors.js'
import type { Frame } from '../model/frame.js'
import { sameRows } from '../model/frame-edit.js'
import { partitionValuesOf, type Series, seriesDirectory } from '../model/series.js'
import { decodeFrame } from '../parquet/decode.js'
import { type Codec, encodeFrame } from '../parquet/encode.js'
import type { Storage } from '../storage/storage.js'
import { coverageToText } from './coverage-text.js'
import { sha256 } from './integrity.js'
import type { NewFile } from './series-edit.js'
import { seriesText } from './series-text.js'

export const FORMAT_VERSION = '1'
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
export async function writeDataFile(context: WriteContext, series: Series, file: NewFile): Promise<AddFile> {
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
function footerOf(context: WriteContext, series: Series, coverage: string): ReadonlyMap<string, string> {
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
  const decoded = bytes !== undefined && sha256(bytes) === digest ? decodeFrame(frame.type, bytes) : undefined
  const isFooterSame = [...metadata].every(([key, value]) => decoded?.metadata.get(key) === value)
  if (decoded === undefined || !isFooterSame || !sameRows(decoded.frame, frame)) {
    await storage.remove(path)
    throw new DecodeError(`${path} does not read back as it was written; nothing was committed`, {
      steps: ['Check the disk and the memory of this machine.', 'Run again: no stored data was changed.'],
    })
  }
}

function statsOf(frame: Frame): FileStats {
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
