import { StorageError } from '../../model/errors.js'
import { errnoOf } from '../../storage/os-error.js'
import { type Environment, type Look, lookOf, type Surface } from './look.js'
import { harmless } from './width.js'

/** Where commands write: results to `out` (stdout), everything said about them to `err` (stderr). */
export interface Terminal {
  readonly out: ResultStream
  readonly err: TalkStream
}

/** stdout. */
export interface ResultStream extends Look {
  readonly isTty: boolean
  /**
   * Resolves once the operating system has taken the chunk, so a command that awaits its writes is complete when it
   * ends, and never runs ahead of a slow reader. A reader that has gone (`| head`) ends the process with 0.
   *
   * @throws StorageError when the chunk cannot be written (a full disk behind `> file`)
   */
  write(chunk: string | Uint8Array): Promise<void>
}

/** stderr. */
export interface TalkStream extends Look {
  readonly isTty: boolean
  /** One line (or several, joined by `\n`). A status line on the screen steps aside for it. */
  line(text: string): void
  /** Shows a line that the next status replaces; `undefined` takes it away. Only on a TTY: elsewhere nothing. */
  status(text: string | undefined): void
}

/** The part of a Node stream that is used; `process.stdout` is one. */
export interface OutputStream extends Surface {
  write(chunk: string | Uint8Array, done: (error?: Error | null) => void): boolean
  on(event: 'error', listener: (error: Error) => void): unknown
}

export interface TerminalOptions {
  readonly stdout: OutputStream
  readonly stderr: OutputStream
  readonly env: Environment
  /** `false` for `--no-color`; absent, the environment and the TTY decide. */
  readonly color?: boolean | undefined
  /** Called when the reader of stdout has gone; `process.exit(0)` in the product. */
  readonly onBrokenPipe: () => void
}

export function createTerminal(options: TerminalOptions): Terminal {
  return { out: resultStream(options), err: talkStream(options) }
}

/** Writes chunks one after another, each only when the one before is taken. @throws StorageError */
export async function writeAll(
  out: ResultStream,
  chunks: Iterable<string | Uint8Array> | AsyncIterable<string | Uint8Array>,
): Promise<void> {
  for await (const chunk of chunks) await out.write(chunk)
}

function resultStream({ stdout, env, color, onBrokenPipe }: TerminalOptions): ResultStream {
  const look = lookOf(stdout, env, color)
  const isTty = stdout.isTTY === true
  let isBroken = false
  const breakOff = (): void => {
    if (isBroken) return
    isBroken = true
    onBrokenPipe()
  }
  // The write's callback reports every error; without a listener Node would raise it a second time, uncaught.
  stdout.on('error', (error) => {
    if (errnoOf(error) === 'EPIPE') breakOff()
  })
  const write = (chunk: string | Uint8Array): Promise<void> =>
    new Promise((resolve, reject) => {
      if (isBroken) return resolve()
      // A file or a pipe gets every byte as it is.
      const shown = isTty && typeof chunk === 'string' ? harmless(chunk) : chunk
      stdout.write(shown, (error) => {
        if (error && errnoOf(error) !== 'EPIPE') return reject(writeError(error))
        if (error) breakOff()
        resolve()
      })
    })
  return {
    ...look,
    get columns() {
      return look.columns
    },
    isTty,
    write,
  }
}

function talkStream({ stderr, env, color }: TerminalOptions): TalkStream {
  const look = lookOf(stderr, env, color)
  const isTty = stderr.isTTY === true
  let status = ''
  // When nobody is left to hear it, that is no reason to stop the work.
  const ignore = (): void => undefined
  stderr.on('error', ignore)
  const write = (text: string): void => {
    stderr.write(text, ignore)
  }
  return {
    ...look,
    get columns() {
      return look.columns
    },
    isTty,
    line(text) {
      const shown = harmless(text)
      write(status === '' ? `${shown}\n` : `${CLEAR_LINE}${shown}\n${status}`)
    },
    status(text = '') {
      if (!isTty || text === status) return
      status = text
      write(CLEAR_LINE + status)
    },
  }
}

/** To the left edge, and erase. The cursor is never hidden, so a killed process leaves nothing to repair. */
const CLEAR_LINE = '\r\x1b[K'

function writeError(cause: Error): StorageError {
  return new StorageError('the result could not be written to stdout', {
    errno: errnoOf(cause) ?? 'UNKNOWN',
    steps: ['Make room, or send the result elsewhere with -o FILE.'],
    cause,
  })
}
