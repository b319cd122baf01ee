import { describe, expect, test } from 'vitest'
import { requiredSet } from '../../../src/catalog/coverage/required.js'
import { calendarOfSeries } from '../../../src/catalog/read/lookup.js'
import { SeededMarket } from '../../../src/gateway/seeded-market.js'
import { parseSeries, type SeriesInput } from '../../../src/model/series.js'
import { formatInstant, parseInstant } from '../../../src/model/time.js'
import { DataCatalogService } from '../../../src/service/service.js'
import type { FetchProgress } from '../../../src/service/types.js'
import { SimSource } from '../../../src/sources/sim.js'
import { contractOf, handMade } from '../../gateway/hand-made.js'
import { stamps, states } from '../../support/bars.js'
import { testCatalog, testClock } from '../../support/catalog.js'
import { createIbkrWorld } from '../../support/ibkr-world.js'

const SIM = { type: 'bars', instrument: 'AAPL.SIM', barType: '1-MINUTE-LAST' } as const
const EURUSD = { type: 'bars', instrument: 'EUR/USD.IDEALPRO', barType: '1-MINUTE-MID' } as const
const ES = { type: 'bars', instrument: 'ESM24.CME', barType: '1-MINUTE-LAST' } as const

const WEEKS: readonly (readonly [string, string, string])[] = [
  ['the week the clocks go forward', '2024-03-07', '2024-03-13'],
  ['the week the clocks go back', '2023-11-02', '2023-11-08'],
  ['a half day after a holiday', '2023-11-21', '2023-11-28'],
  ['Christmas and New Year', '2023-12-21', '2024-01-03'],
  ['a lone Sunday', '2024-03-09', '2024-03-11'],
]

/** The rows of the simulated source, which makes the same market without a gateway. */
async function simulated(series: SeriesInput, range: { start: string; end: string; session: 'regular' | 'extended' }) {
  const { catalog, clock } = await testCatalog()
  const service = new DataCatalogService({ catalog, source: new SimSource(), clock })
  const { frame } = await service.fetchOrLoad(series, range)
  return frame
}

describe.each(['1-MINUTE-LAST', '5-MINUTE-LAST', '30-MINUTE-LAST'])('%s', (barType) => {
  const series = { ...SIM, barType }
  test.each(WEEKS.slice(0, 4))(
    '%s: the rows are those of the market, and nothing is asked twice',
    async (_, start, end) => {
      const { service, asked } = await createIbkrWorld()
      for (const session of ['regular', 'extended'] as const) {
        const { frame, report } = await service.fetchOrLoad(series, { start, end, session })
        const expected = await simulated(series, { start, end, session })
        expect([...frame]).toEqual([...expected])
        expect(report).toMatchObject({ missing: [], knownEmpty: [], rejected: [] })
        expect(asked().length).toBeGreaterThan(0)
        expect((await service.fetchOrLoad(series, { start, end, session })).report.requests).toBe(0)
        expect(asked()).toEqual([])
      }
    },
  )
})

test('a Monday after a stored Friday is one request, beside the one that compares Friday’s prices', async () => {
  const { service, asked } = await createIbkrWorld()
  await service.fetchOrLoad(SIM, { start: '2024-03-08', end: '2024-03-09' })
  asked()
  const { frame, report } = await service.fetchOrLoad(SIM, { start: '2024-03-11', end: '2024-03-12' })
  expect([frame.numRows, report.missing]).toEqual([390, []])
  expect(asked().map((it) => it.endDateTime.slice(0, 8))).toEqual(['20240309', '20240311'])
})

test('a year that is asked for again is a request for each session', async () => {
  const { source } = await createIbkrWorld()
  const year = { startNs: parseInstant('2023-01-01'), endNs: parseInstant('2024-01-01') }
  expect(source.plan(parseSeries(SIM), [year])).toHaveLength(250)
})

test('a weekend of stocks is closed: no request is made for it', async () => {
  const { service, asked, gateway } = await createIbkrWorld()
  const weekend = service.fetchOrLoad(SIM, { start: '2024-03-09', end: '2024-03-11' })
  await expect(weekend).rejects.toMatchObject({ code: 'DATA_NOT_FOUND', knownEmpty: true })
  expect([asked(), gateway.requests]).toEqual([[], []])
})

