import { join, resolve } from 'node:path'
import { parseDuration } from '../model/duration.js'
import { InvalidRequestError } from '../model/errors.js'
import { MS_NS } from '../model/time.js'
import type { Codec } from '../parquet/engine.js'
import { readUserText } from '../storage/user-files.js'
import type { Globals } from './globals.js'

/** What a command runs with: flag > environment > configuration file > default. */
export interface Settings {
  readonly catalog: string
  /** `sim`, …; absent: nothing to ask on a miss. */
  readonly source?: string
  readonly codec?: Codec
  readonly lockTimeoutMs?: number
}

const CONFIG_NAMES: readonly string[] = ['ntrader.config.json', 'ntrader.config.yaml', 'ntrader.config.yml']

/** @throws InvalidRequestError naming the file, the key and the allowed values */
export async function loadSettings(globals: Globals, env: NodeJS.ProcessEnv, cwd: string): Promise<Settings> {
  const config = await loadConfig(globals.config, cwd)
  const lockTimeout = globals.lockTimeout ?? config.lockTimeout
  const source = stated(env, 'NTRADER_SOURCE') ?? config.source
  return {
    catalog: resolve(cwd, namedCatalog(globals, env) ?? config.catalog ?? 'catalog'),
    ...(source === undefined ? {} : { source }),
    ...(config.compression === undefined ? {} : { codec: config.compression }),
    ...(lockTimeout === undefined
      ? {}
      : { lockTimeoutMs: Number(parseDuration(lockTimeout, '--lock-timeout') / MS_NS) }),
  }
}

function namedCatalog({ catalog }: Globals, env: NodeJS.ProcessEnv): string | undefined {
  if (catalog === '') {
    // `--catalog "$UNSET"` must not make a catalog of the current directory.
    throw new InvalidRequestError('--catalog is empty', { steps: ['Give the path of the catalog: --catalog PATH'] })
  }
  const nautilus = stated(env, 'NAUTILUS_PATH')
  return catalog ?? stated(env, 'NTRADER_CATALOG') ?? (nautilus === undefined ? undefined : join(nautilus, 'catalog'))
}

/** A variable that is set to nothing says nothing. */
function stated(env: NodeJS.ProcessEnv, name: string): string | undefined {
  return env[name] || undefined
}

interface Config {
  readonly catalog?: string | undefined
  readonly source?: string | undefined
  readonly compression?: Codec | undefined
  readonly lockTimeout?: string | undefined
}

async function loadConfig(named: string | undefined, cwd: string): Promise<Config> {
  for (const name of named === undefined ? CONFIG_NAMES : [named]) {
    const text = readUserText(resolve(cwd, name))
    if (text !== undefined) return parseConfig(text, name)
  }
  if (named === undefined) return {}
  throw new InvalidRequestError(`there is no configuration file ${named}`, {
    steps: ['Check the path given to --config.'],
  })
}

/** zod and yaml together take 80 ms to load: only who has a configuration file pays for them. */
async function parseConfig(text: string, name: string): Promise<Config> {
  const { z } = await import('zod')
  const schema = z.strictObject({
    catalog: z.string().min(1).optional(),
    source: z.string().min(1).optional(),
    compression: z.enum(['snappy', 'zstd', 'lz4_raw', 'none']).optional(),
    lockTimeout: z.string().optional(),
  })
  const result = schema.safeParse(await parseText(text, name))
  if (result.success) return result.data
  const problems = result.error.issues.map((it) => `${it.path.join('.') || 'the file'}: ${it.message}`)
  throw new InvalidRequestError(`${name}: ${problems.join('; ')}`, {
    steps: [`Known keys: ${Object.keys(schema.shape).join(', ')}.`],
  })
}

async function parseText(text: string, name: string): Promise<unknown> {
  try {
    if (name.endsWith('.json')) return JSON.parse(text)
    const { parse } = await import('yaml')
    return parse(text)
  } catch (cause) {
    throw new InvalidRequestError(`${name} cannot be read as ${name.endsWith('.json') ? 'JSON' : 'YAML'}`, {
      steps: ['Correct the file, or leave it out with --config OTHER.'],
      cause,
    })
  }
}
