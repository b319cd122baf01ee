import { describe, expect, test } from 'vitest'
import { parseInstant } from '../../src/model/time.js'
import { AAPL, stamps, states } from '../support/bars.js'
import { onlyBars, plainBar, ScriptedSource } from '../support/scripted-source.js'
import { AAPL_DAILY, commitCount, coverageText, createWorld, WEDNESDAY, WEDNESDAY_SESSION } from './world.js'

const BROKEN = { ...plainBar('2024-01-03T15:00Z'), high: 90 }
const SOUND = [plainBar('2024-01-03T14:59Z'), plainBar('2024-01-03T15:01Z')]
const AROUND_BROKEN = [
  'data 2024-01-03T14:30:00Z..2024-01-03T15:00:00Z',
  'rejected 2024-01-03T15:00:00Z..2024-01-03T15:01:00Z',
  'data 2024-01-03T15:01:00Z..2024-01-03T21:00:00Z',
]

describe('a broken row', () => {
  test('is set aside and reported with its reason; the rest is stored', async () => {
    const { service, catalog } = await createWorld({ script: onlyBars([...SOUND, BROKEN]) })
    const { frame, report } = await service.fetchOrLoad(AAPL, WEDNESDAY)
    expect(stamps(frame)).toEqual(['2024-01-03T14:59:00Z', '2024-01-03T15:01:00Z'])
    expect(report.rejected).toEqual([{ at: '2024-01-03T15:00:00Z', reason: 'high 90 is below low 99' }])
    expect(report).toMatchObject({ fetchedRows: 2, missing: [] })
    expect(await coverageText(catalog, AAPL)).toEqual(AROUND_BROKEN)
    expect((await catalog.coverage(AAPL))[1]).toMatchObject({
      rejection: { source: 'scripted', reason: 'high 90 is below low 99' },
    })
    expect(await commitCount(catalog)).toBe(1)
  })

  test('is not asked for again', async () => {
    const { service, source } = await createWorld({ script: onlyBars([...SOUND, BROKEN]) })
    await service.fetchOrLoad(AAPL, WEDNESDAY)
    source.asked()
    const { report } = await service.fetchOrLoad(AAPL, WEDNESDAY)
    expect(source.asked()).toEqual([])
    expect(report).toMatchObject({ requests: 0, missing: [] })
  })

  test('of the last week is asked for again after 24 h, and a sound one takes its place', async () => {
    const world = await createWorld({ script: onlyBars([...SOUND, BROKEN]), now: '2024-01-04T12:00:00Z' })
    await world.service.fetchOrLoad(AAPL, WEDNESDAY)
    world.source.asked()
    world.clock.set('2024-01-05T12:00:00Z')
    world.source.script = onlyBars([plainBar('2024-01-03T15:00Z')])
    const { frame } = await world.service.fetchOrLoad(AAPL, WEDNESDAY)
    expect(world.source.asked()).toEqual(['2024-01-03T15:00:00Z..2024-01-03T15:01:00Z'])
    expect(frame.numRows).toBe(3)
    expect(states(await world.catalog.coverage(AAPL)).every((it) => it.startsWith('data'))).toBe(true)
  })

  test('says nothing about what another source has', async () => {
    const world = await createWorld({ script: onlyBars([...SOUND, BROKEN]) })
    await world.service.fetchOrLoad(AAPL, WEDNESDAY)
    const other = new ScriptedSource({ name: 'other' })
    const { frame } = await world.serviceWith(other).fetchOrLoad(AAPL, WEDNESDAY)
    expect(other.asked()).toEqual(['2024-01-03T15:00:00Z..2024-01-03T15:01:00Z'])
    expect(frame.numRows).toBe(3)
  })

  test('is recorded with source, setting, reason and time', async () => {
    const setting = { whatToShow: 'TRADES', useRTH: true }
    const { service, catalog } = await createWorld({
      script: onlyBars([...SOUND, BROKEN]),
      setting,
      now: '2024-01-04T12:00:00Z',
    })
    await service.fetchOrLoad(AAPL, WEDNESDAY)
    expect((await catalog.coverage(AAPL))[1]).toMatchObject({
      state: 'rejected',
      rejection: {
        source: 'scripted',
        setting,
        reason: 'high 90 is below low 99',
        recordedAtNs: parseInstant('2024-01-04T12:00:00Z'),
        expiresAtNs: parseInstant('2024-01-05T12:00:00Z'),
      },
    })
  })

  test('that is all a session has does not make the session empty', async () => {
    const { service, catalog } = await createWorld({
      script: onlyBars([BROKEN, plainBar('2024-01-04T15:00Z')]),
    })
    const { report } = await service.fetchOrLoad(AAPL, { start: '2024-01-03', end: '2024-01-05' })
    expect(report.rejected).toHaveLength(1)
    expect((await coverageText(catalog, AAPL)).slice(0, 3)).toEqual(AROUND_BROKEN)
  })

  test.each([
    ['a price that is not finite', { open: Number.NaN }, 'open NaN is not a finite number'],
    ['a negative volume', { volume: -1 }, 'volume -1 is negative'],
    ['a close outside the range', { close: 200 }, 'close 200 is above high 101'],
    ['a stamp off the minute', { ts_event: '2024-01-03T15:00:30Z' }, '2024-01-03T15:00:30Z is not on a whole minute'],
  ])('is one with %s', async (_, change, reason) => {
    const { service } = await createWorld({ script: () => [...SOUND, { ...plainBar('2024-01-03T15:00Z'), ...change }] })
    const { frame, report } = await service.fetchOrLoad(AAPL, WEDNESDAY)
    expect(report.rejected.map((it) => it.reason)).toEqual([reason])
    expect(frame.numRows).toBe(2)
  })

  test('among daily bars takes its trade date out', async () => {
    const { service, catalog } = await createWorld({
      script: onlyBars([plainBar('2024-01-02'), { ...plainBar('2024-01-03'), low: 500 }]),
    })
    const { report } = await service.fetchOrLoad(AAPL_DAILY, { start: '2024-01-02', end: '2024-01-04' })
    expect(report.rejected.map((it) => it.at)).toEqual(['2024-01-03T00:00:00Z'])
    expect(await coverageText(catalog, AAPL_DAILY)).toEqual([
      'data 2024-01-02T00:00:00Z..2024-01-03T00:00:00Z',
      'rejected 2024-01-03T00:00:00Z..2024-01-04T00:00:00Z',
    ])
  })
})

