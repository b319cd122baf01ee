import { CommanderError } from 'commander'
import { AbortedError } from '../model/errors.js'
import type { Host, InterruptSignal } from './host.js'
import { createProgram } from './program.js'
import { exitCodeOf } from './render/errors.js'
import { createTerminal } from './render/terminal.js'
import { showError } from './show-error.js'

const INTERRUPTED = 130
const USAGE = 2

/**
 * Runs one command line and returns its exit code (the table of docs/CLI.md). The first Ctrl-C stops the command at the
 * next safe point, the second at once; what was committed stays either way.
 *
 * @param args without the program's name
 */
export async function runCli(args: readonly string[], host: Host): Promise<number> {
  const isSet = (...flags: readonly string[]): boolean => flags.some((it) => args.includes(it))
  const terminal = createTerminal({
    stdout: host.stdout,
    stderr: host.stderr,
    env: host.env,
    color: isSet('--no-color') ? false : undefined,
    onBrokenPipe: () => host.exit(0),
  })
  const abort = new AbortController()
  const onInterrupt = (signal: InterruptSignal): void => {
    if (abort.signal.aborted) dieOf(signal, host, onInterrupt)
    else if (!isSet('--quiet', '--json')) terminal.err.line('stopping; press Ctrl-C again to stop at once')
    abort.abort()
  }
  host.on('SIGINT', onInterrupt)
  host.on('SIGTERM', onInterrupt)
  try {
    return await createProgram({ terminal, host, signal: abort.signal }).run(args)
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return 0
    // A command line without a command: commander has shown the help.
    if (error instanceof CommanderError && error.code === 'commander.help') return USAGE
    const exitCode = exitCodeOf(error)
    const shown = abort.signal.aborted && exitCode === INTERRUPTED ? interrupted(error) : error
    showError(terminal, shown, { json: isSet('--json'), verbose: isSet('--verbose') })
    return exitCode
  }
}

/** Not by `exit`, which waits for threads: one may be waiting for a pipe that nobody writes to. */
function dieOf(signal: InterruptSignal, host: Host, listener: (signal: InterruptSignal) => void): void {
  host.off('SIGINT', listener)
  host.off('SIGTERM', listener)
  host.kill(host.pid, signal)
}

/** In a person's words: to the library it was its caller who stopped. */
function interrupted(error: unknown): AbortedError {
  const shown = new AbortedError('stopped; what was committed stays', {
    steps: ['Run the same command again: it goes on from there.'],
  })
  if (error instanceof Error && error.stack !== undefined) shown.stack = error.stack
  return shown
}
