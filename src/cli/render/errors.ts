import {
  CatalogCorruptionError,
  CatalogError,
  ConnectionError,
  DataNotFoundError,
  type ErrorCode,
  InvalidDataError,
  type IsoInterval,
} from '../../model/errors.js'
import type { Look } from './look.js'
import { formatCount } from './units.js'
import { printable } from './width.js'

/**
 * An error for a person: what happened, why (each cause a line, no stack), and what to do, numbered. What the error
 * lists (bad rows, missing intervals, corrupt files) is listed where the message does not name it already.
 *
 * @param about what failed, of several: a file, a series
 */
export function errorLines(error: unknown, look: Look, verbose = false, about = ''): readonly string[] {
  const { message, steps } = factsOf(error, about)
  const [first = '', ...more] = textLines(message)
  const isAbort = exitCodeOf(error) === EXIT_ABORTED
  return [
    `${isAbort ? look.paint('yellow', 'interrupted:') : look.paint('red', 'error:')} ${first}`,
    ...more.map((it) => `  ${it}`),
    ...detailLines(error, message, verbose),
    ...causesOf(error).map((it) => `  ${look.paint('dim', 'because:')} ${it}`),
    ...(steps.length === 0 ? [] : [look.paint('bold', 'What to do:')]),
    ...steps.map((step, i) => `  ${i + 1}. ${printable(step)}`),
    ...(verbose ? stackLines(error).map((it) => look.paint('dim', it)) : []),
  ]
}

/**
 * An error for a script: `{"error":{"code","message","hint"}}` on one line. The message ends with what the error lists
 * and with its causes; the hint is the numbered steps, empty when there are none.
 */
export function errorJson(error: unknown, about = ''): string {
  const { code, message, steps } = factsOf(error, about)
  const hint = steps.map((step, i) => `${i + 1}. ${step}`).join('\n')
  const details = detailLines(error, message, false).map((it) => it.trim())
  const why = [message, details.join('; '), ...causesOf(error)].filter((it) => it !== '')
  return JSON.stringify({ error: { code, message: why.join(': '), hint } })
}

/** The exit code of an error, as in docs/CLI.md. Decided by code and class, never by the message. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof CatalogError) return EXIT_CODES[error.code]
  const code = codeOf(error)
  if (code.startsWith('commander.')) return isAnswered(error) ? 0 : EXIT_USAGE
  return code === 'ABORT_ERR' || (error instanceof Error && error.name === 'AbortError') ? EXIT_ABORTED : EXIT_FAILED
}

const EXIT_FAILED = 1
const EXIT_USAGE = 2
const EXIT_ABORTED = 130

const EXIT_CODES: Readonly<Record<ErrorCode, number>> = {
  ABORTED: EXIT_ABORTED,
  ADJUSTMENT_CHANGED: EXIT_FAILED,
  CATALOG_CORRUPTION: 4,
  CATALOG_LOCKED: 6,
  CLOSED: EXIT_FAILED,
  CONNECTION: 5,
  DATA_NOT_FOUND: 3,
  DECODE: EXIT_FAILED,
  IBKR_CONNECTION: 5,
  INVALID_DATA: EXIT_FAILED,
  INVALID_REQUEST: EXIT_USAGE,
  PACING: 6,
  SETTINGS_CONFLICT: EXIT_FAILED,
  SOURCE_REJECTED: EXIT_FAILED,
  STORAGE: EXIT_FAILED,
  UNSUPPORTED_FORMAT: EXIT_FAILED,
  VERSION_EXPIRED: 3,
  WRITE_CONFLICT: EXIT_FAILED,
}

/** Causes shown at most; a chain that bites its own tail ends here too. */
const CAUSES_MAX = 8
/** Listed rows, intervals and files shown at most, without `--verbose`. */
const DETAILS_MAX = 10

interface Facts {
  /** An {@link ErrorCode}; `UNEXPECTED` for an error that is not the catalog's. */
  readonly code: string
  readonly message: string
  readonly steps: readonly string[]
}

