import { AbortedError, InvalidRequestError } from '../model/errors.js'
import type { Context } from './context.js'

/**
 * Asks before something is taken away. `--yes` answers for the user.
 *
 * @throws InvalidRequestError without a terminal to ask on, AbortedError when the answer is no
 */
export async function confirm({ globals, host, terminal, signal }: Context, question: string): Promise<void> {
  if (globals.yes) return
  if (host.stdin.isTTY !== true || !terminal.err.isTty) {
    throw new InvalidRequestError(`this needs a confirmation, and there is no terminal to ask on: ${question}`, {
      steps: ['Add --yes to do it without asking.', 'Or look first what it would do: --dry-run'],
    })
  }
  const { createInterface } = await import('node:readline/promises')
  const prompt = createInterface({ input: process.stdin, output: process.stderr })
  try {
    const answer = await prompt.question(`${question} [y/N] `, { signal }).catch(() => undefined)
    // Ctrl-C and Ctrl-D are a no, and leave the cursor behind the question.
    if (answer === undefined) terminal.err.line('')
    if (!/^y(es)?$/i.test(answer?.trim() ?? '')) throw new AbortedError('not confirmed, nothing was changed')
  } finally {
    prompt.close()
  }
}