describe.each([
  ['currencies, which open on Sunday evening', EURUSD],
  ['a future, which opens on Sunday evening and rests an hour a day', ES],
])('%s', (_name, series) => {
  test.each(WEEKS)('%s: every open minute has its bar, and nothing is asked twice', async (_week, start, end) => {
    const { service, asked } = await createIbkrWorld({ allowSimulated: true, now: '2024-05-01T12:00:00Z' })
    const range = { start, end, session: 'extended' } as const
    const parsed = parseSeries(series)
    const interval = { startNs: parseInstant(start), endNs: parseInstant(end) }
    const open = requiredSet(parsed, interval, 'extended', calendarOfSeries(parsed))
    const minutes = open.flatMap((it) => {
      const count = Number((it.endNs - it.startNs) / 60_000_000_000n)
      return Array.from({ length: count }, (_, i) => formatInstant(it.startNs + BigInt(i) * 60_000_000_000n))
    })
    const { frame, report } = await service.fetchOrLoad(series, range)
    expect(stamps(frame)).toEqual(minutes)
    expect(report).toMatchObject({ missing: [], knownEmpty: [], rejected: [] })
    asked()
    expect((await service.fetchOrLoad(series, range)).report.requests).toBe(0)
    expect(asked()).toEqual([])
  })
})

describe('the current bar', () => {
  test('is not stored before it is complete; the next call asks for what has come since', async () => {
    const { service, clock, catalog, asked } = await createIbkrWorld({ now: '2024-05-01T14:35:30Z' })
    const today = { start: '2024-05-01', end: '2024-05-02' }
    const first = await service.fetchOrLoad(SIM, today)
    expect(stamps(first.frame).at(-1)).toBe('2024-05-01T14:34:00Z')
    expect(states(await catalog.coverage(SIM))).toEqual(['data 2024-05-01T13:30:00Z..2024-05-01T14:35:00Z'])
    asked()
    clock.set('2024-05-01T14:40:10Z')
    const second = await service.fetchOrLoad(SIM, today)
    expect(stamps(second.frame)).toHaveLength(70)
    expect(stamps(second.frame).at(-1)).toBe('2024-05-01T14:39:00Z')
    expect(asked().length).toBeGreaterThan(0)
    clock.set('2024-05-01T14:40:50Z')
    expect((await service.fetchOrLoad(SIM, today)).report.requests).toBe(0)
  })

  describe('by the clock of the gateway, when that is behind ours', () => {
    const behind = (time: string) => {
      const clock = testClock(time)
      return { clock, market: new SeededMarket({ clock }) }
    }
    const today = { start: '2024-05-01', end: '2024-05-02' }

    test('is under way, and is not stored', async () => {
      const { service, catalog } = await createIbkrWorld({
        now: '2024-05-01T14:35:01Z',
        gateway: behind('2024-05-01T14:34:58Z'),
      })
      expect(stamps((await service.fetchOrLoad(SIM, today)).frame).at(-1)).toBe('2024-05-01T14:33:00Z')
      expect(states(await catalog.coverage(SIM))).toEqual(['data 2024-05-01T13:30:00Z..2024-05-01T14:34:00Z'])
    })

    test('and by minutes: nothing is asked, and the clocks are named', async () => {
      const { service, asked } = await createIbkrWorld({
        now: '2024-05-01T16:00:00Z',
        gateway: behind('2024-05-01T14:00:00Z'),
      })
      await expect(service.fetchOrLoad(SIM, today)).rejects.toMatchObject({
        code: 'SOURCE_REJECTED',
        message: expect.stringContaining('7200 s ahead of the gateway'),
      })
      expect(asked()).toEqual([])
    })
  })

  test('of a day is stored once its session is over', async () => {
    const daily = { ...SIM, barType: '1-DAY-LAST' }
    const { service, clock } = await createIbkrWorld({ now: '2024-05-01T19:59:00Z' })
    const range = { start: '2024-04-29', end: '2024-05-02' }
    expect(stamps((await service.fetchOrLoad(daily, range)).frame)).toEqual([
      '2024-04-29T00:00:00Z',
      '2024-04-30T00:00:00Z',
    ])
    clock.set('2024-05-01T20:00:30Z')
    expect(stamps((await service.fetchOrLoad(daily, range)).frame).at(-1)).toBe('2024-05-01T00:00:00Z')
  })
})

