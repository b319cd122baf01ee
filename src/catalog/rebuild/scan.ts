import { setImmediate as nextTurn } from 'node:timers/promises'
import type { AddFile } from '../../delta/actions.js'
import { FORMAT_VERSION } from '../../delta/format.js'
import type { Salvage } from '../../delta/salvage.js'
import { throwIfAborted } from '../../model/abort.js'
import { CatalogCorruptionError, DecodeError, InvalidRequestError, UnsupportedFormatError } from '../../model/errors.js'
import type { TableType } from '../../model/schema.js'
import { partitionValuesOf, type StoredSeries, seriesDirectory, seriesOfPartition } from '../../model/series.js'
import type { DecodedFile } from '../../parquet/decode.js'
import { sha256 } from '../../storage/sha256.js'
import type { Storage, StoredFile } from '../../storage/storage.js'
import { coverageFromText } from '../coverage/coverage-text.js'
import { statsOf } from '../files/data-files.js'
import { decodeFile } from '../files/decode-file.js'
import { corruptFile } from '../files/integrity.js'
import { liveFile } from '../files/live-file.js'
import { seriesText } from '../files/series-text.js'
import { isWritersFile } from '../maintenance/orphans.js'
import { misplacedRow } from '../maintenance/verify-file.js'
import type { DamagedFile, FoundFile, ReadFiles } from './rebuild-plan.js'

/** What lies below a table. */
export interface Scan extends ReadFiles {
  /** Named like files of this program, without its footer (copies, exports) or not decoding as written. Paths below the root. */
  readonly unknown: readonly string[]
}

export interface ScanOptions {
  readonly signal?: AbortSignal | undefined
  readonly onFile?: ((done: number, total: number, path: string) => void) | undefined
}

/**
 * Reads every data file below a table in full, one at a time, and checks it against itself, and against the sha256 of
 * the old log where that still reads.
 *
 * @throws UnsupportedFormatError for a file of a newer format, or of a kind that is not read: leaving it out would lose it
 * @throws StorageError, AbortedError
 */
export async function scanTable(
  storage: Storage,
  type: TableType,
  salvage: Salvage,
  { signal, onFile }: ScanOptions,
): Promise<Scan> {
  const files = (await storage.listFiles(type)).filter((it) => isDataFile(type, it))
  const [found, damaged, unknown]: [FoundFile[], DamagedFile[], string[]] = [[], [], []]
  for (const [index, stored] of files.entries()) {
    // The lock's sign of life and the signal come by timers and events, which reading alone would not let in.
    await nextTurn()
    throwIfAborted(signal)
    onFile?.(index, files.length, stored.path)
    const look = await lookAt(storage, type, stored, salvage)
    if (look === undefined) unknown.push(stored.path)
    else if ('corrupt' in look) damaged.push(look)
    else found.push(look)
  }
  return { found, damaged, unknown }
}

function isDataFile(type: TableType, { path }: StoredFile): boolean {
  const below = path.slice(type.length + 1)
  return isWritersFile(below) && !below.startsWith('_tmp/')
}

