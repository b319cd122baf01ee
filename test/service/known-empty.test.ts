import { describe, expect, test } from 'vitest'
import { toIso } from '../../src/model/interval.js'
import { formatInstant } from '../../src/model/time.js'
import { AAPL } from '../support/bars.js'
import { everyBar, onlyBars, plainBar, ScriptedSource } from '../support/scripted-source.js'
import {
  AAPL_DAILY,
  commitCount,
  createWorld,
  errorOf,
  LONG_AFTER,
  WEDNESDAY,
  WEDNESDAY_SESSION,
  type World,
} from './world.js'

const nothing = (): readonly [] => []
const KNOWN_EMPTY = { code: 'DATA_NOT_FOUND', knownEmpty: true, tooRecent: false, missing: [] }

/** Everything the catalog knows to be empty, as text. */
async function emptyClaims({ catalog }: World): Promise<readonly string[]> {
  return (await catalog.coverage(AAPL)).flatMap((entry) =>
    entry.state !== 'empty'
      ? []
      : entry.claims.map((it) => {
          const expires = it.expiresAtNs === undefined ? 'never' : formatInstant(it.expiresAtNs)
          const setting = JSON.stringify(it.setting ?? {})
          return `${toIso(entry).start} ${it.source} ${setting} ${formatInstant(it.recordedAtNs)} expires ${expires}`
        }),
  )
}

