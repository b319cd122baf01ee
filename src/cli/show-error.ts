import { errorJson, errorLines } from './render/errors.js'
import type { Terminal } from './render/terminal.js'

/** An error on stderr: text for people, with `--json` one JSON line. */
export function showError(
  terminal: Terminal,
  error: unknown,
  look: { readonly json: boolean; readonly verbose: boolean },
): void {
  const lines = look.json ? [errorJson(error)] : errorLines(error, terminal.err, look.verbose)
  terminal.err.line(lines.join('\n'))
}
