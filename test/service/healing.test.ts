import { readdir, readFile, stat, truncate, unlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { LiveFile } from '../../src/catalog/files/live-file.js'
import { AbortedError, CatalogCorruptionError, ConnectionError } from '../../src/model/errors.js'
import { AAPL } from '../support/bars.js'
import { everyBar, failsOn, hangsOn, onlyBars, plainBar, ScriptedSource } from '../support/scripted-source.js'
import { AAPL_DAILY, commitCount, coverageText, createWorld, errorOf, type World } from './world.js'

/** Three sessions, Tuesday to Thursday, a file a day. */
const THREE_DAYS = { start: '2024-01-02', end: '2024-01-05' } as const
const sessionOf = (date: string): string => `${date}T14:30:00Z..${date}T21:00:00Z`
const ALL_COVERED = [
  `data ${sessionOf('2024-01-02')}`,
  `data ${sessionOf('2024-01-03')}`,
  `data ${sessionOf('2024-01-04')}`,
]

async function threeDays(options: Parameters<typeof createWorld>[0] = {}): Promise<World> {
  const world = await createWorld(options)
  await world.service.fetchOrLoad(AAPL, THREE_DAYS)
  world.source.asked()
  return world
}

async function fileOf({ catalog }: World, day: string): Promise<LiveFile> {
  const file = (await catalog.files(AAPL)).find((it) => it.path.includes(`/${day}.`))
  if (file === undefined) throw new Error(`no file of ${day}`)
  return file
}

async function flipByte(path: string): Promise<void> {
  const bytes = await readFile(path)
  bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] as number) ^ 0xff
  await writeFile(path, bytes)
}

async function quarantined({ root }: World): Promise<readonly string[]> {
  return (await readdir(join(root, 'bars/_quarantine')).catch(() => [])).sort()
}

const DAMAGES: readonly (readonly [string, (path: string) => Promise<void>])[] = [
  ['a flipped byte', flipByte],
  ['a file cut short', (path) => truncate(path, 100)],
  ['a deleted file', unlink],
]

describe.each(DAMAGES)('%s', (_, damage) => {
  test('is healed: exactly what the file covered is asked again, and one commit swaps it', async () => {
    const world = await threeDays()
    const before = await world.catalog.query(AAPL)
    const bad = await fileOf(world, '2024-01-03')
    await damage(join(world.root, bad.path))
    const commits = await commitCount(world.catalog)
    const { frame, report } = await world.service.fetchOrLoad(AAPL, THREE_DAYS)
    expect(world.source.asked()).toEqual([sessionOf('2024-01-03')])
    expect([...frame]).toEqual([...before])
    expect(report).toMatchObject({ requests: 1, missing: [] })
    expect(await commitCount(world.catalog)).toBe(commits + 1)
    expect(await coverageText(world.catalog, AAPL)).toEqual(ALL_COVERED)
    expect((await world.catalog.verify()).ok).toBe(true)
  })
})

test('the bad file goes to quarantine beside a note of why, when and which interval', async () => {
  const world = await threeDays()
  const bad = await fileOf(world, '2024-01-03')
  await flipByte(join(world.root, bad.path))
  await world.service.fetchOrLoad(AAPL, THREE_DAYS)
  const name = bad.path.slice(bad.path.lastIndexOf('/') + 1)
  expect(await quarantined(world)).toEqual([name, `${name}.json`])
  const note: unknown = JSON.parse(await readFile(join(world.root, 'bars/_quarantine', `${name}.json`), 'utf8'))
  expect(note).toMatchObject({
    file: bad.path,
    reason: expect.stringContaining('sha256'),
    quarantinedAt: '2024-06-03T12:00:00Z',
    interval: { start: '2024-01-03T14:30:00Z', end: '2024-01-03T21:00:00Z' },
  })
  await expect(stat(join(world.root, bad.path))).rejects.toMatchObject({ code: 'ENOENT' })
})

