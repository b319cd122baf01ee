import { describe, expect, test } from 'vitest'
import { checkDefinition } from '../../../src/catalog/instruments/instrument-rules.js'
import { parseInstrumentId } from '../../../src/model/instrument.js'
import { definitionOf, knownContract, resolvedContract } from '../../../src/sources/ibkr/contracts/contract-record.js'
import { ianaZoneOf } from '../../../src/sources/ibkr/contracts/time-zones.js'
import type { IbContract } from '../../../src/sources/ibkr/transport/transport.js'
import { detailsOf } from './details.js'

const AAPL = parseInstrumentId('AAPL.NASDAQ')
const APPLE: IbContract = {
  secType: 'STK',
  symbol: 'AAPL',
  exchange: 'SMART',
  primaryExchange: 'NASDAQ',
  currency: 'USD',
}
const CORN: IbContract = {
  secType: 'FUT',
  symbol: 'ZC',
  exchange: 'CBOT',
  lastTradeDate: '202612',
  includeExpired: true,
}

describe('what the catalog keeps of a contract', () => {
  test('a stock', () => {
    const definition = definitionOf(AAPL, APPLE, detailsOf({ conId: 265598 }))
    expect(() => checkDefinition(definition)).not.toThrow()
    expect(definition).toEqual({
      instrument: 'AAPL.NASDAQ',
      securityType: 'STK',
      currency: 'USD',
      tickSize: 0.01,
      timeZone: 'America/New_York',
      tradingHours: '20241121:0400-20241121:2000;20241123:CLOSED',
      liquidHours: '20241121:0930-20241121:1600;20241123:CLOSED',
      primaryExchange: 'NASDAQ',
      description: 'APPLE INC',
      contractIds: { ibkr: '265598' },
    })
  })

  test('a future: its last trade date, and the tick of its quotes, which are in cents', () => {
    const details = detailsOf(
      { ...CORN, conId: 5, multiplier: '5000', lastTradeDate: '20261214 12:01 US/Central' },
      { minTick: 0.0025, priceMagnifier: 100, timeZoneId: 'CST (Central Standard Time)' },
    )
    expect(definitionOf(parseInstrumentId('ZCZ6.CBOT'), CORN, details)).toMatchObject({
      securityType: 'FUT',
      tickSize: 0.25,
      multiplier: 5000,
      lastTradeDate: '2026-12-14',
      timeZone: 'America/Chicago',
      contractIds: { ibkr: '5' },
    })
  })

  test('a continuous future rolls: neither the contract of today nor its last day is kept', () => {
    const question: IbContract = { secType: 'CONTFUT', symbol: 'ES', exchange: 'CME' }
    const definition = definitionOf(
      parseInstrumentId('ES.CME'),
      question,
      detailsOf({ conId: 5, lastTradeDate: '20261218' }),
    )
    expect(definition).not.toHaveProperty('contractIds')
    expect(definition).not.toHaveProperty('lastTradeDate')
    expect(definition.securityType).toBe('CONTFUT')
  })

  test('what IB leaves out or garbles is left out, so that the catalog takes the rest', () => {
    const bare = detailsOf(
      { conId: 1, currency: '', primaryExchange: '', multiplier: '', lastTradeDate: '20261399' },
      { minTick: 0, timeZoneId: '', tradingHours: '', liquidHours: '  ', longName: 'A\u0001B' },
    )
    const definition = definitionOf(AAPL, APPLE, bare)
    expect(definition).toEqual({ instrument: 'AAPL.NASDAQ', securityType: 'STK', contractIds: { ibkr: '1' } })
    expect(() => checkDefinition(definition)).not.toThrow()
  })
})

describe('a contract on record is not asked for again', () => {
  test('its conId stands for everything that the id suggested', () => {
    const record = definitionOf(AAPL, APPLE, detailsOf({ conId: 265598 }))
    const known = { secType: 'STK', symbol: 'AAPL', exchange: 'SMART', currency: 'USD', conId: 265598 }
    expect(knownContract(record, APPLE)).toEqual(known)
    expect(resolvedContract(APPLE, 265598)).toEqual(known)
  })

  test('an expired future is still asked for with includeExpired', () => {
    expect(knownContract({ securityType: 'FUT', contractIds: { ibkr: '5' } }, CORN)).toEqual({
      secType: 'FUT',
      symbol: 'ZC',
      exchange: 'CBOT',
      conId: 5,
      includeExpired: true,
    })
  })

  test('a continuous future needs no conId', () => {
    const question: IbContract = { secType: 'CONTFUT', symbol: 'ES', exchange: 'CME' }
    expect(knownContract({ securityType: 'CONTFUT' }, question)).toBe(question)
    expect(resolvedContract(question, 5)).toBe(question)
  })

  test.each([
    ['nothing is on record', undefined, APPLE],
    ['the record names no contract of IB', { securityType: 'STK', contractIds: { files: '7' } }, APPLE],
    ['it is of another kind', { securityType: 'CFD', contractIds: { ibkr: '7' } }, APPLE],
    ['the user states another contract', { securityType: 'STK', contractIds: { ibkr: '7' } }, { ...APPLE, conId: 8 }],
    ['what is on record is no number', { securityType: 'STK', contractIds: { ibkr: 'seven' } }, APPLE],
  ])('unless %s', (_, record, question) => {
    expect(knownContract(record, question)).toBeUndefined()
  })
})

describe("IB's names of time zones", () => {
  test.each([
    ['EST (Eastern Standard Time)', 'America/New_York'],
    ['EST', 'America/New_York'],
    ['US/Eastern', 'America/New_York'],
    ['America/New_York', 'America/New_York'],
    ['CST (Central Standard Time)', 'America/Chicago'],
    ['MET', 'Europe/Berlin'],
    ['MET (Middle Europe Time)', 'Europe/Berlin'],
    ['GB-Eire', 'Europe/London'],
    ['JST (Japan Standard Time)', 'Asia/Tokyo'],
    ['Australia/NSW', 'Australia/Sydney'],
    ['Europe/Riga', 'Europe/Riga'],
    ['Asia/Hong_Kong', 'Asia/Hong_Kong'],
    ['UTC', 'UTC'],
  ])('%s is %s', (ibZone, zone) => {
    expect(ianaZoneOf(ibZone)).toBe(zone)
  })

  test.each(['', 'XYZ', 'Mars/Olympus', '+01:00', 'GMT+1'])('%j is not guessed', (ibZone) => {
    expect(ianaZoneOf(ibZone)).toBeUndefined()
  })
})
