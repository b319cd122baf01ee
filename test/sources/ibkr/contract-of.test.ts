import { describe, expect, test } from 'vitest'
import { SourceRejectedError } from '../../../src/model/errors.js'
import { parseInstrumentId } from '../../../src/model/instrument.js'
import { parseInstant } from '../../../src/model/time.js'
import { contractOf, type ExplicitContracts, futuresRootOf } from '../../../src/sources/ibkr/contracts/contract-of.js'
import { parseFuturesSymbol } from '../../../src/sources/ibkr/contracts/futures-symbol.js'
import type { IbContract } from '../../../src/sources/ibkr/transport/transport.js'

const nowNs = parseInstant('2026-11-20')
const asked = (id: string, contracts: ExplicitContracts = {}): IbContract =>
  contractOf(parseInstrumentId(id), { nowNs, contracts })
const refusal = (id: string, contracts: ExplicitContracts = {}): SourceRejectedError => {
  try {
    asked(id, contracts)
  } catch (error) {
    if (error instanceof SourceRejectedError) return error
    throw error
  }
  throw new Error(`${id} was not refused`)
}

const stock = (symbol: string, primaryExchange: string, currency = 'USD'): IbContract => ({
  secType: 'STK',
  symbol,
  exchange: 'SMART',
  primaryExchange,
  currency,
})

describe('a stock is routed by SMART and told apart by its listing', () => {
  test.each([
    ['AAPL.NASDAQ', stock('AAPL', 'NASDAQ')],
    ['AAPL.XNAS', stock('AAPL', 'NASDAQ')],
    ['IBM.NYSE', stock('IBM', 'NYSE')],
    ['IBM.XNYS', stock('IBM', 'NYSE')],
    ['SPY.ARCA', stock('SPY', 'ARCA')],
    ['SPY.NYSEARCA', stock('SPY', 'ARCA')],
    ['SPY.ARCX', stock('SPY', 'ARCA')],
    ['IMO.AMEX', stock('IMO', 'AMEX')],
    ['IMO.NYSEAMERICAN', stock('IMO', 'AMEX')],
    ['CBOE.BATS', stock('CBOE', 'BATS')],
    ['IBKR.IEX', stock('IBKR', 'IEX')],
    ['VOD.LSE', stock('VOD', 'LSE', 'GBP')],
    ['VOD.XLON', stock('VOD', 'LSE', 'GBP')],
    ['SAP.IBIS', stock('SAP', 'IBIS', 'EUR')],
    ['SAP.XETR', stock('SAP', 'IBIS', 'EUR')],
    ['MC.SBF', stock('MC', 'SBF', 'EUR')],
    ['KBC.XBRU', stock('KBC', 'ENEXT.BE', 'EUR')],
    ['NESN.XSWX', stock('NESN', 'EBS', 'CHF')],
    ['7203.TSEJ', stock('7203', 'TSEJ', 'JPY')],
    ['700.SEHK', stock('700', 'SEHK', 'HKD')],
    ['SHOP.TSE', stock('SHOP', 'TSE', 'CAD')],
    ['BHP.ASX', stock('BHP', 'ASX', 'AUD')],
  ])('%s', (id, contract) => {
    expect(asked(id)).toEqual(contract)
  })

  test('SMART alone names no listing', () => {
    expect(asked('AAPL.SMART')).toEqual({ secType: 'STK', symbol: 'AAPL', exchange: 'SMART', currency: 'USD' })
  })

  test('a share class is written with a space in the US, from a dot or from the hyphen of Nautilus', () => {
    expect(asked('BRK.B.NYSE').symbol).toBe('BRK B')
    expect(asked('BRK-B.NYSE').symbol).toBe('BRK B')
    expect(asked('BRK.B.SMART').symbol).toBe('BRK B')
  })

  test('and keeps its dot elsewhere', () => {
    expect(asked('RCI.B.TSE').symbol).toBe('RCI.B')
    expect(asked('NOVO-B.CPH').symbol).toBe('NOVO B')
  })

  test('the venue SIM is the simulated gateway’s own', () => {
    expect(asked('AAPL.SIM')).toEqual({ secType: 'STK', symbol: 'AAPL', exchange: 'SIM', currency: 'USD' })
  })
})

