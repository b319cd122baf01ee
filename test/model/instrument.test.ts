import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { InvalidRequestError } from '../../src/model/errors.js'
import { encodeSegment, parseInstrumentId, symbolOf, venueOf } from '../../src/model/instrument.js'

describe('an instrument id', () => {
  test('is split at its last dot', () => {
    const id = parseInstrumentId('BRK.B.NYSE')
    expect([symbolOf(id), venueOf(id)]).toEqual(['BRK.B', 'NYSE'])
  })

  test.each(['EUR/USD.IDEALPRO', 'ES Z4.CME', '^SPX.CBOE', '../../etc/passwd.X', 'Ünïcødé.XETRA', '株.TSE', '..X'])(
    'may be %s',
    (text) => {
      expect(parseInstrumentId(text)).toBe(text)
    },
  )

  test.each([
    'AAPL',
    '.NASDAQ',
    'AAPL.',
    '',
    ' AAPL.NASDAQ',
    'AAPL.NASDAQ ',
    'AAPL .NASDAQ',
    'AA\nPL.NASDAQ',
    'A\0.X',
    '\ud800.X',
  ])('is refused as %j', (text) => {
    expect(() => parseInstrumentId(text)).toThrow(InvalidRequestError)
  })

  test('is refused when its path segment takes over 200 bytes', () => {
    expect(() => parseInstrumentId(`${'A'.repeat(198)}.X`)).not.toThrow()
    expect(() => parseInstrumentId(`${'A'.repeat(199)}.X`)).toThrow(/201 bytes/)
    expect(() => parseInstrumentId(`${'a'.repeat(67)}.X`)).toThrow(/bytes/)
  })
})

describe('a path segment', () => {
  test('keeps A-Z 0-9 . - _ and encodes every other byte in upper-case hex', () => {
    expect(encodeSegment('EUR/USD.IDEALPRO')).toBe('EUR%2FUSD.IDEALPRO')
    expect(encodeSegment('AAp.NYSE')).toBe('AA%70.NYSE')
    expect(encodeSegment('é')).toBe('%C3%A9')
  })

  test('reads back, and two ids never meet in one, also where case does not count', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' }), (a, b) => {
        expect(decodeURIComponent(encodeSegment(a))).toBe(a)
        if (a !== b) expect(encodeSegment(a).toLowerCase()).not.toBe(encodeSegment(b).toLowerCase())
      }),
    )
  })
})
