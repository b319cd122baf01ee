import { describe, expect, test } from 'vitest'
import { settingsOf } from '../../src/catalog/coverage/coverage.js'
import { AbortedError, ConnectionError, SettingsConflictError } from '../../src/model/errors.js'
import { formatInstant } from '../../src/model/time.js'
import { AAPL, stamps } from '../support/bars.js'
import { everyBar, failsOn, onlyBars, plainBar, type Script, ScriptedSource } from '../support/scripted-source.js'
import {
  AAPL_DAILY,
  BTC_HOURLY,
  commitCount,
  coverageText,
  createWorld,
  errorOf,
  WEDNESDAY,
  WEDNESDAY_SESSION,
  type World,
} from './world.js'

const TWO_DAYS = { start: '2024-01-02', end: '2024-01-04' } as const
const REFRESH = { ...WEDNESDAY, refresh: true } as const
const SESSION = { start: '2024-01-03T14:30:00Z', end: '2024-01-03T21:00:00Z' } as const

/** Tuesday and Wednesday stored, all closes 100; the source now says 7. */
async function stored(options: object = {}): Promise<World> {
  const world = await createWorld(options)
  await world.service.fetchOrLoad(AAPL, TWO_DAYS)
  world.source.asked()
  world.source.script = everyBar(7)
  return world
}

/** Everything a catalog says: rows and coverage. */
async function contentOf({ catalog }: World): Promise<unknown> {
  const frame = await catalog.query(AAPL, { start: '2024-01-01', end: '2024-02-01' })
  return { rows: [...frame], coverage: await catalog.coverage(AAPL), commits: await commitCount(catalog) }
}

