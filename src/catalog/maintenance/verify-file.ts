import { DecodeError, type IsoInterval, UnsupportedFormatError } from '../../model/errors.js'
import type { Frame } from '../../model/frame.js'
import { byStart, contains } from '../../model/interval.js'
import type { StoredSeries } from '../../model/series.js'
import type { DecodedFile } from '../../parquet/decode.js'
import type { Storage } from '../../storage/storage.js'
import { coverageSet } from '../coverage/coverage.js'
import { decodeFile } from '../files/decode-file.js'
import { corruptFile, type DamageKind, isDamage, readIntact } from '../files/integrity.js'
import type { LiveFile } from '../files/live-file.js'
import { seriesText } from '../files/series-text.js'

/**
 * - `missing`, `size`, `checksum`: the file is not what was written; it can be quarantined
 * - `undecodable`: the right bytes, which do not decode
 * - `rows`: another number of rows than the log says
 * - `interval`: rows outside what the log says the file covers, or out of order
 */
export type ProblemKind = DamageKind | 'undecodable' | 'rows' | 'interval'

export interface VerifyProblem {
  /** Path below the catalog's root. */
  readonly file: string
  readonly kind: ProblemKind
  readonly reason: string
  /** What the file's loss would take away. */
  readonly interval: IsoInterval
}

/**
 * Whether the file is not what was written: only such go to quarantine. Right bytes that do not decode are no damage:
 * moving them away would lose what an update may read.
 */
export function isTakenByQuarantine({ kind }: VerifyProblem): boolean {
  return kind === 'missing' || kind === 'size' || kind === 'checksum'
}

/** Checks one live file in full: presence, size, sha256, decode, row count, order and coverage. @throws StorageError */
export async function verifyFile(
  storage: Storage,
  series: StoredSeries,
  file: LiveFile,
): Promise<VerifyProblem | undefined> {
  const problem = (kind: ProblemKind, reason: string): VerifyProblem => ({ kind, ...corruptFile(file, reason) })
  const bytes = await readIntact(storage, file)
  if (isDamage(bytes)) return problem(bytes.kind, bytes.reason)
  let decoded: DecodedFile
  try {
    decoded = await decodeFile(series.type, file, bytes)
  } catch (error) {
    if (error instanceof DecodeError || error instanceof UnsupportedFormatError)
      return problem('undecodable', error.message)
    throw error
  }
  const { frame, metadata } = decoded
  const stated = metadata.get('ntrader.series')
  if (stated !== undefined && stated !== seriesText(series)) {
    return problem('rows', `its footer says it holds ${stated}, the log says ${seriesText(series)}`)
  }
  if (file.add.stats !== undefined && frame.numRows !== file.numRows) {
    return problem('rows', `it holds ${frame.numRows} rows, the log says ${file.numRows}`)
  }
  const misplaced = misplacedRow(frame, file)
  return misplaced === undefined ? undefined : problem('interval', misplaced)
}

/**
 * Files whose coverage lies over that of an earlier one: each instant may be spoken for by one live file only, or its
 * rows would be read twice.
 */
export function overlappingFiles(files: readonly LiveFile[]): readonly VerifyProblem[] {
  const entries = files.flatMap((file) => file.coverage.map((it) => ({ file, startNs: it.startNs, endNs: it.endNs })))
  const problems = new Map<LiveFile, VerifyProblem>()
  let last: (typeof entries)[number] | undefined
  for (const entry of entries.sort(byStart)) {
    if (last !== undefined && entry.startNs < last.endNs && entry.file !== last.file) {
      const reason = `it covers instants that ${last.file.path} covers too`
      problems.set(entry.file, { kind: 'interval', ...corruptFile(entry.file, reason) })
    }
    if (last === undefined || entry.endNs > last.endNs) last = entry
  }
  return [...problems.values()]
}

/** Why a row cannot be where it is, if one cannot: out of order, or outside what the file covers. */
export function misplacedRow(frame: Frame, file: LiveFile): string | undefined {
  const times = frame.column('ts_event')
  const covered = coverageSet(file.coverage)
  for (const [row, ns] of times.entries()) {
    if (row > 0 && ns < (times[row - 1] as bigint)) return `row ${row + 1} is out of order`
    if (covered.length > 0 && !contains(covered, ns)) return `row ${row + 1} lies outside the file's coverage`
    if (file.rowSpan !== undefined && !contains([file.rowSpan], ns))
      return `row ${row + 1} lies outside the range in the log`
  }
  return undefined
}
