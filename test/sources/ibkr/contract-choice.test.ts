import { describe, expect, test } from 'vitest'
import { SourceRejectedError } from '../../../src/model/errors.js'
import { parseInstrumentId } from '../../../src/model/instrument.js'
import { chooseContract } from '../../../src/sources/ibkr/contracts/contract-choice.js'
import type { IbContract, IbContractDetails } from '../../../src/sources/ibkr/transport/transport.js'
import { detailsOf } from './details.js'

const APPLE: IbContract = {
  secType: 'STK',
  symbol: 'AAPL',
  exchange: 'SMART',
  primaryExchange: 'NASDAQ',
  currency: 'USD',
}
const SILVER: IbContract = { secType: 'FUT', symbol: 'SI', exchange: 'COMEX', lastTradeDate: '202612' }
const silver = (conId: number, tradingClass: string): IbContractDetails =>
  detailsOf({ ...SILVER, conId, tradingClass, localSymbol: `${tradingClass}Z6`, lastTradeDate: '20261229' })

const choose = (question: IbContract, details: readonly IbContractDetails[], root?: string): number =>
  chooseContract({ instrument: parseInstrumentId('AAPL.NASDAQ'), question, details, root }).contract.conId

const refusal = (question: IbContract, details: readonly IbContractDetails[]): SourceRejectedError => {
  try {
    choose(question, details)
  } catch (error) {
    if (error instanceof SourceRejectedError) return error
  }
  throw new Error('it was not refused')
}

describe('the one that is meant', () => {
  test('is the only one there is', () => {
    expect(choose(APPLE, [detailsOf({ conId: 265598 })])).toBe(265598)
  })

  test('may be listed once for each exchange it is routed to', () => {
    const listed = ['SMART', 'AMEX', 'NASDAQ'].map((exchange) => detailsOf({ conId: 265598, exchange }))
    expect(chooseContract({ instrument: parseInstrumentId('AAPL.NASDAQ'), question: APPLE, details: listed })).toBe(
      listed[0],
    )
  })

  test('has the listing that was asked for', () => {
    const toronto = detailsOf({ conId: 1, primaryExchange: 'PINK' })
    expect(choose(APPLE, [toronto, detailsOf({ conId: 265598 })])).toBe(265598)
  })

  test('is taken with another listing when nothing else fits: stocks move, and IB writes NASDAQ.SCM', () => {
    expect(choose(APPLE, [detailsOf({ conId: 265598, primaryExchange: 'NASDAQ.SCM' })])).toBe(265598)
  })

  test('has the root of the id as its trading class: SI is two silver futures', () => {
    const both = [silver(1, 'SI'), silver(2, 'SIL')]
    expect(choose(SILVER, both, 'SI')).toBe(1)
    expect(choose(SILVER, both, 'SIL')).toBe(2)
  })

  test('has the conId that was stated', () => {
    expect(choose({ ...APPLE, conId: 2 }, [detailsOf({ conId: 1 }), detailsOf({ conId: 2 })])).toBe(2)
  })
})

describe('refused', () => {
  test('when there is none', () => {
    const error = refusal(APPLE, [])
    expect(error.message).toContain('knows no contract for AAPL.NASDAQ')
    expect(error.message).toContain('symbol=AAPL exchange=SMART primaryExchange=NASDAQ currency=USD')
  })

  test('when it is quoted in another currency, or has another conId', () => {
    expect(refusal(APPLE, [detailsOf({ conId: 1, currency: 'EUR' })]).message).toContain('knows no contract')
    expect(refusal({ ...APPLE, conId: 9 }, [detailsOf({ conId: 1 })]).message).toContain('knows no contract')
  })

  test('when several fit, naming each and how to choose one', () => {
    const error = refusal(SILVER, [silver(1, 'SI'), silver(2, 'SIL')])
    expect(error.message).toContain('fits 2 contracts')
    expect(error.message).toContain('conId 1: SIZ6 on NASDAQ in USD, last traded 20261229')
    expect(error.message).toContain('conId 2: SILZ6 on NASDAQ in USD, last traded 20261229, class SIL')
    expect(error.steps.at(-1)).toContain('contracts: { "AAPL.NASDAQ": { conId: 1 } }')
  })

  test('and of hundreds names the first twelve', () => {
    const many = Array.from({ length: 300 }, (_, i) => detailsOf({ conId: i + 1 }))
    const { message } = refusal({ ...APPLE, symbol: '' }, many)
    expect(message).toContain('fits 300 contracts')
    expect(message).toContain('conId 12:')
    expect(message).not.toContain('conId 13:')
    expect(message).toContain('and 288 more')
  })
})
