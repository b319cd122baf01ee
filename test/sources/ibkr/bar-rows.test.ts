import { describe, expect, test } from 'vitest'
import { CME } from '../../../src/calendar/cme.js'
import { XLON } from '../../../src/calendar/xlon.js'
import { XNYS } from '../../../src/calendar/xnys.js'
import { formatInstant, parseInstant, SECOND_NS } from '../../../src/model/time.js'
import { type BarRowsQuestion, barRows, barStampNs } from '../../../src/sources/ibkr/bars/bar-rows.js'
import { IbFailure, type IbFailureKind } from '../../../src/sources/ibkr/transport/failure.js'
import type { IbBar } from '../../../src/sources/ibkr/transport/transport.js'
import { barSeries } from './series.js'

const nowNs = parseInstant('2026-11-20T15:00Z')
const ibBar = (time: string, fields: Partial<IbBar> = {}): IbBar => ({
  time,
  open: 100,
  high: 101,
  low: 99,
  close: 100.5,
  volume: '1200',
  wap: '100.25',
  count: 7,
  ...fields,
})
/** An intraday bar's time on the wire. */
const at = (iso: string): string => String(parseInstant(iso) / SECOND_NS)
const rowsOf = (barType: string, bars: readonly IbBar[], more: Partial<BarRowsQuestion> = {}) =>
  barRows({ barType: barSeries(barType).barType, pages: [bars], nowNs, session: 'regular', calendar: XNYS, ...more })
/** `start..ts_init`; `..` alone where the service works it out. */
const spansOf = (barType: string, starts: readonly string[], more: Partial<BarRowsQuestion> = {}): readonly string[] =>
  rowsOf(
    barType,
    starts.map((it) => ibBar(at(it))),
    more,
  ).map(({ ts_event, ts_init }) => `${timeOf(ts_event)}..${ts_init === undefined ? '' : timeOf(ts_init)}`)
const timeOf = (ns: unknown): string => (typeof ns === 'bigint' ? formatInstant(ns).slice(11, 16) : String(ns))
const failureOf = (ask: () => unknown): IbFailureKind | undefined => {
  try {
    ask()
  } catch (error) {
    if (error instanceof IbFailure) return error.kind
  }
  return undefined
}

describe('the stamp', () => {
  const stamp = (barType: string, time: string): string => formatInstant(barStampNs(barSeries(barType).barType, time))

  test('of an intraday bar is its start, in seconds since 1970', () => {
    expect(stamp('1-MINUTE-LAST', '1704205800')).toBe('2024-01-02T14:30:00Z')
    expect(stamp('1-HOUR-LAST', '999999999')).toBe('2001-09-09T01:46:39Z')
  })

  test.each([
    ['1-DAY-LAST', '20240102', '2024-01-02T00:00:00Z'],
    ['1-WEEK-LAST', '20240105', '2024-01-01T00:00:00Z'],
    ['1-WEEK-LAST', '20240107', '2024-01-01T00:00:00Z'],
    ['1-MONTH-LAST', '20240229', '2024-02-01T00:00:00Z'],
    ['1-MONTH-LAST', '20241231', '2024-12-01T00:00:00Z'],
  ])('of %s IB writes the end, %s, and the catalog the first day: %s', (barType, time, iso) => {
    expect(stamp(barType, time)).toBe(iso)
  })

  test.each([
    ['1-MINUTE-LAST', '20240102'],
    ['1-MINUTE-LAST', '20240102 14:30:00'],
    ['1-MINUTE-LAST', '-1704205800'],
    ['1-MINUTE-LAST', '1704205800000'],
    ['1-MINUTE-LAST', ''],
    ['1-DAY-LAST', '1704205800'],
    ['1-DAY-LAST', '20240230'],
    ['1-DAY-LAST', '2024010'],
    ['1-DAY-LAST', 'finished-20240102'],
  ])('of %s is never %j: eight digits are no seconds, and ten no date', (barType, time) => {
    expect(failureOf(() => stamp(barType, time))).toBe('retryable')
  })
})

