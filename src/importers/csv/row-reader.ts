import { barRuleBroken } from '../../model/bar-rules.js'
import type { BarType } from '../../model/bar-type.js'
import { InvalidDataError } from '../../model/errors.js'
import type { BarColumns } from './bar-columns.js'
import type { EventTime, TwoInstants } from './event-time.js'
import type { Fault } from './fault.js'
import type { Source } from './header.js'
import type { Layout } from './layout.js'
import { isMissing, parseCount, parseDecimal, parseOptional } from './numbers.js'
import type { Stamp } from './stamp.js'

/** A row whose local stamp is in a fall-back hour. */
export interface AmbiguousRow extends TwoInstants {
  readonly row: number
}

interface SymbolAt {
  readonly text: string
  readonly line: number
}

export interface RowReaderOptions {
  readonly barType: BarType
  readonly layout: Layout
  readonly readStamp: (text: string) => Stamp | Fault
  readonly eventTime: (stamp: Stamp) => EventTime
  readonly columns: BarColumns
}

/** Reads the rows of a file into columns, once its layout is known. */
export class RowReader {
  /** Rows in `columns` that stand at the earlier of two possible instants. */
  readonly ambiguous: AmbiguousRow[] = []
  readonly #options: RowReaderOptions
  #firstSymbol: SymbolAt | undefined

  constructor(options: RowReaderOptions) {
    this.#options = options
  }

  /**
   * Appends the row to the columns, or says why it cannot be read.
   *
   * @throws InvalidDataError for a second instrument
   */
  read(fields: readonly string[], line: number): Fault | undefined {
    const { layout } = this.#options
    // A delimiter at the end of a line makes an empty field more, and is no reason to refuse the row.
    if (fields.length !== layout.width && !(fields.length === layout.width + 1 && fields[layout.width] === '')) {
      return { message: wrongWidth(fields.length, layout.width) }
    }
    this.#checkSymbol(fields, line)
    const time = this.#timeOf(fields)
    if (isFault(time)) return time
    const fault = this.#readPrices(fields, line, time)
    return fault && { ...fault, tsEventNs: typeof time === 'bigint' ? time : time.earlierNs }
  }

  #readPrices(fields: readonly string[], line: number, time: bigint | TwoInstants): Fault | undefined {
    const { layout, columns, barType } = this.#options
    const tsEventNs = typeof time === 'bigint' ? time : time.earlierNs
    const { columns: at } = layout
    const open = parseDecimal(fields[at.open.index] ?? '')
    const high = parseDecimal(fields[at.high.index] ?? '')
    const low = parseDecimal(fields[at.low.index] ?? '')
    const close = parseDecimal(fields[at.close.index] ?? '')
    const volume = optional(fields, at.volume, parseOptional)
    const vwap = optional(fields, at.vwap, parseOptional)
    const tradeCount = optional(fields, at.tradeCount, parseCount)
    if (open === undefined) return notANumber(fields, at.open)
    if (high === undefined) return notANumber(fields, at.high)
    if (low === undefined) return notANumber(fields, at.low)
    if (close === undefined) return notANumber(fields, at.close)
    if (volume === undefined) return notANumber(fields, at.volume)
    if (vwap === undefined) return notANumber(fields, at.vwap)
    if (tradeCount === undefined) return notACount(fields, at.tradeCount)

    const broken = barRuleBroken(barType, tsEventNs, open, high, low, close, volume)
    if (broken !== undefined) return { message: `${broken} (${this.#stampText(fields)})` }
    if (typeof time !== 'bigint') this.ambiguous.push({ row: columns.length, ...time })
    columns.push(line, { tsEventNs, open, high, low, close, volume, vwap, tradeCount })
    return undefined
  }

  #timeOf(fields: readonly string[]): EventTime {
    const stamp = this.#options.readStamp(this.#stampText(fields))
    const time = 'message' in stamp ? stamp : this.#options.eventTime(stamp)
    return isFault(time) ? { ...time, message: `${this.#options.layout.columns.stamp[0].name} ${time.message}` } : time
  }

  #stampText(fields: readonly string[]): string {
    const [date, time] = this.#options.layout.columns.stamp
    const text = (fields[date.index] ?? '').trim()
    return time === undefined ? text : `${text} ${(fields[time.index] ?? '').trim()}`
  }

  #checkSymbol(fields: readonly string[], line: number): void {
    const { symbol } = this.#options.layout.columns
    const text = symbol === undefined ? '' : (fields[symbol.index] ?? '').trim()
    if (text === '' || symbol === undefined) return
    this.#firstSymbol ??= { text, line }
    if (text !== this.#firstSymbol.text) throw mixedInstruments(symbol.name, this.#firstSymbol, { text, line })
  }
}

function mixedInstruments(column: string, first: SymbolAt, other: SymbolAt): InvalidDataError {
  return new InvalidDataError(
    `the file mixes instruments: ${column} is '${first.text}' on line ${first.line} and '${other.text}' on line ${other.line}`,
    { steps: [`Split the file by its ${column}, and import each part for its own instrument.`] },
  )
}

function isFault(time: EventTime): time is Fault {
  return typeof time !== 'bigint' && 'message' in time
}

function wrongWidth(fields: number, width: number): string {
  return `${fields} ${fields === 1 ? 'field' : 'fields'}, the header names ${width}`
}

function optional<V>(fields: readonly string[], source: Source | undefined, parse: (text: string) => V): V | null {
  return source === undefined ? null : parse(fields[source.index] ?? '')
}

function notANumber(fields: readonly string[], source: Source | undefined): Fault {
  const text = textAt(fields, source)
  return {
    message: isMissing(text) ? `${source?.name} has no value ('${text}')` : `${source?.name} '${text}' is not a number`,
  }
}

function notACount(fields: readonly string[], source: Source | undefined): Fault {
  return { message: `${source?.name} '${textAt(fields, source)}' is not a whole number` }
}

function textAt(fields: readonly string[], source: Source | undefined): string {
  return source === undefined ? '' : (fields[source.index] ?? '').trim()
}
