import { truncate } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import { AdjustmentChangedError, ConnectionError, SettingsConflictError } from '../../src/model/errors.js'
import { parseInstant } from '../../src/model/time.js'
import { AAPL } from '../support/bars.js'
import { failsOn, onlyBars, plainBar, ScriptedSource } from '../support/scripted-source.js'
import { cents, exactly, priced, pricedBars, SPLIT_ADJUSTED } from './priced-bars.js'
import { AAPL_DAILY, commitCount, coverageText, createWorld, errorOf, type World } from './world.js'

const TUESDAY = { start: '2024-01-02', end: '2024-01-03' } as const
const WEDNESDAY = { start: '2024-01-03', end: '2024-01-04' } as const
const THURSDAY = { start: '2024-01-04', end: '2024-01-05' } as const
const WEEK = { start: '2024-01-02', end: '2024-01-06' } as const
const sessionOf = (date: string): string => `${date}T14:30:00Z..${date}T21:00:00Z`

/** Tuesday and Wednesday are stored; then the stock is split ten to one. */
async function beforeSplit(options: object = SPLIT_ADJUSTED): Promise<World> {
  const world = await createWorld({ ...options, script: priced() })
  await world.service.fetchOrLoad(AAPL, { start: '2024-01-02', end: '2024-01-04' })
  world.source.asked()
  return world
}

async function afterSplit(options: object = SPLIT_ADJUSTED): Promise<World> {
  const world = await beforeSplit(options)
  world.source.script = priced(10)
  return world
}

describe('an adjusted source', () => {
  test('is asked for the stored session beside the gap in the same request, and nothing of that is stored', async () => {
    const { service, source, catalog } = await beforeSplit()
    const before = (await catalog.files(AAPL)).map((it) => it.path)
    const { report } = await service.fetchOrLoad(AAPL, THURSDAY)
    expect(source.asked()).toEqual(['2024-01-03T14:30:00Z..2024-01-04T21:00:00Z'])
    expect(report).toMatchObject({ requests: 1, fetchedRows: 390 })
    expect((await catalog.files(AAPL)).map((it) => it.path)).toEqual(expect.arrayContaining(before))
  })

  test('is asked for a stored session on either side', async () => {
    const { service, source } = await beforeSplit()
    await service.fetchOrLoad(AAPL, { start: '2024-01-05', end: '2024-01-06' })
    source.asked()
    await service.fetchOrLoad(AAPL, WEEK)
    expect(source.asked()).toEqual(['2024-01-03T14:30:00Z..2024-01-05T21:00:00Z'])
  })

  test('is asked for a stored session further away by itself, and first', async () => {
    const { service, source } = await beforeSplit()
    await service.fetchOrLoad(AAPL, { start: '2024-01-10', end: '2024-01-11' })
    expect(source.asked()).toEqual([sessionOf('2024-01-03'), sessionOf('2024-01-10')])
  })

  test('is asked for five stored days of daily bars', async () => {
    const { service, source } = await createWorld({ ...SPLIT_ADJUSTED, script: priced() })
    await service.fetchOrLoad(AAPL_DAILY, { start: '2024-01-02', end: '2024-01-16' })
    source.asked()
    await service.fetchOrLoad(AAPL_DAILY, { start: '2024-01-02', end: '2024-01-18' })
    expect(source.asked()).toEqual([
      '2024-01-08T00:00:00Z..2024-01-17T00:00:00Z',
      '2024-01-17T00:00:00Z..2024-01-18T00:00:00Z',
    ])
  })

  test('is asked the same as any other when nothing is stored', async () => {
    const { service, source } = await createWorld({ ...SPLIT_ADJUSTED, script: priced() })
    await service.fetchOrLoad(AAPL, WEDNESDAY)
    expect(source.asked()).toEqual([sessionOf('2024-01-03')])
  })

  test('shows in a plan what it would be asked', async () => {
    const { service, source } = await beforeSplit()
    expect(await service.plan(AAPL, THURSDAY)).toEqual({
      gaps: [{ start: '2024-01-04T14:30:00Z', end: '2024-01-04T21:00:00Z' }],
      requests: [{ start: '2024-01-03T14:30:00Z', end: '2024-01-04T21:00:00Z' }],
    })
    expect(source.asked()).toEqual([])
  })
})

