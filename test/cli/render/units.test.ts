import { describe, expect, it } from 'vitest'
import { formatBytes, formatCount, formatCounted, formatDuration } from '../../../src/cli/render/units.js'

describe('formatBytes', () => {
  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [1000, '1.0 kB'],
    [1_234_567, '1.2 MB'],
    [999_949, '999.9 kB'],
    [999_950, '1.0 MB'],
    [7_700_000_000, '7.7 GB'],
    [4e18, '4000.0 PB'],
  ])('%d bytes are %s', (bytes, text) => expect(formatBytes(bytes)).toBe(text))
})

describe('formatCount', () => {
  it.each([
    [0, '0'],
    [999, '999'],
    [1000, '1,000'],
    [98_280, '98,280'],
    [-1_234_567, '-1,234,567'],
    [9_223_372_036_854_775_807n, '9,223,372,036,854,775,807'],
  ])('%s is %s', (count, text) => expect(formatCount(count)).toBe(text))

  it('takes the singular for one only', () => {
    expect([0, 1, 2].map((n) => formatCounted(n, 'row'))).toEqual(['0 rows', '1 row', '2 rows'])
    expect(formatCounted(2, 'series', 'series')).toBe('2 series')
  })
})

describe('formatDuration', () => {
  it.each([
    [0, '0 ms'],
    [850, '850 ms'],
    [999.6, '1 s'],
    [59_499, '59 s'],
    [59_500, '1 m'],
    [80_000, '1 m 20 s'],
    [3_599_600, '1 h'],
    [7_500_000, '2 h 5 m'],
    [86_399_000, '1 d'],
    [273_600_000, '3 d 4 h'],
  ])('%d ms are %s', (ms, text) => expect(formatDuration(ms)).toBe(text))
})
