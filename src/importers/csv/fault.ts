import { InvalidRequestError } from '../../model/errors.js'

/**
 * Why a row cannot be read. With `steps` the call is at fault and not the row (no `--tz`, the wrong `--date-format`):
 * skipping such rows would leave others that were misread in silence, so it always refuses the file.
 */
export interface Fault {
  readonly message: string
  readonly steps?: readonly string[]
  /** The row's stamp, where that much could be read: what a skipped row leaves open. */
  readonly tsEventNs?: bigint
}

/** A record whose quote never ends; its fields cannot be told apart. */
export const OPEN_QUOTE: Fault = { message: 'a quote is opened and never closed' }

/** The line a problem was found on, and what it is: names the column and the value. */
export interface CsvProblem {
  readonly line: number
  readonly message: string
}

/** Most problems kept with their text; the rest are counted. */
export const PROBLEMS_KEPT = 1000

/** Problems met while reading a file, in the order of its lines. */
export class Problems {
  readonly kept: CsvProblem[] = []
  /** Stamps of all rows with a problem, as far as they could be read. */
  readonly times: bigint[] = []
  count = 0

  /** @throws InvalidRequestError when the fault is the call's */
  add(line: number, { message, steps, tsEventNs }: Fault): void {
    if (steps !== undefined) throw new InvalidRequestError(`line ${line}: ${message}`, { steps })
    this.count++
    if (tsEventNs !== undefined) this.times.push(tsEventNs)
    if (this.kept.length < PROBLEMS_KEPT) this.kept.push({ line, message: detached(message) })
  }

  /** These and those of a later pass over the same lines, in line order. */
  mergedWith(later: readonly CsvProblem[]): readonly CsvProblem[] {
    return [...this.kept, ...later].sort((a, b) => a.line - b.line).slice(0, PROBLEMS_KEPT)
  }
}

/** A copy of its own: a slice of the text keeps the whole piece of the file it was cut from in memory. */
function detached(text: string): string {
  return Buffer.from(text).toString()
}