test('two different bars of one stamp are both set aside', async () => {
  const contradiction = [plainBar('2024-01-03T15:00Z', 100), plainBar('2024-01-03T15:00Z', 101)]
  const { service, catalog } = await createWorld({ script: onlyBars([...SOUND, ...contradiction]) })
  const { frame, report } = await service.fetchOrLoad(AAPL, WEDNESDAY)
  expect(stamps(frame)).toEqual(['2024-01-03T14:59:00Z', '2024-01-03T15:01:00Z'])
  expect(report.rejected).toHaveLength(1)
  expect(report.rejected[0]).toMatchObject({ at: '2024-01-03T15:00:00Z' })
  expect(report.rejected[0]?.reason).toContain('which has the same stamp')
  expect(await coverageText(catalog, AAPL)).toEqual(AROUND_BROKEN)
})

test('a broken tick goes alone: others of its stamp stay, and it is reported', async () => {
  const trades = { type: 'trades', instrument: 'AAPL.NASDAQ' } as const
  const tick = { ts_event: '2024-01-03T15:00:00Z', price: 100, size: 1 }
  const { service, catalog } = await createWorld({
    script: () => [tick, { ...tick, size: -5 }, { ...tick, price: Number.NaN }],
  })
  const { frame, report } = await service.fetchOrLoad(trades, WEDNESDAY)
  expect(frame.numRows).toBe(1)
  expect(report.rejected).toEqual([
    { at: '2024-01-03T15:00:00Z', reason: 'size -5 is negative' },
    { at: '2024-01-03T15:00:00Z', reason: 'price NaN is not a finite number' },
  ])
  expect(await coverageText(catalog, trades)).toEqual([`data ${WEDNESDAY_SESSION}`])
})