describe('the values', () => {
  test('are taken as they are', () => {
    expect(rowsOf('1-MINUTE-LAST', [ibBar('1704205800', { volume: '12345.6789' })])).toEqual([
      {
        ts_event: parseInstant('2024-01-02T14:30:00Z'),
        open: 100,
        high: 101,
        low: 99,
        close: 100.5,
        volume: 12345.6789,
        vwap: 100.25,
        trade_count: 7n,
      },
    ])
  })

  test('-1 is no volume, average or count: quotes have none', () => {
    const [row] = rowsOf('1-MINUTE-MID', [ibBar('1704205800', { volume: '-1', wap: '-1.0', count: -1 })])
    expect(row).toMatchObject({ volume: null, vwap: null, trade_count: null })
  })

  test('a bar in which nobody traded has a volume of 0, and no average', () => {
    const [row] = rowsOf('1-MINUTE-LAST', [ibBar('1704205800', { volume: '0', wap: '0', count: 0 })])
    expect(row).toMatchObject({ volume: 0, vwap: null, trade_count: 0n })
  })

  test('an index has no volume, though IB sends 0', () => {
    const [row] = rowsOf('1-MINUTE-LAST', [ibBar('1704205800', { volume: '0', wap: '0', count: 0 })], {
      hasVolume: false,
    })
    expect(row).toMatchObject({ volume: null, vwap: null, trade_count: null })
  })

  test('a price of -1 is a price: spreads and oil have had it', () => {
    const [row] = rowsOf('1-MINUTE-LAST', [ibBar('1704205800', { open: -1, high: -1, low: -1, close: -1 })])
    expect(row).toMatchObject({ open: -1, close: -1 })
  })

  test('a volume of more than 32 bits is kept', () => {
    expect(rowsOf('1-DAY-LAST', [ibBar('20240102', { volume: '5000000000' })])[0]?.volume).toBe(5e9)
  })

  test.each([
    ['a price that is no number', { close: Number.NaN }],
    ['a price without end', { high: Number.POSITIVE_INFINITY }],
    ['a price that is not set', { low: Number.MAX_VALUE }],
    ['a volume that is no number', { volume: '12a' }],
    ['half a trade', { count: 1.5 }],
    ['a count that is missing', { count: Number.NaN }],
  ])('%s makes the whole reply malformed, and no row', (_, fields) => {
    expect(failureOf(() => rowsOf('1-MINUTE-LAST', [ibBar('1704205800'), ibBar('1704205860', fields)]))).toBe(
      'retryable',
    )
  })
})

describe('order', () => {
  test('is made ascending', () => {
    expect(spansOf('1-MINUTE-LAST', ['2024-01-02T14:32Z', '2024-01-02T14:30Z', '2024-01-02T14:31Z'])).toEqual([
      '14:30..',
      '14:31..',
      '14:32..',
    ])
  })

  test('bars of one stamp in one reply all stay: the service tells equal from different ones', () => {
    expect(spansOf('1-MINUTE-LAST', ['2024-01-02T14:30Z', '2024-01-02T14:30Z'])).toHaveLength(2)
  })

  test('of the bar that two pages share, the older page’s counts: it was cut off where the newer page began', () => {
    const page = (prices: readonly (readonly [string, number])[]): readonly IbBar[] =>
      prices.map(([time, open]) => ibBar(at(`2024-01-02T14:${time}Z`), { open }))
    const pages = [
      page([
        ['33', 33],
        ['32', 0],
        ['34', 34],
      ]),
      page([
        ['30', 0],
        ['31', 31],
        ['32', 32],
        ['33', 0],
      ]),
      page([
        ['29', 29],
        ['30', 30],
      ]),
    ]
    expect(rowsOf('1-MINUTE-LAST', [], { pages }).map((it) => it.open)).toEqual([29, 30, 31, 32, 33, 34])
  })

  test('a page without the shared bar takes nothing away', () => {
    const pages = [[ibBar(at('2024-01-02T14:32Z'))], [], [ibBar(at('2024-01-02T14:30Z'))]]
    expect(rowsOf('1-MINUTE-LAST', [], { pages })).toHaveLength(2)
  })
})