describe('a continuous future, which is only given up to now,', () => {
  const future = { type: 'bars', instrument: 'ES.CME', barType: '1-MINUTE-LAST' } as const
  const range = { start: '2024-06-03T13:30:00Z', end: '2024-06-03T15:00:00Z', session: 'extended' } as const
  const now = '2024-06-03T15:00:00.900Z'

  test('goes back far enough, although the request arrives later than it was made', async () => {
    const clock = testClock('2024-06-03T15:00:02Z')
    const gateway = { clock, market: new SeededMarket({ clock }) }
    const { service } = await createIbkrWorld({ allowSimulated: true, now, gateway })
    const { frame } = await service.fetchOrLoad(future, range)
    expect([frame.numRows, stamps(frame)[0]]).toEqual([90, range.start])
  })

  test('goes back from when it is sent, however long it had to wait before', async () => {
    const text = 'Historical Market Data Service error message:Historical data request pacing violation'
    let isFirst = true
    const { service, clock } = await createIbkrWorld({
      allowSimulated: true,
      now,
      faults: (request) => {
        if (request.kind !== 'historical-data' || !isFirst) return undefined
        isFirst = false
        return { kind: 'error', code: 162, text }
      },
    })
    const onProgress = (it: FetchProgress): void => void (it.phase === 'wait' && clock.set('2024-06-03T15:20:00Z'))
    const { frame } = await service.fetchOrLoad(future, { ...range, onProgress })
    expect([frame.numRows, stamps(frame)[0]]).toEqual([90, range.start])
  })
})

