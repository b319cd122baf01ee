import { describe, expect, test } from 'vitest'
import {
  answered,
  type Coverage,
  type CoverageEntry,
  expiryOf,
  overlay,
  sameMeaning,
} from '../../src/catalog/coverage/coverage.js'
import { coverageFromText, coverageToText } from '../../src/catalog/coverage/coverage-text.js'
import { CatalogCorruptionError } from '../../src/model/errors.js'
import { DAY_NS } from '../../src/model/time.js'

type Span = readonly [start: number, end: number]
const span = ([start, end]: Span) => ({ startNs: BigInt(start), endNs: BigInt(end) })
const data = (at: Span, source?: string, useRTH?: boolean): CoverageEntry => ({
  ...span(at),
  state: 'data',
  provenance: { ...(source && { source }), ...(useRTH !== undefined && { setting: { useRTH } }) },
})
const empty = (at: Span, source = 'ibkr', expiresAtNs?: bigint): CoverageEntry => ({
  ...span(at),
  state: 'empty',
  claims: [{ source, recordedAtNs: 0n, ...(expiresAtNs !== undefined && { expiresAtNs }) }],
})
const rejected = (at: Span, reason = 'high < low', expiresAtNs?: bigint): CoverageEntry => ({
  ...span(at),
  state: 'rejected',
  rejection: { source: 'ibkr', reason, recordedAtNs: 0n, ...(expiresAtNs !== undefined && { expiresAtNs }) },
})

/** `data:csv[1,5)`, `empty:ibkr+alpaca[5,7)`, `rejected[7,9)` */
function text(coverage: Coverage): string {
  return coverage
    .map((it) => {
      const who =
        it.state === 'data'
          ? (it.provenance.source ?? '')
          : it.state === 'empty'
            ? it.claims.map((claim) => claim.source).join('+')
            : it.rejection.reason
      return `${it.state}:${who}[${it.startNs},${it.endNs})`
    })
    .join(' ')
}

describe('laying one entry over another', () => {
  test.each<[string, Coverage, CoverageEntry, string]>([
    ['beside nothing', [], data([1, 5], 'a'), 'data:a[1,5)'],
    ['apart: the gap stays', [data([1, 3], 'a')], data([4, 5], 'a'), 'data:a[1,3) data:a[4,5)'],
    ['touching and saying the same: one', [data([1, 3], 'a')], data([3, 5], 'a'), 'data:a[1,5)'],
    ['touching and saying something else: two', [data([1, 3], 'a')], data([3, 5], 'b'), 'data:a[1,3) data:b[3,5)'],
    [
      'data over data: the new in the middle',
      [data([1, 9], 'a')],
      data([3, 5], 'b'),
      'data:a[1,3) data:b[3,5) data:a[5,9)',
    ],
    ['data over empty: rows win', [empty([1, 9])], data([3, 5], 'a'), 'empty:ibkr[1,3) data:a[3,5) empty:ibkr[5,9)'],
    ['data over rejected: rows win', [rejected([1, 3])], data([1, 3], 'a'), 'data:a[1,3)'],
    [
      'empty over data: "nothing" is not said over rows',
      [data([3, 5], 'a')],
      empty([1, 9]),
      'empty:ibkr[1,3) data:a[3,5) empty:ibkr[5,9)',
    ],
    [
      'rejected over data: neither',
      [data([3, 5], 'a')],
      rejected([1, 9], 'x'),
      'rejected:x[1,3) data:a[3,5) rejected:x[5,9)',
    ],
    [
      'empty over empty of another: both are told',
      [empty([1, 5])],
      empty([3, 9], 'alpaca'),
      'empty:ibkr[1,3) empty:ibkr+alpaca[3,5) empty:alpaca[5,9)',
    ],
    ['empty over rejected: the new word', [rejected([1, 5])], empty([1, 5]), 'empty:ibkr[1,5)'],
    ['rejected over empty: the new word', [empty([1, 5])], rejected([1, 5], 'x'), 'rejected:x[1,5)'],
    [
      'across several',
      [data([1, 3], 'a'), empty([5, 7])],
      data([2, 6], 'b'),
      'data:a[1,2) data:b[2,6) empty:ibkr[6,7)',
    ],
  ])('%s', (_what, old, added, expected) => {
    expect(text(overlay(old, [added]))).toBe(expected)
  })

  test('data that states no setting keeps what was stated under it', () => {
    const result = overlay([data([1, 5], 'ibkr', true)], [data([3, 9], 'csv')])
    expect(text(result)).toBe('data:ibkr[1,5) data:csv[5,9)')
  })

  test('data that states a setting takes the place of data that does not', () => {
    const result = overlay([data([1, 5], 'csv')], [data([3, 9], 'ibkr', true)])
    expect(text(result)).toBe('data:csv[1,3) data:ibkr[3,9)')
  })

  test('asked again, an empty answer is renewed, not doubled', () => {
    const result = overlay([empty([1, 5], 'ibkr', 10n)], [empty([1, 5], 'ibkr', 99n)])
    expect(result).toEqual([empty([1, 5], 'ibkr', 99n)])
  })

  test('one source asked in two settings has said two things', () => {
    const one = { source: 'ibkr', setting: { useRTH: true }, recordedAtNs: 0n }
    const other = { source: 'ibkr', setting: { useRTH: false }, recordedAtNs: 0n }
    const entry = (claim: typeof one): CoverageEntry => ({ ...span([1, 5]), state: 'empty', claims: [claim] })
    expect(overlay([entry(one)], [entry(other)])).toEqual([{ ...span([1, 5]), state: 'empty', claims: [one, other] }])
  })
})

