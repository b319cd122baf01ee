import { describe, expect, test } from 'vitest'
import type { GatewayContract } from '../../src/gateway/contract.js'
import { parseInstant } from '../../src/model/time.js'
import { type BarsQuery, barsRequest, contractFields, contractOf, handMade, startGateway } from './hand-made.js'
import { type Fields, RawClient } from './raw-client.js'

const CONTRACTS: readonly GatewayContract[] = [
  contractOf(),
  contractOf({ conId: 2, symbol: 'EUR', secType: 'CASH', exchange: 'IDEALPRO', validExchanges: ['IDEALPRO'] }),
  contractOf({ conId: 3, symbol: 'BTC', secType: 'CRYPTO', exchange: 'PAXOS', validExchanges: ['PAXOS'] }),
  contractOf({ conId: 4, symbol: 'SPX', secType: 'IND', exchange: 'CBOE', validExchanges: ['CBOE'] }),
  contractOf({ conId: 5, symbol: 'ES', secType: 'CONTFUT', exchange: 'CME', validExchanges: ['CME'] }),
  contractOf({ conId: 6, symbol: 'TWO', primaryExchange: 'NYSE' }),
  contractOf({ conId: 7, symbol: 'TWO', primaryExchange: 'NASDAQ' }),
  contractOf({ conId: 8, symbol: 'NEW', headNs: parseInstant('2024-01-05') }),
  contractOf({ conId: 9, symbol: 'OLD', goneNs: parseInstant('2024-01-05') }),
  contractOf({ conId: 10, symbol: 'NONE', headNs: undefined }),
]
const FX = { symbol: 'EUR', secType: 'CASH', exchange: 'IDEALPRO' }
const BTC = { symbol: 'BTC', secType: 'CRYPTO', exchange: 'PAXOS' }
const SPX = { symbol: 'SPX', secType: 'IND', exchange: 'CBOE' }
const CONTFUT = { symbol: 'ES', secType: 'CONTFUT', exchange: 'CME' }

async function refusalOf(fields: readonly (string | number | boolean)[], version = 193): Promise<Fields> {
  const { port } = await startGateway({ market: handMade({ contracts: CONTRACTS }) })
  const client = await RawClient.login(port, { version })
  return client.ask(fields, 5)
}

describe('a request for bars is refused for', () => {
  test.each<readonly [string, BarsQuery, number, RegExp]>([
    [
      'a bar size that is none',
      { barSize: '7 mins' },
      321,
      /bar size setting is invalid. Legal ones are: 1 secs, .*1M$/,
    ],
    ['the singular of seconds', { barSize: '1 sec' }, 321, /bar size setting is invalid/],
    ['a duration that is none', { duration: '1 fortnight' }, 321, /duration is invalid/],
    ['a duration without a unit', { duration: '300' }, 321, /duration is invalid/],
    ['fewer than 30 seconds', { duration: '29 S' }, 321, /duration is invalid/],
    ['more seconds than a day has', { duration: '86401 S' }, 321, /longer than 86400 seconds must be made in days$/],
    ['more than 365 days', { duration: '366 D' }, 321, /longer than 365 days must be made in years$/],
    ['more than 52 weeks', { duration: '53 W' }, 321, /must be made in years$/],
    ['more than 12 months', { duration: '13 M' }, 321, /must be made in years$/],
    ['a day of one-second bars', { duration: '1 D', barSize: '1 secs' }, 162, /Time length exceed max/],
    ['a date that is none', { end: '20240230-00:00:00' }, 10314, /^End Date\/Time: The date, time, or time-zone/],
    ['ISO', { end: '2024-01-09T14:35:00Z' }, 10314, /yyyymmdd/],
    ['a zone nobody knows', { end: '20240109 14:35:00 US/Atlantis' }, 10314, /time-zone/],
    ['UTC twice', { end: '20240109-14:35:00 UTC' }, 10314, /time-zone/],
    ['an unknown contract', { contract: { symbol: 'XYZ' } }, 200, /^No security definition has been found/],
    ['an unknown exchange', { contract: { exchange: 'MOON' } }, 200, /^No security definition/],
    ['an ambiguous contract', { contract: { symbol: 'TWO' } }, 200, /TWO is ambiguous/],
    ['something else than there is to show', { whatToShow: 'LAST' }, 321, /What to show field is missing or incorrect/],
    ['trades of a currency', { contract: FX }, 162, /No historical market data for EUR\/CASH@IDEALPRO Last$/],
    ['TRADES of crypto', { contract: BTC }, 10299, /^Expected what to show is AGGTRADES/],
    ['AGGTRADES of a stock', { whatToShow: 'AGGTRADES' }, 321, /What to show/],
    ['quotes of an index', { contract: SPX, whatToShow: 'BID' }, 162, /No historical market data for SPX/],
    ['an end of a continuous future', { contract: CONTFUT }, 10339, /continuous future/],
    ['an end with ADJUSTED_LAST', { whatToShow: 'ADJUSTED_LAST' }, 321, /End date not supported with adjusted last$/],
    [
      'weeks of ADJUSTED_LAST',
      { whatToShow: 'ADJUSTED_LAST', end: '', barSize: '1 week', duration: '1 Y' },
      321,
      /adjusted last/,
    ],
    ['volatility', { whatToShow: 'HISTORICAL_VOLATILITY' }, 162, /No historical market data/],
    ['updates', { keepUpToDate: true }, 321, /up to date/],
    [
      'a weekend',
      { end: '20240107-20:00:00', duration: '86400 S' },
      162,
      /HMDS query returned no data: TEST@SMART Trades$/,
    ],
    ['the time before the first data', { contract: { symbol: 'NEW' }, end: '20240105-00:00:00' }, 162, /no data/],
    ['the time after the last', { contract: { symbol: 'OLD' } }, 162, /no data/],
    ['what has no history', { contract: { symbol: 'NONE' } }, 162, /no data/],
    ['a schedule of minutes', { whatToShow: 'SCHEDULE' }, 321, /1 day/],
  ])('%s', async (_, query, code, text) => {
    const refusal = await refusalOf(barsRequest(5, query))
    expect(refusal.slice(0, 4)).toEqual(['4', '2', '5', String(code)])
    expect(refusal[4]).toMatch(text)
  })

  test('crypto, to clients that cannot read fractions (before 163)', async () => {
    const query: BarsQuery = { contract: BTC, whatToShow: 'MIDPOINT' }
    expect((await refusalOf(barsRequest(5, query), 162))[3]).toBe('10285')
    expect((await refusalOf(barsRequest(5, query), 163))[0]).toBe('17')
  })

  test('SCHEDULE, to clients before 165', async () => {
    const query: BarsQuery = { whatToShow: 'SCHEDULE', barSize: '1 day', duration: '5 D' }
    expect((await refusalOf(barsRequest(5, query), 164)).slice(3)).toEqual([
      '321',
      expect.stringMatching(/version is too low/),
    ])
    expect((await refusalOf(barsRequest(5, query), 165))[0]).toBe('106')
  })
})

