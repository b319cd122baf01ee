import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { dir } from 'tmp-promise'
import { onTestFinished } from 'vitest'

/** The program as it is installed. `npm test` builds it first. */
export const PROGRAM = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))

export interface Outcome {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

export interface Running {
  readonly child: ChildProcess
  readonly ended: Promise<Outcome>
  /** Resolves when stderr has said `text`; rejects when the program ends without. */
  saysOnStderr(text: string): Promise<void>
}

export type Environment = Readonly<Record<string, string>>

/** A folder of its own, with a catalog in it that does not exist yet, and the program run there. */
export interface Place {
  readonly folder: string
  readonly catalog: string
  run(args: readonly string[], env?: Environment): Promise<Outcome>
  start(args: readonly string[], env?: Environment): Running
  /** Runs what has to succeed and returns its stdout. */
  ok(args: readonly string[]): Promise<string>
  /** {@link Place.ok} with `--json`, parsed. */
  json(args: readonly string[]): Promise<unknown>
}

/** A place that is gone when the test is over. */
export async function place(): Promise<Place> {
  const { path, cleanup } = await dir({ unsafeCleanup: true, prefix: 'ntrader-cli-' })
  onTestFinished(() => cleanup())
  return placeIn(path)
}

/** A place in a folder that the caller removes. */
export function placeIn(folder: string): Place {
  if (!existsSync(PROGRAM)) throw new Error(`${PROGRAM} is not there: build it first with 'npm run build'`)
  const catalog = `${folder}/catalog`
  const start = (args: readonly string[], env: Environment = {}): Running =>
    startProgram(args, folder, { NTRADER_CATALOG: catalog, ...env })
  const run = (args: readonly string[], env?: Environment): Promise<Outcome> => start(args, env).ended
  const ok = async (args: readonly string[]): Promise<string> => {
    const { code, stdout, stderr } = await run(args)
    if (code !== 0) throw new Error(`ntrader ${args.join(' ')} ended with ${code}: ${stderr}`)
    return stdout
  }
  return { folder, catalog, run, start, ok, json: async (args) => JSON.parse(await ok([...args, '--json'])) }
}

/** Nothing of the developer's own environment reaches the program, least of all the time zone. */
function startProgram(args: readonly string[], cwd: string, env: Environment): Running {
  const child = spawn(process.execPath, [PROGRAM, ...args], {
    cwd,
    env: { PATH: process.env['PATH'] ?? '', TZ: 'Pacific/Chatham', XDG_STATE_HOME: `${cwd}/state`, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const stdout: Buffer[] = []
  const stderr: Buffer[] = []
  child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk))
  child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk))
  const textOf = (chunks: readonly Buffer[]): string => Buffer.concat(chunks).toString('utf8')
  const ended = new Promise<Outcome>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code, signal) => resolve({ code, signal, stdout: textOf(stdout), stderr: textOf(stderr) }))
  })
  const saysOnStderr = (text: string): Promise<void> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        if (textOf(stderr).includes(text)) resolve()
      }
      look()
      child.stderr.on('data', look)
      child.on('close', () => reject(new Error(`the program ended without saying '${text}': ${textOf(stderr)}`)))
    })
  return { child, ended, saysOnStderr }
}

/** The one JSON line that `--json` leaves on stderr for an error. */
export function errorOf(outcome: Outcome): { readonly code: string; readonly message: string; readonly hint: string } {
  const { error } = JSON.parse(outcome.stderr)
  return error
}
