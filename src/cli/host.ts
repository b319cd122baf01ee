import type { OutputStream } from './render/terminal.js'

/** The part of Node's `process` that the command line uses. */
export interface Host {
  readonly stdout: OutputStream
  readonly stderr: OutputStream
  readonly stdin: { readonly isTTY?: boolean }
  readonly env: NodeJS.ProcessEnv
  cwd(): string
  readonly pid: number
  on(event: InterruptSignal, listener: (signal: InterruptSignal) => void): unknown
  off(event: InterruptSignal, listener: (signal: InterruptSignal) => void): unknown
  kill(pid: number, signal: InterruptSignal): unknown
  exit(code: number): never
}

export type InterruptSignal = 'SIGINT' | 'SIGTERM'
