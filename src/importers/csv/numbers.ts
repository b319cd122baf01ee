/** Texts that programs write where they have no value. */
const MISSING = new Set(['', '-', 'nan', 'null', 'none', 'n/a', 'na', '#n/a', '<na>'])

/** A decimal number and nothing else: `Number` alone would also take '', `0x10` and `Infinity`. */
const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/
const WHOLE = /^([+-]?\d+)(?:\.0*)?$/
const MIN_COUNT = -(2n ** 63n)
const MAX_COUNT = 2n ** 63n - 1n
/** Longest text of digits that a double holds exactly, whatever its sign. */
const EXACT_CHARS = 15

/** The nearest double to a decimal text, or `undefined` when it is none (`12abc`, `1,234`, hex) or too large for one. */
export function parseDecimal(text: string): number | undefined {
  const trimmed = text.trim()
  if (!DECIMAL.test(trimmed)) return undefined
  const value = Number(trimmed)
  return Number.isFinite(value) ? value : undefined
}

/** A value that may be absent: `null` for an empty field and its spellings. */
export function parseOptional(text: string): number | null | undefined {
  return parseDecimal(text) ?? (isMissing(text) ? null : undefined)
}

/** A whole number of 64 bits as {@link parseOptional} reads it, exact to the last digit; `12.0` is 12, a fraction is `undefined`. */
export function parseCount(text: string): bigint | null | undefined {
  const digits = WHOLE.exec(text.trim())?.[1]
  if (digits === undefined) {
    const value = parseOptional(text)
    if (value === null || value === undefined) return value
    return Number.isSafeInteger(value) ? BigInt(value) : undefined
  }
  if (digits.length <= EXACT_CHARS) return BigInt(Number(digits))
  const count = BigInt(digits)
  return count >= MIN_COUNT && count <= MAX_COUNT ? count : undefined
}

export function isMissing(text: string): boolean {
  return MISSING.has(text.trim().toLowerCase())
}
