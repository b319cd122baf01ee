import { createHash } from 'node:crypto'

/**
 * The footer's key-value pair that holds the sha256 of the whole file, taken while {@link BLANK_SEAL} stood in its
 * place. Parquet pages have no check of their own here, and `_last_checkpoint` speaks of one checkpoint only; so every
 * checkpoint carries its own, which is looked at before anything is parsed: a flipped row count in a footer would make
 * a reader allocate without end.
 */
export const SEAL_KEY = 'ntrader.sha256'
const SEAL_LENGTH = 64
export const BLANK_SEAL = '0'.repeat(SEAL_LENGTH)

/** Thrift writes a field's type and a length below 128 in one byte each. */
const BEFORE_VALUE = 2

/** `none`: not written by this program. */
export type SealState = 'intact' | 'broken' | 'none'

/** Puts the check into a file that was written with {@link BLANK_SEAL}. */
export function seal(file: Uint8Array): void {
  const at = sealOffset(file)
  if (at === undefined) throw new RangeError('the file has no place for a seal')
  new TextEncoder().encodeInto(sealOf(file, at), file.subarray(at, at + SEAL_LENGTH))
}

export function sealState(file: Uint8Array): SealState {
  const at = sealOffset(file)
  if (at === undefined) return 'none'
  return new TextDecoder('latin1').decode(file.subarray(at, at + SEAL_LENGTH)) === sealOf(file, at)
    ? 'intact'
    : 'broken'
}

function sealOf(file: Uint8Array, at: number): string {
  const hash = createHash('sha256').update(file.subarray(0, at)).update(BLANK_SEAL)
  return hash.update(file.subarray(at + SEAL_LENGTH)).digest('hex')
}

function sealOffset(file: Uint8Array): number | undefined {
  const keyAt = Buffer.from(file.buffer, file.byteOffset, file.byteLength).lastIndexOf(SEAL_KEY)
  const at = keyAt + SEAL_KEY.length + BEFORE_VALUE
  return keyAt < 0 || at + SEAL_LENGTH > file.byteLength ? undefined : at
}
