import { describe, expect, test } from 'vitest'
import { CME } from '../../../src/calendar/cme.js'
import { XNYS } from '../../../src/calendar/xnys.js'
import { requiredSessions } from '../../../src/catalog/coverage/required.js'
import { SourceRejectedError } from '../../../src/model/errors.js'
import type { Interval } from '../../../src/model/interval.js'
import { DAY_NS, parseInstant } from '../../../src/model/time.js'
import { chunkNsOf, planBars } from '../../../src/sources/ibkr/bars/bar-plan.js'
import { askedSpan, barSizeOf } from '../../../src/sources/ibkr/bars/bar-request.js'
import type { IbSecType } from '../../../src/sources/ibkr/transport/transport.js'
import type { HistoryOptions } from '../../../src/sources/ibkr/what-to-show.js'
import { spans } from '../../support/bars.js'
import { barSeries, span } from './series.js'

const nowNs = parseInstant('2026-11-20T15:00Z')
const plan = (
  barType: string,
  gaps: readonly Interval[],
  { secType = 'STK', options = {} }: { secType?: IbSecType; options?: HistoryOptions } = {},
): readonly Interval[] => planBars({ series: barSeries(barType), gaps, secType, options, nowNs })
const sessions = (barType: string, start: string, end: string, calendar = XNYS): readonly Interval[] =>
  requiredSessions(barSeries(barType), span(start, end), 'regular', calendar)
const refusal = (ask: () => unknown): SourceRejectedError => {
  try {
    ask()
  } catch (error) {
    if (error instanceof SourceRejectedError) return error
  }
  throw new Error('it was not refused')
}

describe('requests', () => {
  test('nothing for nothing', () => {
    expect(plan('1-MINUTE-LAST', [])).toEqual([])
  })

  test('one session of minutes is one request', () => {
    expect(plan('1-MINUTE-LAST', sessions('1-MINUTE-LAST', '2024-01-02', '2024-01-06'))).toHaveLength(4)
  })

  test('the parts of one session that are missing share one', () => {
    const parts = [span('2024-01-02T14:30Z', '2024-01-02T15:00Z'), span('2024-01-02T20:00Z', '2024-01-02T21:00Z')]
    expect(spans(plan('1-MINUTE-LAST', parts))).toEqual(['2024-01-02T14:30:00Z..2024-01-02T21:00:00Z'])
  })

  test('a week of five-minute bars is one request', () => {
    expect(spans(plan('5-MINUTE-LAST', sessions('5-MINUTE-LAST', '2024-01-08', '2024-01-20')))).toEqual([
      '2024-01-08T14:30:00Z..2024-01-12T21:00:00Z',
      '2024-01-16T14:30:00Z..2024-01-19T21:00:00Z',
    ])
  })

  test('seconds are asked for by the half hour', () => {
    const requests = plan('1-SECOND-LAST', sessions('1-SECOND-LAST', '2024-01-02', '2024-01-03'))
    expect(requests).toHaveLength(13)
    expect(spans(requests).at(-1)).toBe('2024-01-02T20:30:00Z..2024-01-02T21:00:00Z')
  })

  test('a Globex day of minutes is one request', () => {
    const days = sessions('1-MINUTE-LAST', '2024-01-07T12:00Z', '2024-01-09T22:30Z', CME)
    expect(spans(plan('1-MINUTE-LAST', days))).toEqual([
      '2024-01-07T23:00:00Z..2024-01-08T22:00:00Z',
      '2024-01-08T23:00:00Z..2024-01-09T22:00:00Z',
    ])
  })

  test('a year of days is one request, or two', () => {
    expect(plan('1-DAY-LAST', sessions('1-DAY-LAST', '2024-01-01', '2024-12-01'))).toHaveLength(1)
    expect(plan('1-DAY-LAST', sessions('1-DAY-LAST', '2000-01-01', '2020-01-01'))).toHaveLength(21)
  })

  test.each([
    ['1-SECOND-LAST', '2024-01-02', '2024-01-05'],
    ['30-SECOND-LAST', '2024-01-02', '2024-01-12'],
    ['1-MINUTE-LAST', '2024-01-02', '2024-02-05'],
    ['2-MINUTE-LAST', '2024-01-02', '2024-02-05'],
    ['20-MINUTE-LAST', '2024-01-02', '2024-06-05'],
    ['30-MINUTE-LAST', '2024-01-02', '2025-06-05'],
    ['8-HOUR-LAST', '2024-01-02', '2026-06-05'],
    ['1-DAY-LAST', '1990-01-01', '2026-01-01'],
    ['1-WEEK-LAST', '1980-01-01', '2026-01-01'],
    ['1-MONTH-LAST', '1980-01-01', '2026-01-01'],
  ])(
    '%s: everything is asked for, ascending, and each request with all it needs fits a chunk',
    (barType, start, end) => {
      const series = barSeries(barType)
      const whole = span(start, end)
      const requests = plan(barType, [whole])
      expect(requests[0]?.startNs).toBe(whole.startNs)
      expect(requests.at(-1)?.endNs).toBe(whole.endNs)
      for (const [i, request] of requests.entries()) {
        if (i > 0) expect(request.startNs).toBe(requests[i - 1]?.endNs)
        const asked = askedSpan(series.barType, request)
        expect(asked.endNs - asked.startNs).toBeLessThanOrEqual(chunkNsOf(barSizeOf(series)))
      }
    },
  )
})

