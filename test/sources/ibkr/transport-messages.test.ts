import { describe, expect, test } from 'vitest'
import type { IbContractDetails } from '../../../src/sources/ibkr/transport/transport.js'
import { AAPL, CALL, failureOf, MINUTES, TRANSPORTS, watched } from '../../support/ibkr.js'
import {
  type Conversation,
  frameOf,
  frameOfBytes,
  idOf,
  type Script,
  ScriptedGateway,
} from '../../support/scripted-gateway.js'

const TRADES = {
  contract: AAPL,
  startDateTime: '20240105-15:00:00',
  endDateTime: '',
  numberOfTicks: 1000,
  whatToShow: 'TRADES',
  useRTH: true,
} as const

describe.each(TRANSPORTS)('what a message of the gateway becomes ($name)', ({ create }) => {
  /** A logged-in transport whose every request is answered by the function. */
  async function answered(onRequest: Script['onRequest'], version = 175) {
    const gateway = await ScriptedGateway.start({ version, ...(onRequest === undefined ? {} : { onRequest }) })
    const it = watched(create, gateway.port)
    await it.transport.connect()
    const dispose = async () => {
      await it.transport.close()
      await gateway[Symbol.asyncDispose]()
    }
    return { gateway, ...it, [Symbol.asyncDispose]: dispose }
  }

  test('the request is worded as TWS documents it', async () => {
    await using it = await answered((fields, to) => to.send([17, idOf(fields), '', '', 0]))
    await it.transport.bars(MINUTES, CALL)
    const id = it.gateway.requests[0]?.[1]
    expect(it.gateway.requests).toEqual([
      [
        ...['20', id, '', 'AAPL', 'STK', '', '', '', '', 'SMART', '', 'USD', '', '', '0'],
        ...['20240105-21:00:00', '1 min', '300 S', '1', 'TRADES', '2', '0', ''],
      ],
    ])
  })

  test('numbers stay what they are: 5e9 of volume, decimals, prices of -1, no volume', async () => {
    await using it = await answered((fields, to) =>
      to.send([
        ...[17, idOf(fields), '', '', 3],
        ...['1704465000', '-1', '-0.5', '-1', '-1', '5000000000', '-1', 7],
        ...['1704465060', '100.25', '100.5', '100', '100.1', '12345.6789', '100.123456', 3],
        ...['20240105', '1e-7', '1e-7', '1e-7', '1e-7', '-1', '-1', -1],
      ]),
    )
    expect(await it.transport.bars(MINUTES, CALL)).toEqual({
      bars: [
        { time: '1704465000', open: -1, high: -0.5, low: -1, close: -1, volume: '5000000000', wap: '-1', count: 7 },
        {
          ...{ time: '1704465060', open: 100.25, high: 100.5, low: 100, close: 100.1 },
          ...{ volume: '12345.6789', wap: '100.123456', count: 3 },
        },
        { time: '20240105', open: 1e-7, high: 1e-7, low: 1e-7, close: 1e-7, volume: '-1', wap: '-1', count: -1 },
      ],
    })
  })

  test.each([
    ['fewer bars than announced', (id: string) => frameOf([17, id, '', '', 2, '1704465000', 1, 1, 1, 1, 1, 1, 1])],
    ['more bars than announced', (id: string) => frameOf([17, id, '', '', 0, '1704465000', 1, 1, 1, 1, 1, 1, 1])],
    ['a bar cut between fields', (id: string) => frameOf([17, id, '', '', 1, '1704465000', 1, 1])],
    ['a bar cut within a field', (id: string) => frameOfBytes(Buffer.from(`17\0${id}\0\0\x001\x001704465000\x0012.`))],
  ])('%s is a failure, never bars', async (_, message) => {
    await using it = await answered((fields, to) => to.write(message(idOf(fields))))
    const failure = await failureOf(it.transport.bars(MINUTES, CALL))
    expect(failure).toMatchObject({ kind: 'retryable' })
    expect([505, 508]).toContain(failure.ibCode)
  })

  test('after a message cut between fields the connection goes on', async () => {
    let asked = 0
    await using it = await answered((fields, to) => {
      asked += 1
      to.send(asked === 1 ? [17, idOf(fields), '', '', 1, '1704465000', 1] : [17, idOf(fields), '', '', 0])
    })
    await failureOf(it.transport.bars(MINUTES, CALL))
    expect(await it.transport.bars(MINUTES, CALL)).toEqual({ bars: [] })
  })

  test('messages of types that nobody knows are ignored', async () => {
    await using it = await answered((fields, to) =>
      to.send([999, 'x'], [4711], [17, idOf(fields), '', '', 0], [90, idOf(fields), 1, 'x', 1, 1, 1, 1, 1, 1]),
    )
    expect(await it.transport.bars(MINUTES, CALL)).toEqual({ bars: [] })
    expect(it.closes).toEqual([])
  })

  test('reject reasons that are not JSON do no harm', async () => {
    await using it = await answered((fields, to) => to.send([4, 2, idOf(fields), 162, 'Something else', '{not json']))
    expect(await failureOf(it.transport.bars(MINUTES, CALL))).toMatchObject({ kind: 'retryable', ibCode: 162 })
  })

  test('an answer in several messages is complete with the last: ticks with their flags', async () => {
    await using it = await answered((fields, to) =>
      to.send(
        [98, idOf(fields), 1, 1704465000, 0, 187.15, '100', 'ISLAND', '', 0],
        [98, idOf(fields), 2, 1704465001, 3, 187.16, '0.5', 'FINRA', 'T I', 1704465001, 1, 187.1, '7', 'ARCA', 'F', 1],
      ),
    )
    expect(await it.transport.ticks(TRADES, CALL)).toEqual({
      kind: 'trades',
      ticks: [
        trade(1704465000, 187.15, '100', 'ISLAND', ''),
        { ...trade(1704465001, 187.16, '0.5', 'FINRA', 'T I'), unreported: true, pastLimit: true },
        { ...trade(1704465001, 187.1, '7', 'ARCA', 'F'), pastLimit: true },
      ],
    })
    expect(it.gateway.requests[0]?.slice(14)).toEqual(['0', '20240105-15:00:00', '', '1000', 'TRADES', '1', '0', ''])
  })

  test('quotes keep an empty side as the gateway sends it', async () => {
    await using it = await answered((fields, to) =>
      to.send([97, idOf(fields), 1, 1704465000, 0, 187.1, 0, '300', '0', 1]),
    )
    expect(await it.transport.ticks({ ...TRADES, whatToShow: 'BID_ASK' }, CALL)).toEqual({
      kind: 'quotes',
      ticks: [{ time: 1704465000, bidPrice: 187.1, askPrice: 0, bidSize: '300', askSize: '0' }],
    })
  })

  test('ticks cut short are a failure', async () => {
    await using it = await answered((fields, to) =>
      to.send([98, idOf(fields), 2, 1704465000, 0, 187.15, '100', 'ISLAND', '', 1]),
    )
    expect(await failureOf(it.transport.ticks(TRADES, CALL))).toMatchObject({ kind: 'retryable' })
  })

  test.each([
    ['seconds', '345479400', 345479400],
    ['seconds before 1970', '-1325583000', -1325583000],
    ['a date', '19801212', Date.UTC(1980, 11, 12) / 1000],
    ['a date and a time in UTC', '19801212-14:30:00', Date.UTC(1980, 11, 12, 14, 30) / 1000],
  ])('a head timestamp may be %s; it is released at the gateway', async (_, text, seconds) => {
    await using it = await answered((fields, to) => fields[0] === '87' && to.send([88, idOf(fields), text]))
    const head = await it.transport.headTimestamp({ contract: AAPL, whatToShow: 'TRADES', useRTH: true }, CALL)
    expect(head).toBe(seconds)
    await expect.poll(() => it.gateway.requests.map((fields) => fields[0])).toEqual(['87', '90'])
    expect(it.gateway.requests[0]?.slice(-4)).toEqual(['0', '1', 'TRADES', '2'])
  })

  test('a head timestamp that is none is a failure', async () => {
    await using it = await answered((fields, to) => to.send([88, idOf(fields), 'soon']))
    const head = it.transport.headTimestamp({ contract: AAPL, whatToShow: 'TRADES', useRTH: true }, CALL)
    expect(await failureOf(head)).toMatchObject({ kind: 'retryable' })
  })

  test('a schedule is asked for as daily bars and keeps its own zone', async () => {
    await using it = await answered((fields, to) =>
      to.send([106, idOf(fields), 'from', 'to', 'US/Eastern', 1, '20240105-09:30:00', '20240105-16:00:00', '20240105']),
    )
    const query = { contract: AAPL, endDateTime: '20240106-00:00:00', duration: '5 D', useRTH: true } as const
    expect(await it.transport.schedule(query, CALL)).toEqual({
      timeZone: 'US/Eastern',
      sessions: [{ start: '20240105-09:30:00', end: '20240105-16:00:00', tradeDate: '20240105' }],
    })
    expect(it.gateway.requests[0]?.slice(15, 20)).toEqual(['20240106-00:00:00', '1 day', '5 D', '1', 'SCHEDULE'])
  })

  test('the time has no id; everyone who waits for it gets it', async () => {
    let asked = 0
    await using it = await answered((_, to) => {
      asked += 1
      if (asked === 2) to.send([49, 1, 1704465000])
    })
    expect(await Promise.all([it.transport.currentTime(CALL), it.transport.currentTime(CALL)])).toEqual([
      1704465000, 1704465000,
    ])
  })

  test.each([
    ['UTF-8', "L'Oréal – 欧莱雅"],
    ['escapes', "L'Or\\u00e9al \\u2013 \\u6b27\\u83b1\\u96c5"],
  ])('a name in %s is read right', async (_, sent) => {
    await using it = await answered((fields, to) => sendContract(fields, to, 175, { longName: sent }))
    const [details] = await it.transport.contractDetails(AAPL, CALL)
    expect(details?.longName).toBe("L'Oréal – 欧莱雅")
  })

  test('an error text in escapes is read right', async () => {
    await using it = await answered((fields, to) =>
      to.send([4, 2, idOf(fields), 200, 'Soci\\u00e9t\\u00e9 inconnue', '']),
    )
    expect((await failureOf(it.transport.bars(MINUTES, CALL))).message).toBe('Société inconnue')
  })

  test.each([151, 163, 164, 175])('contract details are read at server version %i', async (version) => {
    await using it = await answered((fields, to) => sendContract(fields, to, version, {}), version)
    expect(await it.transport.contractDetails({ ...AAPL, secType: 'OPT' }, CALL)).toEqual([OPTION])
    expect(it.gateway.requests[0]?.slice(0, 2)).toEqual(['9', '8'])
  })

  test('a security type that has no history here is no candidate', async () => {
    await using it = await answered((fields, to) => sendContract(fields, to, 175, { secType: 'BAG' }))
    expect(await it.transport.contractDetails(AAPL, CALL)).toEqual([])
  })
})