describe('a refresh', () => {
  test('asks for the whole range whatever is stored, and replaces it in one commit', async () => {
    const { service, source, catalog } = await stored()
    const commits = await commitCount(catalog)
    const { frame, report } = await service.fetchOrLoad(AAPL, REFRESH)
    expect(source.asked()).toEqual(['2024-01-03T00:00:00Z..2024-01-04T00:00:00Z'])
    expect(new Set(frame.column('close'))).toEqual(new Set([7]))
    expect(await commitCount(catalog)).toBe(commits + 1)
    expect(report).toMatchObject({ requests: 1, missing: [], kept: [], bySource: { scripted: 390 } })
    const tuesday = await catalog.query(AAPL, { start: '2024-01-02', end: '2024-01-03' })
    expect(new Set(tuesday.column('close'))).toEqual(new Set([100]))
  })

  test('of many requests is still one commit', async () => {
    const days = ['2024-01-02', '2024-01-03', '2024-01-04']
    const world = await stored({
      plan: (gaps: readonly { startNs: bigint }[]) =>
        gaps.length === 1 && formatInstant(gaps[0]?.startNs as bigint) === '2024-01-02T00:00:00Z'
          ? days.slice(1).map((_, i) => ({
              startNs: BigInt(Date.parse(days[i] as string)) * 1_000_000n,
              endNs: BigInt(Date.parse(days[i + 1] as string)) * 1_000_000n,
            }))
          : gaps,
    })
    const commits = await commitCount(world.catalog)
    const { report } = await world.service.fetchOrLoad(AAPL, { ...TWO_DAYS, refresh: true })
    expect(report.requests).toBe(2)
    expect(await commitCount(world.catalog)).toBe(commits + 1)
  })

  test('removes rows that did not come again', async () => {
    const { service, source } = await stored()
    source.script = onlyBars([plainBar('2024-01-03T15:00Z', 7), plainBar('2024-01-03T16:00Z', 7)])
    const { frame } = await service.fetchOrLoad(AAPL, REFRESH)
    expect(stamps(frame)).toEqual(['2024-01-03T15:00:00Z', '2024-01-03T16:00:00Z'])
  })

  test('fetches what was never stored, and what was known to be empty', async () => {
    const world = await createWorld({ script: () => [] })
    await errorOf(world.service.fetchOrLoad(AAPL, WEDNESDAY))
    world.source.script = everyBar()
    expect((await world.service.fetchOrLoad(AAPL, REFRESH)).frame.numRows).toBe(390)
    expect((await world.service.fetchOrLoad(AAPL, WEDNESDAY)).report.requests).toBe(0)
  })

  test('of the same rows commits nothing', async () => {
    const { service, catalog } = await stored()
    await service.fetchOrLoad(AAPL, REFRESH)
    const commits = await commitCount(catalog)
    await service.fetchOrLoad(AAPL, REFRESH)
    expect(await commitCount(catalog)).toBe(commits)
  })

  test('is cut at the late edge: the bar still being built is not asked for', async () => {
    const { service, source } = await createWorld({ now: '2024-01-03T18:00:30Z' })
    await service.fetchOrLoad(AAPL, REFRESH)
    expect(source.asked()).toEqual(['2024-01-03T00:00:00Z..2024-01-03T18:00:00Z'])
  })

  test('wholly after the late edge asks nothing', async () => {
    const { service, source } = await createWorld({ now: '2024-01-02T12:00:00Z' })
    expect(await errorOf(service.fetchOrLoad(AAPL, REFRESH))).toMatchObject({ tooRecent: true })
    expect(source.asked()).toEqual([])
  })

  test('near now claims no further than the last row, and leaves what is stored after it', async () => {
    const world = await createWorld({ now: '2024-01-03T18:00:00Z' })
    await world.service.fetchOrLoad(AAPL, WEDNESDAY)
    world.source.script = onlyBars([plainBar('2024-01-03T17:40Z', 7)])
    const { frame, report } = await world.service.fetchOrLoad(AAPL, REFRESH)
    expect(stamps(frame).slice(0, 2)).toEqual(['2024-01-03T17:40:00Z', '2024-01-03T17:41:00Z'])
    expect(frame.numRows).toBe(20)
    expect(report.kept).toEqual([{ start: '2024-01-03T17:41:00Z', end: '2024-01-03T18:00:00Z' }])
  })

  test('of daily bars replaces the dates whose stamps lie in the range, whole', async () => {
    const { service, source, catalog } = await createWorld()
    await service.fetchOrLoad(AAPL_DAILY, { start: '2024-01-02', end: '2024-01-06' })
    source.asked()
    source.script = everyBar(7)
    await service.fetchOrLoad(AAPL_DAILY, { start: '2024-01-02T12:00Z', end: '2024-01-04T12:00Z', refresh: true })
    expect(source.asked()).toEqual(['2024-01-03T00:00:00Z..2024-01-05T00:00:00Z'])
    const closes = (await catalog.query(AAPL_DAILY, { start: '2024-01-01', end: '2024-02-01' })).column('close')
    expect([...closes]).toEqual([100, 7, 7, 100])
  })

  test('works where there is no calendar', async () => {
    const { service, source } = await createWorld()
    await service.fetchOrLoad(BTC_HOURLY, WEDNESDAY)
    source.script = everyBar(7)
    const { frame } = await service.fetchOrLoad(BTC_HOURLY, REFRESH)
    expect([...frame.column('close')]).toEqual(new Array(24).fill(7))
  })

  test('brings a damaged file back by replacing it', async () => {
    const { service, catalog, root } = await stored()
    const { truncate } = await import('node:fs/promises')
    const [, wednesday] = await catalog.files(AAPL)
    await truncate(`${root}/${wednesday?.path}`, 10)
    const { frame } = await service.fetchOrLoad(AAPL, REFRESH)
    expect(new Set(frame.column('close'))).toEqual(new Set([7]))
  })

  test('reports its progress', async () => {
    const { service } = await stored()
    const seen: string[] = []
    await service.fetchOrLoad(AAPL, { ...REFRESH, onProgress: (it) => seen.push(`${it.phase} ${it.done}/${it.total}`) })
    expect(seen).toEqual(['fetch 0/1', 'fetch 1/1'])
  })

  test('planned asks nothing and shows the whole range', async () => {
    const { service, source } = await stored()
    const day = { start: '2024-01-03T00:00:00Z', end: '2024-01-04T00:00:00Z' }
    expect(await service.plan(AAPL, REFRESH)).toEqual({ gaps: [day], requests: [day] })
    expect(source.asked()).toEqual([])
  })

  test('sets a broken row aside in the place of a stored one, and says so', async () => {
    const { service, source } = await stored()
    source.script = (request, index, context) =>
      (everyBar(7)(request, index, context) as readonly ReturnType<typeof plainBar>[]).map((it) =>
        formatInstant(it.ts_event as bigint) === '2024-01-03T15:00:00Z' ? { ...it, high: 1 } : it,
      )
    const { frame, report } = await service.fetchOrLoad(AAPL, REFRESH)
    expect(frame.numRows).toBe(389)
    expect(report.rejected).toEqual([{ at: '2024-01-03T15:00:00Z', reason: 'high 1 is below low 6' }])
  })
})

