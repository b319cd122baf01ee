import { describe, expect, test } from 'vitest'
import type { GatewayBar, GatewayMarket } from '../../../src/gateway/market.js'
import { SeededMarket } from '../../../src/gateway/seeded-market.js'
import { AdjustmentChangedError } from '../../../src/model/errors.js'
import type { SeriesInput } from '../../../src/model/series.js'
import { formatInstant } from '../../../src/model/time.js'
import { DataCatalogService } from '../../../src/service/service.js'
import { IbkrSource } from '../../../src/sources/ibkr/source.js'
import { SimSource } from '../../../src/sources/sim.js'
import { stamps } from '../../support/bars.js'
import { testCatalog, testClock } from '../../support/catalog.js'
import { createIbkrWorld, type IbkrWorld, TIME_SCALE } from '../../support/ibkr-world.js'

const AAPL = { type: 'bars', instrument: 'AAPL.SIM', barType: '1-MINUTE-LAST' } as const
const DAY = { start: '2024-06-03', end: '2024-06-04' }
const NEXT_DAY = { start: '2024-06-04', end: '2024-06-05' }

/** Another source object on the same gateway, as a later run of a program has it. */
function anotherService(
  world: IbkrWorld,
  options: ConstructorParameters<typeof IbkrSource>[0] = {},
): DataCatalogService {
  const { gateway, catalog, clock, log, stateDirectory } = world
  const common = { port: gateway.port, clientId: 2, timeScale: TIME_SCALE, stateDirectory, clock, log }
  return new DataCatalogService({ catalog, clock, log, source: new IbkrSource({ ...common, ...options }) })
}

describe('what is recorded with the rows', () => {
  test('names the contract, the protocol, the fetch, the setting, and up to when splits are applied', async () => {
    const { service, catalog } = await createIbkrWorld({ now: '2024-07-01T12:00:00Z' })
    await service.fetchOrLoad(AAPL, DAY)
    const [entry] = await catalog.coverage(AAPL)
    expect(entry).toMatchObject({
      state: 'data',
      provenance: {
        source: 'ibkr',
        fetchedAt: '2024-07-01T12:00:00Z',
        contractId: expect.stringMatching(/^\d+$/),
        serverVersion: '175',
        adjustedAsOf: '2024-07-01',
        setting: { whatToShow: 'TRADES', adjustment: 'split', volumeUnit: 'shares' },
      },
    })
  })

  test.each<[string, SeriesInput, object]>([
    [
      'a currency is not adjusted',
      { type: 'bars', instrument: 'EUR/USD.IDEALPRO', barType: '1m' },
      { whatToShow: 'MIDPOINT' },
    ],
    [
      'hours say whose they are',
      { type: 'bars', instrument: 'AAPL.SIM', barType: '1h' },
      { whatToShow: 'TRADES', useRTH: true, adjustment: 'split', volumeUnit: 'shares' },
    ],
    [
      'bids have no volume',
      { type: 'bars', instrument: 'AAPL.SIM', barType: '1-MINUTE-BID' },
      { whatToShow: 'BID', adjustment: 'split' },
    ],
    [
      'crypto is AGGTRADES',
      { type: 'bars', instrument: 'BTC/USD.PAXOS', barType: '1-MINUTE-LAST' },
      { whatToShow: 'AGGTRADES' },
    ],
  ])('%s', async (_, series, setting) => {
    const { service, catalog } = await createIbkrWorld({ allowSimulated: true })
    const { frame } = await service.fetchOrLoad(series, DAY)
    expect(frame.numRows).toBeGreaterThan(0)
    const [entry] = await catalog.coverage(series)
    expect(entry?.state === 'data' && entry.provenance.setting).toEqual(setting)
  })

  test('volume, average and count of quotes are empty, not −1', async () => {
    const { service } = await createIbkrWorld({ allowSimulated: true })
    const series = { type: 'bars', instrument: 'EUR/USD.IDEALPRO', barType: '1-MINUTE-MID' } as const
    const [bar] = (await service.fetchOrLoad(series, DAY)).frame
    expect(bar).toMatchObject({ volume: null, vwap: null, trade_count: null })
  })
})

describe('the contract', () => {
  test('is asked for once, recorded with the instruments, and not asked for by a later run', async () => {
    const world = await createIbkrWorld({ allowSimulated: true })
    const series = { ...AAPL, instrument: 'AAPL.NASDAQ' }
    await world.service.fetchOrLoad(series, DAY)
    expect(await world.catalog.instrument('AAPL.NASDAQ')).toMatchObject({
      securityType: 'STK',
      currency: 'USD',
      tickSize: 0.01,
      timeZone: 'America/New_York',
      primaryExchange: 'NASDAQ',
      description: 'APPLE INC',
      contractIds: { ibkr: '265598' },
    })
    const later = anotherService(world, { allowSimulated: true })
    await later.fetchOrLoad(series, NEXT_DAY)
    await later.close()
    expect(world.gateway.requests.filter((it) => it.kind === 'contract-details')).toHaveLength(1)
  })

  test('that has become another stops the fetch before anything is bought', async () => {
    const world = await createIbkrWorld({ allowSimulated: true })
    const series = { ...AAPL, instrument: 'AAPL.NASDAQ' }
    // Said to be something else, so that the record does not answer for the question.
    await world.catalog.putInstrument({ instrument: 'AAPL.NASDAQ', securityType: 'CFD', contractIds: { ibkr: '1' } })
    await expect(world.service.fetchOrLoad(series, DAY)).rejects.toMatchObject({ code: 'WRITE_CONFLICT' })
    expect(world.asked()).toEqual([])
  })

  test('can be named by hand, field by field', async () => {
    const { service, gateway } = await createIbkrWorld({
      allowSimulated: true,
      contracts: {
        'MINE.HERE': { secType: 'STK', symbol: 'MSFT', exchange: 'SMART', currency: 'USD', primaryExchange: 'NASDAQ' },
      },
    })
    const { frame } = await service.fetchOrLoad(
      { ...AAPL, instrument: 'MINE.HERE' },
      { ...DAY, end: '2024-06-03T15:00:00Z' },
    )
    expect(frame.numRows).toBeGreaterThan(0)
    expect(gateway.requests.find((it) => it.kind === 'historical-data')).toMatchObject({ contract: { conId: 272093 } })
  })
})

