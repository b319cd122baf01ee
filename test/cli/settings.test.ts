import { writeFile } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import type { Globals } from '../../src/cli/globals.js'
import { loadSettings, type Settings } from '../../src/cli/settings.js'
import { DAY_NS } from '../../src/model/time.js'
import { IBKR_DEFAULTS } from '../../src/sources/ibkr/options.js'
import { temporaryFolder } from '../support/catalog.js'
import { place } from './spawn-cli.js'

const NOTHING_GIVEN: Globals = { json: false, quiet: false, verbose: false, yes: false, dryRun: false }

interface Said {
  readonly flags?: Partial<Globals>
  readonly env?: Record<string, string>
  /** Content of `ntrader.config.json`. */
  readonly file?: unknown
}

async function settingsOf({ flags = {}, env = {}, file }: Said): Promise<Settings & { readonly folder: string }> {
  const folder = await temporaryFolder()
  if (file !== undefined) await writeFile(`${folder}/ntrader.config.json`, JSON.stringify(file))
  return { ...(await loadSettings({ ...NOTHING_GIVEN, ...flags }, env, folder)), folder }
}

function statedIn(settings: Settings, key: string): unknown {
  const { value, origin } = settings.stated.find((it) => it.key === key) ?? {}
  return [value, origin?.kind, origin !== undefined && 'name' in origin ? origin.name : undefined]
}

test('without anything said every setting has its default, or is not set', async () => {
  const { folder, stated, ...settings } = await settingsOf({})
  const { contracts: _none, ...ibkrDefaults } = IBKR_DEFAULTS
  expect(settings).toEqual({
    catalog: `${folder}/catalog`,
    codec: 'snappy',
    lockTimeoutMs: 60_000,
    ibkr: ibkrDefaults,
    retainNs: 7n * DAY_NS,
  })
  expect(stated.every((it) => it.origin.kind === 'default')).toBe(true)
})

describe('a setting is taken from', () => {
  const FILE = {
    catalog: 'configured',
    source: 'sim',
    compression: 'zstd',
    lockTimeout: '5s',
    ibkr: { host: 'gateway', port: 7497, clientId: '7' },
    retain: 'P30D',
    schedule: '30 22 * * 1-5',
  }

  test('the configuration file, nested keys as sections, and remembers that', async () => {
    const settings = await settingsOf({ file: FILE })
    expect(settings).toMatchObject({
      catalog: `${settings.folder}/configured`,
      source: 'sim',
      codec: 'zstd',
      lockTimeoutMs: 5000,
      ibkr: { host: 'gateway', port: 7497, clientId: 7 },
      retainNs: 30n * DAY_NS,
      schedule: '30 22 * * 1-5',
    })
    expect(statedIn(settings, 'ibkr.port')).toEqual(['7497', 'file', 'ntrader.config.json'])
    expect(settings.stated.filter((it) => it.origin.kind === 'file').map((it) => it.key)).toEqual([
      'catalog',
      'source',
      'compression',
      'lockTimeout',
      'ibkr.host',
      'ibkr.port',
      'ibkr.clientId',
      'retain',
      'schedule',
    ])
  })

  test('the environment before the file', async () => {
    const env = {
      NTRADER_SOURCE: 'files:x',
      IBKR_HOST: 'h',
      IBKR_PORT: '4001',
      IBKR_CLIENT_ID: '0',
      NTRADER_LOG: 'INFO',
    }
    const settings = await settingsOf({ file: FILE, env })
    expect(settings).toMatchObject({
      source: 'files:x',
      ibkr: { host: 'h', port: 4001, clientId: 0 },
      logLevel: 'info',
    })
    expect(statedIn(settings, 'ibkr.port')).toEqual(['4001', 'environment', 'IBKR_PORT'])
    expect(statedIn(settings, 'compression')).toEqual(['zstd', 'file', 'ntrader.config.json'])
  })

  test('a flag before both', async () => {
    const flags = { catalog: 'flag', lockTimeout: '1m' }
    const settings = await settingsOf({ file: FILE, env: { NTRADER_CATALOG: 'env' }, flags })
    expect(settings).toMatchObject({ catalog: `${settings.folder}/flag`, lockTimeoutMs: 60_000 })
    expect(statedIn(settings, 'catalog')).toEqual([`${settings.folder}/flag`, 'flag', '--catalog'])
  })

  test('NAUTILUS_PATH for the catalog, which NTRADER_CATALOG beats', async () => {
    const settings = await settingsOf({ env: { NAUTILUS_PATH: '/n' } })
    expect(statedIn(settings, 'catalog')).toEqual(['/n/catalog', 'environment', 'NAUTILUS_PATH'])
    expect((await settingsOf({ env: { NAUTILUS_PATH: '/n', NTRADER_CATALOG: '/c' } })).catalog).toBe('/c')
  })

  test('a variable or key without a value says nothing', async () => {
    expect(await settingsOf({ env: { IBKR_PORT: '' }, file: { ibkr: { port: null }, source: null } })).toMatchObject({
      ibkr: { port: 4002 },
    })
  })
})

