import { describe, expect, test } from 'vitest'
import { requiredSet } from '../../../src/catalog/coverage/required.js'
import { calendarOfSeries } from '../../../src/catalog/read/lookup.js'
import { parseSeries, type SeriesInput } from '../../../src/model/series.js'
import { formatInstant, parseInstant } from '../../../src/model/time.js'
import { DataCatalogService } from '../../../src/service/service.js'
import { SimSource } from '../../../src/sources/sim.js'
import { stamps, states } from '../../support/bars.js'
import { testCatalog } from '../../support/catalog.js'
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
    // One for all that lies before, one for each day.
    expect(report.requests).toBe(4)
    expect(gateway.requests.filter((it) => it.kind === 'historical-data')).toHaveLength(3)
    expect((await service.fetchOrLoad(series, range)).report.requests).toBe(0)
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
