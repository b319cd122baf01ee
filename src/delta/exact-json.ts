/**
 * JSON with exact 19-digit integers, both ways. `JSON.parse` rounds nanoseconds to the next double (…601 becomes …600)
 * and `JSON.stringify` refuses bigint; Node 20 has neither `JSON.rawJSON` nor source text in revivers.
 */

/** A JSON value in which an integer of 16 or more digits came as a `bigint`. */
export type ExactJson =
  | null
  | boolean
  | number
  | bigint
  | string
  | readonly ExactJson[]
  | { readonly [key: string]: ExactJson }

/** The digits of a fraction or an exponent (0.30000000000000004, a price in another engine's statistics) are none. */
const STRING_OR_LONG_INTEGER = /"(?:[^"\\]|\\.)*"|(?<![\d.eE+-])-?\d{16,}(?![\d.eE])/g
const MARK = '\u0000bigint:'

export function parseExactJson(text: string): ExactJson {
  const marked = text.replace(STRING_OR_LONG_INTEGER, (token) =>
    token.startsWith('"') ? token : `"\\u0000bigint:${token}"`,
  )
  return JSON.parse(marked, (_key, value: unknown) =>
    typeof value === 'string' && value.startsWith(MARK) ? BigInt(value.slice(MARK.length)) : value,
  )
}

export function stringifyExactJson(value: ExactJson): string {
  if (typeof value === 'bigint') return value.toString()
  if (Array.isArray(value)) return `[${value.map(stringifyExactJson).join(',')}]`
  if (typeof value === 'object' && value !== null) {
    const members = Object.entries(value).map(([key, item]) => `${JSON.stringify(key)}:${stringifyExactJson(item)}`)
    return `{${members.join(',')}}`
  }
  return JSON.stringify(value)
}
