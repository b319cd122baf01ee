import { CatalogCorruptionError, type CorruptFile } from '../../model/errors.js'
import { hull, toIso } from '../../model/interval.js'
import { isDirectoryInstead } from '../../storage/os-error.js'
import { sha256 } from '../../storage/sha256.js'
import type { Storage } from '../../storage/storage.js'
import { extentOf, type LiveFile } from './live-file.js'

export type DamageKind = 'missing' | 'size' | 'checksum'

/** How a file differs from what the log says of it. */
export interface Damage {
  readonly kind: DamageKind
  readonly reason: string
}

/**
 * A live file's bytes, checked against the size and sha256 in the log. Permissions, too many open files and I/O errors
 * are the system's (StorageError) and say nothing about the file.
 *
 * @throws StorageError
 */
export async function readIntact(storage: Pick<Storage, 'read'>, file: LiveFile): Promise<Uint8Array | Damage> {
  const bytes = await readBytes(storage, file.path)
  if (bytes === undefined) return { kind: 'missing', reason: 'the file is missing' }
  if (bytes.length !== file.add.sizeBytes) {
    return { kind: 'size', reason: `it has ${bytes.length} bytes, the log says ${file.add.sizeBytes}` }
  }
  if (file.sha256 !== undefined && sha256(bytes) !== file.sha256) {
    return { kind: 'checksum', reason: 'its sha256 is not the one in the log: the bytes have changed' }
  }
  return bytes
}

export function isDamage(result: Uint8Array | Damage): result is Damage {
  return !(result instanceof Uint8Array)
}

/** `undefined` where no file stands. @throws StorageError */
export async function readBytes(storage: Pick<Storage, 'read'>, path: string): Promise<Uint8Array | undefined> {
  try {
    return await storage.read(path)
  } catch (error) {
    if (isDirectoryInstead(error)) return undefined
    throw error
  }
}

export function corruptFile(file: LiveFile, reason: string): CorruptFile {
  const span = hull(extentOf(file)) ?? { startNs: 0n, endNs: 1n }
  return { file: file.path, reason, interval: toIso(span) }
}

export function corruptionError(files: readonly CorruptFile[], cause?: unknown): CatalogCorruptionError {
  const [first] = files
  const what = first === undefined ? 'a file' : `${first.file} (${first.interval.start} .. ${first.interval.end})`
  const more = files.length > 1 ? `, and ${files.length - 1} more` : ''
  return new CatalogCorruptionError(`damaged file: ${what}: ${first?.reason ?? 'unreadable'}${more}`, {
    files,
    steps: [
      'Fetch the interval again with a source: ntrader data fetch heals exactly what is damaged.',
      'Or take the file out, keeping a copy in _quarantine: ntrader data verify --quarantine',
      'Or put the file back from a backup: data files never change once written.',
    ],
    cause,
  })
}
