import { TextDecoder } from 'node:util'
import { notCsv } from './bytes.js'
import { type Dialect, detectDialect, encodingOf, holdsLine } from './dialect.js'

/** One record of the file. `undefined` fields: a quote is opened in it and never closed. */
export type TakeRecord = (fields: readonly string[] | undefined, line: number) => void

/**
 * Longest record over several lines. A quote left open for longer spoils its own line, not the rest of the file: each
 * such line costs a look at so many behind it, and a file can be made of nothing else.
 */
const QUOTED_RECORD_CHARS = 8192
const QUOTED_RECORD_LINES = 100
/** Longest line. A file without line ends is not a CSV file, and must not fill the memory. */
const LINE_CHARS = 1_048_576

/**
 * Hands every record of a CSV text to `take`, in order, with the number of its first physical line; blank lines
 * (nothing but delimiters and spaces) are counted as lines and skipped. Delimiter and line end are told from the first
 * line with text in it.
 *
 * Why not csv-parse 7: its `info` costs half the speed (257 k rows/s, before any number is read) and counts a CRLF
 * inside quotes twice; rows with another number of fields than the header's (backtrader's all are) fall to 37 k
 * rows/s; and one stray quote ends the file, where here it costs one row.
 *
 * @throws InvalidDataError for an empty, binary or one-column text
 */
export async function forEachRecord(bytes: AsyncIterable<Uint8Array>, take: TakeRecord): Promise<void> {
  const scanner = new RecordScanner(take)
  let decoder: TextDecoder | undefined
  for await (const piece of bytes) {
    decoder ??= new TextDecoder(encodingOf(piece))
    scanner.write(decoder.decode(piece, { stream: true }), false)
  }
  scanner.write(decoder?.decode() ?? '', true)
}

class RecordScanner {
  readonly #take: TakeRecord
  #dialect: Dialect | undefined
  #text = ''
  #line = 1

  constructor(take: TakeRecord) {
    this.#take = take
  }

  write(text: string, isLast: boolean): void {
    this.#text += text
    if (this.#dialect === undefined && (isLast || holdsLine(this.#text))) this.#dialect = detectDialect(this.#text)
    if (this.#dialect !== undefined) this.#takeRecords(this.#dialect, isLast)
    if (this.#text.length > LINE_CHARS) {
      throw notCsv(`line ${this.#line} is over ${LINE_CHARS} characters long`, 'Import a text with a row on each line.')
    }
  }

  #takeRecords(dialect: Dialect, isLast: boolean): void {
    let from = 0
    for (let next: number | undefined = from; next !== undefined; next = this.#record(dialect, from, isLast))
      from = next
    this.#text = this.#text.slice(from)
  }

  /** Takes the record that starts at `from`; returns where the next one does, or `undefined` to wait for more text. */
  #record(dialect: Dialect, from: number, isLast: boolean): number | undefined {
    const end = this.#lineEnd(dialect, from, isLast)
    if (end === undefined) return undefined
    const line = this.#slice(from, end)
    if (line.includes('"')) return this.#quotedRecord(dialect, from, end, isLast)
    this.#emit(line.split(dialect.delimiter), 1)
    return end + 1
  }

  /** What was cut is kept while the record grows line by line: `b","` again and again took seconds a line. */
  #quotedRecord(dialect: Dialect, from: number, firstEnd: number, isLast: boolean): number | undefined {
    const fields: string[] = []
    let at = 0
    let end: number | undefined = firstEnd
    for (let lines = 1; end !== undefined && lines <= QUOTED_RECORD_LINES; lines++) {
      if (lines > 1 && end - from > QUOTED_RECORD_CHARS) break
      const open = takeFields(fields, this.#slice(from, end), at, dialect.delimiter)
      if (open === undefined) {
        this.#emit(fields, lines)
        return end + 1
      }
      at = open
      end = this.#lineEnd(dialect, end + 1, isLast)
      if (end === undefined && !isLast && this.#text.length - from <= QUOTED_RECORD_CHARS) return undefined
    }
    this.#emit(undefined, 1)
    return firstEnd + 1
  }

  #lineEnd(dialect: Dialect, from: number, isLast: boolean): number | undefined {
    const end = this.#text.indexOf(dialect.newline, from)
    if (end >= 0) return end
    return isLast && from < this.#text.length ? this.#text.length : undefined
  }

  #slice(from: number, end: number): string {
    return this.#text.slice(from, this.#text.charCodeAt(end - 1) === CARRIAGE_RETURN && end > from ? end - 1 : end)
  }

  #emit(fields: readonly string[] | undefined, lines: number): void {
    if (fields === undefined || !fields.every(isBlank)) this.#take(fields, this.#line)
    this.#line += lines
  }
}

const CARRIAGE_RETURN = 0x0d

function isBlank(field: string): boolean {
  return field.length === 0 || field.trim().length === 0
}

/**
 * Cuts a record that has quotes in it (RFC 4180: `""` inside quotes is one) into fields, from the one at `from` on.
 *
 * @returns where the field begins whose quote is not closed in the record; `undefined` when there is none
 */
export function takeFields(fields: string[], record: string, from: number, delimiter: string): number | undefined {
  for (let at = from; at <= record.length; ) {
    const start = skipSpaces(record, at)
    const isQuoted = record.charAt(start) === '"'
    const close = isQuoted ? closingQuote(record, start) : start - 1
    if (close === undefined) return at
    const next = record.indexOf(delimiter, close + 1)
    const end = next < 0 ? record.length : next
    // A quote means something only at the start of a field: `12"x` stays as it is, and is no number either.
    fields.push(
      isQuoted
        ? record.slice(start + 1, close).replaceAll('""', '"') + record.slice(close + 1, end).trimEnd()
        : record.slice(at, end),
    )
    at = end + 1
  }
  return undefined
}

function skipSpaces(record: string, from: number): number {
  let at = from
  while (record.charAt(at) === ' ') at++
  return at
}

function closingQuote(record: string, open: number): number | undefined {
  for (let at = record.indexOf('"', open + 1); at >= 0; at = record.indexOf('"', at + 2)) {
    if (record.charAt(at + 1) !== '"') return at
  }
  return undefined
}
