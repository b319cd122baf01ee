import type { Command } from 'commander'
import { given } from '../model/given.js'

/** Options every command takes, before or after its name. */
export interface Globals {
  readonly catalog?: string
  readonly config?: string
  readonly lockTimeout?: string
  /** Of the commands that ask a source. */
  readonly ibkrHost?: string
  readonly ibkrPort?: string
  readonly ibkrClientId?: string
  readonly allowSimulated?: boolean
  readonly json: boolean
  readonly quiet: boolean
  readonly verbose: boolean
  readonly yes: boolean
  readonly dryRun: boolean
}

/** An option as help shows it. */
export interface Option {
  readonly flags: string
  readonly text: string
}

const GLOBALS: readonly Option[] = [
  {
    flags: '--catalog <path>',
    text: 'catalog directory (default: NTRADER_CATALOG, else $NAUTILUS_PATH/catalog, else as configured, else ./catalog)',
  },
  { flags: '--config <file>', text: 'configuration file (default: ntrader.config.json, .yaml or .yml here)' },
  { flags: '--lock-timeout <duration>', text: 'how long to wait for another writer (default: 60s)' },
  { flags: '--json', text: 'machine-readable results and errors' },
  { flags: '--quiet', text: 'no progress and no remarks' },
  { flags: '--verbose', text: 'stack traces, and the log as JSON lines on stderr' },
  { flags: '--no-color', text: 'no colour' },
  { flags: '--yes', text: 'do not ask before something is taken away' },
  { flags: '--dry-run', text: 'show what would be done, do nothing' },
]

/** Adds a command's own options, and the global ones behind them but for those that it has in a form of its own. */
export function addOptions(command: Command, own: readonly Option[]): Command {
  for (const { flags, text } of own) command.option(flags, text)
  const names = own.map(nameOf)
  command.optionsGroup('Global options:')
  for (const it of GLOBALS) if (!names.includes(nameOf(it))) command.option(it.flags, it.text)
  return command.helpOption('-h, --help', 'display help for command')
}

function nameOf({ flags }: Option): string | undefined {
  return /--[a-z-]+/.exec(flags)?.[0]
}

/** What the user gave at any level: `ntrader --json data list` and `ntrader data list --json` are the same. */
export function globalsOf(command: Command): Globals {
  const said: Record<string, unknown> = {}
  for (let at: Command | null = command; at !== null; at = at.parent) {
    for (const [name, value] of Object.entries(at.opts())) {
      // `doctor --config` asks for the settings: without a file it does not hide one that was named before.
      const isOnlyAsked = name === 'config' && value === true
      if (at.getOptionValueSource(name) === 'cli' && !(name in said) && !isOnlyAsked) said[name] = value
    }
  }
  const text = (name: string): string | undefined => (typeof said[name] === 'string' ? said[name] : undefined)
  return {
    ...given('catalog', text('catalog')),
    ...given('config', text('config')),
    ...given('lockTimeout', text('lockTimeout')),
    ...given('ibkrHost', text('ibkrHost')),
    ...given('ibkrPort', text('ibkrPort')),
    ...given('ibkrClientId', text('ibkrClientId')),
    allowSimulated: said['allowSimulated'] === true,
    json: said['json'] === true,
    quiet: said['quiet'] === true,
    verbose: said['verbose'] === true,
    yes: said['yes'] === true,
    dryRun: said['dryRun'] === true,
  }
}