describe('refused, with the place, the value and what it can be, is', () => {
  const KEYS = 'Known keys: catalog, source, compression, lockTimeout, ibkr, retain, schedule.'
  const config = 'ntrader.config.json'

  test.each<[string, Said, string, readonly string[]]>([
    [
      'a flag that is none',
      { flags: { lockTimeout: 'soon' } },
      "--lock-timeout: 'soon' is not a duration",
      ['Write a whole number and a unit: 30s, 5m, 24h, 7d; or ISO 8601: PT30M.'],
    ],
    [
      'an empty flag',
      { flags: { catalog: '' } },
      '--catalog is empty',
      ['Give the path of the catalog: --catalog PATH'],
    ],
    [
      'a variable that is none',
      { env: { IBKR_PORT: '70000' } },
      "IBKR_PORT: '70000' is not a port",
      ['Write a whole number from 1 to 65535.'],
    ],
    [
      'a level that is none',
      { env: { NTRADER_LOG: 'loud' } },
      "NTRADER_LOG: 'loud' is not a log level",
      ['Use one of trace, debug, info, warn, error, fatal, silent.'],
    ],
    [
      'a value of the file',
      { file: { compression: 'gzip' } },
      `${config}: compression: 'gzip' is not a compression`,
      ['Use one of snappy, zstd, lz4_raw, none.'],
    ],
    [
      'a nested value of the file',
      { file: { ibkr: { port: 'paper' } } },
      `${config}: ibkr.port: 'paper' is not a port`,
      ['Write a whole number from 1 to 65535.'],
    ],
    [
      'an empty text in the file',
      { file: { source: '' } },
      `${config}: source is empty`,
      ['Name what fetch asks, for example ibkr or sim.'],
    ],
    [
      'a mistyped key, the nearest named',
      { file: { catalgo: 'x' } },
      `${config}: there is no key 'catalgo'`,
      ["Did you mean 'catalog'?", KEYS],
    ],
    [
      'a mistyped nested key',
      { file: { ibkr: { prot: 1 } } },
      `${config}: there is no key 'ibkr.prot'`,
      [
        "Did you mean 'port'?",
        'Known keys of ibkr: host, port, clientId, client, useRTH, adjustment, volumeUnit, pacing, timeScale, connectTimeout, requestTimeout, pacingTimeout, reconnectWithin, allowSimulated, contracts.',
      ],
    ],
    ['a key that is near to none', { file: { colour: 1 } }, `${config}: there is no key 'colour'`, [KEYS]],
    ['a setting that only the environment has', { file: { log: 'info' } }, `${config}: there is no key 'log'`, [KEYS]],
    [
      'a value where a section belongs',
      { file: { ibkr: 'gateway:4002' } },
      `${config}: ibkr is 'gateway:4002', not keys with values`,
      [
        'Known keys of ibkr: host, port, clientId, client, useRTH, adjustment, volumeUnit, pacing, timeScale, connectTimeout, requestTimeout, pacingTimeout, reconnectWithin, allowSimulated, contracts.',
      ],
    ],
    [
      'a list where a value belongs',
      { file: { source: ['sim'] } },
      `${config}: source is a list, not one text or number`,
      ['Give it one value: source: …'],
    ],
    ['a file that is a list', { file: ['sim'] }, `${config} is a list, not keys with values`, [KEYS]],
  ])('%s', async (_, said, message, steps) => {
    await expect(settingsOf(said)).rejects.toMatchObject({ code: 'INVALID_REQUEST', message, steps })
  })
})