test.each([{}, { adjustment: 'none' }, { adjustment: 'raw' }, { whatToShow: 'MIDPOINT' }])(
  'a source of setting %j is asked for the gap alone, and joined without a check',
  async (setting) => {
    const { service, source } = await afterSplit({ setting })
    const { report } = await service.fetchOrLoad(AAPL, THURSDAY)
    expect(source.asked()).toEqual([sessionOf('2024-01-04')])
    expect(report.fetchedRows).toBe(390)
  },
)

describe('a history divided by ten since it was stored', () => {
  test('is an AdjustmentChangedError with factor 10 and the command that refreshes all of it', async () => {
    const { service } = await afterSplit()
    const error = await errorOf(service.fetchOrLoad(AAPL, THURSDAY))
    expect(error).toBeInstanceOf(AdjustmentChangedError)
    expect(error).toMatchObject({ code: 'ADJUSTMENT_CHANGED', factor: 10 })
    expect((error as AdjustmentChangedError).hint).toContain(
      "ntrader data fetch 'AAPL.NASDAQ' --bar-type 1-MINUTE-LAST-EXTERNAL --start 2024-01-02T14:30:00Z --end 2024-01-03T21:00:00Z --source scripted --refresh",
    )
  })

  test.each([['split'], ['all'], ['dividend']])('is one whatever the adjustment is called: %s', async (adjustment) => {
    const { service } = await afterSplit({ setting: { adjustment } })
    expect(await errorOf(service.fetchOrLoad(AAPL, THURSDAY))).toMatchObject({ factor: 10 })
  })

  test('leaves nothing of the download, also of answers that came before and met nothing', async () => {
    const { service, source, catalog } = await beforeSplit()
    const commits = await commitCount(catalog)
    source.script = priced(10)
    // Monday and before lie between nothing stored and Tuesday; the request that meets Tuesday comes first all the same.
    await errorOf(service.fetchOrLoad(AAPL, { start: '2023-12-18', end: '2024-01-03' }))
    expect(source.asked()).toEqual(['2023-12-29T14:30:00Z..2024-01-02T21:00:00Z'])
    expect(await commitCount(catalog)).toBe(commits)
  })

  test('is seen where only the far side of a gap differs; nothing of the near side is kept', async () => {
    const { service, source, catalog } = await beforeSplit()
    source.script = priced()
    await service.fetchOrLoad(AAPL, { start: '2024-01-08', end: '2024-01-09' })
    source.asked()
    const commits = await commitCount(catalog)
    const mondayNs = parseInstant('2024-01-08')
    source.script = ({ series, interval }) => [
      ...pricedBars(series, interval).filter((it) => it.ts_event < mondayNs),
      ...pricedBars(series, interval, 10).filter((it) => it.ts_event >= mondayNs),
    ]
    expect(await errorOf(service.fetchOrLoad(AAPL, { start: '2024-01-02', end: '2024-01-09' }))).toMatchObject({
      factor: 10,
    })
    expect(source.asked()).toHaveLength(2)
    expect(await commitCount(catalog)).toBe(commits)
  })

  test('is seen in daily bars, one row each', async () => {
    const world = await createWorld({ ...SPLIT_ADJUSTED, script: priced() })
    await world.service.fetchOrLoad(AAPL_DAILY, WEDNESDAY)
    world.source.script = priced(10, exactly)
    expect(await errorOf(world.service.fetchOrLoad(AAPL_DAILY, THURSDAY))).toMatchObject({ factor: 10 })
  })

  test('is seen beside rows that were imported without a setting', async () => {
    const world = await createWorld({ ...SPLIT_ADJUSTED, script: priced(10) })
    const raw = new ScriptedSource({ name: 'csv', script: priced() })
    await world.serviceWith(raw).fetchOrLoad(AAPL, WEDNESDAY)
    expect(await errorOf(world.service.fetchOrLoad(AAPL, THURSDAY))).toMatchObject({ factor: 10 })
  })
})

