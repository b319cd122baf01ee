import { mkdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { basename, join, relative } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { DataCatalog } from '../../src/catalog/catalog.js'
import { CatalogCorruptionError, CatalogError, UnsupportedFormatError } from '../../src/model/errors.js'
import { readFooter } from '../../src/parquet/footer.js'
import { CHUNK, COLUMN, FILE, ROW_GROUP, sizeIn, structIn, structsIn } from '../../src/parquet/format.js'
import { DataCatalogService } from '../../src/service/service.js'
import { METADATA, protocol } from '../delta/log-folder.js'
import { AAPL, minuteBars } from '../support/bars.js'
import { onlyBars, ScriptedSource } from '../support/scripted-source.js'
import { blindCatalog } from './blind-catalog.js'
import { type Damage, damagesOf, putBack } from './damages.js'
import { figuresOf, figuresTable } from './figures.js'
import { contentOf, LOG, pathsIn, read, type SoundCatalog, soundCatalog } from './sound-catalog.js'

/** `npm run test:corruption` tries every byte; the normal run a sample of each region. */
const IS_FULL = process.env['NTRADER_FULL'] === '1'
const STRIDE = IS_FULL ? 1 : 61
/** How many damages of one sort are healed too, each on a copy of its own. */
const HEALED_OF_A_SORT = IS_FULL ? 12 : 1

afterAll(() => console.log(`\n${figuresTable()}\n`))

/** One of each sort, and more in a full run. */
function someOfEach(damages: readonly Damage[]): readonly Damage[] {
  const taken = new Map<string, number>()
  return damages.filter((it, i) => {
    const count = taken.get(it.key) ?? 0
    const isTaken = count < HEALED_OF_A_SORT && (it.key !== 'flip' || i % 7 === 0)
    if (isTaken) taken.set(it.key, count + 1)
    return isTaken
  })
}

async function failureOf(work: () => Promise<unknown>): Promise<unknown> {
  try {
    await work()
  } catch (error) {
    return error ?? 'nothing was thrown'
  }
  return undefined
}

/** Applies each damage in turn, and undoes it. */
async function eachOf(
  kind: string,
  path: string,
  sound: Uint8Array,
  damages: readonly Damage[],
  look: (damage: Damage) => Promise<void>,
): Promise<void> {
  figuresOf(kind).files++
  for (const damage of damages) {
    damage.apply(path)
    figuresOf(kind).damages++
    try {
      await look(damage)
    } finally {
      putBack(path, sound)
    }
  }
}

describe('a data file', () => {
  test('with any damage is named by query and verify, and nothing of it is returned', async () => {
    const world = await soundCatalog(false)
    const [path = '', other = ''] = pathsIn(world.root, '.parquet', 'bars/instrument_id=AAPL.NASDAQ')
    const [msft = ''] = pathsIn(world.root, '.parquet', 'bars/instrument_id=MSFT.NASDAQ')
    const sound = read(path)
    const others = { 'another day': read(other), "another series' file": read(msft), 'a newer format': newer(sound) }
    const damages = damagesOf(sound, regionsOf(sound), STRIDE, others)
    const catalog = await DataCatalog.open(world.root)
    const figures = figuresOf('data')
    await eachOf('data', path, sound, damages, async (damage) => {
      const error = await failureOf(() => catalog.query(AAPL))
      const named = error instanceof CatalogCorruptionError ? error.files.map((it) => it.file) : []
      const isNamed = named.length === 1 && named[0] === relative(world.root, path)
      if (isNamed) figures.detected++
      else figures.undetected++
      expect(named, damage.name).toEqual([relative(world.root, path)])
    })
    expect(await contentOf(world.root)).toBe(world.content)
    for (const damage of someOfEach(damages)) await healData(world, relative(world.root, path), damage)
  })
})

describe('the suite can fail', () => {
  test('a build that does not look at the sha256 lets flipped bits through', async () => {
    const world = await soundCatalog(false)
    const [path = ''] = pathsIn(world.root, '.parquet', 'bars/instrument_id=AAPL.NASDAQ')
    const sound = read(path)
    const catalog = blindCatalog(world.root)
    let missed = 0
    for (const damage of damagesOf(sound, regionsOf(sound), 17, {}).filter((it) => it.key === 'flip')) {
      damage.apply(path)
      const frame = await catalog.query(AAPL).catch(() => undefined)
      if (frame !== undefined) missed++
      putBack(path, sound)
    }
    expect(missed).toBeGreaterThan(10)
  })

  test('a build that does not look at the seal of a commit takes a flipped bit for what was written', async () => {
    const world = await soundCatalog(false)
    const path = pathsIn(world.root, '.json', LOG)[2] ?? ''
    const sound = read(path)
    const { parseActions } = await import('../../src/delta/parse.js')
    let missed = 0
    for (const damage of damagesOf(sound, [], 17, {}).filter((it) => it.key === 'flip')) {
      damage.apply(path)
      try {
        parseActions(new TextDecoder().decode(read(path)), path)
        missed++
      } catch (error) {
        expect(error).toBeInstanceOf(CatalogError)
      }
      putBack(path, sound)
    }
    expect(missed).toBeGreaterThan(10)
  })
})

/** A fetch heals exactly what is damaged; quarantine and a fetch does the same in two steps. */
async function healData(world: SoundCatalog, file: string, damage: Damage): Promise<void> {
  for (const inTwoSteps of [true, false]) {
    const root = await world.copy()
    damage.apply(join(root, file))
    const catalog = await DataCatalog.open(root)
    if (inTwoSteps) {
      const report = await catalog.verify({ quarantine: true })
      expect(
        report.problems.map((it) => it.file),
        damage.name,
      ).toEqual([file])
    }
    const source = new ScriptedSource({ script: onlyBars(minuteBars('2024-01-02T14:30Z', 60)) })
    const service = new DataCatalogService({ catalog, source })
    await service.fetchOrLoad(AAPL, { start: '2024-01-02', end: '2024-01-03', session: 'all' })
    const rows = [...(await catalog.query(AAPL, { start: '2024-01-02', end: '2024-01-03' }))].length
    figuresOf('data').rowsLost += 60 - rows
    expect((await catalog.verify()).ok, damage.name).toBe(true)
    await catalog.close()
  }
  figuresOf('data').healed++
}

/** Where a Parquet file's parts begin: magic, each column's pages, footer, its length, magic. */
function regionsOf(file: Uint8Array): readonly number[] {
  const { tree } = readFooter(file)
  const columns = structsIn(tree, FILE.rowGroups).flatMap((group) => structsIn(group, ROW_GROUP.columns))
  const pages = columns.map((it) => sizeIn(structIn(it, CHUNK.metaData) ?? new Map(), COLUMN.dataPageOffset))
  const footer = file.length - 8 - new DataView(file.buffer, file.byteOffset).getUint32(file.length - 8, true)
  return [4, ...pages, footer, file.length - 8, file.length - 4]
}

function newer(file: Uint8Array): Uint8Array {
  return Buffer.from(
    Buffer.from(file)
      .toString('latin1')
      .replace(/(ntrader\.format_version..)1/s, '$19'),
    'latin1',
  )
}

describe('a log entry', () => {
  test.each([0, 2, 4])('%i with any damage is named, and a rebuild brings every row back', async (version) => {
    const world = await soundCatalog(false)
    const path = pathsIn(world.root, '.json', LOG)[version] ?? ''
    const sound = read(path)
    const [quotes = ''] = pathsIn(world.root, '.json', 'quotes/_delta_log')
    const [another = ''] = pathsIn(world.root, '.json', LOG).filter((it) => it !== path)
    const newest = Buffer.from(`${JSON.stringify(protocol(3, 7))}\n${JSON.stringify(METADATA)}\n`)
    const others = { 'another commit': read(another), "another table's": read(quotes), 'a newer format': newest }
    const damages = damagesOf(sound, [24, 88, sound.indexOf(10)], STRIDE, others)
    const figures = figuresOf('log entry')
    await eachOf('log entry', path, sound, damages, async (damage) => {
      const error = await failureOf(() => DataCatalog.open(world.root))
      const isTyped = error instanceof CatalogCorruptionError || error instanceof UnsupportedFormatError
      if (isTyped) figures.detected++
      else figures.undetected++
      expect(error, damage.name).toBeInstanceOf(
        damage.key === 'a newer format' ? UnsupportedFormatError : CatalogCorruptionError,
      )
    })
    for (const damage of someOfEach(damages)) {
      if (damage.key !== 'a newer format') await healLog(world, relative(world.root, path), damage)
    }
  })
})

async function healLog(world: SoundCatalog, file: string, damage: Damage): Promise<void> {
  const root = await world.copy()
  damage.apply(join(root, file))
  const catalog = await DataCatalog.openDamaged(root)
  await catalog.repair({ rebuild: true })
  const isSame = (await contentOf(root)) === world.content
  if (!isSame) figuresOf('log entry').mixed++
  expect(isSame, damage.name).toBe(true)
  expect((await catalog.verify()).ok).toBe(true)
  figuresOf('log entry').healed++
}

describe('what only saves work', () => {
  test.each([
    ['checkpoint', '.checkpoint.parquet'],
    ['_last_checkpoint', '_last_checkpoint'],
  ])('%s with any damage changes nothing that is read; repair finds and mends it', async (kind, ending) => {
    const world = await soundCatalog(true)
    const path = join(world.root, LOG, ending.startsWith('.') ? `${'4'.padStart(20, '0')}${ending}` : ending)
    const sound = read(path)
    const [data = ''] = pathsIn(world.root, '.parquet', 'bars/instrument_id=AAPL.NASDAQ')
    const others = { 'a data file': read(data), text: Buffer.from('PAR1 text PAR1') }
    const damages = damagesOf(
      sound,
      [4, sound.length - 8],
      kind === 'checkpoint' ? STRIDE : Math.min(STRIDE, 7),
      others,
    )
    const figures = figuresOf(kind)
    await eachOf(kind, path, sound, damages, async (damage) => {
      const isSame = (await contentOf(world.root)) === world.content
      if (!isSame) figures.mixed++
      expect(isSame, damage.name).toBe(true)
      const found = (await (await DataCatalog.open(world.root)).repair({ dryRun: true })).checkpoints
      if (found.includes('bars')) figures.detected++
      else figures.undetected++
      expect(found, damage.name).toEqual(['bars'])
    })
    for (const damage of someOfEach(damages)) {
      const root = await world.copy()
      damage.apply(join(root, relative(world.root, path)))
      const catalog = await DataCatalog.open(root)
      expect((await catalog.repair()).checkpoints, damage.name).toEqual(['bars'])
      expect((await catalog.repair()).checkpoints, damage.name).toEqual([])
      expect(await contentOf(root)).toBe(world.content)
      figures.healed++
    }
  })
})

describe('what only spares waiting', () => {
  test.each([
    ['lock note', 'bars/_lock.json', '{"pid":1,"host":"elsewhere","since":"2024-01-02T00:00:00Z"}\n'],
    [
      'lease',
      'bars/_leases/AAPL.NASDAQ%201-MINUTE-LAST-EXTERNAL.json',
      '{"owner":"0123456789abcdef","pid":1,"host":"elsewhere","since":"2024-01-02T00:00:00Z","beats":1}\n',
    ],
  ])(
    '%s with any damage keeps nobody from reading, writing or fetching',
    async (kind, file, text) => {
      const world = await soundCatalog(false)
      const path = join(world.root, file)
      mkdirSync(join(path, '..'), { recursive: true })
      const sound = Buffer.from(text)
      const catalog = await DataCatalog.open(world.root)
      const figures = figuresOf(kind)
      const stride = IS_FULL ? 1 : 13
      let minute = 0
      await eachOf(
        kind,
        path,
        sound,
        damagesOf(sound, [], stride, { binary: Buffer.alloc(64, 255) }),
        async (damage) => {
          const at = minuteBars('2024-02-01T00:00Z', 1 + minute++).slice(-1)
          if (kind === 'lease') {
            await (await catalog.downloadLease(AAPL, { staleMs: 60, heartbeatMs: 20 })).release()
          } else {
            mkdirSync(join(world.root, 'bars/_lock'))
            const waiting = await DataCatalog.open(world.root, { lockTimeoutMs: 1 })
            expect(await failureOf(() => waiting.write(AAPL, at)), damage.name).toMatchObject({
              code: 'CATALOG_LOCKED',
            })
            rmSync(join(world.root, 'bars/_lock'), { recursive: true })
          }
          expect((await catalog.write(AAPL, at)).committed, damage.name).toBe(true)
          figures.harmless++
        },
      )
      expect((await catalog.query(AAPL)).numRows).toBe(180 + minute)
    },
    600_000,
  )

  test('a lock that is no lock, or is left over, keeps nobody from reading; writing says which path it is', async () => {
    const world = await soundCatalog(false)
    const lock = join(world.root, 'bars/_lock')
    const figures = figuresOf('lock')
    const longAgo = new Date('2024-01-02')
    const damages: readonly (readonly [string, () => void])[] = [
      ['a left over directory', () => mkdirSync(lock)],
      ['an empty file', () => writeFileSync(lock, '')],
      ['a file', () => writeFileSync(lock, 'locked')],
      ['a directory with a file in it', () => [mkdirSync(lock), writeFileSync(join(lock, 'x'), 'x')]],
    ]
    figures.files++
    for (const [name, damage] of damages) {
      damage()
      utimesSync(lock, longAgo, longAgo)
      figures.damages++
      expect(await contentOf(world.root), name).toBe(world.content)
      const catalog = await DataCatalog.open(world.root, { lockTimeoutMs: 50 })
      const error = await failureOf(() => catalog.write(AAPL, minuteBars('2024-01-02T14:30Z', 60)))
      expect(error === undefined || error instanceof CatalogError, name).toBe(true)
      if (error === undefined) figures.harmless++
      else figures.detected++
      if (error instanceof CatalogError) expect(`${error.message} ${error.hint}`, name).toContain(basename(lock))
      rmSync(lock, { recursive: true, force: true })
      expect(await failureOf(() => catalog.write(AAPL, minuteBars('2024-01-02T14:30Z', 60))), name).toBe(undefined)
      figures.healed++
    }
  })
})
