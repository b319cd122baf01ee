import { describe, expect, test } from 'vitest'
import { calendarOfSeries } from '../../src/catalog/read/lookup.js'
import type { Interval, IntervalSet } from '../../src/model/interval.js'
import { parseSeries, type SeriesInput } from '../../src/model/series.js'
import { parseInstant } from '../../src/model/time.js'
import { planOverlap } from '../../src/service/overlap.js'
import { AAPL, spans } from '../support/bars.js'
import { AAPL_DAILY, BTC_HOURLY } from './world.js'

/** `2024-01-03T14:30Z..2024-01-03T21:00Z` as an interval. */
function span(text: string): Interval {
  const [start = '', end = ''] = text.split('..')
  return { startNs: parseInstant(start), endNs: parseInstant(end) }
}

function plan(
  input: SeriesInput,
  gaps: readonly string[],
  stored: readonly string[],
): { readonly asked: readonly string[]; readonly sessions: readonly string[] } {
  const series = parseSeries(input)
  if (series.type !== 'bars') throw new Error('not bars')
  const set: IntervalSet = stored.map(span)
  const { asked, sessions } = planOverlap(series, calendarOfSeries(series), gaps.map(span), set)
  return { asked: spans(asked), sessions: spans(sessions) }
}

describe('the overlap', () => {
  test('of stored weeks that are one stretch is the last session of them', () => {
    expect(plan(AAPL, ['2024-01-08T14:30Z..2024-01-08T21:00Z'], ['2023-12-01T14:30Z..2024-01-05T21:00Z'])).toEqual({
      asked: ['2024-01-05T09:00:00Z..2024-01-08T21:00:00Z'],
      sessions: ['2024-01-05T09:00:00Z..2024-01-05T21:00:00Z'],
    })
  })

  test('of a hole inside a session is what is stored of the session on either side', () => {
    expect(
      plan(
        AAPL,
        ['2024-01-03T16:00Z..2024-01-03T17:00Z'],
        ['2024-01-03T14:30Z..2024-01-03T16:00Z', '2024-01-03T17:00Z..2024-01-03T21:00Z'],
      ),
    ).toEqual({
      asked: ['2024-01-03T14:30:00Z..2024-01-03T21:00:00Z'],
      sessions: ['2024-01-03T14:30:00Z..2024-01-03T16:00:00Z', '2024-01-03T17:00:00Z..2024-01-03T21:00:00Z'],
    })
  })

  test('of two gaps with one stored day between is that day, in one request', () => {
    expect(
      plan(
        AAPL,
        ['2024-01-03T14:30Z..2024-01-03T21:00Z', '2024-01-05T14:30Z..2024-01-05T21:00Z'],
        ['2024-01-04T14:30Z..2024-01-04T21:00Z'],
      ),
    ).toEqual({
      asked: ['2024-01-03T14:30:00Z..2024-01-05T21:00:00Z'],
      sessions: ['2024-01-04T14:30:00Z..2024-01-04T21:00:00Z'],
    })
  })

  test('takes the session before in where the nearest has room for fewer than five bars', () => {
    expect(
      plan(
        AAPL,
        ['2024-01-05T14:33Z..2024-01-05T21:00Z'],
        ['2024-01-04T14:30Z..2024-01-04T21:00Z', '2024-01-05T14:30Z..2024-01-05T14:33Z'],
      ).sessions,
    ).toEqual(['2024-01-04T14:30:00Z..2024-01-05T14:33:00Z'])
  })

  test('is a UTC day where it is always open', () => {
    expect(plan(BTC_HOURLY, ['2024-01-10..2024-01-11'], ['2023-06-01..2024-01-10'])).toEqual({
      asked: ['2024-01-09T00:00:00Z..2024-01-11T00:00:00Z'],
      sessions: ['2024-01-09T00:00:00Z..2024-01-10T00:00:00Z'],
    })
  })

  test('of daily bars is five trade dates, over the weekend', () => {
    expect(plan(AAPL_DAILY, ['2024-01-09..2024-01-10'], ['2023-01-01..2024-01-09']).sessions).toEqual([
      '2024-01-02T00:00:00Z..2024-01-09T00:00:00Z',
    ])
  })

  test('of monthly bars is five months', () => {
    const monthly = { ...AAPL_DAILY, barType: '1-MONTH-LAST' }
    expect(plan(monthly, ['2024-01-01..2024-02-01'], ['2020-01-01..2024-01-01']).sessions).toEqual([
      '2023-08-01T00:00:00Z..2024-01-01T00:00:00Z',
    ])
  })

  test('is asked by itself where a session lies between that is neither stored nor asked for', () => {
    expect(
      plan(AAPL, ['2024-01-05T14:30Z..2024-01-05T21:00Z'], ['2024-01-03T14:30Z..2024-01-03T21:00Z']).asked,
    ).toEqual(['2024-01-03T14:30:00Z..2024-01-03T21:00:00Z', '2024-01-05T14:30:00Z..2024-01-05T21:00:00Z'])
  })

  test('of nothing stored is nothing, and gaps stay as they are', () => {
    const gaps = ['2024-01-03T14:30:00Z..2024-01-03T21:00:00Z', '2024-01-03T21:00:00Z..2024-01-03T22:00:00Z']
    expect(plan(AAPL, gaps, [])).toEqual({ asked: gaps, sessions: [] })
  })
})