describe('a refresh that fails changes nothing', () => {
  /** Two requests, the second of which does as the script says. */
  async function halfWay(second: Script): Promise<{ readonly world: World; readonly script: Script }> {
    const world = await stored({
      plan: (gaps: readonly { startNs: bigint; endNs: bigint }[]) =>
        gaps.flatMap(({ startNs, endNs }) => {
          const middleNs = (startNs + endNs) / 2n
          return [
            { startNs, endNs: middleNs },
            { startNs: middleNs, endNs },
          ]
        }),
    })
    const { length } = world.source.requests
    const script: Script = (request, index, context) =>
      (index === length + 1 ? second : everyBar(7))(request, index, context)
    return { world, script }
  }

  test('when the source is lost half-way', async () => {
    const { world, script } = await halfWay(failsOn(0, new ConnectionError('never')))
    const before = await contentOf(world)
    world.source.script = failsOn(world.source.requests.length + 1, new ConnectionError('lost'), script)
    expect(await errorOf(world.service.fetchOrLoad(AAPL, REFRESH))).toMatchObject({ code: 'CONNECTION', missing: [] })
    expect(await contentOf(world)).toEqual(before)
  })

  test('when the caller aborts half-way', async () => {
    const controller = new AbortController()
    const { world, script } = await halfWay((_, __, { signal }) => {
      controller.abort()
      return Promise.reject(signal.reason)
    })
    const before = await contentOf(world)
    world.source.script = script
    const aborted = world.service.fetchOrLoad(AAPL, { ...REFRESH, signal: controller.signal })
    expect(await errorOf(aborted)).toBeInstanceOf(AbortedError)
    expect(await contentOf(world)).toEqual(before)
  })

  test('without a source', async () => {
    const world = await stored()
    const before = await contentOf(world)
    expect(await errorOf(world.serviceWith(undefined).fetchOrLoad(AAPL, REFRESH))).toMatchObject({
      code: 'DATA_NOT_FOUND',
      missing: [{ start: '2024-01-03T00:00:00Z', end: '2024-01-04T00:00:00Z' }],
    })
    expect(await contentOf(world)).toEqual(before)
  })

  test('as of an earlier version, which is no call that makes sense', async () => {
    const { service, source, catalog } = await stored()
    const error = await errorOf(service.fetchOrLoad(AAPL, { ...REFRESH, asOf: catalog.version() }))
    expect(error).toMatchObject({ code: 'INVALID_REQUEST' })
    expect(source.asked()).toEqual([])
  })
})