test('an empty YAML file says nothing', async () => {
  const folder = await temporaryFolder()
  await writeFile(`${folder}/mine.yaml`, '# nothing yet\n')
  const settings = await loadSettings({ ...NOTHING_GIVEN, config: 'mine.yaml' }, {}, folder)
  expect(settings.codec).toBe('snappy')
})

test.each([
  ['.', '--config . is a directory'],
  ['', '--config is empty'],
])("a configuration file '%s' is refused, and nothing is read in its place", async (config, message) => {
  const loading = loadSettings({ ...NOTHING_GIVEN, config }, {}, await temporaryFolder())
  await expect(loading).rejects.toMatchObject({ code: 'INVALID_REQUEST', message })
})

describe('doctor --config', () => {
  test.each([
    ['the file behind it', ['data', 'doctor', '--config', 'mine.yaml']],
    ['the file named before', ['--config', 'mine.yaml', 'data', 'doctor', '--config']],
  ])('names the settings of %s', async (_, args) => {
    const here = await place()
    await writeFile(`${here.folder}/mine.yaml`, 'retain: 3d\n')
    const where = `${here.folder}/mine.yaml`
    expect(await here.json(args)).toContainEqual({ key: 'retain', value: '3d', from: 'file', where })
  })

  test('names every setting, its value and who said it', async () => {
    const here = await place()
    await writeFile(`${here.folder}/ntrader.config.yaml`, 'ibkr:\n  port: 7497\n')
    const outcome = await here.run(['data', 'doctor', '--config'], { IBKR_HOST: 'gateway' })
    expect(outcome).toMatchObject({ code: 0, stderr: '' })
    const [header, ...lines] = outcome.stdout.trimEnd().split('\n')
    expect(header?.split(/ {2,}/)).toEqual(['setting', 'value', 'from'])
    const cells = lines.map((it) => it.trim().split(/ {2,}/))
    expect(cells).toEqual([
      ['catalog', here.catalog, 'environment NTRADER_CATALOG'],
      ['source', '-', 'not set'],
      ['compression', 'snappy', 'default'],
      ['lockTimeout', '60s', 'default'],
      ['ibkr.host', 'gateway', 'environment IBKR_HOST'],
      ['ibkr.port', '7497', `file ${here.folder}/ntrader.config.yaml`],
      ['ibkr.clientId', '1', 'default'],
      ['ibkr.client', 'ib-tws-api', 'default'],
      ['ibkr.useRTH', '-', 'not set'],
      ['ibkr.adjustment', 'splits', 'default'],
      ['ibkr.volumeUnit', 'shares', 'default'],
      ['ibkr.pacing', 'soft', 'default'],
      ['ibkr.timeScale', '1', 'default'],
      ['ibkr.connectTimeout', '15s', 'default'],
      ['ibkr.requestTimeout', '120s', 'default'],
      ['ibkr.pacingTimeout', '30m', 'default'],
      ['ibkr.reconnectWithin', '5m', 'default'],
      ['ibkr.allowSimulated', 'false', 'default'],
      ['ibkr.contracts', '-', 'not set'],
      ['retain', '7d', 'default'],
      ['schedule', '-', 'not set'],
      ['log', '-', 'not set'],
    ])
  })

  test('--json is an array of them', async () => {
    const here = await place()
    const json = await here.json(['data', 'doctor', '--config', '--lock-timeout', '5s'])
    expect(json).toContainEqual({ key: 'lockTimeout', value: '5s', from: 'flag', where: '--lock-timeout' })
    expect(json).toContainEqual({ key: 'catalog', value: here.catalog, from: 'environment', where: 'NTRADER_CATALOG' })
    expect(json).toContainEqual({ key: 'source', value: null, from: 'default', where: null })
  })
})
