import type { Context } from './context.js'

/** A command's options as commander hands them over. */
export type Flags = Readonly<Record<string, unknown>>

/** What a command's module exports. It is loaded only when the command runs: start-up pays for one command. */
export interface CommandModule {
  run(context: Context, positional: readonly string[], flags: Flags): Promise<number>
}
