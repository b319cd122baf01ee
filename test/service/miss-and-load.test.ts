import { describe, expect, test } from 'vitest'
import { formatInstant } from '../../src/model/time.js'
import { AAPL, stamps } from '../support/bars.js'
import { everyBar, onlyBars, plainBar } from '../support/scripted-source.js'
import {
  BTC_HOURLY,
  commitCount,
  coverageText,
  createWorld,
  UNKNOWN_HOURLY,
  WEDNESDAY,
  WEDNESDAY_SESSION,
} from './world.js'

describe('what is missing', () => {
  test('is fetched, stored and loaded', async () => {
    const { service, source, catalog } = await createWorld()
    const { frame, report } = await service.fetchOrLoad(AAPL, WEDNESDAY)
    expect(frame.numRows).toBe(390)
    expect(formatInstant(frame.column('ts_event')[0] as bigint)).toBe('2024-01-03T14:30:00Z')
    expect(formatInstant(frame.column('ts_init')[389] as bigint)).toBe('2024-01-03T21:00:00Z')
    expect(report).toMatchObject({ requests: 1, fetchedRows: 390, rejected: [], missing: [] })
    expect(source.asked()).toEqual([WEDNESDAY_SESSION])
    expect(await coverageText(catalog, AAPL)).toEqual([`data ${WEDNESDAY_SESSION}`])
  })

  test('is asked for once: the second call makes no request and no commit', async () => {
    const { service, source, catalog } = await createWorld()
    const first = await service.fetchOrLoad(AAPL, WEDNESDAY)
    const commits = await commitCount(catalog)
    source.asked()
    const second = await service.fetchOrLoad(AAPL, WEDNESDAY)
    expect(source.asked()).toEqual([])
    expect(second.report).toMatchObject({ requests: 0, fetchedRows: 0, asOf: first.report.asOf })
    expect([...second.frame]).toEqual([...first.frame])
    expect(await commitCount(catalog)).toBe(commits)
  })

  test('is asked for once, also by another service and catalog on the same root', async () => {
    const world = await createWorld()
    const first = await world.service.fetchOrLoad(AAPL, WEDNESDAY)
    world.source.asked()
    const { service } = await world.reopen()
    const second = await service.fetchOrLoad(AAPL, WEDNESDAY)
    expect(world.source.asked()).toEqual([])
    expect([...second.frame]).toEqual([...first.frame])
  })

  test('inside what is stored is all that is asked for', async () => {
    const { service, source } = await createWorld()
    await service.fetchOrLoad(BTC_HOURLY, { start: '2024-01-01', end: '2024-01-04' })
    await service.fetchOrLoad(BTC_HOURLY, { start: '2024-01-07', end: '2024-01-10' })
    source.asked()
    const { frame } = await service.fetchOrLoad(BTC_HOURLY, { start: '2024-01-01', end: '2024-01-10' })
    expect(source.asked()).toEqual(['2024-01-04T00:00:00Z..2024-01-07T00:00:00Z'])
    expect(frame.numRows).toBe(9 * 24)
    await service.fetchOrLoad(BTC_HOURLY, { start: '2024-01-01', end: '2024-01-10' })
    expect(source.asked()).toEqual([])
  })

  test('between stored trading days is asked for session by session', async () => {
    const { service, source } = await createWorld()
    await service.fetchOrLoad(AAPL, { start: '2024-01-02', end: '2024-01-04' })
    await service.fetchOrLoad(AAPL, { start: '2024-01-08', end: '2024-01-10' })
    source.asked()
    const { frame } = await service.fetchOrLoad(AAPL, { start: '2024-01-01', end: '2024-01-11' })
    expect(source.asked()).toEqual([
      '2024-01-04T14:30:00Z..2024-01-04T21:00:00Z',
      '2024-01-05T14:30:00Z..2024-01-05T21:00:00Z',
      '2024-01-10T14:30:00Z..2024-01-10T21:00:00Z',
    ])
    expect(frame.numRows).toBe(7 * 390)
  })

  test('inside one day is cut to the minutes that are missing', async () => {
    const { service, source, catalog } = await createWorld()
    const morning = { start: '2024-01-03T14:30:00Z', end: '2024-01-03T15:00:00Z' }
    const noon = { start: '2024-01-03T17:00:00Z', end: '2024-01-03T18:00:00Z' }
    await service.fetchOrLoad(AAPL, morning)
    await service.fetchOrLoad(AAPL, noon)
    source.asked()
    await service.fetchOrLoad(AAPL, WEDNESDAY)
    expect(source.asked()).toEqual([
      '2024-01-03T15:00:00Z..2024-01-03T17:00:00Z',
      '2024-01-03T18:00:00Z..2024-01-03T21:00:00Z',
    ])
    expect(await coverageText(catalog, AAPL)).toEqual([`data ${WEDNESDAY_SESSION}`])
  })

  test('is what `plan` shows, and planning neither asks nor writes', async () => {
    const { service, source, catalog } = await createWorld()
    const plan = await service.plan(AAPL, { start: '2024-01-03', end: '2024-01-05' })
    expect(plan.gaps).toEqual([
      { start: '2024-01-03T14:30:00Z', end: '2024-01-03T21:00:00Z' },
      { start: '2024-01-04T14:30:00Z', end: '2024-01-04T21:00:00Z' },
    ])
    expect(plan.requests).toEqual(plan.gaps)
    expect(source.asked()).toEqual([])
    expect(await commitCount(catalog)).toBe(0)
  })
})

