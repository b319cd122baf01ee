import { describe, expect, it } from 'vitest'
import { barRuleBroken } from '../../src/model/bar-rules.js'
import { parseBarType } from '../../src/model/bar-type.js'
import { parseInstant } from '../../src/model/time.js'

const MINUTE = parseBarType('1-MINUTE-LAST')
const AT = parseInstant('2024-01-02T14:30:00Z')
const rule = (open: number, high: number, low: number, close: number, volume: number | null = null) =>
  barRuleBroken(MINUTE, AT, open, high, low, close, volume)

describe('the rules of a bar', () => {
  it('a sound bar breaks none, a flat one neither', () => {
    expect([rule(1, 2, 0.5, 1.5, 0), rule(1, 1, 1, 1), rule(-1, 0, -2, -1.5)]).toEqual([
      undefined,
      undefined,
      undefined,
    ])
  })

  it.each([
    [rule(Number.NaN, 2, 1, 1), 'open NaN is not a finite number'],
    [rule(1, Number.POSITIVE_INFINITY, 1, 1), 'high Infinity is not a finite number'],
    [rule(1, 2, Number.NEGATIVE_INFINITY, 1), 'low -Infinity is not a finite number'],
    [rule(1, 2, 1, Number.NaN), 'close NaN is not a finite number'],
    [rule(1, 1, 2, 1), 'high 1 is below low 2'],
    [rule(3, 2, 1, 1), 'open 3 is above high 2'],
    [rule(0, 2, 1, 1), 'open 0 is below low 1'],
    [rule(1, 2, 1, 3), 'close 3 is above high 2'],
    [rule(1, 2, 1, 0), 'close 0 is below low 1'],
    [rule(1, 2, 1, 1, -5), 'volume -5 is negative'],
    [rule(1, 2, 1, 1, Number.NaN), 'volume NaN is not a finite number'],
    [rule(1, 2, 1, 1, Number.POSITIVE_INFINITY), 'volume Infinity is not a finite number'],
  ])('%s', (broken, message) => {
    expect(broken).toBe(message)
  })

  it.each([
    ['1-MINUTE', '2024-01-02T14:30:00.000000001Z', 'minute'],
    ['1-HOUR', '2024-01-02T14:30:01Z', 'minute'],
    ['1-SECOND', '2024-01-02T14:30:01.5Z', 'second'],
    ['1-MILLISECOND', '2024-01-02T14:30:00.0005Z', 'millisecond'],
    ['1-MINUTE', '1969-12-31T23:59:30Z', 'minute'],
  ])('%s at %s is not on a whole %s', (barType, at, grain) => {
    expect(barRuleBroken(parseBarType(barType), parseInstant(at), 1, 1, 1, 1, null)).toMatch(
      new RegExp(`not on a whole ${grain}$`),
    )
  })

  it.each([
    ['1-DAY', '2024-01-02', '2024-01-02T05:00:00Z'],
    ['1-WEEK', '2024-01-01', '2024-01-05'],
    ['1-MONTH', '2024-01-01', '2024-01-31'],
    ['1-DAY', '1969-12-31', '1969-12-31T12:00:00Z'],
  ])('%s belongs at %s, not at %s', (barType, sound, broken) => {
    const at = (iso: string) => barRuleBroken(parseBarType(barType), parseInstant(iso), 1, 1, 1, 1, null)
    expect(at(sound)).toBeUndefined()
    expect(at(broken)).toContain('is not 00:00 UTC')
  })
})
