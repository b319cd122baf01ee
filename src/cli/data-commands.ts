import type { CommandGroup } from './command.js'
import type { Option } from './globals.js'

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
/** Of the commands that ask a source. */
const IBKR: readonly Option[] = [
  { flags: '--ibkr-host <host>', text: 'where TWS or IB Gateway runs (default: 127.0.0.1)' },
  { flags: '--ibkr-port <port>', text: 'gateway 4001 live, 4002 paper (default); TWS 7496, 7497' },
  { flags: '--ibkr-client-id <id>', text: 'one for each connected program (default: 1)' },
  { flags: '--allow-simulated', text: 'take what a simulated gateway sends for real venues' },
]

/** `ntrader data …` */
export const DATA: CommandGroup = {
  name: 'data',
  summary: 'the catalog of market data',
  commands: [
    {
      usage: 'fetch <id...>',
      summary: 'bring a range in: read what is stored, ask the source for what is missing, store it',
      options: [
        ...SERIES,
        ...RANGE,
        { flags: '--source <source>', text: 'where to ask: ibkr, sim, or files:DIR' },
        ...IBKR,
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
        ...IBKR,
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
    {
      usage: 'history [id]',
      summary: 'every commit',
      options: [...SERIES],
      load: () => import('./commands/history.js'),
    },
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
        {
          flags: '--type <type>',
          text: 'with --rebuild: bars, quotes, trades or instruments (default: what needs it)',
        },
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
        ...IBKR,
        { flags: '--quarantine', text: 'let verify take damaged files out of the catalog, keeping a copy' },
        { flags: '--retain <duration>', text: 'how far back every state stays readable (default: 7d)' },
      ],
      load: () => import('./commands/maintain.js'),
    },
    {
      usage: 'doctor',
      summary: 'check this machine, the catalog and the gateway; exit 1 when there is a problem',
      options: [
        { flags: '--source <source>', text: 'ibkr: check each step of a fetch from the gateway' },
        ...IBKR,
        {
          flags: '--config [file]',
          text: 'print every setting, its value and where it came from, and check nothing; with a file: read from it',
        },
      ],
      load: () => import('./commands/doctor.js'),
    },
  ],
}
