import { CommanderError } from 'commander'
import { createProgram } from './program.js'
import { errorJson, errorLines, exitCodeOf } from './render/errors.js'
import { createTerminal, type OutputStream, type Terminal } from './render/terminal.js'

/** The part of Node's `process` that the command line uses. */
export interface Host {
  readonly stdout: OutputStream
  readonly stderr: OutputStream
  readonly stdin: { readonly isTTY?: boolean }
  readonly env: NodeJS.ProcessEnv
  cwd(): string
  on(event: 'SIGINT' | 'SIGTERM', listener: () => void): unknown
  exit(code: number): never
}

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
  const onInterrupt = (): void => {
    if (abort.signal.aborted) host.exit(INTERRUPTED)
    terminal.err.line('stopping; press Ctrl-C again to stop at once')
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
    showError(terminal, error, { json: isSet('--json'), verbose: isSet('--verbose') })
    return exitCodeOf(error)
  }
}

export function showError(
  terminal: Terminal,
  error: unknown,
  look: { readonly json: boolean; readonly verbose: boolean },
): void {
  const lines = look.json ? [errorJson(error)] : errorLines(error, terminal.err, look.verbose)
  terminal.err.line(lines.join('\n'))
}