test('two bad files are healed by one commit', async () => {
  const world = await threeDays()
  for (const day of ['2024-01-02', '2024-01-04']) await flipByte(join(world.root, (await fileOf(world, day)).path))
  const commits = await commitCount(world.catalog)
  await world.service.fetchOrLoad(AAPL, THREE_DAYS)
  expect(world.source.asked()).toEqual([sessionOf('2024-01-02'), sessionOf('2024-01-04')])
  expect(await commitCount(world.catalog)).toBe(commits + 1)
})

test('calls at once for one bad file heal it once', async () => {
  const world = await threeDays()
  await flipByte(join(world.root, (await fileOf(world, '2024-01-03')).path))
  const results = await Promise.all(Array.from({ length: 4 }, () => world.service.fetchOrLoad(AAPL, THREE_DAYS)))
  expect(world.source.asked()).toEqual([sessionOf('2024-01-03')])
  expect(results.map((it) => it.frame.numRows)).toEqual([1170, 1170, 1170, 1170])
})

test('a bad file outside the range is left alone', async () => {
  const world = await threeDays()
  await flipByte(join(world.root, (await fileOf(world, '2024-01-04')).path))
  await world.service.fetchOrLoad(AAPL, { start: '2024-01-02', end: '2024-01-04' })
  expect(world.source.asked()).toEqual([])
  expect(await quarantined(world)).toEqual([])
})

describe('nothing moves and the log stays as it is', () => {
  async function expectUntouched(world: World, bad: LiveFile, commits: number): Promise<void> {
    expect(await commitCount(world.catalog)).toBe(commits)
    expect(await quarantined(world)).toEqual([])
    expect((await stat(join(world.root, bad.path))).isFile()).toBe(true)
  }

  test('when the source fails: CatalogCorruptionError with its error as the cause', async () => {
    const world = await threeDays()
    const bad = await fileOf(world, '2024-01-03')
    await flipByte(join(world.root, bad.path))
    const commits = await commitCount(world.catalog)
    const lost = new ConnectionError('no gateway')
    world.source.script = failsOn(3, lost)
    const error = await errorOf(world.service.fetchOrLoad(AAPL, THREE_DAYS))
    expect(error).toBeInstanceOf(CatalogCorruptionError)
    expect(error).toMatchObject({ cause: lost, files: [{ file: bad.path }] })
    await expectUntouched(world, bad, commits)
  })

  test('without a source', async () => {
    const world = await threeDays()
    const bad = await fileOf(world, '2024-01-03')
    await flipByte(join(world.root, bad.path))
    const commits = await commitCount(world.catalog)
    expect(await errorOf(world.serviceWith(undefined).fetchOrLoad(AAPL, THREE_DAYS))).toBeInstanceOf(
      CatalogCorruptionError,
    )
    await expectUntouched(world, bad, commits)
  })

  test('when the caller aborts: AbortedError', async () => {
    const world = await threeDays()
    const bad = await fileOf(world, '2024-01-03')
    await flipByte(join(world.root, bad.path))
    const commits = await commitCount(world.catalog)
    world.source.script = hangsOn(3)
    const result = errorOf(world.service.fetchOrLoad(AAPL, { ...THREE_DAYS, signal: AbortSignal.timeout(50) }))
    expect(await result).toBeInstanceOf(AbortedError)
    await expectUntouched(world, bad, commits)
  })

  test('when the source plans only a part of what was lost', async () => {
    const world = await threeDays()
    const bad = await fileOf(world, '2024-01-03')
    await flipByte(join(world.root, bad.path))
    const commits = await commitCount(world.catalog)
    const half = new ScriptedSource({
      plan: (gaps) => gaps.map((it) => ({ startNs: it.startNs, endNs: (it.startNs + it.endNs) / 2n })),
    })
    expect(await errorOf(world.serviceWith(half).fetchOrLoad(AAPL, THREE_DAYS))).toBeInstanceOf(CatalogCorruptionError)
    await expectUntouched(world, bad, commits)
  })

  test('when the source would ask with another setting than the lost rows had', async () => {
    const world = await threeDays({ setting: { whatToShow: 'TRADES' } })
    for (const day of ['2024-01-02', '2024-01-03', '2024-01-04']) {
      await flipByte(join(world.root, (await fileOf(world, day)).path))
    }
    const bad = await fileOf(world, '2024-01-03')
    const commits = await commitCount(world.catalog)
    const midpoint = new ScriptedSource({ setting: { whatToShow: 'MIDPOINT' } })
    const error = await errorOf(world.serviceWith(midpoint).fetchOrLoad(AAPL, THREE_DAYS))
    expect(error).toMatchObject({ code: 'CATALOG_CORRUPTION', cause: { code: 'SETTINGS_CONFLICT' } })
    await expectUntouched(world, bad, commits)
  })

  test('when an older state is asked for by asOf', async () => {
    const world = await threeDays()
    const bad = await fileOf(world, '2024-01-03')
    await flipByte(join(world.root, bad.path))
    const commits = await commitCount(world.catalog)
    const asOf = world.catalog.version()
    expect(await errorOf(world.service.fetchOrLoad(AAPL, { ...THREE_DAYS, asOf }))).toBeInstanceOf(
      CatalogCorruptionError,
    )
    expect(world.source.asked()).toEqual([])
    await expectUntouched(world, bad, commits)
  })
})

