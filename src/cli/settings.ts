import { join, resolve } from 'node:path'
import { parseDuration } from '../model/duration.js'
import { InvalidRequestError } from '../model/errors.js'
import { MS_NS } from '../model/time.js'
import type { Codec } from '../parquet/engine.js'
import { kindOfPath, readUserText } from '../storage/user-files.js'
import type { Globals } from './globals.js'

/** What a command runs with: flag > environment > configuration file > default. */
export interface Settings {
  readonly catalog: string
  /** `sim`, …; absent: nothing to ask on a miss. */
  readonly source?: string
  readonly codec: Codec
  readonly lockTimeoutMs: number
  readonly ibkr: { readonly host: string; readonly port: number; readonly clientId: number }
  /** How long `vacuum` keeps what newer commits have replaced. */
  readonly retainNs: bigint
  /** When `maintain` runs by itself, as a cron expression. */
  readonly schedule?: string
  readonly logLevel?: LogLevel
  /** Every setting as text, and who said it. */
  readonly stated: readonly StatedSetting[]
}

export type LogLevel = (typeof LOG_LEVELS)[number]

/** Who said what a setting is. */
export type Origin =
  | { readonly kind: 'flag' | 'environment'; readonly name: string }
  | { readonly kind: 'file'; readonly path: string; readonly name: string }
  | { readonly kind: 'default' }

export interface StatedSetting {
  readonly key: string
  /** `undefined` where nobody said anything and there is no default. */
  readonly value: string | undefined
  readonly origin: Origin
}

/** One setting: where it can be said, and what it can be. */
interface Spec<T> {
  /** In the configuration file, nested keys joined by dots. */
  readonly key: string
  readonly inFile?: false
  readonly flag?: { readonly name: string; readonly of: (globals: Globals) => string | undefined }
  /** The first that is set counts. */
  readonly variables?: readonly { readonly name: string; readonly of?: (value: string) => string }[]
  readonly fallback?: string
  /** Completes "'x' is not …". */
  readonly what: string
  /** How to write it. */
  readonly write: string
  /** `undefined` for a text that is none. */
  readonly parse: (text: string) => T | undefined
}

const CONFIG_NAMES: readonly string[] = ['ntrader.config.json', 'ntrader.config.yaml', 'ntrader.config.yml']
const CODECS: readonly Codec[] = ['snappy', 'zstd', 'lz4_raw', 'none']
const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const

const CATALOG = {
  ...textSpec('catalog', 'a directory', 'Give the path of the catalog: --catalog PATH'),
  // `--catalog "$UNSET"` must not make a catalog of the current directory.
  flag: { name: '--catalog', of: (globals) => globals.catalog },
  variables: [{ name: 'NTRADER_CATALOG' }, { name: 'NAUTILUS_PATH', of: (path) => join(path, 'catalog') }],
  fallback: 'catalog',
} as const satisfies Spec<string>

const SOURCE = {
  ...textSpec('source', 'a source', 'Name what fetch asks, for example sim.'),
  variables: [{ name: 'NTRADER_SOURCE' }],
} as const satisfies Spec<string>

const COMPRESSION = {
  ...choiceSpec('compression', 'a compression', CODECS),
  fallback: 'snappy',
} as const satisfies Spec<Codec>

const LOCK_TIMEOUT = {
  ...durationSpec('lockTimeout'),
  flag: { name: '--lock-timeout', of: (globals) => globals.lockTimeout },
  fallback: '60s',
} as const satisfies Spec<bigint>

const IBKR_HOST = {
  ...textSpec('ibkr.host', 'a host', 'Name the machine the gateway runs on, for example 127.0.0.1.'),
  variables: [{ name: 'IBKR_HOST' }],
  fallback: '127.0.0.1',
} as const satisfies Spec<string>

const IBKR_PORT = {
  ...wholeNumberSpec('ibkr.port', 'a port', 1, 65_535),
  variables: [{ name: 'IBKR_PORT' }],
  fallback: '4002',
} as const satisfies Spec<number>

const IBKR_CLIENT_ID = {
  ...wholeNumberSpec('ibkr.clientId', 'a client id', 0, 2 ** 31 - 1),
  variables: [{ name: 'IBKR_CLIENT_ID' }],
  fallback: '1',
} as const satisfies Spec<number>

const RETAIN = { ...durationSpec('retain'), fallback: '7d' } as const satisfies Spec<bigint>

const SCHEDULE = textSpec('schedule', 'a schedule', "Write a cron expression, for example '30 22 * * 1-5'.")

const LOG = {
  ...choiceSpec('log', 'a log level', LOG_LEVELS),
  inFile: false,
  variables: [{ name: 'NTRADER_LOG' }],
} as const satisfies Spec<LogLevel>

const SPECS: readonly Spec<unknown>[] = [
  CATALOG,
  SOURCE,
  COMPRESSION,
  LOCK_TIMEOUT,
  IBKR_HOST,
  IBKR_PORT,
  IBKR_CLIENT_ID,
  RETAIN,
  SCHEDULE,
  LOG,
]
const FILE_KEYS: readonly string[] = SPECS.filter((it) => it.inFile !== false).map((it) => it.key)

/**
 * Every setting, from wherever it was said.
 *
 * @throws InvalidRequestError naming the flag, the variable or the file and its key, the value, and what it can be
 */
