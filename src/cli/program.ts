import { Command } from 'commander'
import { VERSION } from '../version.js'
import type { CommandModule } from './command.js'
import { type Surroundings, withContext } from './context.js'
import { addOptions, globalsOf, type Option } from './globals.js'

interface CommandSpec {
  /** Name and arguments as help shows them: `gaps <id>`. */
  readonly usage: string
  readonly summary: string
  readonly options: readonly Option[]
  readonly load: () => Promise<CommandModule>
}

const TYPE: Option = { flags: '--type <type>', text: 'bars, quotes or trades (default: bars)' }
const BAR_TYPE: Option = { flags: '--bar-type <type>', text: '1-MINUTE-LAST, or short: 1s 1m 5m 1h 1d 1w' }
const START: Option = { flags: '--start <when>', text: 'first instant: 2024-01-02 or 2024-01-02T09:30:00-05:00' }
const END: Option = { flags: '--end <when>', text: 'end: a date includes that day, an instant is excluded' }
const SESSION: Option = { flags: '--session <session>', text: 'regular, extended or all' }
const CALENDAR: Option = {
  flags: '--calendar <name>',
  text: "instead of the venue's: XNYS, XLON, CME, FX, 24/7 or none",
}
const SERIES: readonly Option[] = [TYPE, BAR_TYPE]
const RANGE: readonly Option[] = [START, END]

