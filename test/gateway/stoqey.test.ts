import { BarSizeSetting, type ContractDetails, EventName, IBApi, SecType, WhatToShow } from '@stoqey/ib'
import { describe, expect, onTestFinished, test } from 'vitest'
import { SeededMarket } from '../../src/gateway/seeded-market.js'
import { testClock } from '../support/catalog.js'
import { NOW, startGateway } from './hand-made.js'

const AAPL = { symbol: 'AAPL', secType: SecType.STK, exchange: 'SMART', currency: 'USD' }
/** Those at which the layout of contract details changes, and the ends. */
const VERSIONS = [151, 152, 163, 164, 176, 182, 186, 193]

interface Client {
  readonly ib: IBApi
  /** Everything the decoder complained of: fields left over or missing are 505. */
  readonly complaints: readonly string[]
}

async function connected(maxServerVersion: number): Promise<Client> {
  const clock = testClock(NOW)
  const { port } = await startGateway({ market: new SeededMarket({ clock }), clock, maxServerVersion })
  // All four options: without them the library reads a file .env of the working directory.
  const ib = new IBApi({ host: '127.0.0.1', port, clientId: 1, maxReqPerSec: 40 })
  onTestFinished(() => {
    ib.disconnect()
  })
  const complaints: string[] = []
  ib.on(EventName.error, (error, code, id) => complaints.push(`${id} ${code} ${error.message}`))
  const ready = new Promise((resolve) => ib.once(EventName.nextValidId, resolve))
  ib.connect()
  await ready
  return { ib, complaints }
}

interface SeenBar {
  readonly time: string
  readonly volume: number
  readonly count: number | undefined
}

/** Bars until the library's end mark. */
function bars(ib: IBApi, request: () => void): Promise<readonly SeenBar[]> {
  return new Promise((resolve) => {
    const seen: SeenBar[] = []
    ib.on(EventName.historicalData, (_, time, _open, _high, _low, _close, volume, count) => {
      if (time.startsWith('finished')) resolve(seen)
      else seen.push({ time, volume, count })
    })
    request()
  })
}

function details(ib: IBApi, request: () => void): Promise<readonly ContractDetails[]> {
  return new Promise((resolve) => {
    const seen: ContractDetails[] = []
    ib.on(EventName.contractDetails, (_, it) => seen.push(it))
    ib.once(EventName.contractDetailsEnd, () => resolve(seen))
    request()
  })
}

describe('@stoqey/ib reads every message to its last field, at version', () => {
  test.each(VERSIONS)('%i: contract details', async (version) => {
    const { ib, complaints } = await connected(version)
    const found = await details(ib, () =>
      ib.reqContractDetails(1, { symbol: 'TWICE', secType: SecType.STK, exchange: 'SMART' }),
    )
    expect(found.map((it) => [it.contract.primaryExch, it.minTick, it.timeZoneId])).toEqual([
      ['NYSE', 0.01, 'US/Eastern'],
      ['NASDAQ', 0.01, 'US/Eastern'],
    ])
    expect(complaints).toEqual([])
  })

  test.each([151, 162, 163, 174, 175, 193])('%i: bars', async (version) => {
    const { ib, complaints } = await connected(version)
    const seen = await bars(ib, () =>
      ib.reqHistoricalData(
        2,
        AAPL,
        '20240109-00:00:00',
        '1 D',
        BarSizeSetting.MINUTES_ONE,
        WhatToShow.TRADES,
        1,
        2,
        false,
      ),
    )
    expect(seen).toHaveLength(390)
    expect(seen[0]?.time).toBe('1704724200')
    // Volumes of the simulated market are no round lots.
    expect(complaints.map((it) => it.slice(0, 6))).toEqual(version < 163 ? ['2 2176'] : [])
    expect(Number.isInteger(seen[0]?.volume)).toBe(version < 163 || version >= 175)
  })

  test.each([151, 163, 193])('%i: ticks, head timestamp and the time', async (version) => {
    const { ib, complaints } = await connected(version)
    const got = Promise.all([
      new Promise<number>((resolve) => ib.once(EventName.historicalTicksLast, (_, ticks) => resolve(ticks.length))),
      new Promise<number>((resolve) => ib.once(EventName.historicalTicksBidAsk, (_, ticks) => resolve(ticks.length))),
      new Promise<number>((resolve) => ib.once(EventName.historicalTicks, (_, ticks) => resolve(ticks.length))),
      new Promise<string>((resolve) => ib.once(EventName.headTimestamp, (_, text) => resolve(text))),
      new Promise<number>((resolve) => ib.once(EventName.currentTime, resolve)),
    ])
    const start = '20240109-15:00:00'
    ib.reqHistoricalTicks(3, AAPL, start, '', 5, WhatToShow.TRADES, 1, false)
    ib.reqHistoricalTicks(4, AAPL, start, '', 5, WhatToShow.BID_ASK, 1, false)
    ib.reqHistoricalTicks(5, AAPL, start, '', 5, WhatToShow.MIDPOINT, 1, false)
    ib.reqHeadTimestamp(6, AAPL, WhatToShow.TRADES, true, 2)
    ib.reqCurrentTime()
    const [trades, quotes, midpoints, head, time] = await got
    expect(trades).toBeGreaterThanOrEqual(5)
    expect([quotes, midpoints, head, time]).toEqual([5, 5, '946909800', 1704830400])
    expect(complaints).toEqual([])
  })

  test.each([165, 174, 193])('%i: a schedule', async (version) => {
    const { ib, complaints } = await connected(version)
    const got = new Promise<readonly unknown[]>((resolve) =>
      ib.once(EventName.historicalSchedule, (_, _start, _end, zone, sessions) => resolve([zone, sessions.length])),
    )
    ib.reqHistoricalData(7, AAPL, '20240109-00:00:00', '5 D', BarSizeSetting.DAYS_ONE, WhatToShow.SCHEDULE, 1, 1, false)
    expect(await got).toEqual(['US/Eastern', 5])
    expect(complaints).toEqual([])
  })

  test.each([151, 153, 165, 166, 193])('%i: an error, with all of its text', async (version) => {
    const { ib, complaints } = await connected(version)
    const failed = new Promise((resolve) => ib.once(EventName.error, resolve))
    ib.reqContractDetails(8, { ...AAPL, symbol: 'NOTHING' })
    await failed
    expect(complaints).toEqual(['8 200 No security definition has been found for the request'])
  })
})

test('a name with letters of its own arrives as it is', async () => {
  const { ib } = await connected(193)
  const found = await details(ib, () => ib.reqContractDetails(1, { ...AAPL, symbol: 'LRLCY' }))
  expect(found.map((it) => it.longName)).toEqual(["L'ORÉAL-UNSPONSORED ADR"])
})

test('twenty thousand bars arrive in one reply', async () => {
  const { ib, complaints } = await connected(193)
  const seen = await bars(ib, () =>
    ib.reqHistoricalData(
      9,
      AAPL,
      '20240109-00:00:00',
      '3 M',
      BarSizeSetting.MINUTES_ONE,
      WhatToShow.TRADES,
      1,
      2,
      false,
    ),
  )
  expect(seen.length).toBeGreaterThan(20_000)
  expect(new Set(seen.map((it) => it.time)).size).toBe(seen.length)
  expect(complaints).toEqual([])
})
