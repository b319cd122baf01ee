import { errorJson, errorLines } from './render/errors.js'
import type { Terminal } from './render/terminal.js'

/** An error on stderr: text for people, with `--json` one JSON line. `about` is what failed, of several. */
export function showError(
  terminal: Terminal,
  error: unknown,
  { json, verbose, about }: { readonly json: boolean; readonly verbose: boolean; readonly about?: string },
): void {
  const lines = json ? [errorJson(error, about)] : errorLines(error, terminal.err, verbose, about)
  terminal.err.line(lines.join('\n'))
}
