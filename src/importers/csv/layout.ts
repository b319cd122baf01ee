import { InvalidDataError } from '../../model/errors.js'
import type { RecordType } from '../../model/schema.js'
import { notCsv } from './bytes.js'
import { OPEN_QUOTE } from './fault.js'
import type { Columns, Source } from './header.js'
import { findColumns, plainName } from './header.js'
import { isDateText, isTimeText } from './stamp.js'

/** Where to find what in the rows of one file. */
export interface Layout {
  readonly columns: Columns
  /** Fields in every row. */
  readonly width: number
}

/** Gathers the records a header takes: one, or the three of a pandas frame with two levels of column names. */
export class HeaderReader {
  #names: readonly string[] = []
  #next: 'names' | 'second level' | 'index name' | 'rows' = 'names'

  /**
   * Whether the record belongs to the header; if not, it is the first row, and the header is complete.
   *
   * @throws InvalidDataError for a header that cannot be read, or names more than one instrument
   */
  take(fields: readonly string[] | undefined, line: number): boolean {
    if (fields === undefined) {
      if (this.#next === 'names') throw notCsv(`line ${line}: ${OPEN_QUOTE.message}`, 'Correct the first line.')
      return false
    }
    switch (this.#next) {
      case 'names':
        this.#names = fields
        this.#next = 'second level'
        return true
      case 'second level':
        return this.#takeSecondLevel(fields)
      case 'index name': {
        // The third record names the index and nothing else: `Datetime,,,,,`.
        this.#next = 'rows'
        const [indexName = '', ...others] = fields
        return /^[a-z]/i.test(indexName) && others.every((it) => it.trim() === '')
      }
      case 'rows':
        return false
    }
  }

  /** `Price,Close,High` over `Ticker,AAPL,AAPL`, or the other way round: how yfinance's frames are saved. */
  #takeSecondLevel(fields: readonly string[]): boolean {
    const levels = [plainName(this.#names[0] ?? ''), plainName(fields[0] ?? '')]
    const isTwoLevel = levels.includes('ticker') && levels.includes('price') && fields.length === this.#names.length
    this.#next = isTwoLevel ? 'index name' : 'rows'
    if (!isTwoLevel) return false
    const [prices, tickers] = levels[0] === 'price' ? [this.#names, fields] : [fields, this.#names]
    refuseMixed(tickers.slice(1).map((it) => it.trim()))
    this.#names = ['time', ...prices.slice(1)]
    return true
  }

  /** @throws InvalidRequestError when a needed column is missing */
  layout(
    type: RecordType,
    firstRow: readonly string[] | undefined,
    map: ReadonlyMap<string, string> | undefined,
  ): Layout {
    const names = withoutTrailing(this.#names)
    const columns = findColumns(type, names, map)
    const split = firstRow === undefined ? undefined : splitStamp(names, columns, firstRow)
    return split === undefined ? { columns, width: names.length } : { columns: split, width: names.length + 1 }
  }
}

function refuseMixed([first, ...others]: readonly string[]): void {
  const other = others.find((it) => it !== first)
  if (other === undefined) return
  throw new InvalidDataError(`the file mixes instruments: its header names '${first}' and '${other}'`, {
    steps: ['Save the rows of each instrument in a file of its own, and import each for its instrument.'],
  })
}

/** A delimiter at the end of the header line names no column. */
function withoutTrailing(names: readonly string[]): readonly string[] {
  return names.length > 1 && names.at(-1)?.trim() === '' ? names.slice(0, -1) : names
}

/**
 * backtrader's shape: the header names one `Date`, the rows hold a date and a time of day, so that they have one field
 * more. Nothing but exactly that is taken for it.
 */
function splitStamp(names: readonly string[], columns: Columns, row: readonly string[]): Columns | undefined {
  const [date, ...others] = columns.stamp
  if (row.length !== names.length + 1 || others.length > 0) return undefined
  if (!isDateText(row[date.index] ?? '') || !isTimeText(row[date.index + 1] ?? '')) return undefined
  const move = (source: Source): Source => (source.index > date.index ? { ...source, index: source.index + 1 } : source)
  return {
    ...columns,
    stamp: [date, { index: date.index + 1, name: date.name }],
    init: columns.init && move(columns.init),
    values: new Map([...columns.values].map(([name, source]) => [name, move(source)])),
    symbol: columns.symbol && move(columns.symbol),
  }
}