describe('a request for ticks is refused for', () => {
  const ticks = (start: string, end: string, count: number, what: string): readonly (string | number)[] => [
    ...[96, 5, ...contractFields(), start, end, count, what, 1, 0, ''],
  ]
  test.each([
    ['both ends', ticks('20240109-14:30:00', '20240109-15:00:00', 10, 'TRADES'), 321],
    ['more than a thousand', ticks('20240109-14:30:00', '', 1001, 'TRADES'), 321],
    ['none', ticks('20240109-14:30:00', '', 0, 'TRADES'), 321],
    ['something else', ticks('20240109-14:30:00', '', 10, 'LAST'), 321],
    ['a date that is none', ticks('9 January', '', 10, 'TRADES'), 10314],
  ])('%s', async (_, fields, code) => {
    expect((await refusalOf(fields))[3]).toBe(String(code))
  })
})

test('a head timestamp of what has no history is 162 "No head time stamp"', async () => {
  const refusal = await refusalOf([87, 5, ...contractFields({ symbol: 'NONE' }), 1, 'TRADES', 2])
  expect(refusal.slice(3, 5)).toEqual(['162', 'Historical Market Data Service error message:No head time stamp'])
})

describe('an error', () => {
  test('has a field for rejected orders from 166 on, and it is empty', async () => {
    const fields = barsRequest(5, { contract: { symbol: 'XYZ' } })
    expect(await refusalOf(fields, 165)).toHaveLength(5)
    expect((await refusalOf(fields, 166)).slice(5)).toEqual([''])
  })

  test('320 is for a message with fewer fields than the version has', async () => {
    const complete = [9, 8, 5, ...contractFields(), '', '', '']
    expect((await refusalOf(complete, 176))[0]).toBe('10')
    expect((await refusalOf(complete.slice(0, -1), 175))[0]).toBe('10')
    // What a library does that raises its version to 176 and sends what it sent before.
    expect((await refusalOf(complete.slice(0, -1), 176)).slice(0, 4)).toEqual(['4', '2', '5', '320'])
  })

  test('322 is for an id that is open already', async () => {
    const { port } = await startGateway({ faults: () => ({ kind: 'silence' }) })
    const client = await RawClient.login(port)
    client.send(barsRequest(5))
    expect((await client.ask(barsRequest(5), 5)).slice(3, 5)).toEqual([
      '322',
      expect.stringMatching(/Duplicate ticker id/),
    ])
  })
})