describe('a source that no longer has what was lost', () => {
  test('leaves it missing and named in the report, with the bad file in quarantine', async () => {
    const world = await threeDays()
    await flipByte(join(world.root, (await fileOf(world, '2024-01-03')).path))
    world.source.script = () => []
    const { frame, report } = await world.service.fetchOrLoad(AAPL, THREE_DAYS)
    expect(world.source.asked()).toEqual([sessionOf('2024-01-03')])
    expect(frame.numRows).toBe(780)
    expect(report.missing).toEqual([{ start: '2024-01-03T14:30:00Z', end: '2024-01-03T21:00:00Z' }])
    expect(await quarantined(world)).toHaveLength(2)
    expect(await coverageText(world.catalog, AAPL)).toEqual([ALL_COVERED[0], ALL_COVERED[2]])
  })

  test('of a month leaves missing the sessions it does not have, and those only', async () => {
    const world = await threeDays()
    await world.catalog.consolidate()
    await flipByte(join(world.root, (await fileOf(world, '2024-01')).path))
    world.source.script = onlyBars([plainBar('2024-01-02T15:00Z'), plainBar('2024-01-04T15:00Z')])
    const { frame, report } = await world.service.fetchOrLoad(AAPL, THREE_DAYS)
    expect(frame.numRows).toBe(2)
    expect(report.missing).toEqual([{ start: '2024-01-03T14:30:00Z', end: '2024-01-03T21:00:00Z' }])
  })

  test('of an import that bridged the nights leaves missing the sessions it does not have', async () => {
    const world = await createWorld()
    const range = { start: '2024-01-02T14:30:00Z', end: '2024-01-04T21:00:00Z' }
    const rows = ['2024-01-02T15:00Z', '2024-01-03T15:00Z', '2024-01-04T15:00Z'].map((it) => plainBar(it, 50))
    await world.catalog.write(AAPL, rows, { coverage: range })
    await world.catalog.consolidate()
    await flipByte(join(world.root, (await fileOf(world, '2024-01')).path))
    world.source.script = onlyBars([plainBar('2024-01-02T15:00Z'), plainBar('2024-01-04T15:00Z')])
    const { report } = await world.service.fetchOrLoad(AAPL, THREE_DAYS)
    expect(report.missing).toEqual([{ start: '2024-01-03T14:30:00Z', end: '2024-01-03T21:00:00Z' }])
  })

  test('of all that was asked for is a DataNotFoundError that names it', async () => {
    const world = await threeDays()
    await flipByte(join(world.root, (await fileOf(world, '2024-01-03')).path))
    world.source.script = () => []
    const error = await errorOf(world.service.fetchOrLoad(AAPL, { start: '2024-01-03', end: '2024-01-04' }))
    expect(error).toMatchObject({
      code: 'DATA_NOT_FOUND',
      knownEmpty: false,
      missing: [{ start: '2024-01-03T14:30:00Z', end: '2024-01-03T21:00:00Z' }],
    })
  })

  test('of daily bars leaves missing the trade dates it does not have', async () => {
    const world = await createWorld()
    const range = { start: '2024-01-02', end: '2024-01-06' }
    await world.service.fetchOrLoad(AAPL_DAILY, range)
    const [file] = await world.catalog.files(AAPL_DAILY)
    await flipByte(join(world.root, file?.path ?? ''))
    world.source.script = onlyBars([plainBar('2024-01-02'), plainBar('2024-01-05')])
    const { report } = await world.service.fetchOrLoad(AAPL_DAILY, range)
    expect(report.missing).toEqual([{ start: '2024-01-03T00:00:00Z', end: '2024-01-05T00:00:00Z' }])
  })
})