describe('a refresh that is answered with nothing', () => {
  test('keeps the rows that are live, and names the session in report.kept', async () => {
    const world = await stored()
    const before = await contentOf(world)
    world.source.script = () => []
    const { frame, report } = await world.service.fetchOrLoad(AAPL, REFRESH)
    expect(frame.numRows).toBe(390)
    expect(report.kept).toEqual([SESSION])
    expect(await coverageText(world.catalog, AAPL)).toContain(`data ${WEDNESDAY_SESSION}`)
    expect(await world.catalog.query(AAPL, WEDNESDAY).then((it) => [...it])).toEqual(
      (before as { rows: readonly { ts_event: bigint }[] }).rows.slice(390),
    )
  })

  test('keeps what somebody imported while it was asking', async () => {
    const { service, source, catalog } = await createWorld()
    source.script = async () => {
      await catalog.write(AAPL, [plainBar('2024-01-03T15:00Z')])
      return []
    }
    const { frame, report } = await service.fetchOrLoad(AAPL, REFRESH)
    expect(stamps(frame)).toEqual(['2024-01-03T15:00:00Z'])
    expect(report.kept).toHaveLength(1)
  })

  test('for one day of two replaces the other', async () => {
    const { service, source } = await stored()
    source.script = onlyBars([plainBar('2024-01-02T15:00Z', 7)])
    const { frame, report } = await service.fetchOrLoad(AAPL, { ...TWO_DAYS, refresh: true })
    expect(frame.numRows).toBe(391)
    expect(report.kept).toEqual([SESSION])
  })

  test("records the source's word where nothing is stored", async () => {
    const { service, source, catalog } = await createWorld({ script: () => [] })
    await errorOf(service.fetchOrLoad(AAPL, REFRESH))
    expect((await catalog.coverage(AAPL)).every((it) => it.state === 'empty')).toBe(true)
    source.asked()
    expect(await errorOf(service.fetchOrLoad(AAPL, WEDNESDAY))).toMatchObject({ knownEmpty: true })
    expect(source.asked()).toEqual([])
  })
})

describe('a refresh with another setting', () => {
  const MIDPOINT = { setting: { whatToShow: 'MIDPOINT' } } as const

  test('over the whole stored coverage changes it', async () => {
    const world = await stored({ setting: { whatToShow: 'TRADES' } })
    const midpoint = world.serviceWith(new ScriptedSource({ ...MIDPOINT, script: everyBar(7) }))
    await midpoint.fetchOrLoad(AAPL, { ...TWO_DAYS, refresh: true })
    const settings = settingsOf(await world.catalog.coverage(AAPL))
    expect(settings).toEqual([MIDPOINT.setting])
    expect(await errorOf(world.service.fetchOrLoad(AAPL, { start: '2024-01-05', end: '2024-01-06' }))).toBeInstanceOf(
      SettingsConflictError,
    )
  })

  test('over a part of it is a SettingsConflictError, before anything is asked', async () => {
    const world = await stored({ setting: { whatToShow: 'TRADES' } })
    const before = await contentOf(world)
    const source = new ScriptedSource({ ...MIDPOINT, script: everyBar(7) })
    expect(await errorOf(world.serviceWith(source).fetchOrLoad(AAPL, REFRESH))).toBeInstanceOf(SettingsConflictError)
    expect(source.asked()).toEqual([])
    expect(await contentOf(world)).toEqual(before)
  })

  test('that has nothing for one of the sessions is refused too: it would stay beside the others', async () => {
    const world = await stored({ setting: { whatToShow: 'TRADES' } })
    const before = await contentOf(world)
    const source = new ScriptedSource({ ...MIDPOINT, script: onlyBars([plainBar('2024-01-02T15:00Z', 7)]) })
    const error = await errorOf(world.serviceWith(source).fetchOrLoad(AAPL, { ...TWO_DAYS, refresh: true }))
    expect(error).toBeInstanceOf(SettingsConflictError)
    expect((error as SettingsConflictError).hint).toContain('ntrader data delete')
    expect(await contentOf(world)).toEqual(before)
  })
})
