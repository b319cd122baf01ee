import { describe, expect, test } from 'vitest'
import { quoteRows, tradeRows } from '../../../src/sources/ibkr/ticks/tick-rows.js'
import { IbFailure } from '../../../src/sources/ibkr/transport/failure.js'
import type { IbQuote, IbTrade } from '../../../src/sources/ibkr/transport/transport.js'

const trade = (fields: Partial<IbTrade> = {}): IbTrade => ({
  time: 1_704_205_800,
  price: 187.15,
  size: '100',
  exchange: 'ISLAND',
  conditions: '',
  unreported: false,
  pastLimit: false,
  ...fields,
})
const quote = (fields: Partial<IbQuote> = {}): IbQuote => ({
  time: 1_704_205_800,
  bidPrice: 187.14,
  askPrice: 187.16,
  bidSize: '200',
  askSize: '300',
  ...fields,
})

describe('trades', () => {
  test('are rows in the order of the tape, equal ones too', () => {
    const rows = tradeRows([trade({ price: 2 }), trade({ price: 1 }), trade({ price: 1 })])
    expect(rows.map((it) => it.price)).toEqual([2, 1, 1])
    expect(rows[0]).toEqual({
      ts_event: 1_704_205_800_000_000_000n,
      price: 2,
      size: 100,
      exchange: 'ISLAND',
      conditions: null,
    })
  })

  test('keep their conditions, joined by commas', () => {
    expect(tradeRows([trade({ conditions: ' T  I' })])[0]?.conditions).toBe('T,I')
  })

  test('that never reached the tape, or were past a limit, say so', () => {
    const [row] = tradeRows([trade({ conditions: 'I', unreported: true, pastLimit: true })])
    expect(row?.conditions).toBe('I,unreported,past-limit')
    expect(tradeRows([trade({ unreported: true })])[0]?.conditions).toBe('unreported')
  })

  test('have fractions of a share, and no exchange where IB names none', () => {
    expect(tradeRows([trade({ size: '0.5', exchange: '' })])[0]).toMatchObject({ size: 0.5, exchange: null })
  })
})

describe('quotes', () => {
  test('have two sides', () => {
    expect(quoteRows([quote()])).toEqual([
      { ts_event: 1_704_205_800_000_000_000n, bid_price: 187.14, bid_size: 200, ask_price: 187.16, ask_size: 300 },
    ])
  })

  test.each([
    [0, '0'],
    [-1, '0'],
    [-1, '-1'],
  ])('or one: a price of %d with a size of %s is no side', (bidPrice, bidSize) => {
    expect(quoteRows([quote({ bidPrice, bidSize })])[0]).toMatchObject({
      bid_price: null,
      bid_size: null,
      ask_price: 187.16,
    })
  })

  test('a price of -1 that somebody quotes is a price', () => {
    expect(quoteRows([quote({ bidPrice: -1, bidSize: '5' })])[0]).toMatchObject({ bid_price: -1, bid_size: 5 })
  })
})

test.each([
  ['a trade without a price', () => tradeRows([trade({ price: Number.NaN })])],
  ['a trade without a size', () => tradeRows([trade({ size: '' })])],
  ['a trade with half a stamp', () => tradeRows([trade({ time: 1.5 })])],
  ['a trade without a stamp', () => tradeRows([trade({ time: 0 })])],
  ['a quote without a price', () => quoteRows([quote({ askPrice: Number.NaN })])],
  ['a quote whose size is no number', () => quoteRows([quote({ askSize: 'many' })])],
])('%s makes the reply malformed', (_, read) => {
  expect(read).toThrow(IbFailure)
  expect(read).toThrow('malformed')
})