describe('too much', () => {
  test('seconds since 1970 are refused with the count, and no list of them is made', () => {
    const error = refusal(() => plan('1-SECOND-LAST', [span('1970-01-01', '2026-11-20')]))
    expect(error.message).toContain('takes 997296 requests, about 2771 hours')
    expect(error.steps[0]).toContain('a part of the range')
  })

  test('half a year of seconds around the clock is not', () => {
    expect(plan('1-SECOND-MID', [span('2026-05-20', '2026-11-20')], { secType: 'CASH' })).toHaveLength(8832)
  })

  test('many small gaps count by the requests they share', () => {
    const gaps = Array.from({ length: 30_000 }, (_, day) => ({
      startNs: BigInt(day) * DAY_NS,
      endNs: BigInt(day) * DAY_NS + DAY_NS / 2n,
    }))
    expect(plan('1-DAY-LAST', gaps).length).toBeLessThan(100)
    expect(refusal(() => plan('1-MINUTE-LAST', gaps)).message).toContain('takes 30000 requests')
  })
})

describe('history that ends now', () => {
  const continuous = { secType: 'CONTFUT' } as const
  const dividends = { options: { adjustment: 'dividends' } } as const

  test('is one request, from the first gap to the last', () => {
    const gaps = [span('2026-11-17', '2026-11-18'), span('2026-11-19', '2026-11-20')]
    expect(spans(plan('1-MINUTE-LAST', gaps, continuous))).toEqual(['2026-11-17T00:00:00Z..2026-11-20T00:00:00Z'])
    expect(plan('1-DAY-LAST', [span('1990-01-01', '2026-11-20')], dividends)).toHaveLength(1)
    expect(plan('1-MINUTE-LAST', [], continuous)).toEqual([])
  })

  test('is refused when it is too long for that, however short the gap: it reaches from there to now', () => {
    const error = refusal(() => plan('1-MINUTE-LAST', [span('2026-01-05', '2026-01-06')], continuous))
    expect(error.message).toContain('only up to now and in one request, and 13 days of 1 min bars')
    expect(error.steps.join(' ')).toContain('ESZ26.CME')
    expect(
      refusal(() => plan('1-SECOND-LAST', [span('2026-11-20T14:00Z', '2026-11-20T15:00Z')], continuous)).message,
    ).toContain('0.5 hours of 1 secs bars')
    expect(() => plan('1-HOUR-LAST', [span('2025-01-05', '2025-01-06')], dividends)).not.toThrow()
  })
})

test.each(['4-MINUTE-LAST', '1-MINUTE-MARK'])('%s is refused before anything is planned', (barType) => {
  expect(() => plan(barType, [])).toThrow(SourceRejectedError)
})
