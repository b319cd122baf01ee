import type { Command } from 'commander'

/** Options every command takes, before or after its name. */
export interface Globals {
  readonly catalog?: string
  readonly config?: string
  readonly lockTimeout?: string
  readonly json: boolean
  readonly quiet: boolean
  readonly verbose: boolean
  readonly yes: boolean
  readonly dryRun: boolean
}

export function addGlobals(command: Command): Command {
  return command
    .option(
      '--catalog <path>',
      'catalog directory (default: NTRADER_CATALOG, else $NAUTILUS_PATH/catalog, else ./catalog)',
    )
    .option('--config <file>', 'configuration file (default: ntrader.config.json or .yaml here)')
    .option('--lock-timeout <duration>', 'how long to wait for another writer (default: 60s)')
    .option('--json', 'machine-readable results and errors')
    .option('--quiet', 'no progress and no remarks')
    .option('--verbose', 'stack traces, and the log as JSON lines on stderr')
    .option('--no-color', 'no colour')
    .option('--yes', 'do not ask before changing something')
    .option('--dry-run', 'show what would be done, do nothing')
}

/** What the user gave at any level: `ntrader --json data list` and `ntrader data list --json` are the same. */
export function globalsOf(command: Command): Globals {
  const given: Record<string, unknown> = {}
  for (let at: Command | null = command; at !== null; at = at.parent) {
    for (const [name, value] of Object.entries(at.opts())) {
      if (at.getOptionValueSource(name) === 'cli' && !(name in given)) given[name] = value
    }
  }
  const text = (name: string): string | undefined => (typeof given[name] === 'string' ? given[name] : undefined)
  const [catalog, config, lockTimeout] = [text('catalog'), text('config'), text('lockTimeout')]
  return {
    ...(catalog === undefined ? {} : { catalog }),
    ...(config === undefined ? {} : { config }),
    ...(lockTimeout === undefined ? {} : { lockTimeout }),
    json: given['json'] === true,
    quiet: given['quiet'] === true,
    verbose: given['verbose'] === true,
    yes: given['yes'] === true,
    dryRun: given['dryRun'] === true,
  }
}
