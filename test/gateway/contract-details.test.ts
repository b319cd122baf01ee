import { describe, expect, test } from 'vitest'
import { calendarByName } from '../../src/calendar/venues.js'
import { contractFields, contractOf, handMade, startGateway } from './hand-made.js'
import { type Fields, RawClient } from './raw-client.js'

const FUTURE = contractOf({
  conId: 495512552,
  secType: 'FUT',
  symbol: 'ES',
  exchange: 'CME',
  primaryExchange: '',
  validExchanges: ['CME'],
  localSymbol: 'ESH4',
  tradingClass: 'ES',
  longName: 'E-mini S&P 500',
  minTick: 0.25,
  calendar: calendarByName('CME-ES'),
  lastTradeDate: '20240315',
  contractMonth: '202403',
  multiplier: '50',
  underlying: { conId: 11004968, symbol: 'ES', secType: 'IND' },
})

async function detailsOf(version: number, query = {}, contracts = [FUTURE]): Promise<readonly Fields[]> {
  const { port } = await startGateway({ market: handMade({ contracts }) })
  const client = await RawClient.login(port, { version })
  const contract = contractFields({ symbol: 'ES', secType: 'FUT', exchange: 'CME', ...query })
  client.send([9, 8, 5, ...contract, '', '', ...(version >= 176 ? [''] : [])])
  const messages: Fields[] = []
  do messages.push(await client.of(5))
  while (messages.at(-1)?.[0] === '10')
  return messages
}

const HEAD = ['20240315']
const NAMES = ['0', '', 'CME', 'USD', 'ESH4', 'ES', 'ES', '495512552', '0.25']
const ROUTES = [
  '50',
  'ACTIVETIM,AD,ADJUST,ALERT,LMT,MKT,STP,STPLMT,TRAIL',
  'CME',
  '1',
  '11004968',
  'E-mini S&P 500',
  '',
  '202403',
]
const HOURS = [
  '20240108:1700-20240109:1600;20240109:1700-20240110:1600;20240110:1700-20240111:1600;20240111:1700-20240112:1600;20240113:CLOSED;20240114:CLOSED',
]
const TAIL = ['', '', '0', '1', 'ES', 'IND', '26', '20240315']

describe('CONTRACT_DATA has the fields of its version:', () => {
  test.each([
    [151, ['10', '8', '5', 'ES', 'FUT', ...HEAD, ...NAMES, '1'], []],
    [152, ['10', '8', '5', 'ES', 'FUT', ...HEAD, ...NAMES, '1'], ['']],
    [163, ['10', '8', '5', 'ES', 'FUT', ...HEAD, ...NAMES, '1'], ['', '1']],
    [164, ['10', '5', 'ES', 'FUT', ...HEAD, ...NAMES], ['', '1', '1', '1']],
    [182, ['10', '5', 'ES', 'FUT', ...HEAD, ...HEAD, ...NAMES], ['', '1', '1', '1']],
    [186, ['10', '5', 'ES', 'FUT', ...HEAD, ...HEAD, ...NAMES], ['', '1', '1', '1', '0']],
  ])('%i', async (version, before, after) => {
    const [details, end] = await detailsOf(version)
    const middle = [...ROUTES, '', '', '', 'US/Central', ...HOURS, ...HOURS, ...TAIL]
    expect(details).toEqual([...before, ...middle, ...after])
    expect(end).toEqual(['52', '1', '5'])
  })
})

test('several contracts are a message each, and one end', async () => {
  const another = { ...FUTURE, conId: 2, localSymbol: 'ESM4', contractMonth: '202406' }
  const messages = await detailsOf(193, {}, [FUTURE, another])
  expect(messages.map((it) => it[0])).toEqual(['10', '10', '52'])
})

test('the exchange is the one that was asked for', async () => {
  const contracts = [contractOf({ validExchanges: ['SMART', 'NASDAQ'] })]
  const query = { symbol: 'TEST', secType: 'STK' }
  const [smart] = await detailsOf(193, { ...query, exchange: '' }, contracts)
  const [nasdaq] = await detailsOf(193, { ...query, exchange: 'NASDAQ' }, contracts)
  expect([smart?.[8], nasdaq?.[8]]).toEqual(['SMART', 'NASDAQ'])
})

test('text outside ASCII is escaped from 153 on', async () => {
  const contracts = [contractOf({ longName: "L'ORÉAL €" })]
  const query = { symbol: 'TEST', secType: 'STK', exchange: 'SMART' }
  const [old] = await detailsOf(152, query, contracts)
  const [escaped] = await detailsOf(153, query, contracts)
  expect(old).toContain("L'ORÉAL €")
  expect(escaped).toContain("L'OR\\u00c9AL \\u20ac")
})

test('hours are told in the zone of the contract, a half day and a holiday among them', async () => {
  const contracts = [contractOf()]
  const { port } = await startGateway({
    market: handMade({ contracts }),
    clock: () => BigInt(Date.UTC(2023, 10, 22, 15)) * 1_000_000n,
  })
  const client = await RawClient.login(port)
  const details = await client.ask([9, 8, 5, ...contractFields(), '', '', ''], 5)
  expect(details).toContain(
    '20231122:0930-20231122:1600;20231123:CLOSED;20231124:0930-20231124:1300;20231125:CLOSED;20231126:CLOSED;20231127:0930-20231127:1600',
  )
})