test('a dividend is a factor near 1', async () => {
  const { service, source } = await beforeSplit({ setting: { adjustment: 'dividend' } })
  source.script = priced(1 / 0.9987)
  const error = await errorOf(service.fetchOrLoad(AAPL, THURSDAY))
  expect(error).toBeInstanceOf(AdjustmentChangedError)
  expect((error as AdjustmentChangedError).factor).toBeCloseTo(1 / 0.9987, 4)
})

describe('without a factor', () => {
  test('an answer with a few corrected bars in the overlap is stored, and the stored ones stay', async () => {
    const { service, source, catalog } = await beforeSplit()
    const corrected = plainBar('2024-01-03T15:00Z', 7)
    source.script = ({ series, interval }) => [
      ...pricedBars(series, interval).filter((it) => it.ts_event !== corrected.ts_event),
      corrected,
    ]
    const { report } = await service.fetchOrLoad(AAPL, THURSDAY)
    expect(report.fetchedRows).toBe(390)
    const frame = await catalog.query(AAPL, { start: '2024-01-03T15:00Z', end: '2024-01-03T15:01Z' })
    expect(frame.column('close')[0]).toBeGreaterThan(100)
  })

  test('because the overlap has no bars in both, the answer is stored, and the log warns', async () => {
    const { service, source, log } = await beforeSplit()
    const afterNs = parseInstant('2024-01-04')
    source.script = priced(10, cents, afterNs)
    const { report } = await service.fetchOrLoad(AAPL, THURSDAY)
    expect(report.fetchedRows).toBe(390)
    expect(log.lines.filter((it) => it.level === 'warn')).toMatchObject([
      { fields: { start: '2024-01-03T14:30:00Z', end: '2024-01-03T21:00:00Z', correlationId: report.correlationId } },
    ])
  })

  test('answers that met stored rows are kept when the source is lost after them', async () => {
    const { service, source, catalog } = await beforeSplit()
    source.script = failsOn(source.requests.length + 1, new ConnectionError('lost'), priced())
    const error = await errorOf(service.fetchOrLoad(AAPL, { start: '2024-01-04', end: '2024-01-06' }))
    expect(error).toMatchObject({ code: 'CONNECTION', missing: [{ start: '2024-01-05T14:30:00Z' }] })
    expect(await coverageText(catalog, AAPL)).toContain(`data ${sessionOf('2024-01-04')}`)
  })
})

describe('a refresh after a split', () => {
  test('of the whole stored coverage replaces the series in one commit', async () => {
    const { service, source, catalog } = await afterSplit()
    const commits = await commitCount(catalog)
    const range = { start: '2024-01-02T14:30:00Z', end: '2024-01-03T21:00:00Z' }
    const before = await catalog.query(AAPL, range)
    const { frame, report } = await service.fetchOrLoad(AAPL, { ...range, refresh: true })
    expect(await commitCount(catalog)).toBe(commits + 1)
    expect(source.asked()).toEqual(['2024-01-02T14:30:00Z..2024-01-03T21:00:00Z'])
    expect(frame.numRows).toBe(before.numRows)
    expect(frame.column('close')[0]).toBeCloseTo((before.column('close')[0] as number) / 10, 2)
    expect(report).toMatchObject({ requests: 1, kept: [] })
    expect((await service.fetchOrLoad(AAPL, THURSDAY)).report.fetchedRows).toBe(390)
  })

  test('of a part of it is refused with the factor, and changes nothing', async () => {
    const { service, catalog } = await afterSplit()
    const commits = await commitCount(catalog)
    expect(await errorOf(service.fetchOrLoad(AAPL, { ...TUESDAY, refresh: true }))).toMatchObject({ factor: 10 })
    expect(await commitCount(catalog)).toBe(commits)
  })

  test('of a part of it is fine when what stays beside it goes with it', async () => {
    const { service, source } = await beforeSplit()
    const { report } = await service.fetchOrLoad(AAPL, { ...TUESDAY, refresh: true })
    expect(source.asked()).toEqual(['2024-01-02T00:00:00Z..2024-01-03T21:00:00Z'])
    expect(report).toMatchObject({ requests: 1, kept: [] })
  })

  test('that would leave a session the source no longer has is refused, with the way out', async () => {
    const { service, source, catalog } = await afterSplit()
    // Pre-market begins; until one in the morning the evening before is still trading.
    const wednesdayNs = parseInstant('2024-01-03T09:00:00Z')
    source.script = priced(10, cents, wednesdayNs)
    const commits = await commitCount(catalog)
    const whole = { start: '2024-01-02', end: '2024-01-04', refresh: true } as const
    const error = await errorOf(service.fetchOrLoad(AAPL, whole))
    expect(error).toMatchObject({ factor: 10 })
    expect((error as AdjustmentChangedError).steps[0]).toContain(
      "ntrader data delete 'AAPL.NASDAQ' --bar-type 1-MINUTE-LAST-EXTERNAL --start 2024-01-02T14:30:00Z --end 2024-01-02T21:00:00Z",
    )
    expect(await commitCount(catalog)).toBe(commits)
    await catalog.deleteRange(AAPL, { start: '2024-01-02T14:30:00Z', end: '2024-01-02T21:00:00Z' })
    expect((await service.fetchOrLoad(AAPL, whole)).frame.numRows).toBe(390)
  })
})