describe('what was listed or delisted in the middle', () => {
  test.each([
    ['1-DAY-LAST', 4],
    ['1-MINUTE-LAST', 4 * 390],
  ])('listed: %s before it are known to be empty, the rest is there, nothing is asked twice', async (barType, rows) => {
    const { service, asked } = await createIbkrWorld({ allowSimulated: true, now: '2024-05-01T12:00:00Z' })
    const series = { type: 'bars', instrument: 'LATE.NASDAQ', barType } as const
    const range = { start: '2024-03-08', end: '2024-03-19' }
    const { frame, report } = await service.fetchOrLoad(series, range)
    expect(frame.numRows).toBe(rows)
    expect(stamps(frame)[0]?.slice(0, 10)).toBe('2024-03-13')
    expect(report.missing).toEqual([])
    expect(report.knownEmpty[0]?.start.slice(0, 10)).toBe('2024-03-08')
    asked()
    expect((await service.fetchOrLoad(series, range)).report.requests).toBe(0)
    expect(asked()).toEqual([])
  })

  test('a long history begins where the gateway says that it begins, without a request for each chunk before it', async () => {
    const { service, gateway } = await createIbkrWorld({ allowSimulated: true, now: '2024-03-18T12:00:00Z' })
    const series = { type: 'bars', instrument: 'LATE.NASDAQ', barType: '1-MINUTE-LAST' } as const
    const range = { start: '2023-01-03', end: '2024-03-16' }
    const { frame, report } = await service.fetchOrLoad(series, range)
    expect(frame.numRows).toBe(3 * 390)
    // One for the last day of all that lies before, one for each day since.
    expect(report.requests).toBe(4)
    expect(gateway.requests.filter((it) => it.kind === 'historical-data')).toHaveLength(4)
    expect((await service.fetchOrLoad(series, range)).report.requests).toBe(0)
  })

  test('one gap over the beginning of history is asked for from there on', async () => {
    const { service, asked } = await createIbkrWorld({
      allowSimulated: true,
      now: '2022-01-01T00:00:00Z',
      contracts: { 'BITCOIN.HERE': { secType: 'CRYPTO', symbol: 'BTC', currency: 'USD', exchange: 'PAXOS' } },
    })
    // Of a venue whose hours nobody knows everything may be open.
    const series = { type: 'bars', instrument: 'BITCOIN.HERE', barType: '1-HOUR-LAST' } as const
    const range = { start: '2019-09-16', end: '2021-09-20' }
    const { frame, report } = await service.fetchOrLoad(series, range)
    expect([stamps(frame)[0], frame.numRows]).toEqual(['2021-09-15T00:00:00Z', 5 * 24])
    // One for the last of what lies before, one for the days since.
    expect([report.requests, asked().length, report.missing]).toEqual([2, 2, []])
    expect((await service.fetchOrLoad(series, range)).report.requests).toBe(0)
    const again = await service.fetchOrLoad(series, { ...range, refresh: true })
    expect([again.report.requests, asked().length, again.frame.numRows]).toEqual([2, 2, 5 * 24])
  })

  test('a beginning that lies in the future is not believed: what is before it is asked for all the same', async () => {
    const contracts = [contractOf({ headNs: parseInstant('2024-12-01') })]
    const market = handMade({ contracts })
    const { service, asked } = await createIbkrWorld({ allowSimulated: true, gateway: { market } })
    const series = { type: 'bars', instrument: 'TEST.NASDAQ', barType: '1-MINUTE-LAST' } as const
    await service.fetchOrLoad(series, { start: '2024-05-01', end: '2024-05-18' }).catch(() => undefined)
    expect(asked()).toHaveLength(13)
  })

  test('a beginning that is too late hides nothing: what lies before stays missing, and the next call asks for it', async () => {
    let isLying = false
    const [contract, late] = ['2020-01-01', '2024-05-14'].map((head) => contractOf({ headNs: parseInstant(head) }))
    const market = {
      ...handMade(),
      contracts: async () => [isLying ? late : contract].filter((it) => it !== undefined),
    }
    const { service, catalog } = await createIbkrWorld({
      allowSimulated: true,
      gateway: { market },
      faults: (request) => {
        isLying = request.kind === 'head-timestamp'
        return undefined
      },
    })
    const series = { type: 'bars', instrument: 'TEST.NASDAQ', barType: '1-MINUTE-LAST' } as const
    const range = { start: '2024-05-01', end: '2024-05-18' }
    const first = await service.fetchOrLoad(series, range)
    expect(first.report.missing[0]?.start).toBe('2024-05-01T13:30:00Z')
    expect(states(await catalog.coverage(series)).filter((it) => it.startsWith('empty'))).toEqual([])
    const second = await service.fetchOrLoad(series, range)
    expect([second.frame.numRows, second.report.missing, second.report.knownEmpty]).toEqual([13 * 390, [], []])
  })

  test('delisted: after its last day it is known to be empty, and nothing is asked twice', async () => {
    const { service, clock, catalog, asked } = await createIbkrWorld({
      allowSimulated: true,
      now: '2024-06-14T12:00:00Z',
    })
    const series = { type: 'bars', instrument: 'GONE.NYSE', barType: '1-DAY-LAST' } as const
    const before = { start: '2024-06-03', end: '2024-06-14' }
    expect((await service.fetchOrLoad(series, before)).frame.numRows).toBe(9)
    clock.set('2024-07-10T12:00:00Z')
    const after = { ...before, end: '2024-06-22' }
    const { frame, report } = await service.fetchOrLoad(series, after)
    expect(stamps(frame).at(-1)).toBe('2024-06-14T00:00:00Z')
    expect(report).toMatchObject({ missing: [], fetchedRows: 1 })
    expect(report.knownEmpty[0]?.start).toBe('2024-06-17T00:00:00Z')
    expect(states(await catalog.coverage(series)).map((it) => it.split(' ')[0])).toContain('empty')
    asked()
    expect((await service.fetchOrLoad(series, after)).report.requests).toBe(0)
    expect(asked()).toEqual([])
  })
})
