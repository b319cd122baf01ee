import { join, resolve } from 'node:path'
import { InvalidRequestError } from '../model/errors.js'
import { MS_NS } from '../model/time.js'
import type { Codec } from '../parquet/engine.js'
import { kindOfPath, readUserText } from '../storage/user-files.js'
import type { Globals } from './globals.js'
import { IBKR_SPECS, type IbkrSettings, ibkrSettings } from './ibkr-settings.js'
import {
  type ConfigFile,
  choiceSpec,
  durationSpec,
  find,
  optional,
  required,
  type Said,
  type Spec,
  type StatedSetting,
  textSpec,
} from './setting-spec.js'

/** What a command runs with: flag > environment > configuration file > default. */
export interface Settings {
  readonly catalog: string
  /** `sim`, …; absent: nothing to ask on a miss. */
  readonly source?: string
  readonly codec: Codec
  readonly lockTimeoutMs: number
  readonly ibkr: IbkrSettings
  /** How long `vacuum` keeps what newer commits have replaced. */
  readonly retainNs: bigint
  /** When `maintain` runs by itself, as a cron expression. */
  readonly schedule?: string
  readonly logLevel?: LogLevel
  /** Every setting as text, and who said it. */
  readonly stated: readonly StatedSetting[]
}

export type LogLevel = (typeof LOG_LEVELS)[number]

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
  ...textSpec('source', 'a source', 'Name what fetch asks, for example ibkr or sim.'),
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
  ...IBKR_SPECS,
  RETAIN,
  SCHEDULE,
  LOG,
]
const IN_FILE = SPECS.filter((it) => it.inFile !== false)
const FILE_KEYS: readonly string[] = IN_FILE.map((it) => it.key)
const FILE_SECTIONS: readonly string[] = IN_FILE.filter((it) => it.isSection === true).map((it) => it.key)

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
    ibkr: ibkrSettings(said),
    retainNs: required(RETAIN, said),
    ...(schedule === undefined ? {} : { schedule }),
    ...(logLevel === undefined ? {} : { logLevel }),
    stated: SPECS.map((spec) => {
      const { text, origin } = find(spec, said)
      return { key: spec.key, value: spec === CATALOG ? catalog : text, origin }
    }),
  }
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
    return { path, name, values: await parseConfig(text, name, FILE_KEYS, FILE_SECTIONS) }
  }
  if (named === undefined) return undefined
  throw new InvalidRequestError(`there is no configuration file ${named}`, {
    steps: ['Check the path given to --config.'],
  })
}
