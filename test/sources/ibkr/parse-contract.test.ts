import { describe, expect, test } from 'vitest'
import { parseContracts } from '../../../src/sources/ibkr/contracts/parse-contract.js'

const parse = (contracts: unknown) => parseContracts(JSON.stringify(contracts))

describe('contracts named by hand', () => {
  test('have the fields of IB’s contracts, by instrument id', () => {
    const contract = {
      secType: 'OPT',
      symbol: 'AAPL',
      exchange: 'SMART',
      currency: 'USD',
      conId: 1,
      primaryExchange: 'NASDAQ',
      localSymbol: 'AAPL  240119C00150000',
      tradingClass: 'AAPL',
      lastTradeDate: '20240119',
      strike: 150,
      right: 'C',
      multiplier: '100',
      includeExpired: false,
    }
    expect(parse({ 'AAPL.OPT': contract })).toEqual({ 'AAPL.OPT': contract })
  })

  test('take what YAML reads as a number where IB wants a text', () => {
    expect(parse({ 'ES.CME': { lastTradeDate: 202612, multiplier: 50 } })).toEqual({
      'ES.CME': { lastTradeDate: '202612', multiplier: '50' },
    })
  })

  test.each<[string, unknown, string]>([
    ['no section', [1], 'contracts is [1], not a section with a contract for each instrument id'],
    ['a contract that is a text', { 'A.B': 'x' }, 'A.B is "x", not a section with the fields of a contract'],
    ['an unknown field', { 'A.B': { sectype: 'STK' } }, "A.B: there is no field 'sectype'"],
    ['a security type that IB has not', { 'A.B': { secType: 'STOCK' } }, 'A.B: secType is "STOCK", not one of STK, '],
    ['a number that is a text', { 'A.B': { conId: '1' } }, 'A.B: conId is "1", not a number'],
    ['a text that is a list', { 'A.B': { symbol: [] } }, 'A.B: symbol is [], not a text'],
    ['a right that is none', { 'A.B': { right: 'CALL' } }, 'A.B: right is "CALL", not C or P'],
    [
      'a switch that is a text',
      { 'A.B': { includeExpired: 'yes' } },
      'A.B: includeExpired is "yes", not true or false',
    ],
  ])('are refused by name: %s', (_, contracts, message) => {
    expect(() => parse(contracts)).toThrowError(
      expect.objectContaining({ code: 'INVALID_REQUEST', message: expect.stringContaining(message) }),
    )
  })
})