describe('an answer', () => {
  test("of Friday's bars to a question about Sunday stores nothing under Sunday", async () => {
    const { service, source, catalog } = await createWorld()
    source.script = () =>
      Array.from({ length: 8 }, (_, hour) => plainBar(`2024-01-05T${String(9 + hour).padStart(2, '0')}:00Z`))
    await expect(service.fetchOrLoad(UNKNOWN_HOURLY, { start: '2024-01-07', end: '2024-01-08' })).rejects.toMatchObject(
      { code: 'DATA_NOT_FOUND', knownEmpty: true },
    )
    expect(await coverageText(catalog, UNKNOWN_HOURLY)).toEqual(['empty 2024-01-07T00:00:00Z..2024-01-08T00:00:00Z'])
    expect((await catalog.query(UNKNOWN_HOURLY)).numRows).toBe(0)
  })

  test('without a row on a day of a venue that never closes says that day is empty, not the days beside it', async () => {
    const { service, source, catalog } = await createWorld()
    source.script = onlyBars([plainBar('2024-01-05T10:00Z'), plainBar('2024-01-08T10:00Z')])
    await service.fetchOrLoad(UNKNOWN_HOURLY, { start: '2024-01-05', end: '2024-01-09' })
    expect(source.asked()).toEqual(['2024-01-05T00:00:00Z..2024-01-09T00:00:00Z'])
    expect(await coverageText(catalog, UNKNOWN_HOURLY)).toEqual([
      'data 2024-01-05T00:00:00Z..2024-01-06T00:00:00Z',
      'empty 2024-01-06T00:00:00Z..2024-01-08T00:00:00Z',
      'data 2024-01-08T00:00:00Z..2024-01-09T00:00:00Z',
    ])
  })

  test('never overwrites a stored minute', async () => {
    const { service, source, catalog } = await createWorld()
    const stored = { start: '2024-01-03T15:00:00Z', end: '2024-01-03T15:02:00Z' }
    await catalog.write(AAPL, [plainBar('2024-01-03T15:00Z', 50), plainBar('2024-01-03T15:01Z', 51)], {
      coverage: stored,
    })
    // The source answers with all of the session, whatever it is asked.
    source.script = ({ series }) =>
      everyBar(100)({ series, interval: { startNs: 1704292200000000000n, endNs: 1704315600000000000n } }, 0, {
        signal: new AbortController().signal,
        onWait: () => undefined,
      })
    const { frame, report } = await service.fetchOrLoad(AAPL, WEDNESDAY)
    expect([...frame.column('close').subarray(29, 33)]).toEqual([100, 50, 51, 100])
    expect(frame.numRows).toBe(390)
    expect(report).toMatchObject({ requests: 2, fetchedRows: 388 })
  })

  test('that is unsorted, doubled and reaches beyond the question is stored in order, once, inside it', async () => {
    const { service, source } = await createWorld()
    const rows = ['15:01', '14:59', '15:00', '15:00', '15:02'].map((it) => plainBar(`2024-01-03T${it}Z`))
    source.script = () => rows
    const { frame, report } = await service.fetchOrLoad(AAPL, {
      start: '2024-01-03T15:00:00Z',
      end: '2024-01-03T15:02:00Z',
    })
    expect(stamps(frame)).toEqual(['2024-01-03T15:00:00Z', '2024-01-03T15:01:00Z'])
    expect(report).toMatchObject({ fetchedRows: 2, rejected: [], missing: [] })
  })

  test('to one request that lies in the gap of another counts only for its own', async () => {
    const { service, source } = await createWorld()
    source.script = (_, index) =>
      index === 0 ? [plainBar('2024-01-03T15:00Z'), plainBar('2024-01-04T15:00Z', 7)] : [plainBar('2024-01-04T15:00Z')]
    const { frame } = await service.fetchOrLoad(AAPL, { start: '2024-01-03', end: '2024-01-05' })
    expect([...frame.column('close')]).toEqual([100, 100])
  })
})

test('ticks are fetched, stored and loaded like bars, and identical ones stay two', async () => {
  const { service, source } = await createWorld()
  const trades = { type: 'trades', instrument: 'AAPL.NASDAQ' } as const
  const tick = { ts_event: '2024-01-03T15:00:00.000000001Z', price: 100, size: 1 } as const
  source.script = () => [tick, tick, { ...tick, ts_event: '2024-01-03T16:00:00Z' }]
  const first = await service.fetchOrLoad(trades, WEDNESDAY)
  expect(first.frame.numRows).toBe(3)
  expect((await service.fetchOrLoad(trades, WEDNESDAY)).frame.numRows).toBe(3)
  expect(source.asked()).toEqual([WEDNESDAY_SESSION])
})