describe('a bar that is not finished', () => {
  const starts = ['2024-01-02T15:00Z', '2024-01-02T15:01Z', '2024-01-02T15:02Z']

  test('is left out', () => {
    expect(spansOf('1-MINUTE-LAST', starts, { nowNs: parseInstant('2024-01-02T15:02:30Z') })).toEqual([
      '15:00..',
      '15:01..',
    ])
  })

  test('is one until its last nanosecond', () => {
    expect(spansOf('1-MINUTE-LAST', starts, { nowNs: parseInstant('2024-01-02T15:03Z') - 1n })).toHaveLength(2)
    expect(spansOf('1-MINUTE-LAST', starts, { nowNs: parseInstant('2024-01-02T15:03Z') })).toHaveLength(3)
  })

  test('of a day is left to the late edge of the service', () => {
    expect(rowsOf('1-DAY-LAST', [ibBar('20240102')], { nowNs: parseInstant('2024-01-02T15:00Z') })).toHaveLength(1)
  })
})

describe('the end of bars of an hour and longer', () => {
  test('the first of regular hours ends with the clock hour, where the next begins', () => {
    expect(spansOf('1-HOUR-LAST', ['2024-01-02T14:30Z', '2024-01-02T15:00Z', '2024-01-02T16:00Z'])).toEqual([
      '14:30..15:00',
      '15:00..',
      '16:00..',
    ])
  })

  test('and does when it is the only one', () => {
    expect(spansOf('1-HOUR-LAST', ['2024-01-02T14:30Z'])).toEqual(['14:30..15:00'])
    expect(spansOf('1-HOUR-LAST', ['2024-07-02T13:30Z'])).toEqual(['13:30..14:00'])
  })

  test('so that it is complete at ten, and not before', () => {
    const starts = ['2024-01-02T14:30Z']
    expect(spansOf('1-HOUR-LAST', starts, { nowNs: parseInstant('2024-01-02T15:00Z') })).toHaveLength(1)
    expect(spansOf('1-HOUR-LAST', starts, { nowNs: parseInstant('2024-01-02T14:59:59Z') })).toHaveLength(0)
  })

  test('the close ends a bar early', () => {
    expect(spansOf('4-HOUR-LAST', ['2024-01-02T17:00Z'])).toEqual(['17:00..'])
    expect(spansOf('2-HOUR-LAST', ['2024-01-02T20:00Z'])).toEqual(['20:00..21:00'])
    // A half day: 13:00 in New York.
    expect(spansOf('4-HOUR-LAST', ['2024-11-29T17:00Z'])).toEqual(['17:00..18:00'])
    expect(spansOf('1-HOUR-LAST', ['2024-01-02T16:00Z'], { calendar: XLON })).toEqual(['16:00..16:30'])
  })

  test('with extended hours the close is theirs', () => {
    expect(spansOf('2-HOUR-LAST', ['2024-01-02T20:00Z'], { session: 'extended' })).toEqual(['20:00..'])
  })

  test('a future’s bars are whole', () => {
    const starts = ['2024-01-08T20:00Z', '2024-01-08T21:00Z', '2024-01-08T23:00Z']
    expect(spansOf('1-HOUR-LAST', starts, { calendar: CME })).toEqual(['20:00..', '21:00..', '23:00..'])
  })

  test('what nobody knows to be shorter is whole: late is safe, early is not', () => {
    expect(spansOf('2-HOUR-LAST', ['2024-01-02T14:30Z'])).toEqual(['14:30..'])
    expect(spansOf('1-HOUR-LAST', ['2024-01-02T03:45Z'], { calendar: undefined })).toEqual(['03:45..'])
  })

  test('bars of one stamp end alike', () => {
    expect(spansOf('1-HOUR-LAST', ['2024-01-02T14:30Z', '2024-01-02T14:30Z', '2024-01-02T15:00Z'])).toEqual([
      '14:30..15:00',
      '14:30..15:00',
      '15:00..',
    ])
  })

  test('shorter bars end with their length', () => {
    expect(spansOf('30-MINUTE-LAST', ['2024-01-02T14:30Z', '2024-01-02T14:45Z'])).toEqual(['14:30..', '14:45..'])
  })
})
