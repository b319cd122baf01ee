import { InvalidDataError } from '../../model/errors.js'
import { notCsv } from './bytes.js'

/** How a file separates fields and lines. A `\r` before the newline belongs to it. */
export interface Dialect {
  readonly delimiter: string
  readonly newline: '\n' | '\r'
}

export type Encoding = 'utf-8' | 'utf-16le' | 'utf-16be'

const DELIMITERS = [',', ';', '\t', '|'] as const

/** UTF-8 unless a byte order mark says otherwise: Excel's "Unicode text" and MetaTrader write UTF-16. */
export function encodingOf(head: Uint8Array): Encoding {
  if (head[0] === 0xff && head[1] === 0xfe) return 'utf-16le'
  return head[0] === 0xfe && head[1] === 0xff ? 'utf-16be' : 'utf-8'
}

/** Whether a text holds a whole line that is not blank, and what follows its `\r`: what {@link detectDialect} needs. */
export function holdsLine(text: string): boolean {
  const start = text.search(/\S/)
  if (start < 0) return false
  if (text.includes('\n', start)) return true
  const cr = text.indexOf('\r', start)
  return cr >= 0 && cr < text.length - 1
}

/**
 * Tells the dialect from the start of a file: the delimiter that its first line has most of, outside quotes.
 *
 * @throws InvalidDataError when there is no text, or no delimiter in the first line
 */
export function detectDialect(head: string): Dialect {
  if (head.includes('\0')) throw notCsv('it holds binary data', 'Import text in UTF-8.')
  const header = head.split(/[\r\n]+/).find((line) => line.trim().length > 0)
  if (header === undefined) {
    throw new InvalidDataError('the file is empty', {
      steps: ['Import a CSV file with a header and a row on each line.'],
    })
  }
  const bare = header.replaceAll(/"[^"]*"/g, '')
  const counted = DELIMITERS.map((delimiter) => ({ delimiter, count: bare.split(delimiter).length - 1 }))
  const best = counted.reduce((a, b) => (b.count > a.count ? b : a))
  if (best.count === 0) {
    throw notCsv(
      `its first line has no comma, semicolon, tab or bar: '${header.slice(0, 80)}'`,
      'Import a CSV file whose first line names its columns, for example timestamp,open,high,low,close,volume.',
    )
  }
  return { delimiter: best.delimiter, newline: !head.includes('\n') && head.includes('\r') ? '\r' : '\n' }
}
