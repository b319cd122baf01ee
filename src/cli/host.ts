import type { OutputStream } from './render/terminal.js'

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
