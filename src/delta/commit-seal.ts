import { createHash } from 'node:crypto'
import { BLANK_SEAL } from './checkpoint-seal.js'

/**
 * Every commit of this program carries the sha256 of its own log file, of the table's name and of the version: JSON in
 * which one bit was flipped is mostly still JSON, and would say without a word that a day is covered, or was deleted.
 * It stands first in `commitInfo`, whose fields are free, and was taken while {@link BLANK_SEAL} stood in its place.
 *
 * That there is one is said twice, at both ends of `commitInfo`: so a flipped bit in either word is not taken for a
 * commit of another engine, which has none.
 */
export const SEAL_FIELD: Readonly<Record<string, string>> = { sha256: BLANK_SEAL }
export const SEALED_FIELD: Readonly<Record<string, string>> = { sealed: 'sha256' }

const BEFORE = Buffer.from('{"commitInfo":{"sha256":"')
const SAYS_SEALED = Buffer.from('"sealed":"sha256"}}')
const SEAL_END = BEFORE.length + BLANK_SEAL.length
const NEWLINE = 0x0a

/** Where a log file stands: another one of the same table, or of another, is not the one that was written there. */
export interface LogPlace {
  readonly table: string
  readonly version: number
}

/** The bytes of a log file, with the seal in its place. A text without `commitInfo` has none. */
export function sealCommit(text: string, place: LogPlace): Uint8Array {
  const bytes = Buffer.from(text)
  if (hasSeal(bytes)) bytes.write(sealOf(bytes, place), BEFORE.length, 'latin1')
  return bytes
}

/** Whether a log file is, by its own word, not the one that was written there. */
export function isBroken(file: Uint8Array, place: LogPlace): boolean {
  const bytes = Buffer.from(file.buffer, file.byteOffset, file.byteLength)
  if (hasSeal(bytes)) return bytes.toString('latin1', BEFORE.length, SEAL_END) !== sealOf(bytes, place)
  const lineEnd = bytes.indexOf(NEWLINE)
  const said = bytes.indexOf(SAYS_SEALED)
  return said >= 0 && (lineEnd < 0 || said < lineEnd)
}

/** Tells one commit from another in the same place. Two that say the same are the same. */
export function identityOf(file: Uint8Array): string {
  const bytes = Buffer.from(file.buffer, file.byteOffset, file.byteLength)
  return hasSeal(bytes)
    ? bytes.toString('latin1', BEFORE.length, SEAL_END)
    : createHash('sha256').update(bytes).digest('hex')
}

function hasSeal(bytes: Buffer): boolean {
  return bytes.length >= SEAL_END && bytes.compare(BEFORE, 0, BEFORE.length, 0, BEFORE.length) === 0
}

function sealOf(bytes: Buffer, { table, version }: LogPlace): string {
  const hash = createHash('sha256').update(`${table} ${version}\n`).update(bytes.subarray(0, BEFORE.length))
  return hash.update(BLANK_SEAL).update(bytes.subarray(SEAL_END)).digest('hex')
}
