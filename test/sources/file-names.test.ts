import { expect, test } from 'vitest'
import { parseSeries } from '../../src/model/series.js'
import { isFileOf, namesOf } from '../../src/sources/file-names.js'

const MINUTES = parseSeries({ type: 'bars', instrument: 'AAPL.NASDAQ', barType: '1-MINUTE-LAST' })
const INTERNAL = parseSeries({ type: 'bars', instrument: 'AAPL.NASDAQ', barType: '1-MINUTE-LAST-INTERNAL' })
const TRADES = parseSeries({ type: 'trades', instrument: 'AAPL.NASDAQ' })

test.each([
  '1-MINUTE-LAST.csv',
  '1-MINUTE-LAST.csv.gz',
  '1-MINUTE-LAST-EXTERNAL.csv',
  '1-MINUTE-LAST-EXTERNAL_2024.csv',
  '1-MINUTE-LAST-2024-01.csv',
  '1-MINUTE-LAST2024.csv',
  '1-minute-last.CSV',
  '1m.csv',
  '1m-2024.csv.gz',
])('%s holds 1-MINUTE-LAST', (name) => {
  expect([isFileOf(MINUTES, name), isFileOf(INTERNAL, name)]).toEqual([true, false])
})

test.each([
  '1-MINUTE-LAST-INTERNAL.csv',
  '11-MINUTE-LAST.csv',
  '1-MINUTE-BID.csv',
  '1-MINUTE-LASTING.csv',
  '1-MINUTE-LAST-INTERNALS.csv',
  '1-MINUTE-2024.csv',
  '1-MINUTE-LAST.txt',
  '1-MINUTE-LAST.csv.zip',
  'x1-MINUTE-LAST.csv',
  '1minute.csv',
  '1h.csv',
  '7m.csv',
])('%s does not', (name) => {
  expect(isFileOf(MINUTES, name)).toBe(false)
})

test('an origin that is part of the bar type has to be in the name', () => {
  expect(isFileOf(INTERNAL, '1-MINUTE-LAST-INTERNAL-2024.csv')).toBe(true)
})

test.each([
  ['trades.csv', true],
  ['trades2024-01-02.csv.gz', true],
  ['TRADES_x.csv', true],
  ['quotes.csv', false],
  ['tradesmen.csv', false],
])('%s holds trades: %s', (name, expected) => {
  expect(isFileOf(TRADES, name)).toBe(expected)
})

test('the folder is the encoded id', () => {
  const series = parseSeries({ type: 'quotes', instrument: 'EUR/USD.IDEALPRO' })
  expect(namesOf(series)).toBe('EUR%2FUSD.IDEALPRO/quotes*.csv')
})
