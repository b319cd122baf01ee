import { describe, expect, test } from 'vitest'
import { SourceRejectedError } from '../../../src/model/errors.js'
import { DAY_NS, parseInstant, SECOND_NS } from '../../../src/model/time.js'
import { askedSpan, barSizeOf, durationFor, endDateTimeOf } from '../../../src/sources/ibkr/bars/bar-request.js'
import type { IbBarSize } from '../../../src/sources/ibkr/transport/transport.js'
import { spans } from '../../support/bars.js'
import { barSeries, span } from './series.js'

describe('the size of bars', () => {
  test.each([
    ['1-SECOND', '1 secs'],
    ['1-MINUTE', '1 min'],
    ['2-MINUTE', '2 mins'],
    ['1-HOUR', '1 hour'],
    ['8-HOUR', '8 hours'],
    ['1-DAY', '1 day'],
    ['1-MONTH', '1 month'],
  ])('%s is %j, as TWS spells it', (step, size) => {
    expect(barSizeOf(barSeries(`${step}-LAST`))).toBe(size)
  })

  test.each(['4-MINUTE', '12-HOUR', '2-DAY', '1-YEAR', '100-MILLISECOND'])('%s is refused with what IB has', (step) => {
    const asked = (): IbBarSize => barSizeOf(barSeries(`${step}-LAST`))
    expect(asked).toThrow(SourceRejectedError)
    expect(asked).toThrow(`Interactive Brokers has no bars of ${step}`)
  })

  test('bars of your own making are not IB’s to give', () => {
    expect(() => barSizeOf(barSeries('1-MINUTE-LAST-INTERNAL'))).toThrow('INTERNAL')
  })
})

describe('what is asked for, so that every bar comes whole', () => {
  const asked = (barType: string, start: string, end: string): string =>
    spans([askedSpan(barSeries(barType).barType, span(start, end))])[0] ?? ''

  test.each([
    ['1-MINUTE-LAST', '2024-01-02T14:30Z', '2024-01-02T21:00Z', '2024-01-02T14:30:00Z..2024-01-02T21:00:00Z'],
    ['1-MINUTE-LAST', '2024-01-02T14:30:30Z', '2024-01-02T20:59:10Z', '2024-01-02T14:31:00Z..2024-01-02T21:00:00Z'],
    ['1-MINUTE-LAST', '2024-01-02T14:30:10Z', '2024-01-02T14:30:20Z', '2024-01-02T14:30:00Z..2024-01-02T14:31:00Z'],
    ['1-HOUR-LAST', '2024-01-02T14:00Z', '2024-01-02T21:00Z', '2024-01-02T13:00:00Z..2024-01-02T22:00:00Z'],
    ['4-HOUR-LAST', '2024-01-02T12:00Z', '2024-01-03T00:00Z', '2024-01-02T08:00:00Z..2024-01-03T04:00:00Z'],
    ['1-DAY-LAST', '2024-01-02', '2024-01-03', '2024-01-01T00:00:00Z..2024-01-04T00:00:00Z'],
    ['1-WEEK-LAST', '2024-01-01', '2024-01-08', '2023-12-31T00:00:00Z..2024-01-09T00:00:00Z'],
    ['1-MONTH-LAST', '2024-02-01', '2024-02-10', '2024-01-31T00:00:00Z..2024-03-02T00:00:00Z'],
  ])('%s %s..%s', (barType, start, end, text) => {
    expect(asked(barType, start, end)).toBe(text)
  })
})

describe('the duration', () => {
  const start = parseInstant('2024-01-02')
  const duration = (lengthNs: bigint, size: IbBarSize): string =>
    durationFor({ startNs: start, endNs: start + lengthNs }, size).text

  test.each([
    [23_400n, '1 min', '23400 S'],
    [86_400n, '1 min', '86400 S'],
    [1n, '1 secs', '30 S'],
    [1800n, '1 secs', '1800 S'],
    [60n, '5 mins', '300 S'],
    [30_000n, '8 hours', '30000 S'],
    [86_401n, '2 mins', '3 D'],
    [172_800n, '2 mins', '3 D'],
    [6n * 86_400n, '5 mins', '1 W'],
    [7n * 86_400n, '5 mins', '1 W'],
    [7n * 86_400n + 1n, '30 mins', '2 W'],
    [28n * 86_400n, '1 hour', '4 W'],
    [800n * 86_400n, '1 hour', '3 Y'],
    [3n * 86_400n, '1 day', '3 D'],
    [365n * 86_400n, '1 day', '365 D'],
    [366n * 86_400n, '1 day', '2 Y'],
    [9n * 86_400n, '1 week', '3 W'],
    [364n * 86_400n, '1 week', '1 Y'],
    [33n * 86_400n, '1 month', '3 M'],
    [365n * 86_400n, '1 month', '1 Y'],
  ] as const)('of %i s of %s bars is %s', (seconds, size, text) => {
    expect(duration(seconds * SECOND_NS, size)).toBe(text)
  })

  test('part of a second is asked for as a whole one', () => {
    expect(duration(60n * SECOND_NS + 1n, '1 min')).toBe('61 S')
  })

  test('never falls short, at any length up to ten years (of 1 to 799 days, 424 did in nautilus_trader)', () => {
    const sizes: readonly IbBarSize[] = ['1 min', '30 mins', '8 hours', '1 day', '1 week', '1 month']
    const short: string[] = []
    for (const size of sizes) {
      for (let days = 1n; days < 3660n; days++) {
        const lengthNs = days * DAY_NS + 3600n * SECOND_NS
        const { text, reachNs } = durationFor({ startNs: 0n, endNs: lengthNs }, size)
        const isRight = reachNs >= lengthNs && leastOf(text) >= lengthNs && isTakenByIb(text)
        if (!isRight) short.push(`${days} days of ${size}: ${text}`)
      }
    }
    expect(short).toEqual([])
  })
})

/** What a duration goes back at the very least: a February, no leap year. */
function leastOf(text: string): bigint {
  const [count = '', unit = ''] = text.split(' ')
  const days = { D: 1n, W: 7n, M: 28n, Y: 365n }[unit]
  return BigInt(count) * (days === undefined ? SECOND_NS : days * DAY_NS)
}

function isTakenByIb(text: string): boolean {
  const [count, unit = ''] = text.split(' ')
  const most = { S: 86_400, D: 365, W: 52, M: 12, Y: 68 }[unit] ?? 0
  return Number(count) >= (unit === 'S' ? 30 : 1) && Number(count) <= most
}

describe('the end', () => {
  test.each([
    ['2024-01-02T21:00:00Z', '20240102-21:00:00'],
    ['2024-01-02T20:59:59.000000001Z', '20240102-21:00:00'],
    ['2024-12-31T23:59:59.5Z', '20250101-00:00:00'],
  ])('%s is written %s: in UTC, rounded up', (at, text) => {
    expect(endDateTimeOf(parseInstant(at))).toBe(text)
  })
})