export async function loadSettings(globals: Globals, env: NodeJS.ProcessEnv, cwd: string): Promise<Settings> {
  const said: Said = { globals, env, file: await loadFile(globals.config, cwd) }
  const catalog = resolve(cwd, required(CATALOG, said))
  const [source, schedule, logLevel] = [optional(SOURCE, said), optional(SCHEDULE, said), optional(LOG, said)]
  return {
    catalog,
    ...(source === undefined ? {} : { source }),
    codec: required(COMPRESSION, said),
    lockTimeoutMs: Number(required(LOCK_TIMEOUT, said) / MS_NS),
    ibkr: {
      host: required(IBKR_HOST, said),
      port: required(IBKR_PORT, said),
      clientId: required(IBKR_CLIENT_ID, said),
    },
    retainNs: required(RETAIN, said),
    ...(schedule === undefined ? {} : { schedule }),
    ...(logLevel === undefined ? {} : { logLevel }),
    stated: SPECS.map((spec) => {
      const { text, origin } = find(spec, said)
      return { key: spec.key, value: spec === CATALOG ? catalog : text, origin }
    }),
  }
}

interface ConfigFile {
  readonly path: string
  /** As the user names it, for messages. */
  readonly name: string
  readonly values: ReadonlyMap<string, string>
}

/** The named file, or the one in the current directory; `undefined` when there is none. Who has none loads nothing. */
async function loadFile(named: string | undefined, cwd: string): Promise<ConfigFile | undefined> {
  for (const name of named === undefined ? CONFIG_NAMES : [named]) {
    const path = resolve(cwd, name)
    if ((await kindOfPath(path)) === 'directory') {
      if (named === undefined) continue
      throw new InvalidRequestError(named.trim() === '' ? '--config is empty' : `--config ${named} is a directory`, {
        steps: ['Name the file: --config ntrader.config.yaml'],
      })
    }
    const text = readUserText(path)
    if (text === undefined) continue
    const { parseConfig } = await import('./config-file.js')
    return { path, name, values: await parseConfig(text, name, FILE_KEYS) }
  }
  if (named === undefined) return undefined
  throw new InvalidRequestError(`there is no configuration file ${named}`, {
    steps: ['Check the path given to --config.'],
  })
}

interface Said {
  readonly globals: Globals
  readonly env: NodeJS.ProcessEnv
  readonly file: ConfigFile | undefined
}

function required<T>(spec: Spec<T> & { readonly fallback: string }, said: Said): T {
  const { text = spec.fallback, origin } = find(spec, said)
  return parsed(spec, text, origin)
}

function optional<T>(spec: Spec<T>, said: Said): T | undefined {
  const { text, origin } = find(spec, said)
  return text === undefined ? undefined : parsed(spec, text, origin)
}

function find<T>(
  spec: Spec<T>,
  { globals, env, file }: Said,
): { readonly text: string | undefined; readonly origin: Origin } {
  const flag = spec.flag?.of(globals)
  if (flag !== undefined) return { text: flag, origin: { kind: 'flag', name: spec.flag?.name ?? '' } }
  for (const { name, of } of spec.variables ?? []) {
    // A variable that is set to nothing says nothing.
    const value = env[name] || undefined
    if (value !== undefined) return { text: of?.(value) ?? value, origin: { kind: 'environment', name } }
  }
  const value = file?.values.get(spec.key)
  if (file !== undefined && value !== undefined) {
    return { text: value, origin: { kind: 'file', path: file.path, name: file.name } }
  }
  return { text: spec.fallback, origin: { kind: 'default' } }
}

function parsed<T>(spec: Spec<T>, text: string, origin: Origin): T {
  const value = spec.parse(text)
  if (value !== undefined) return value
  const where = whereSaid(spec, origin)
  const message = text.trim() === '' ? `${where} is empty` : `${where}: '${text}' is not ${spec.what}`
  throw new InvalidRequestError(message, { steps: [spec.write] })
}

function whereSaid<T>(spec: Spec<T>, origin: Origin): string {
  if (origin.kind === 'file') return `${origin.name}: ${spec.key}`
  return origin.kind === 'default' ? spec.key : origin.name
}

function textSpec(key: string, what: string, write: string): Spec<string> {
  return { key, what, write, parse: (text) => (text.trim() === '' ? undefined : text) }
}

function choiceSpec<const T extends string>(key: string, what: string, choices: readonly T[]): Spec<T> {
  const parse = (text: string): T | undefined => choices.find((it) => it === text.trim().toLowerCase())
  return { key, what, write: `Use one of ${choices.join(', ')}.`, parse }
}

function wholeNumberSpec(key: string, what: string, min: number, max: number): Spec<number> {
  const parse = (text: string): number | undefined => {
    const value = /^\d{1,10}$/.test(text.trim()) ? Number(text) : Number.NaN
    return value >= min && value <= max ? value : undefined
  }
  return { key, what, write: `Write a whole number from ${min} to ${max}.`, parse }
}

function durationSpec(key: string): Spec<bigint> {
  const parse = (text: string): bigint | undefined => {
    try {
      return parseDuration(text)
    } catch {
      return undefined
    }
  }
  return {
    key,
    what: 'a duration',
    write: 'Write a whole number and a unit: 30s, 5m, 24h, 7d; or ISO 8601: PT30M.',
    parse,
  }
}
