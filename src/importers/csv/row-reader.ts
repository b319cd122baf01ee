import { barRuleBroken } from '../../model/bar-rules.js'
import { InvalidDataError } from '../../model/errors.js'
import type { Series } from '../../model/series.js'
import type { Cells } from './cells.js'
import type { EventTime, TwoInstants } from './event-time.js'
import type { Fault } from './fault.js'
import type { FileRows } from './file-rows.js'
import type { Source } from './header.js'
import type { Layout } from './layout.js'
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
  readonly series: Series
  readonly layout: Layout
  readonly readStamp: (text: string) => Stamp | Fault
  readonly eventTime: (stamp: Stamp) => EventTime
  readonly initTime: (stamp: Stamp) => bigint | Fault
  readonly rows: FileRows
}

/** A column of ours, where the file has it, and the room for what it says. */
interface Field {
  readonly source: Source
  readonly cells: Cells
}

/** Which rule of the series a row that was read breaks, with the values. */
type Rule = (row: number, tsEventNs: bigint) => string | undefined

/** Reads the records of a file into rows, once its layout is known. */
export class RowReader {
  /** Rows that stand at the earlier of two possible instants. */
  readonly ambiguous: AmbiguousRow[] = []
  readonly #options: RowReaderOptions
  readonly #fields: readonly Field[]
  readonly #rule: Rule
  #firstSymbol: SymbolAt | undefined

  constructor(options: RowReaderOptions) {
    const { series, layout, rows } = options
    const { values, init } = layout.columns
    this.#options = options
    const fields: Field[] = [...values].map(([name, source]) => ({ source, cells: rows.addColumn(name) }))
    if (init !== undefined) fields.push({ source: init, cells: rows.addInitColumn((text) => this.#initOf(text)) })
    this.#fields = fields
    this.#rule = ruleOf(series, rows)
  }

  /**
   * Appends the row, or says why it cannot be read.
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
    const fault = this.#readValues(fields, line, time)
    return fault && { ...fault, tsEventNs: earliestOf(time) }
  }

  #readValues(fields: readonly string[], line: number, time: bigint | TwoInstants): Fault | undefined {
    const { rows } = this.#options
    const tsEventNs = earliestOf(time)
    const row = rows.nextRow()
    for (const { source, cells } of this.#fields) {
      const fault = cells.read(row, fields[source.index] ?? '')
      if (fault !== undefined) return { ...fault, message: `${source.name} ${fault.message}` }
    }
    const broken = this.#rule(row, tsEventNs)
    if (broken !== undefined) return { message: `${broken} (${this.#stampText(fields)})` }
    if (typeof time !== 'bigint') this.ambiguous.push({ row, ...time })
    rows.push(line, tsEventNs)
    return undefined
  }

  #timeOf(fields: readonly string[]): EventTime {
    const stamp = this.#options.readStamp(this.#stampText(fields))
    const time = 'message' in stamp ? stamp : this.#options.eventTime(stamp)
    return isFault(time) ? { ...time, message: `${this.#options.layout.columns.stamp[0].name} ${time.message}` } : time
  }

  #initOf(text: string): bigint | Fault {
    const stamp = this.#options.readStamp(text)
    return 'message' in stamp ? stamp : this.#options.initTime(stamp)
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

/** Bars are judged a row at a time, by the stamp as the file has it. What breaks a tick is told from the frame. */
function ruleOf(series: Series, rows: FileRows): Rule {
  const [open, high, low, close] = ['open', 'high', 'low', 'close'].map((name) => rows.numbers(name))
  if (series.type !== 'bars' || !open || !high || !low || !close) return () => undefined
  const volume = rows.numbers('volume')
  return (row, tsEventNs) => {
    const size = volume?.at(row) ?? Number.NaN
    const known = Number.isNaN(size) ? null : size
    return barRuleBroken(series.barType, tsEventNs, open.at(row), high.at(row), low.at(row), close.at(row), known)
  }
}

function earliestOf(time: bigint | TwoInstants): bigint {
  return typeof time === 'bigint' ? time : time.earlierNs
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