/** @returns `undefined` for a file of which nothing can be told: it is left where it is */
async function lookAt(
  storage: Storage,
  type: TableType,
  stored: StoredFile,
  { named }: Salvage,
): Promise<FoundFile | DamagedFile | undefined> {
  const path = stored.path.slice(type.length + 1)
  const known = named.get(path)?.add
  const broken = (reason: string): DamagedFile => {
    const file = liveFile(type, known ?? bareAdd(path, stored))
    return { file, corrupt: corruptFile(file, reason) }
  }
  const bytes = await storage.read(stored.path)
  if (bytes === undefined) return broken('the file is missing')
  const digest = sha256(bytes)
  const stated = known?.tags['sha256']
  if (stated !== undefined && stated !== digest) return broken('its sha256 is not the one in the old log')
  const file = liveFile(type, {
    ...bareAdd(path, stored),
    sizeBytes: bytes.length,
    tags: stated === undefined ? {} : { sha256: digest },
  })
  let decoded: DecodedFile
  try {
    decoded = await decodeFile(type, file, bytes)
  } catch (error) {
    const isUnsupported = error instanceof UnsupportedFormatError
    if (!isUnsupported && !(error instanceof DecodeError)) throw error
    // Right bytes are no damage: an update may read them, and the old log says whether they are live.
    if (stated !== undefined) return undefined
    if (isUnsupported) throw unreadFile(stored.path, error)
    return broken(error.message)
  }
  const { metadata, frame } = decoded
  const format = metadata.get('ntrader.format_version')
  if (format === undefined) return undefined
  if (format !== FORMAT_VERSION) throw newerFile(stored.path, format)
  const footer = readFooterValues(type, metadata, path)
  if (footer === undefined) return broken('the key-values of its footer do not read, or belong to another directory')
  const add: AddFile = {
    path,
    partitionValues: partitionValuesOf(footer.series),
    sizeBytes: bytes.length,
    modificationTimeMs: Math.trunc(stored.modifiedMs),
    dataChange: true,
    stats: statsOf(frame),
    tags: { coverage: footer.coverage, sha256: digest },
  }
  const live = liveFile(type, add)
  const misplaced = misplacedRow(frame, live)
  if (misplaced !== undefined) return broken(misplaced)
  return { series: footer.series, file: live, writeSequence: footer.writeSequence }
}

interface FooterValues {
  readonly series: StoredSeries
  readonly coverage: string
  readonly writeSequence: number
}

function readFooterValues(
  type: TableType,
  metadata: ReadonlyMap<string, string>,
  path: string,
): FooterValues | undefined {
  const [stated = '', coverage = ''] = [metadata.get('ntrader.series'), metadata.get('ntrader.coverage')]
  const sequence = metadata.get('ntrader.write_sequence') ?? ''
  try {
    const { instrument_id = '', bar_type = '' }: Record<string, string> = JSON.parse(stated)
    const series = seriesOfPartition(type, { instrument_id: String(instrument_id), bar_type: String(bar_type) })
    coverageFromText(coverage, path)
    const isOfHere = seriesText(series) === stated && path.startsWith(`${seriesDirectory(series)}/`)
    if (!isOfHere || !/^\d{1,15}$/.test(sequence)) return undefined
    return { series, coverage, writeSequence: Number(sequence) }
  } catch (error) {
    const isExpected =
      error instanceof SyntaxError || error instanceof InvalidRequestError || error instanceof CatalogCorruptionError
    if (isExpected || error instanceof TypeError) return undefined
    throw error
  }
}

function bareAdd(path: string, { sizeBytes }: StoredFile): AddFile {
  const stats = { numRecords: 0, tsEvent: undefined, tsInit: undefined }
  return { path, partitionValues: {}, sizeBytes, modificationTimeMs: 0, dataChange: true, stats, tags: {} }
}

function newerFile(path: string, format: string): UnsupportedFormatError {
  return new UnsupportedFormatError(`${path} has the format ${format}, this program knows ${FORMAT_VERSION}`, {
    steps: ['Update this program, and rebuild with the newer one: a log without that file would lose its rows.'],
  })
}

function unreadFile(path: string, cause: UnsupportedFormatError): UnsupportedFormatError {
  return new UnsupportedFormatError(`${path}: ${cause.message}`, {
    steps: [
      'Update this program if the file is of a newer one, and rebuild with that: a log without the file would lose its rows.',
      'Or move the file out of the catalog, and rebuild without it.',
    ],
    cause,
  })
}

/** Whether there is anything of a table on disk. @throws StorageError */
export async function hasDataFiles(storage: Storage, type: TableType): Promise<boolean> {
  return (await storage.listFiles(type)).some((it) => isDataFile(type, it))
}