describe('pairs', () => {
  test.each([
    ['EUR/USD.IDEALPRO', { secType: 'CASH', symbol: 'EUR', currency: 'USD', exchange: 'IDEALPRO' }],
    ['BTC/USD.PAXOS', { secType: 'CRYPTO', symbol: 'BTC', currency: 'USD', exchange: 'PAXOS' }],
    ['ETH/USD.ZEROHASH', { secType: 'CRYPTO', symbol: 'ETH', currency: 'USD', exchange: 'ZEROHASH' }],
    ['EUR/USD.IBCFD', { secType: 'CFD', symbol: 'EUR', currency: 'USD', exchange: 'SMART' }],
  ])('%s', (id, contract) => {
    expect(asked(id)).toEqual(contract)
  })
})

describe('the rest of what IB routes', () => {
  test.each([
    ['XAUUSD.IBCMDTY', { secType: 'CMDTY', symbol: 'XAUUSD', exchange: 'SMART', currency: 'USD' }],
    ['IBUS30.IBCFD', { secType: 'CFD', symbol: 'IBUS30', exchange: 'SMART' }],
    ['^SPX.CBOE', { secType: 'IND', symbol: 'SPX', exchange: 'CBOE', currency: 'USD' }],
    ['SPX.CBOE', { secType: 'IND', symbol: 'SPX', exchange: 'CBOE', currency: 'USD' }],
    ['^NDX.NASDAQ', { secType: 'IND', symbol: 'NDX', exchange: 'NASDAQ', currency: 'USD' }],
    ['^DAX.EUREX', { secType: 'IND', symbol: 'DAX', exchange: 'EUREX', currency: 'EUR' }],
    ['^N225.XOSE', { secType: 'IND', symbol: 'N225', exchange: 'OSE.JPN', currency: 'JPY' }],
  ])('%s', (id, contract) => {
    expect(asked(id)).toEqual(contract)
  })

  test('an option is asked for by its OCC symbol, padded or not', () => {
    const option = {
      secType: 'OPT',
      symbol: '',
      localSymbol: 'AAPL  240119C00150000',
      exchange: 'SMART',
      currency: 'USD',
    }
    expect(asked('AAPL240119C00150000.SMART')).toEqual(option)
    expect(asked('AAPL  240119C00150000.SMART')).toEqual(option)
    expect(asked('AAPL240119C00150000.OPRA')).toEqual(option)
    expect(asked('SPXW  260120P06835000.SMART').localSymbol).toBe('SPXW  260120P06835000')
  })

  test('an option on a future as Nautilus writes it', () => {
    const option = { secType: 'FOP', symbol: '', localSymbol: 'ESM7 C4200', exchange: 'CME' }
    expect(asked('ESM7 C4200.CME')).toEqual(option)
    expect(asked('ESM27 C4200.XCME')).toEqual(option)
  })
})