describe('data asked for in another way', () => {
  test('is refused before anything is asked: hours of all hours beside hours of regular hours', async () => {
    const world = await createIbkrWorld()
    const hours = { ...AAPL, barType: '1-HOUR-LAST' }
    await world.service.fetchOrLoad(hours, DAY)
    world.asked()
    const other = anotherService(world, { useRTH: false })
    await expect(other.fetchOrLoad(hours, NEXT_DAY)).rejects.toMatchObject({ code: 'SETTINGS_CONFLICT' })
    await other.close()
    expect(world.asked()).toEqual([])
  })

  test('volume in lots is not taken for shares: an old gateway is refused, unless lots are meant', async () => {
    const gateway = { maxServerVersion: 170 }
    const { service } = await createIbkrWorld({ gateway })
    await expect(service.fetchOrLoad(AAPL, DAY)).rejects.toMatchObject({
      code: 'SOURCE_REJECTED',
      message: expect.stringContaining('in lots of 100'),
    })
    const lots = await createIbkrWorld({ gateway, volumeUnit: 'lots' })
    await lots.service.fetchOrLoad(AAPL, DAY)
    const [entry] = await lots.catalog.coverage(AAPL)
    expect(entry?.state === 'data' && entry.provenance.setting?.volumeUnit).toBe('lots')
  })
})

/** A market whose prices were divided by ten overnight. */
class SplitMarket extends SeededMarket {
  factor = 1

  override async bars(...args: Parameters<GatewayMarket['bars']>): Promise<readonly (GatewayBar | undefined)[]> {
    const { factor } = this
    const bars = await super.bars(...args)
    return bars.map((it) =>
      it === undefined
        ? undefined
        : {
            ...it,
            open: it.open / factor,
            high: it.high / factor,
            low: it.low / factor,
            close: it.close / factor,
            ...(it.vwap === undefined ? {} : { vwap: it.vwap / factor }),
            ...(it.volume === undefined ? {} : { volume: it.volume * factor }),
          },
    )
  }
}

test('after a split nothing is joined: the factor is told, and the refresh that is due replaces the series', async () => {
  const clock = testClock('2024-07-01T12:00:00Z')
  const market = new SplitMarket({ clock })
  const { service, catalog } = await createIbkrWorld({ gateway: { market } })
  const before = (await service.fetchOrLoad(AAPL, DAY)).frame.column('close')[0] ?? 0
  market.factor = 10
  const error = await service.fetchOrLoad(AAPL, NEXT_DAY).catch((it: unknown) => it)
  expect(error).toBeInstanceOf(AdjustmentChangedError)
  expect(error).toMatchObject({ factor: 10, steps: [expect.stringMatching(/'AAPL\.SIM' .* --source ibkr --refresh$/)] })
  expect((await catalog.query(AAPL)).numRows).toBe(390)
  const { frame } = await service.fetchOrLoad(AAPL, { start: DAY.start, end: NEXT_DAY.end, refresh: true })
  expect(frame.numRows).toBe(780)
  expect(frame.column('close')[0]).toBeCloseTo(before / 10, 6)
})

describe('longer bars', () => {
  test.each(['1-DAY-LAST', '1-WEEK-LAST', '1-MONTH-LAST'])(
    '%s carry the stamps of the catalog, whatever IB writes',
    async (barType) => {
      const { service } = await createIbkrWorld()
      const series = { ...AAPL, barType }
      const range = { start: '2023-11-01', end: '2024-03-01' }
      const { frame, report } = await service.fetchOrLoad(series, range)
      const { catalog, clock } = await testCatalog()
      const sim = new DataCatalogService({ catalog, source: new SimSource(), clock })
      const expected = (await sim.fetchOrLoad(series, range)).frame
      expect([...frame]).toEqual([...expected])
      expect(report).toMatchObject({ missing: [], knownEmpty: [] })
      expect((await service.fetchOrLoad(series, range)).report.requests).toBe(0)
    },
  )

  test('hours of regular hours begin with the session and are complete on the hour; a half day ends early', async () => {
    const { service } = await createIbkrWorld()
    const range = { start: '2023-11-22', end: '2023-11-25' }
    const { frame } = await service.fetchOrLoad({ ...AAPL, barType: '1-HOUR-LAST' }, range)
    expect(stamps(frame).map((it) => it.slice(5, 16))).toEqual([
      ...['11-22T14:30', '11-22T15:00', '11-22T16:00', '11-22T17:00', '11-22T18:00', '11-22T19:00', '11-22T20:00'],
      ...['11-24T14:30', '11-24T15:00', '11-24T16:00', '11-24T17:00'],
    ])
    const inits = Array.from(frame.column('ts_init'), formatInstant)
    expect([inits[0], inits[6], inits.at(-1)]).toEqual([
      '2023-11-22T15:00:00Z',
      '2023-11-22T21:00:00Z',
      '2023-11-24T18:00:00Z',
    ])
  })
})
