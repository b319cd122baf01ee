import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { InvalidRequestError } from '../model/errors.js'
import { errnoOf } from '../storage/os-error.js'

export interface ChildOptions {
  readonly env: NodeJS.ProcessEnv
  readonly cwd: string
  readonly signal: AbortSignal
  /** Whether a terminal sends Ctrl-C to both: a second one, sent on, would make the child stop at once. */
  readonly isTerminal: boolean
}

/**
 * Runs a program with this one's input and output, and gives its exit code. No shell reads its words. When this one
 * is interrupted so is the child, and its end is waited for.
 *
 * @throws InvalidRequestError when there is no such program
 */
export async function runChild(
  words: readonly string[],
  { env, cwd, signal, isTerminal }: ChildOptions,
): Promise<number> {
  const [program = '', ...args] = words
  const child = spawn(program, args, { env, cwd, stdio: 'inherit', shell: false })
  const stop = (): void => void child.kill('SIGTERM')
  if (!isTerminal) signal.addEventListener('abort', stop, { once: true })
  try {
    const [code] = await once(child, 'exit')
    return typeof code === 'number' ? code : INTERRUPTED
  } catch (cause) {
    throw new InvalidRequestError(`${program} cannot be run (${errnoOf(cause) ?? 'unknown'})`, {
      steps: ['Check the name of the program behind --.'],
      cause,
    })
  } finally {
    signal.removeEventListener('abort', stop)
  }
}

const INTERRUPTED = 130