function trade(time: number, price: number, size: string, exchange: string, conditions: string) {
  return { time, price, size, exchange, conditions, unreported: false, pastLimit: false }
}

const OPTION: IbContractDetails = {
  contract: {
    conId: 265598,
    secType: 'OPT',
    symbol: 'AAPL',
    exchange: 'SMART',
    currency: 'USD',
    primaryExchange: 'CBOE',
    localSymbol: 'AAPL  261218C00200000',
    tradingClass: 'AAPL',
    lastTradeDate: '20261218',
    strike: 200,
    right: 'C',
    multiplier: '100',
  },
  longName: 'APPLE INC',
  minTick: 0.01,
  timeZoneId: 'US/Eastern',
  tradingHours: '20240105:0400-20240105:2000',
  liquidHours: '20240105:0930-20240105:1600',
  validExchanges: 'SMART,CBOE',
  priceMagnifier: 1,
  contractMonth: '202612',
}

function sendContract(
  fields: readonly string[],
  to: Conversation,
  version: number,
  { secType = 'OPT', longName = OPTION.longName }: { readonly secType?: string; readonly longName?: string },
): void {
  const id = idOf(fields)
  const isOld = version < 164
  to.send(
    [
      ...(isOld ? [10, 8, id] : [10, id]),
      ...['AAPL', secType, '20261218 16:00:00 US/Eastern', 200, 'C', 'SMART', 'USD', 'AAPL  261218C00200000'],
      ...['NMS', 'AAPL', 265598, 0.01, ...(isOld ? [1] : []), 100, 'LMT,MKT', 'SMART,CBOE', 1, 0, longName, 'CBOE'],
      ...['202612', 'Technology', 'Computers', 'Hardware', 'US/Eastern'],
      ...[OPTION.tradingHours, OPTION.liquidHours, '', 0, 1, 'ISIN', 'US0378331005', 1, '', '', '26,26', '20261218'],
      ...(version >= 152 ? ['COMMON'] : []),
      ...(version === 163 ? ['1'] : []),
      ...(isOld ? [] : ['1', '1', '100']),
    ],
    [52, 1, id],
  )
}
