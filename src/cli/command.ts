import type { Context } from './context.js'
import type { Option } from './globals.js'

/** A command's options as commander hands them over. */
export type Flags = Readonly<Record<string, unknown>>

/** What a command's module exports. It is loaded only when the command runs: start-up pays for one command. */
export interface CommandModule {
  run(context: Context, positional: readonly string[], flags: Flags): Promise<number>
}

/** A command as it is registered. */
export interface CommandSpec {
  /** Name and arguments as help shows them: `gaps <id>`. */
  readonly usage: string
  readonly summary: string
  readonly options: readonly Option[]
  readonly load: () => Promise<CommandModule>
}

/** Commands that stand behind one word: `ntrader data …`. */
export interface CommandGroup {
  readonly name: string
  readonly summary: string
  readonly commands: readonly CommandSpec[]
}
