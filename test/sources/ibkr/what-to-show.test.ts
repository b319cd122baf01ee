import { describe, expect, test } from 'vitest'
import { SourceRejectedError } from '../../../src/model/errors.js'
import { parseSeries } from '../../../src/model/series.js'
import type { IbSecType } from '../../../src/sources/ibkr/transport/transport.js'
import {
  type BarSeries,
  endsNow,
  type HistoryOptions,
  settingFor,
  ticksToShowFor,
  useRthFor,
  whatToShowFor,
} from '../../../src/sources/ibkr/what-to-show.js'
import { barSeries } from './series.js'

const ticks = (type: 'quotes' | 'trades') => ({ ...parseSeries({ type, instrument: 'A.B' }), type })
const stepsOf = (series: BarSeries, secType: IbSecType, options?: HistoryOptions): string => {
  try {
    whatToShowFor(series, secType, options)
  } catch (error) {
    if (error instanceof SourceRejectedError) return `${error.message} / ${error.steps.join(' ')}`
  }
  throw new Error('it was not refused')
}

describe('what IB is asked to show', () => {
  test.each([
    ['1-MINUTE-LAST', 'STK', 'TRADES'],
    ['1-MINUTE-LAST', 'FUT', 'TRADES'],
    ['1-MINUTE-LAST', 'IND', 'TRADES'],
    ['1-MINUTE-LAST', 'CRYPTO', 'AGGTRADES'],
    ['1-MINUTE-MID', 'CASH', 'MIDPOINT'],
    ['1-MINUTE-BID', 'STK', 'BID'],
    ['1-DAY-ASK', 'CMDTY', 'ASK'],
  ] as const)('%s of %s: %s', (barType, secType, shown) => {
    expect(whatToShowFor(barSeries(barType), secType)).toBe(shown)
  })

  test('adjusted for dividends only where there are any', () => {
    const options = { adjustment: 'dividends' } as const
    expect(whatToShowFor(barSeries('1-DAY-LAST'), 'STK', options)).toBe('ADJUSTED_LAST')
    expect(whatToShowFor(barSeries('1-DAY-MID'), 'STK', options)).toBe('MIDPOINT')
    expect(whatToShowFor(barSeries('1-DAY-LAST'), 'FUT', options)).toBe('TRADES')
  })

  test.each([
    ['1-MINUTE-LAST', 'CASH', 'has no trades of CASH, only quotes / Ask for 1-MINUTE-MID-EXTERNAL.'],
    ['1-MINUTE-LAST', 'CFD', 'Ask for 1-MINUTE-MID-EXTERNAL.'],
    ['1-MINUTE-LAST', 'CMDTY', 'Ask for 1-MINUTE-MID-EXTERNAL.'],
    ['1-MINUTE-MARK', 'STK', 'has no history of mark prices'],
    ['1-MINUTE-MID', 'IND', 'Ask for 1-MINUTE-LAST-EXTERNAL.'],
  ] as const)('%s of %s is refused with what there is', (barType, secType, text) => {
    expect(stepsOf(barSeries(barType), secType)).toContain(text)
  })

  test('weeks and months adjusted for dividends do not exist', () => {
    expect(stepsOf(barSeries('1-WEEK-LAST'), 'STK', { adjustment: 'dividends' })).toContain('1-DAY-LAST')
  })

  test('ticks are trades or quotes, where there are any', () => {
    expect(ticksToShowFor(ticks('trades'), 'STK')).toBe('TRADES')
    expect(ticksToShowFor(ticks('quotes'), 'CASH')).toBe('BID_ASK')
    expect(() => ticksToShowFor(ticks('trades'), 'CASH')).toThrow(SourceRejectedError)
    expect(() => ticksToShowFor(ticks('quotes'), 'IND')).toThrow(SourceRejectedError)
  })

  test('continuous futures and prices adjusted for dividends end now', () => {
    expect(endsNow('CONTFUT', 'TRADES')).toBe(true)
    expect(endsNow('STK', 'ADJUSTED_LAST')).toBe(true)
    expect(endsNow('FUT', 'TRADES')).toBe(false)
  })
})

describe('regular hours', () => {
  test.each([
    ['30-MINUTE-LAST', 'STK', false],
    ['1-HOUR-LAST', 'STK', true],
    ['1-DAY-LAST', 'STK', true],
    ['1-DAY-LAST', 'FUT', false],
    ['1-HOUR-LAST', 'CONTFUT', false],
    ['1-DAY-MID', 'CASH', false],
  ] as const)('%s of %s: %s', (barType, secType, useRTH) => {
    expect(useRthFor(barSeries(barType).barType, secType)).toBe(useRTH)
  })

  test('the user decides where it makes a difference, and nowhere else', () => {
    expect(useRthFor(barSeries('1-DAY-LAST').barType, 'STK', { useRTH: false })).toBe(false)
    expect(useRthFor(barSeries('1-DAY-LAST').barType, 'FUT', { useRTH: true })).toBe(true)
    expect(useRthFor(barSeries('1-MINUTE-LAST').barType, 'STK', { useRTH: true })).toBe(false)
    expect(useRthFor(barSeries('1-DAY-MID').barType, 'CASH', { useRTH: true })).toBe(false)
  })
})

describe('the setting', () => {
  test.each([
    ['1-MINUTE-LAST', 'STK', { whatToShow: 'TRADES', adjustment: 'split', volumeUnit: 'shares' }],
    ['1-HOUR-LAST', 'STK', { whatToShow: 'TRADES', useRTH: true, adjustment: 'split', volumeUnit: 'shares' }],
    ['1-MINUTE-MID', 'STK', { whatToShow: 'MIDPOINT', adjustment: 'split' }],
    ['1-MINUTE-MID', 'CASH', { whatToShow: 'MIDPOINT' }],
    ['1-DAY-MID', 'CASH', { whatToShow: 'MIDPOINT' }],
    ['1-DAY-LAST', 'FUT', { whatToShow: 'TRADES', useRTH: false }],
    ['1-DAY-LAST', 'IND', { whatToShow: 'TRADES', useRTH: true }],
    ['1-DAY-LAST', 'CRYPTO', { whatToShow: 'AGGTRADES' }],
  ] as const)('of %s of %s', (barType, secType, setting) => {
    expect(settingFor(barSeries(barType), secType)).toEqual(setting)
  })

  test('says when dividends are in the prices', () => {
    const setting = settingFor(barSeries('1-DAY-LAST'), 'STK', { adjustment: 'dividends' })
    expect(setting).toMatchObject({ whatToShow: 'ADJUSTED_LAST', adjustment: 'split+dividend', volumeUnit: 'shares' })
  })

  test('states nothing of what IB does not serve, and throws nothing', () => {
    expect(settingFor(barSeries('1-MINUTE-MARK'), 'STK')).toEqual({})
    expect(settingFor(barSeries('1-MINUTE-LAST'), 'CASH')).toEqual({})
  })

  test('of ticks', () => {
    expect(settingFor(ticks('trades'), 'STK')).toEqual({ whatToShow: 'TRADES', volumeUnit: 'shares' })
    expect(settingFor(ticks('trades'), 'FUT')).toEqual({ whatToShow: 'TRADES' })
    expect(settingFor(ticks('quotes'), 'STK')).toEqual({ whatToShow: 'BID_ASK' })
  })
})
