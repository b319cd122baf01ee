import { InvalidRequestError } from './errors.js'

declare const instrumentIdBrand: unique symbol

/** `SYMBOL.VENUE`, checked: `AAPL.NASDAQ`, `EUR/USD.IDEALPRO`, `BRK.B.NYSE`. */
export type InstrumentId = string & { readonly [instrumentIdBrand]: true }

/** Longest percent-encoded form of an id: with `instrument_id=` before it, a path segment stays under 255 bytes. */
const ENCODED_ID_MAX_BYTES = 200

/**
 * Checks an instrument id: symbol and venue are split at the last dot, neither is empty, no control characters,
 * no space at either end.
 *
 * @throws InvalidRequestError
 */
export function parseInstrumentId(text: string): InstrumentId {
  if (typeof text !== 'string') throw invalid(String(text), 'it is not a text')
  const dot = text.lastIndexOf('.')
  if (dot <= 0 || dot === text.length - 1) {
    throw invalid(text, 'it is not SYMBOL.VENUE')
  }
  if (text.trim() !== text || /\s$/.test(text.slice(0, dot))) throw invalid(text, 'it has a space at an end')
  if (/\p{Cc}/u.test(text)) throw invalid(text, 'it holds a control character')
  if (!text.isWellFormed()) throw invalid(text, 'it holds half of a surrogate pair')
  const bytes = encodeSegment(text).length
  if (bytes > ENCODED_ID_MAX_BYTES) {
    throw invalid(text, `it takes ${bytes} bytes in a path, ${ENCODED_ID_MAX_BYTES} is the most`)
  }
  return text as InstrumentId
}

function invalid(text: string, why: string): InvalidRequestError {
  return new InvalidRequestError(`'${text}' is not an instrument id: ${why}`, {
    steps: ['Write symbol and venue with a dot between them, for example AAPL.NASDAQ or EUR/USD.IDEALPRO.'],
  })
}

/** The part before the last dot. */
export function symbolOf(id: InstrumentId): string {
  return id.slice(0, id.lastIndexOf('.'))
}

/** The part after the last dot. */
export function venueOf(id: InstrumentId): string {
  return id.slice(id.lastIndexOf('.') + 1)
}

/**
 * Percent-encodes (upper-case hex) every UTF-8 byte outside `A-Z 0-9 . - _`. Lower-case letters are encoded too, so
 * that `AAP` and `AAp` stay two directories on a case-insensitive disk; a segment of only dots cannot climb.
 */
export function encodeSegment(value: string): string {
  let out = ''
  for (const byte of new TextEncoder().encode(value)) {
    out += isPlain(byte) ? String.fromCharCode(byte) : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`
  }
  return out
}

function isPlain(byte: number): boolean {
  const isDigit = byte >= 0x30 && byte <= 0x39
  const isUpper = byte >= 0x41 && byte <= 0x5a
  return isDigit || isUpper || byte === 0x2e || byte === 0x2d || byte === 0x5f
}
