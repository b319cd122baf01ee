import { hash } from 'node:crypto'

/** The check of a file's bytes that the log keeps, lower-case hex. */
export function sha256(bytes: Uint8Array): string {
  return hash('sha256', bytes, 'hex')
}
