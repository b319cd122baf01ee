import { describe, expect, test } from 'vitest'
import { barLengthNs, formatBarType, nextBarStartNs, parseBarType, tradeDateStampNs } from '../../src/model/bar-type.js'
import { InvalidRequestError } from '../../src/model/errors.js'
import { parseInstrumentId } from '../../src/model/instrument.js'
import { dayOf, formatInstant, MINUTE_NS, parseInstant } from '../../src/model/time.js'

describe('a bar type', () => {
  test.each([
    ['1m', '1-MINUTE-LAST-EXTERNAL'],
    ['5m', '5-MINUTE-LAST-EXTERNAL'],
    ['1H', '1-HOUR-LAST-EXTERNAL'],
    ['1h', '1-HOUR-LAST-EXTERNAL'],
    ['1d', '1-DAY-LAST-EXTERNAL'],
    ['1s', '1-SECOND-LAST-EXTERNAL'],
    ['1-minute-bid', '1-MINUTE-BID-EXTERNAL'],
    ['30-MINUTE-MID-INTERNAL', '30-MINUTE-MID-INTERNAL'],
    ['2-MONTH', '2-MONTH-LAST-EXTERNAL'],
    [' 1-DAY-MARK ', '1-DAY-MARK-EXTERNAL'],
  ])('%s is %s', (text, full) => {
    expect(formatBarType(parseBarType(text))).toBe(full)
  })

  test('of an FX pair without a price type is MID', () => {
    expect(formatBarType(parseBarType('1m', parseInstrumentId('EUR/USD.IDEALPRO')))).toBe('1-MINUTE-MID-EXTERNAL')
    expect(formatBarType(parseBarType('1m', parseInstrumentId('GBP/USD.FXCM')))).toBe('1-MINUTE-MID-EXTERNAL')
    expect(formatBarType(parseBarType('1-MINUTE-BID', parseInstrumentId('EUR/USD.IDEALPRO')))).toBe(
      '1-MINUTE-BID-EXTERNAL',
    )
  })

  test.each([
    '60-MINUTE',
    '7-MINUTE',
    '24-HOUR',
    '5-HOUR',
    '0-MINUTE',
    '1-TICK',
    '1-VOLUME-LAST',
    '1-MINUTE-LAST-EXTERNAL-X',
    '1',
    'm1',
    '-1-MINUTE',
    '12-MONTH',
    '1.5-MINUTE',
    '1M',
  ])('%s is refused', (text) => {
    expect(() => parseBarType(text)).toThrow(InvalidRequestError)
  })

  test('has a length when it is intraday, and none when the calendar decides', () => {
    expect(barLengthNs(parseBarType('5m'))).toBe(5n * MINUTE_NS)
    expect(barLengthNs(parseBarType('1d'))).toBeUndefined()
  })
})

describe('the stamp of a trade date', () => {
  test.each([
    ['1d', '2024-02-29', '2024-02-29T00:00:00Z', '2024-03-01T00:00:00Z'],
    ['1w', '2024-02-29', '2024-02-26T00:00:00Z', '2024-03-04T00:00:00Z'],
    ['1w', '2024-03-03', '2024-02-26T00:00:00Z', '2024-03-04T00:00:00Z'],
    ['1-MONTH', '2024-12-31', '2024-12-01T00:00:00Z', '2025-01-01T00:00:00Z'],
    ['3-MONTH', '2024-11-05', '2024-11-01T00:00:00Z', '2025-02-01T00:00:00Z'],
    ['1-YEAR', '2024-11-05', '2024-01-01T00:00:00Z', '2025-01-01T00:00:00Z'],
  ])('of %s on %s is %s, and the next is %s', (text, date, stamp, next) => {
    const barType = parseBarType(text)
    const stampNs = tradeDateStampNs(barType, dayOf(parseInstant(date)))
    expect(formatInstant(stampNs)).toBe(stamp)
    expect(formatInstant(nextBarStartNs(barType, stampNs))).toBe(next)
  })
})