test('a consolidated month is healed as a whole', async () => {
  const world = await threeDays()
  const before = await world.catalog.query(AAPL)
  await world.catalog.consolidate()
  const bad = await fileOf(world, '2024-01')
  await flipByte(join(world.root, bad.path))
  const commits = await commitCount(world.catalog)
  const { frame } = await world.service.fetchOrLoad(AAPL, { start: '2024-01-03', end: '2024-01-04' })
  expect(world.source.asked()).toEqual(['2024-01-02', '2024-01-03', '2024-01-04'].map(sessionOf))
  expect(frame.numRows).toBe(390)
  expect(await commitCount(world.catalog)).toBe(commits + 1)
  expect([...(await world.catalog.query(AAPL))]).toEqual([...before])
})

test('a bad file on a day that also has a gap is healed and the gap filled, nothing asked twice', async () => {
  const world = await createWorld()
  const [morning, noon] = ['2024-01-03T14:30:00Z', '2024-01-03T17:00:00Z']
  await world.service.fetchOrLoad(AAPL, { start: morning, end: noon })
  await flipByte(join(world.root, (await fileOf(world, '2024-01-03')).path))
  world.source.asked()
  const { frame, report } = await world.service.fetchOrLoad(AAPL, { start: '2024-01-03', end: '2024-01-04' })
  expect(frame.numRows).toBe(390)
  expect(report.missing).toEqual([])
  expect([...world.source.asked()].sort()).toEqual([`${morning}..${noon}`, `${noon}..2024-01-03T21:00:00Z`])
  expect(await coverageText(world.catalog, AAPL)).toEqual([`data ${sessionOf('2024-01-03')}`])
})

test('what a bad file knew to be empty or refused is kept, and not asked for again', async () => {
  const world = await createWorld()
  world.source.script = onlyBars([plainBar('2024-01-03T15:00Z'), { ...plainBar('2024-01-03T16:00Z'), high: 1 }])
  await world.service.fetchOrLoad(AAPL, { start: '2024-01-03', end: '2024-01-05' })
  await world.catalog.consolidate()
  const before = await coverageText(world.catalog, AAPL)
  expect(before.map((it) => it.split(' ')[0])).toEqual(['data', 'rejected', 'data', 'empty'])
  await flipByte(join(world.root, (await fileOf(world, '2024-01')).path))
  world.source.asked()
  world.source.script = onlyBars([plainBar('2024-01-03T15:00Z'), plainBar('2024-01-03T17:00Z')])
  const { report } = await world.service.fetchOrLoad(AAPL, { start: '2024-01-03', end: '2024-01-05' })
  expect(world.source.asked()).toEqual([
    '2024-01-03T14:30:00Z..2024-01-03T16:00:00Z',
    '2024-01-03T16:01:00Z..2024-01-03T21:00:00Z',
  ])
  expect(await coverageText(world.catalog, AAPL)).toEqual(before)
  expect(report.missing).toEqual([])
})

test('healing keeps the rows of other files of the same days', async () => {
  const world = await threeDays()
  await flipByte(join(world.root, (await fileOf(world, '2024-01-03')).path))
  world.source.script = everyBar(7)
  const { frame } = await world.service.fetchOrLoad(AAPL, THREE_DAYS)
  const closes = frame.column('close')
  expect([closes[0], closes[390], closes[780]]).toEqual([100, 7, 100])
})
