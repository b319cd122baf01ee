import type { DataCatalog } from '../catalog/catalog.js'
import type { Log } from '../model/log.js'
import type { Globals } from './globals.js'
import type { Host } from './host.js'
import { type Progress, startProgress } from './render/progress.js'
import type { Terminal } from './render/terminal.js'
import { loadSettings, type Settings } from './settings.js'

/** What a command works with. */
export interface Context {
  readonly terminal: Terminal
  readonly host: Host
  readonly signal: AbortSignal
  readonly globals: Globals
  readonly settings: Settings
  readonly log: Log
  /** Opens the catalog, or with `damaged` one whose log may not read; closed by who runs the command. */
  readonly openCatalog: (mode?: 'damaged') => Promise<DataCatalog>
  /** A line of talk on stderr, silenced by `--quiet`. */
  readonly say: (text: string) => void
  /** Results: text lines for people, or with `--json` one JSON value. */
  readonly print: (data: unknown, lines: () => readonly string[]) => Promise<void>
  readonly progress: (label: string, unit: string) => Progress
}

export interface Surroundings {
  readonly terminal: Terminal
  readonly host: Host
  readonly signal: AbortSignal
}

/** Runs a command with its context and closes what it opened. */
export async function withContext(
  { terminal, host, signal }: Surroundings,
  globals: Globals,
  run: (context: Context) => Promise<number>,
): Promise<number> {
  const settings = await loadSettings(globals, host.env, host.cwd())
  const log = await createLog(globals, settings)
  const say = (text: string): void => {
    if (!globals.quiet) terminal.err.line(text)
  }
  const opened: DataCatalog[] = []
  const onLockWait = (holder: string): void => say(`waiting for another writer: ${holder}`)
  const openCatalog = async (mode?: 'damaged'): Promise<DataCatalog> => {
    const { DataCatalog } = await import('../catalog/catalog.js')
    const { codec, lockTimeoutMs } = settings
    const options = { codec, lockTimeoutMs, log, onLockWait }
    const open = mode === 'damaged' ? DataCatalog.openDamaged : DataCatalog.open
    const catalog = await open(settings.catalog, options)
    opened.push(catalog)
    return catalog
  }
  const print = async (data: unknown, lines: () => readonly string[]): Promise<void> => {
    const text = globals.json ? JSON.stringify(data) : lines().join('\n')
    if (text !== '') await terminal.out.write(`${text}\n`)
  }
  const progress = (label: string, unit: string): Progress =>
    startProgress(terminal.err, { label, unit, quiet: globals.quiet || globals.json })
  try {
    return await run({ terminal, host, signal, globals, settings, log, openCatalog, say, print, progress })
  } finally {
    for (const catalog of opened) await catalog.close()
  }
}

async function createLog({ verbose }: Globals, { logLevel }: Settings): Promise<Log> {
  const level = logLevel ?? (verbose ? 'debug' : undefined)
  const { silentLog } = await import('../model/log.js')
  if (level === undefined || level === 'silent') return silentLog
  const { pino } = await import('pino')
  const logger: Log = pino({ level, base: { pid: process.pid } }, pino.destination({ fd: 2, sync: true }))
  return logger
}