describe('futures', () => {
  const future = (symbol: string, exchange: string, lastTradeDate: string): IbContract => ({
    secType: 'FUT',
    symbol,
    exchange,
    lastTradeDate,
    includeExpired: true,
  })

  test.each([
    ['ESZ6.CME', future('ES', 'CME', '202612')],
    ['ESZ26.XCME', future('ES', 'CME', '202612')],
    ['ESZ2026.CME', future('ES', 'CME', '202612')],
    ['6EH27.CME', future('EUR', 'CME', '202703')],
    ['ZCZ6.CBOT', future('ZC', 'CBOT', '202612')],
    ['ZNH7.XCBT', future('ZN', 'CBOT', '202703')],
    ['CLF7.NYMEX', future('CL', 'NYMEX', '202701')],
    ['SILZ6.COMEX', future('SI', 'COMEX', '202612')],
    ['SR3Z6.CME', future('SR3', 'CME', '202612')],
    ['FDAXZ6.EUREX', future('DAX', 'EUREX', '202612')],
    ['VXZ6.CFE', future('VIX', 'CFE', '202612')],
    ['CCZ6.NYBOT', future('CC', 'NYBOT', '202612')],
    ['GZ6.IPE', future('G', 'IPE', '202612')],
  ])('%s is asked for by its delivery month', (id, contract) => {
    expect(asked(id)).toEqual(contract)
  })

  test.each([
    ['ES.CME', 'ES', 'CME'],
    ['6E.CME', 'EUR', 'CME'],
    ['M2K.CME', 'M2K', 'CME'],
    ['J7.CME', 'J7', 'CME'],
    ['CL.XNYM', 'CL', 'NYMEX'],
    ['FESX.EUREX', 'ESTX50', 'EUREX'],
  ])('%s, a root alone, is the continuous future', (id, symbol, exchange) => {
    expect(asked(id)).toEqual({ secType: 'CONTFUT', symbol, exchange })
  })

  test('the root is known to tell products of one symbol apart', () => {
    expect(futuresRootOf(parseInstrumentId('SILZ6.COMEX'), nowNs)).toBe('SIL')
    expect(futuresRootOf(parseInstrumentId('ES.CME'), nowNs)).toBeUndefined()
    expect(futuresRootOf(parseInstrumentId('ESZ6.NASDAQ'), nowNs)).toBeUndefined()
  })

  test.each([
    [2026, '4', 2024],
    [2026, '5', 2025],
    [2026, '6', 2026],
    [2026, '9', 2029],
    [2026, '0', 2030],
    [2026, '3', 2033],
    [2027, '4', 2034],
    [2030, '8', 2028],
    [2030, '7', 2037],
    [2031, '9', 2029],
  ])('in %i a year of one digit, %s, is %i: two years back, seven ahead', (asOfYear, digit, year) => {
    expect(parseFuturesSymbol(`ESZ${digit}`, asOfYear)).toEqual({ root: 'ES', month: 12, year })
  })
})

describe('a contract that the user states', () => {
  test('beats what the id says field by field', () => {
    const contracts = { 'AAPL.NASDAQ': { exchange: 'ISLAND', conId: 265598 } }
    expect(asked('AAPL.NASDAQ', contracts)).toEqual({ ...stock('AAPL', 'NASDAQ'), exchange: 'ISLAND', conId: 265598 })
  })

  test('serves an id that says nothing to IB', () => {
    const contracts = { 'GOLD.MINE': { secType: 'CMDTY', symbol: 'XAUUSD', exchange: 'SMART' } } as const
    expect(asked('GOLD.MINE', contracts)).toEqual(contracts['GOLD.MINE'])
    expect(asked('X.Y', { 'X.Y': { secType: 'STK', exchange: 'SMART', conId: 7 } })).toMatchObject({
      symbol: '',
      conId: 7,
    })
  })

  test('is refused when neither it nor the id says enough', () => {
    expect(refusal('GOLD.MINE', { 'GOLD.MINE': { conId: 7 } }).message).toContain('needs secType, exchange')
    expect(refusal('GOLD.MINE', { 'GOLD.MINE': { secType: 'STK', exchange: 'SMART' } }).message).toContain(
      'localSymbol',
    )
  })

  test('another instrument’s, or one that every object has, says nothing', () => {
    expect(asked('AAPL.NASDAQ', { 'MSFT.NASDAQ': { conId: 7 } }).conId).toBeUndefined()
    expect(refusal('constructor.X').code).toBe('SOURCE_REJECTED')
  })
})

test.each([
  'AAPL.NOWHERE',
  'EUR/USD.NASDAQ',
  'BTC/USD.BINANCE',
  'ESZ6.GLBX',
  'ES-Z6.CME',
  'es.CME',
  '^.CBOE',
  'AAPL240119C00150000.NASDAQ',
])('%s is refused with the forms that exist and the way to state a contract', (id) => {
  const error = refusal(id)
  expect(error.message).toContain(id)
  expect(error.steps.join(' ')).toContain('EUR/USD.IDEALPRO')
  expect(error.steps.at(-1)).toContain(`contracts: { "${id}"`)
})
