import { Temporal } from '@js-temporal/polyfill'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { InvalidRequestError } from '../../src/model/errors.js'
import {
  ceilTo,
  epochDay,
  floorTo,
  formatInstant,
  type InstantInput,
  MAX_NS,
  MIN_NS,
  parseInstant,
} from '../../src/model/time.js'

const anyNs = fc.bigInt({ min: MIN_NS, max: MAX_NS })

describe('an instant', () => {
  test('is taken as ISO text, bigint, Date or Temporal.Instant', () => {
    const ns = 1_704_205_800_000_000_000n
    const forms: InstantInput[] = [
      '2024-01-02T14:30:00Z',
      '2024-01-02T09:30:00-05:00',
      '2024-01-02 14:30Z',
      '2024-01-02T14:30:00.000+00',
      ns,
      new Date('2024-01-02T14:30:00Z'),
      Temporal.Instant.from('2024-01-02T14:30:00Z'),
    ]
    for (const form of forms) expect(parseInstant(form)).toBe(ns)
  })

  test('that is a date only is 00:00 UTC of that day', () => {
    expect(parseInstant('2024-01-02')).toBe(1_704_153_600_000_000_000n)
  })

  test('keeps all nine digits of its fraction', () => {
    expect(parseInstant('2024-01-02T14:30:00.123456789Z')).toBe(1_704_205_800_123_456_789n)
  })

  test.each([
    ['a naive date-time', '2024-01-02T14:30:00'],
    ['a day that does not exist', '2024-02-30'],
    ['a leap day of another year', '2023-02-29'],
    ['24 o’clock', '2024-01-02T24:00:00Z'],
    ['a leap second', '2024-01-02T23:59:60Z'],
    ['words', 'yesterday'],
    ['an empty text', ''],
    ['an invalid Date', new Date('nonsense')],
    ['a year that 64 bits do not hold', '2300-01-01'],
    ['a year before 1677', '+000099-01-01'],
  ])('is refused when it is %s', (_, input) => {
    expect(() => parseInstant(input)).toThrow(InvalidRequestError)
  })

  test('is refused as a number, whose unit nobody knows', () => {
    const number: unknown = 1_704_205_800_000
    expect(() => parseInstant(number as InstantInput)).toThrow(/not an instant/)
  })

  test('prints so that it reads back, over all 64 bits', () => {
    fc.assert(fc.property(anyNs, (ns) => parseInstant(formatInstant(ns)) === ns))
  })

  test('prints 0, 3, 6 or 9 digits below the second', () => {
    expect(formatInstant(0n)).toBe('1970-01-01T00:00:00Z')
    expect(formatInstant(500_000_000n)).toBe('1970-01-01T00:00:00.500Z')
    expect(formatInstant(500n)).toBe('1970-01-01T00:00:00.000000500Z')
    expect(formatInstant(-1n)).toBe('1969-12-31T23:59:59.999999999Z')
  })

  test('agrees with Temporal', () => {
    fc.assert(
      fc.property(anyNs, (ns) => {
        expect(parseInstant(Temporal.Instant.fromEpochNanoseconds(ns).toString())).toBe(ns)
      }),
    )
  })
})

describe('rounding to a grid', () => {
  test('floors and ceils on both sides of 1970', () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: -(10n ** 18n), max: 10n ** 18n }),
        fc.bigInt({ min: 1n, max: 10n ** 15n }),
        (ns, step) => {
          const [floor, ceil] = [floorTo(ns, step), ceilTo(ns, step)]
          expect(floor <= ns && ns <= ceil).toBe(true)
          expect(ns - floor < step && ceil - ns < step).toBe(true)
          expect(floor % step === 0n && ceil % step === 0n).toBe(true)
        },
      ),
    )
  })

  test('a civil date is a day count, or nothing', () => {
    expect(epochDay(1970, 1, 1)).toBe(0)
    expect(epochDay(2000, 2, 29)).toBe(11_016)
    expect(epochDay(1900, 2, 29)).toBeUndefined()
  })
})