describe('a damaged file of an adjusted series', () => {
  async function damage({ root, catalog }: World, day: string): Promise<void> {
    const file = (await catalog.files(AAPL)).find((it) => it.path.includes(`/${day}.`))
    await truncate(`${root}/${file?.path}`, 100)
  }

  test('is healed, compared with the session beside it', async () => {
    const world = await beforeSplit()
    await damage(world, '2024-01-03')
    const { frame } = await world.service.fetchOrLoad(AAPL, WEDNESDAY)
    expect(world.source.asked()).toEqual(['2024-01-02T14:30:00Z..2024-01-03T21:00:00Z'])
    expect(frame.numRows).toBe(390)
  })

  test('is not healed with prices of another adjustment', async () => {
    const world = await afterSplit()
    await damage(world, '2024-01-03')
    const error = await errorOf(world.service.fetchOrLoad(AAPL, WEDNESDAY))
    expect(error).toMatchObject({ code: 'CATALOG_CORRUPTION', cause: { code: 'ADJUSTMENT_CHANGED', factor: 10 } })
  })

  test('beside another one is an error that ends; asked for together both are healed', async () => {
    const world = await beforeSplit()
    for (const day of ['2024-01-02', '2024-01-03']) await damage(world, day)
    expect(await errorOf(world.service.fetchOrLoad(AAPL, WEDNESDAY))).toMatchObject({
      code: 'CATALOG_CORRUPTION',
      cause: { code: 'CATALOG_CORRUPTION' },
    })
    const { frame } = await world.service.fetchOrLoad(AAPL, { start: '2024-01-02', end: '2024-01-04' })
    expect(frame.numRows).toBe(780)
  })

  test('beside a gap is healed before the gap is filled', async () => {
    const world = await beforeSplit()
    await world.service.fetchOrLoad(AAPL, { start: '2024-01-05', end: '2024-01-06' })
    await damage(world, '2024-01-03')
    await world.service.fetchOrLoad(AAPL, THURSDAY)
    expect((await world.catalog.verify()).ok).toBe(true)
    expect((await world.catalog.query(AAPL)).numRows).toBe(4 * 390)
  })
})

test('another setting is refused before anything is asked, not taken for a factor', async () => {
  const world = await afterSplit()
  const other = new ScriptedSource({ setting: { whatToShow: 'ADJUSTED_LAST', adjustment: 'all' }, script: priced(10) })
  expect(await errorOf(world.serviceWith(other).fetchOrLoad(AAPL, THURSDAY))).toBeInstanceOf(SettingsConflictError)
  expect(other.asked()).toEqual([])
})

test('ticks are not compared: an adjusted source is asked for the gap alone', async () => {
  const { service, source } = await createWorld({ ...SPLIT_ADJUSTED, script: onlyBars([]) })
  const trades = { type: 'trades', instrument: 'AAPL.NASDAQ' } as const
  source.script = ({ interval }) => [{ ts_event: interval.startNs, price: 1, size: 1 }]
  await service.fetchOrLoad(trades, WEDNESDAY)
  source.asked()
  await service.fetchOrLoad(trades, THURSDAY)
  expect(source.asked()).toEqual([sessionOf('2024-01-04')])
})