describe('"nothing there"', () => {
  test('is recorded with source, setting and time', async () => {
    const world = await createWorld({ script: nothing, setting: { whatToShow: 'TRADES', useRTH: false } })
    expect(await errorOf(world.service.fetchOrLoad(AAPL, WEDNESDAY))).toMatchObject(KNOWN_EMPTY)
    expect(await emptyClaims(world)).toEqual([
      `2024-01-03T14:30:00Z scripted {"whatToShow":"TRADES","useRTH":false} ${LONG_AFTER} expires never`,
    ])
  })

  test('is not asked again: the second call fails with knownEmpty and no request', async () => {
    const { service, source, catalog } = await createWorld({ script: nothing })
    await errorOf(service.fetchOrLoad(AAPL, WEDNESDAY))
    source.asked()
    const commits = await commitCount(catalog)
    expect(await errorOf(service.fetchOrLoad(AAPL, WEDNESDAY))).toMatchObject(KNOWN_EMPTY)
    expect(source.asked()).toEqual([])
    expect(await commitCount(catalog)).toBe(commits)
  })

  test('expires after 24 h when it ended within 7 days of being recorded', async () => {
    const world = await createWorld({ script: nothing, now: '2024-01-10T20:59:59Z' })
    await errorOf(world.service.fetchOrLoad(AAPL, WEDNESDAY))
    expect(await emptyClaims(world)).toEqual([
      '2024-01-03T14:30:00Z scripted {} 2024-01-10T20:59:59Z expires 2024-01-11T20:59:59Z',
    ])
  })

  test('never expires when it ended more than 7 days before', async () => {
    const world = await createWorld({ script: nothing, now: '2024-01-10T21:00:01Z' })
    await errorOf(world.service.fetchOrLoad(AAPL, WEDNESDAY))
    expect(await emptyClaims(world)).toEqual(['2024-01-03T14:30:00Z scripted {} 2024-01-10T21:00:01Z expires never'])
  })

  test('is asked again once it has expired, and not a moment before', async () => {
    const { service, source, clock } = await createWorld({ script: nothing, now: '2024-01-04T12:00:00Z' })
    await errorOf(service.fetchOrLoad(AAPL, WEDNESDAY))
    source.asked()
    clock.set('2024-01-05T11:59:59Z')
    await errorOf(service.fetchOrLoad(AAPL, WEDNESDAY))
    expect(source.asked()).toEqual([])
    clock.set('2024-01-05T12:00:00Z')
    source.script = everyBar()
    expect((await service.fetchOrLoad(AAPL, WEDNESDAY)).frame.numRows).toBe(390)
    expect(source.asked()).toEqual([WEDNESDAY_SESSION])
  })

  test('said again is renewed, and stays one claim', async () => {
    const world = await createWorld({ script: nothing, now: '2024-01-04T12:00:00Z' })
    await errorOf(world.service.fetchOrLoad(AAPL, WEDNESDAY))
    world.clock.set('2024-01-06T12:00:00Z')
    await errorOf(world.service.fetchOrLoad(AAPL, WEDNESDAY))
    expect(await emptyClaims(world)).toEqual([
      '2024-01-03T14:30:00Z scripted {} 2024-01-06T12:00:00Z expires 2024-01-07T12:00:00Z',
    ])
    world.source.asked()
    await errorOf(world.service.fetchOrLoad(AAPL, WEDNESDAY))
    expect(world.source.asked()).toEqual([])
  })

  test('said again after 7 days does not expire any more', async () => {
    const world = await createWorld({ script: nothing, now: '2024-01-04T12:00:00Z' })
    await errorOf(world.service.fetchOrLoad(AAPL, WEDNESDAY))
    world.clock.set('2024-02-01')
    await errorOf(world.service.fetchOrLoad(AAPL, WEDNESDAY))
    expect(await emptyClaims(world)).toEqual(['2024-01-03T14:30:00Z scripted {} 2024-02-01T00:00:00Z expires never'])
  })

  test('answers only for the source that said so: another asks in its own right', async () => {
    const world = await createWorld({ script: nothing })
    await errorOf(world.service.fetchOrLoad(AAPL, WEDNESDAY))
    const other = new ScriptedSource({ name: 'other', script: nothing })
    await errorOf(world.serviceWith(other).fetchOrLoad(AAPL, WEDNESDAY))
    expect(other.asked()).toEqual([WEDNESDAY_SESSION])
    expect(await emptyClaims(world)).toEqual([
      `2024-01-03T14:30:00Z scripted {} ${LONG_AFTER} expires never`,
      `2024-01-03T14:30:00Z other {} ${LONG_AFTER} expires never`,
    ])
    const rich = new ScriptedSource({ name: 'rich' })
    const { frame, report } = await world.serviceWith(rich).fetchOrLoad(AAPL, WEDNESDAY)
    expect(frame.numRows).toBe(390)
    expect(report.bySource).toEqual({ rich: 390 })
  })

  test('answers only for the setting it was asked with', async () => {
    const world = await createWorld({ script: nothing, setting: { useRTH: true } })
    await errorOf(world.service.fetchOrLoad(AAPL, WEDNESDAY))
    const outside = new ScriptedSource({ script: nothing, setting: { useRTH: false } })
    await errorOf(world.serviceWith(outside).fetchOrLoad(AAPL, WEDNESDAY))
    expect(outside.asked()).toEqual([WEDNESDAY_SESSION])
  })

  test('about a part leaves the rows of the rest, and the report names that part', async () => {
    const { service, source } = await createWorld({ script: onlyBars([plainBar('2024-01-03T15:00Z')]) })
    const range = { start: '2024-01-03', end: '2024-01-05' }
    const thursday = [{ start: '2024-01-04T14:30:00Z', end: '2024-01-04T21:00:00Z' }]
    const first = await service.fetchOrLoad(AAPL, range)
    expect(first.frame.numRows).toBe(1)
    expect(first.report).toMatchObject({ requests: 2, missing: [], knownEmpty: thursday })
    source.asked()
    const second = await service.fetchOrLoad(AAPL, range)
    expect(second.report).toMatchObject({ requests: 0, missing: [], knownEmpty: thursday })
  })

  test('about a day of daily bars is that trade date, not the weekend after it', async () => {
    const { service, source, catalog } = await createWorld({
      script: onlyBars([plainBar('2024-01-04'), plainBar('2024-01-08')]),
    })
    await service.fetchOrLoad(AAPL_DAILY, { start: '2024-01-04', end: '2024-01-09' })
    expect(source.asked()).toEqual([
      '2024-01-04T00:00:00Z..2024-01-05T00:00:00Z',
      '2024-01-05T00:00:00Z..2024-01-06T00:00:00Z',
      '2024-01-08T00:00:00Z..2024-01-09T00:00:00Z',
    ])
    const empty = (await catalog.coverage(AAPL_DAILY)).filter((it) => it.state === 'empty')
    expect(empty.map(toIso)).toEqual([{ start: '2024-01-05T00:00:00Z', end: '2024-01-06T00:00:00Z' }])
  })
})
