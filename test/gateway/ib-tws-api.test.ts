import { describe, expect, onTestFinished, test } from 'vitest'
import { SeededMarket } from '../../src/gateway/seeded-market.js'
import { testClock } from '../support/catalog.js'
import { NOW, startGateway } from './hand-made.js'

/** What the library has of use here; it comes without types. */
interface Client {
  connect(): Promise<void>
  getCurrentTime(): Promise<number>
  getContractDetails(contract: object): Promise<readonly { readonly contract: { readonly conId: number } }[]>
  getHistoricalData(
    query: object,
  ): Promise<{ readonly bars: readonly { readonly date: string; readonly volume: number }[] }>
  getHeadTimeStamp(query: object): Promise<string>
  _protocolBytes: { disconnect(): void }
}

type Library = { readonly Client: new (options: object) => Client }

/** By a name that the compiler does not follow: there is no declaration of it. */
async function load(name: string): Promise<Library> {
  return import(name)
}

/** The library as it is on npm, which speaks version 151 at most. */
async function connected(): Promise<Client> {
  const clock = testClock(NOW)
  const { port } = await startGateway({ market: new SeededMarket({ clock }), clock })
  const { Client } = await load('ib-tws-api')
  const client = new Client({ host: '127.0.0.1', port, clientId: 1, timeoutMs: 10_000 })
  await client.connect()
  onTestFinished(() => client._protocolBytes.disconnect())
  return client
}

const EUR = { symbol: 'EUR', secType: 'CASH', exchange: 'IDEALPRO', currency: 'USD' }
const AAPL = { symbol: 'AAPL', secType: 'STK', exchange: 'SMART', currency: 'USD' }
const DAY = {
  endDateTime: '20240109-00:00:00',
  duration: '86400 S',
  barSizeSetting: '1 hour',
  useRth: 1,
  formatDate: 2,
}

describe('ib-tws-api 1.3.0, unguarded, at version 151', () => {
  test('logs in and asks for the time', async () => {
    expect(await (await connected()).getCurrentTime()).toBe(1704830400)
  })

  test('reads contract details and head timestamps', async () => {
    const client = await connected()
    expect(await client.getContractDetails(AAPL)).toMatchObject([
      { contract: { symbol: 'AAPL', conId: 265598, primaryExchange: 'NASDAQ' }, minTick: 0.01, longName: 'APPLE INC' },
    ])
    expect(await client.getHeadTimeStamp({ contract: AAPL, whatToShow: 'TRADES', useRth: 1, formatDate: 2 })).toBe(
      '946909800',
    )
  })

  test('reads bars', async () => {
    const client = await connected()
    const { bars } = await client.getHistoricalData({
      ...DAY,
      contract: EUR,
      whatToShow: 'MIDPOINT',
      keepUpToDate: false,
    })
    expect(bars).toHaveLength(24)
    expect(bars[0]).toMatchObject({ date: '1704672000', volume: -1 })
  })

  test('takes warning 2176 for an error, and loses the bars behind it', async () => {
    const client = await connected()
    const failing = client.getHistoricalData({ ...DAY, contract: AAPL, whatToShow: 'TRADES', keepUpToDate: false })
    await expect(failing).rejects.toMatchObject({ details: { code: '2176' } })
  })
})