const COMMANDS: readonly CommandSpec[] = [
  {
    usage: 'fetch <id...>',
    summary: 'bring a range in: read what is stored, ask the source for what is missing, store it',
    options: [
      ...SERIES,
      ...RANGE,
      { flags: '--source <source>', text: 'where to ask: sim, or files:DIR' },
      { flags: '--session <session>', text: 'what has to be there: regular (default), extended or all' },
      { flags: '--refresh', text: 'ask for the whole range again and replace it in one commit' },
      { flags: '--all-or-nothing', text: 'commit once, at the end: an error leaves nothing' },
    ],
    load: () => import('./commands/fetch.js'),
  },
  {
    usage: 'update [id...]',
    summary: 'bring stored series up to now, and ask again for what was provisional',
    options: [
      ...SERIES,
      { flags: '--source <source>', text: 'where to ask: as in fetch' },
      { flags: '--session <session>', text: 'what has to be there: regular (default), extended or all' },
    ],
    load: () => import('./commands/update.js'),
  },
  {
    usage: 'import <format> <file...>',
    summary: 'store the rows of files; format: csv (also .csv.gz)',
    options: [
      { flags: '--instrument <id>', text: 'instrument the rows belong to: AAPL.NASDAQ' },
      ...SERIES,
      { flags: '--tz <zone>', text: 'zone of stamps without an offset: America/New_York' },
      { flags: '--stamp <where>', text: 'bars are stamped at their open (default) or close' },
      { flags: '--date-format <order>', text: 'order of slash dates: M/D/Y (default), D/M/Y or Y/M/D' },
      { flags: '--map <pairs>', text: 'columns by name: close=Last,volume=Vol' },
      { flags: '--mode <mode>', text: 'merge (default), keep-old, error, replace or fill' },
      { flags: '--max-hole <duration>', text: 'open time without a row still claimed as covered (default: 30m)' },
      { flags: '--complete <start/end>', text: 'claim exactly this range as covered' },
      { flags: '--skip-bad-rows', text: 'store the good rows and report every bad one' },
    ],
    load: () => import('./commands/import.js'),
  },
  {
    usage: 'query <id>',
    summary: 'print stored rows',
    options: [
      ...SERIES,
      ...RANGE,
      { flags: '--columns <names>', text: 'comma-separated: ts_event,close' },
      { flags: '--format <format>', text: 'table (default), csv, json, ndjson, parquet or arrow' },
      { flags: '-o, --output <file>', text: 'write to a file; its ending chooses the format' },
      { flags: '--tz <zone>', text: 'print times in this zone, with offsets' },
      { flags: '--session <session>', text: 'rows of regular or extended hours, or all (default)' },
      { flags: '--as-of <version>', text: 'as the catalog was: a version from info, fetch or history' },
    ],
    load: () => import('./commands/query.js'),
  },
  {
    usage: 'export [id...]',
    summary: 'write series to files, one a series',
    options: [
      ...SERIES,
      ...RANGE,
      {
        flags: '-o, --output <path>',
        text: 'a directory, or for one series a file: .csv .json .ndjson .parquet .arrow',
      },
      { flags: '--format <format>', text: 'csv (default), json, ndjson, parquet or arrow' },
      { flags: '--columns <names>', text: 'comma-separated: ts_event,close' },
      { flags: '--tz <zone>', text: 'write times in this zone, with offsets' },
      { flags: '--session <session>', text: 'rows of regular or extended hours, or all (default)' },
      { flags: '--as-of <version>', text: 'as the catalog was: a version from info, fetch or history' },
    ],
    load: () => import('./commands/export.js'),
  },
  {
    usage: 'list',
    summary: 'every series with its rows, files and range',
    options: [],
    load: () => import('./commands/list.js'),
  },
  {
    usage: 'info <id>',
    summary: 'what is known of an instrument and its series',
    options: [...SERIES],
    load: () => import('./commands/info.js'),
  },
  {
    usage: 'instruments [id]',
    summary: 'what instruments are: currency, tick size, time zone, hours, contract ids',
    options: [],
    load: () => import('./commands/instruments.js'),
  },
  {
    usage: 'files [id]',
    summary: 'the live data files, for other programs to read',
    options: [...SERIES],
    load: () => import('./commands/files.js'),
  },
  {
    usage: 'coverage [id]',
    summary: 'draw what is covered, by day',
    options: [
      ...SERIES,
      ...RANGE,
      SESSION,
      CALENDAR,
      { flags: '--svg <file>', text: 'draw it as an SVG file instead' },
    ],
    load: () => import('./commands/coverage.js'),
  },
  {
    usage: 'gaps <id>',
    summary: 'what is required and not covered; exit 3 when there is any',
    options: [...SERIES, ...RANGE, { ...SESSION, text: 'regular (default), extended or all' }, CALENDAR],
    load: () => import('./commands/gaps.js'),
  },
  {
    usage: 'verify [id]',
    summary: 'check every live file in full; exit 4 when there are problems',
    options: [...SERIES, { flags: '--quarantine', text: 'take damaged files out of the catalog, keeping a copy' }],
    load: () => import('./commands/verify.js'),
  },
  {
    usage: 'delete <id>',
    summary: 'remove rows and coverage of a range',
    options: [...SERIES, ...RANGE],
    load: () => import('./commands/delete.js'),
  },
  {
    usage: 'consolidate [id]',
    summary: 'bring files together: the days of closed months of bars, the parts of closed days of ticks',
    options: [...SERIES],
    load: () => import('./commands/consolidate.js'),
  },
  { usage: 'history [id]', summary: 'every commit', options: [...SERIES], load: () => import('./commands/history.js') },
  {
    usage: 'snapshot [name]',
    summary: 'give a state a name that vacuum spares; without a name: list them',
    options: [
      { flags: '--as-of <version>', text: 'the state to name (default: the newest)' },
      { flags: '--drop', text: 'take the name away' },
    ],
    load: () => import('./commands/snapshot.js'),
  },
  {
    usage: 'restore [id]',
    summary: 'bring a series, or a range of it, back as it was at an earlier version',
    options: [
      ...SERIES,
      ...RANGE,
      { flags: '--as-of <version>', text: 'the version: from history, info or fetch, or the name of a snapshot' },
      { flags: '--all', text: 'the whole table of --type' },
    ],
    load: () => import('./commands/restore.js'),
  },
  {
    usage: 'vacuum',
    summary: 'delete the files that no state of the last days and no named snapshot needs',
    options: [{ flags: '--retain <duration>', text: 'how far back every state stays readable (default: 7d)' }],
    load: () => import('./commands/vacuum.js'),
  },
  {
    usage: 'repair',
    summary: 'finish what a crash interrupted; with --rebuild make a lost or damaged log anew',
    options: [
      { flags: '--rebuild', text: 'make lost and damaged logs anew from the data files; look first with --dry-run' },
      { flags: '--type <type>', text: 'with --rebuild: bars, quotes, trades or instruments (default: what needs it)' },
    ],
    load: () => import('./commands/repair.js'),
  },
  {
    usage: 'maintain',
    summary: 'update, verify, consolidate and vacuum: once, or on a schedule',
    options: [
      { flags: '--schedule [cron]', text: "run again and again: '30 22 * * 1-5' (alone: the configured one)" },
      { flags: '--tz <zone>', text: "the schedule's zone (default: this machine's)" },
      { flags: '--source <source>', text: 'where update asks' },
      { flags: '--quarantine', text: 'let verify take damaged files out of the catalog, keeping a copy' },
      { flags: '--retain <duration>', text: 'how far back every state stays readable (default: 7d)' },
    ],
    load: () => import('./commands/maintain.js'),
  },
  {
    usage: 'doctor',
    summary: 'check this machine, the catalog and the gateway; exit 1 when there is a problem',
    options: [
      {
        flags: '--config [file]',
        text: 'print every setting, its value and where it came from, and check nothing; with a file: read from it',
      },
    ],
    load: () => import('./commands/doctor.js'),
  },
]

const EXIT_HELP = `
Exit codes: 0 done · 1 bad data or refused · 2 usage · 3 not there, or gaps ·
            4 damaged files · 5 source unreachable · 6 locked or paced ·
            130 interrupted
Every command explains itself: ntrader data COMMAND --help`

/** The command line of `ntrader`. `run` resolves to the exit code. */
export function createProgram(surroundings: Surroundings): { run(args: readonly string[]): Promise<number> } {
  let exitCode = 0
  const program = configure(new Command('ntrader'), surroundings)
    .description('Market data for algorithmic traders: complete, verified, reproducible.')
    .version(VERSION)
  const data = configure(program.command('data'), surroundings)
    .description('the catalog of market data')
    .addHelpText('after', EXIT_HELP)
  for (const spec of COMMANDS) {
    const command = configure(data.command(spec.usage), surroundings, spec.options).description(spec.summary)
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