function factsOf(error: unknown, about: string): Facts {
  const said = messageOf(error)
  const message = said.includes(about) ? said : `${about}: ${said}`
  if (error instanceof CatalogError) return { code: error.code, message, steps: error.steps }
  switch (exitCodeOf(error)) {
    case EXIT_USAGE:
      // commander says "error: " itself.
      return {
        code: 'INVALID_REQUEST',
        message: message.replace(/^error: /, ''),
        steps: ['Run it with --help to see what it takes.'],
      }
    case EXIT_ABORTED:
      return { code: 'ABORTED', message, steps: [] }
    default:
      return { code: 'UNEXPECTED', message, steps: ['Run it again with --verbose to see where this comes from.'] }
  }
}

/** commander throws for `--help` and `--version` too, which are no errors. */
function isAnswered(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'exitCode' in error && error.exitCode === 0
}

function codeOf(error: unknown): string {
  const hasCode = typeof error === 'object' && error !== null && 'code' in error
  return hasCode && typeof error.code === 'string' ? error.code : ''
}

/** Never empty: some of Node's errors have a code and no message. */
function messageOf(error: unknown): string {
  const hasMessage = typeof error === 'object' && error !== null && 'message' in error
  const message = hasMessage ? String(error.message) : String(error)
  return message.trim() || codeOf(error) || (error instanceof Error ? error.name : 'unknown error')
}

/** One line a cause, from the nearest to the root; one that the lines before it already quote is left out. */
function causesOf(error: unknown): readonly string[] {
  const lines: string[] = []
  let said = messageOf(error)
  const queue: unknown[] = innerErrors(error)
  const seen = new Set<unknown>([error])
  for (let cause = queue.shift(); cause !== undefined && lines.length < CAUSES_MAX; cause = queue.shift()) {
    if (seen.has(cause)) continue
    seen.add(cause)
    const inner = innerErrors(cause)
    queue.push(...inner)
    const message = printable(messageOf(cause))
    if (said.includes(message) || (inner.length > 0 && isSilent(cause))) continue
    lines.push(message)
    said += `\n${message}`
  }
  return lines
}

/** Only a wrapping around its inner errors: Node's error for a connection that failed over IPv6 and over IPv4. */
function isSilent(error: unknown): boolean {
  return error instanceof Error && error.message === ''
}

function innerErrors(error: unknown): unknown[] {
  if (!(error instanceof Error)) return []
  const several: readonly unknown[] = error instanceof AggregateError ? error.errors : []
  return [error.cause, ...several].filter((it) => it !== undefined && it !== null)
}

function detailLines(error: unknown, message: string, verbose: boolean): readonly string[] {
  const details = detailsOf(error).filter((it) => !message.includes(it.key))
  const shown = verbose ? details : details.slice(0, DETAILS_MAX)
  const left = details.length - shown.length
  return [
    ...shown.map((it) => `  ${printable(it.text)}`),
    ...(left === 0 ? [] : [`  and ${formatCount(left)} more (--verbose lists them)`]),
  ]
}

interface Detail {
  /** What the message contains when it has said this already. */
  readonly key: string
  readonly text: string
}

function detailsOf(error: unknown): readonly Detail[] {
  if (error instanceof InvalidDataError) return error.problems.map((text) => ({ key: text, text }))
  if (error instanceof CatalogCorruptionError) {
    return error.files.map(({ file, reason, interval }) => ({
      key: file,
      text: `${file}: ${reason} (${intervalText(interval)})`,
    }))
  }
  if (error instanceof DataNotFoundError || error instanceof ConnectionError) {
    return error.missing.map((it) => ({ key: it.start, text: `missing: ${intervalText(it)}` }))
  }
  return []
}

function intervalText({ start, end }: IsoInterval): string {
  return `${start} .. ${end}`
}

function textLines(text: string): readonly string[] {
  return text
    .split(/\r?\n/)
    .map(printable)
    .filter((it) => it.trim() !== '')
}

/** The stack and those of its causes. */
function stackLines(error: unknown): readonly string[] {
  const lines: string[] = []
  for (let at = error, depth = 0; at instanceof Error && depth < CAUSES_MAX; at = at.cause, depth++) {
    lines.push(...(at.stack ?? at.message).split('\n').map(printable))
  }
  return lines
}