describe('what need not be asked again', () => {
  const coverage = [data([1, 3]), empty([3, 5], 'ibkr', 100n), empty([5, 7], 'alpaca'), rejected([7, 9], 'x', 100n)]
  const ask = (by: Parameters<typeof answered>[1]) => answered(coverage, by).map((it) => `[${it.startNs},${it.endNs})`)

  test('data for everyone, an empty answer for the source that gave it', () => {
    expect(ask({ source: 'ibkr', nowNs: 0n })).toEqual(['[1,5)', '[7,9)'])
    expect(ask({ source: 'alpaca', nowNs: 0n })).toEqual(['[1,3)', '[5,7)'])
    expect(ask({ source: 'polygon', nowNs: 0n })).toEqual(['[1,3)'])
  })

  test('without a source every answer counts', () => expect(ask({ nowNs: 0n })).toEqual(['[1,9)']))

  test('an answer counts until the instant it expires', () => {
    expect(ask({ source: 'ibkr', nowNs: 99n })).toEqual(['[1,5)', '[7,9)'])
    expect(ask({ source: 'ibkr', nowNs: 100n })).toEqual(['[1,3)'])
  })

  test('an empty answer in one setting does not answer for another', () => {
    expect(ask({ source: 'ibkr', setting: { useRTH: true }, nowNs: 0n })).toEqual(['[1,3)', '[7,9)'])
  })
})

describe('when "nothing" expires', () => {
  const nowNs = 1000n * DAY_NS
  test.each([
    ['ended just now: after a day', 0n, nowNs + DAY_NS],
    ['ended a nanosecond less than seven days ago: after a day', 7n * DAY_NS - 1n, nowNs + DAY_NS],
    ['ended seven days ago: never', 7n * DAY_NS, undefined],
    ['ended in the future: after a day', -DAY_NS, nowNs + DAY_NS],
  ])('%s', (_what, agoNs, expected) => {
    expect(expiryOf(nowNs - agoNs, nowNs).expiresAtNs).toBe(expected)
  })
})

describe('whether two coverages mean the same', () => {
  test('who fetched when does not count; intervals, states, expiries and settings do', () => {
    expect(sameMeaning([data([1, 5], 'a')], [data([1, 3], 'b'), data([3, 5], 'c')])).toBe(true)
    expect(sameMeaning([data([1, 5])], [data([1, 6])])).toBe(false)
    expect(sameMeaning([data([1, 5])], [empty([1, 5])])).toBe(false)
    expect(sameMeaning([data([1, 5], 'a', true)], [data([1, 5], 'a', false)])).toBe(false)
    expect(sameMeaning([empty([1, 5], 'a', 1n)], [empty([1, 5], 'a', 2n)])).toBe(false)
    expect(sameMeaning([rejected([1, 5], 'x')], [rejected([1, 5], 'y')])).toBe(false)
  })
})

describe('coverage as text', () => {
  test('keeps every instant to the last digit, as text', () => {
    const coverage: Coverage = [
      {
        startNs: -(2n ** 63n),
        endNs: 1_704_205_800_000_000_601n,
        state: 'data',
        provenance: { source: 'a"b', setting: { useRTH: false } },
      },
      {
        startNs: 1_704_205_800_000_000_601n,
        endNs: 2n ** 63n - 1n,
        state: 'empty',
        claims: [{ source: 'é漢', recordedAtNs: -1n, expiresAtNs: 2n ** 62n }],
      },
    ]
    const written = coverageToText(coverage)
    expect(written).toContain('"end":"1704205800000000601"')
    expect(coverageFromText(written, 'f')).toEqual(coverage)
  })

  test.each([
    '',
    '{}',
    '[1]',
    '[{"start":1,"end":2,"state":"data"}]',
    '[{"start":"1","end":"2","state":"maybe"}]',
    '[{"start":"1","end":"2","state":"rejected"}]',
  ])('%j is damage, named by file', (broken) => {
    expect(() => coverageFromText(broken, 'some.parquet')).toThrow(CatalogCorruptionError)
    expect(() => coverageFromText(broken, 'some.parquet')).toThrow(/some\.parquet/)
  })
})
