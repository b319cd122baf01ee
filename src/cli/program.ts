import { Command } from 'commander'
import { VERSION } from '../version.js'
import type { CommandGroup, CommandSpec } from './command.js'
import { type Surroundings, withContext } from './context.js'
import { DATA } from './data-commands.js'
import { GATEWAY } from './gateway-commands.js'
import { addOptions, globalsOf, type Option } from './globals.js'

const GROUPS: readonly CommandGroup[] = [DATA, GATEWAY]

const exitHelp = (group: string): string => `
Exit codes: 0 done · 1 bad data or refused · 2 usage · 3 not there, or gaps ·
            4 damaged files · 5 source unreachable · 6 locked or paced ·
            130 interrupted
Every command explains itself: ntrader ${group} COMMAND --help`

/** The command line of `ntrader`. `run` resolves to the exit code. */
export function createProgram(surroundings: Surroundings): { run(args: readonly string[]): Promise<number> } {
  let exitCode = 0
  const program = configure(new Command('ntrader'), surroundings)
    .description('Market data for algorithmic traders: complete, verified, reproducible.')
    .version(VERSION)
  for (const { name, summary, commands } of GROUPS) {
    const group = configure(program.command(name), surroundings)
      .description(summary)
      .addHelpText('after', exitHelp(name))
    for (const spec of commands) addCommand(group, spec)
  }

  function addCommand(group: Command, spec: CommandSpec): void {
    const command = configure(group.command(spec.usage), surroundings, spec.options).description(spec.summary)
    command.action(async (...given: readonly unknown[]) => {
      const positional = given
        .slice(0, -2)
        .flat()
        .filter((it): it is string => typeof it === 'string')
      const module = await spec.load()
      exitCode = await withContext(surroundings, globalsOf(command), (context) =>
        module.run(context, positional, command.opts()),
      )
    })
  }

  return {
    async run(args) {
      await program.parseAsync([...args], { from: 'user' })
      return exitCode
    },
  }
}

/** commander prints errors and exits by itself unless told otherwise; both are done in one place, `run`. */
function configure(command: Command, { terminal }: Surroundings, options: readonly Option[] = []): Command {
  // What stands behind a command is that command's to read: `doctor --config` is not `--config FILE`.
  return addOptions(command, options)
    .enablePositionalOptions()
    .exitOverride()
    .configureHelp({ subcommandTerm })
    .configureOutput({
      writeOut: (text) => void terminal.out.write(text),
      writeErr: (text) => terminal.err.line(text.trimEnd()),
      outputError: () => undefined,
      getOutHelpWidth: () => Math.min(terminal.out.columns, 120),
    })
    .showHelpAfterError(false)
}

/** `import <format> <file...>`: that every command has options needs no column of its own. */
function subcommandTerm(command: Command): string {
  const list = command.registeredArguments.map((it) => {
    const name = `${it.name()}${it.variadic ? '...' : ''}`
    return it.required ? `<${name}>` : `[${name}]`
  })
  return [command.name(), ...list].join(' ')
}
