import { existsSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import type { RowInput } from '../../src/catalog/write/rows-input.js'
import type { WriteOptions } from '../../src/catalog/write/write-input.js'
import { type CatalogError, InvalidDataError, InvalidRequestError } from '../../src/model/errors.js'
import type { SeriesInput } from '../../src/model/series.js'
import { AAPL, bar, minuteBars } from '../support/bars.js'
import { testCatalog } from '../support/catalog.js'
import { TRADES, trade } from '../support/trades.js'

const [ROW, NEXT] = [bar('2024-01-02T10:00Z'), bar('2024-01-02T10:01Z')]
const QUOTES = { type: 'quotes', instrument: 'X.TEST' } as const

interface Refusal {
  readonly what: string
  readonly series?: SeriesInput
  readonly rows: readonly object[]
  readonly options?: WriteOptions
  /** Every one of these stands in the message. */
  readonly names: readonly string[]
  readonly request?: true
}

const second = (change: object): readonly object[] => [ROW, { ...NEXT, ...change }]
const AT = 'row 2 (2024-01-02T10:01:00Z)'
const hourly = { ...AAPL, barType: '1-HOUR-LAST' }
const seconds = { ...AAPL, barType: '5-SECOND-LAST' }
const daily = { ...AAPL, barType: '1-DAY-LAST' }
const weekly = { ...AAPL, barType: '1-WEEK-LAST' }

const REFUSALS: readonly Refusal[] = [
  { what: 'unsorted rows', rows: [NEXT, ROW], names: ['row 2 (2024-01-02T10:00:00Z)', 'row 1 (2024-01-02T10:01:00Z)'] },
  { what: 'an open that is no number', rows: second({ open: Number.NaN }), names: [AT, 'open NaN'] },
  { what: 'an endless high', rows: second({ high: Infinity }), names: [AT, 'high Infinity'] },
  { what: 'an endless low', rows: second({ low: -Infinity }), names: [AT, 'low -Infinity'] },
  { what: 'a close that is no number', rows: second({ close: Number.NaN }), names: [AT, 'close NaN'] },
  { what: 'a high below the low', rows: second({ high: 1, low: 2 }), names: [AT, 'high 1 is below low 2'] },
  { what: 'an open above the high', rows: second({ open: 102 }), names: [AT, 'open 102 is above high 101.25'] },
  { what: 'an open below the low', rows: second({ open: 99 }), names: [AT, 'open 99 is below low 99.5'] },
  { what: 'a close above the high', rows: second({ close: 102 }), names: [AT, 'close 102 is above high 101.25'] },
  { what: 'a close below the low', rows: second({ close: 99 }), names: [AT, 'close 99 is below low 99.5'] },
  { what: 'a negative volume', rows: second({ volume: -1 }), names: [AT, 'volume -1 is negative'] },
  { what: 'a volume that is no number', rows: second({ volume: Number.NaN }), names: [AT, 'volume NaN'] },
  { what: 'a vwap that is no number', rows: second({ vwap: Number.NaN }), names: [AT, 'vwap NaN'] },
  { what: 'a negative count', rows: second({ trade_count: -3n }), names: [AT, 'trade_count -3 is negative'] },
  {
    what: 'a minute bar off the minute',
    rows: [ROW, bar('2024-01-02T10:00:30Z')],
    names: ['row 2 (2024-01-02T10:00:30Z)', 'not on a whole minute'],
  },
  {
    what: 'an hour bar off the minute',
    series: hourly,
    rows: [bar('2024-01-02T10:00:00.000000001Z')],
    names: ['row 1 (2024-01-02T10:00:00.000000001Z)', 'not on a whole minute'],
  },
  {
    what: 'a second bar off the second',
    series: seconds,
    rows: [bar('2024-01-02T10:00:00.500Z')],
    names: ['row 1 (2024-01-02T10:00:00.500Z)', 'not on a whole second'],
  },
  {
    what: 'a daily bar off its date',
    series: daily,
    rows: [bar('2024-01-02T10:00Z')],
    names: ['2024-01-02T10:00:00Z is not 00:00 UTC of the first day of its DAY'],
  },
  {
    what: 'a weekly bar that is no Monday',
    series: weekly,
    rows: [bar('2024-01-02')],
    names: ['2024-01-02T00:00:00Z is not 00:00 UTC of the first day of its WEEK'],
  },
  {
    what: 'two different bars of one stamp',
    rows: [ROW, { ...ROW, close: 100.2 }],
    names: ['row 2 (2024-01-02T10:00:00Z) differs from row 1 (2024-01-02T10:00:00Z)'],
  },
  {
    what: 'a row outside the stated coverage',
    rows: [ROW, NEXT],
    options: { coverage: { start: '2024-01-02T10:00Z', end: '2024-01-02T10:01Z' } },
    names: [AT, 'outside the stated coverage (2024-01-02T10:00:00Z .. 2024-01-02T10:01:00Z)'],
  },
  {
    what: 'rows of an instrument column of their own',
    rows: [{ ...ROW, instrument_id: 'MSFT.NASDAQ' }],
    names: ['row 1', "'instrument_id'"],
  },
  { what: 'an unknown column', rows: second({ Volume: 7 }), names: ['row 2', "'Volume'"] },
  { what: 'a missing price', rows: second({ open: null }), names: ['row 2', 'open is null'] },
  { what: 'a price as text', rows: second({ open: '100' }), names: ['row 2', 'open is string 100'] },
  { what: 'a price as bigint', rows: second({ open: 100n }), names: ['row 2', 'open is bigint 100'] },
  { what: 'a count of halves', rows: second({ trade_count: 1.5 }), names: ['row 2', 'trade_count is number 1.5'] },
  {
    what: 'a stamp as number',
    rows: second({ ts_event: 1704189660 }),
    names: ['row 2', 'ts_event is number 1704189660'],
  },
  { what: 'no stamp', rows: [{ open: 1, high: 1, low: 1, close: 1 }], names: ['row 1', 'ts_event is missing'] },
  {
    what: 'a stamp without zone',
    rows: second({ ts_event: '2024-01-02 10:01' }),
    names: ['row 2', 'no offset'],
    request: true,
  },
  { what: 'a row that is none', rows: [ROW, 7 as unknown as object], names: ['row 2 is not an object'] },
  {
    what: 'a trade at no price',
    series: TRADES,
    rows: [trade(1), { ...trade(2), price: Number.NaN }],
    names: ['row 2 (1970-01-01T00:00:00.000000002Z)', 'price NaN'],
  },
  {
    what: 'a trade without a price',
    series: TRADES,
    rows: [{ ts_event: 1n, size: 1 }],
    names: ['row 1', 'price is missing'],
  },
  { what: 'a negative size', series: TRADES, rows: [trade(1, { size: -1 })], names: ['row 1', 'size -1 is negative'] },
  {
    what: 'a quote of a negative size',
    series: QUOTES,
    rows: [{ ts_event: 1n, bid_price: 1, bid_size: -2 }],
    names: ['row 1', 'bid_size -2 is negative'],
  },
  { what: 'trades out of order', series: TRADES, rows: [trade(2), trade(1)], names: ['row 2', 'row 1'] },
]

describe('a write is refused before anything is written', () => {
  test.each(REFUSALS.map((it) => [it.what, it] as const))('%s', async (_what, refusal) => {
    const { catalog, root } = await testCatalog()
    const writing = catalog.write(refusal.series ?? AAPL, refusal.rows as RowInput<'bars'>[], refusal.options)
    const error: unknown = await writing.then(
      () => undefined,
      (reason: unknown) => reason,
    )
    expect(error).toBeInstanceOf(refusal.request === true ? InvalidRequestError : InvalidDataError)
    for (const name of refusal.names) expect((error as CatalogError).message).toContain(name)
    expect(existsSync(root)).toBe(false)
    expect(await catalog.history()).toEqual([])
  })

  test('every broken row is named, up to 20; the rest are counted', async () => {
    const { catalog } = await testCatalog()
    const rows = minuteBars('2024-01-02T10:00Z', 30).map((it) => ({ ...it, volume: -1 }))
    const error = await catalog.write(AAPL, rows).catch((it: InvalidDataError) => it)
    expect(error).toBeInstanceOf(InvalidDataError)
    expect((error as InvalidDataError).problems).toHaveLength(20)
    expect((error as InvalidDataError).message).toMatch(/and 10 more$/)
  })

  test('with sort: true a broken row is named by its place in the input', async () => {
    const { catalog } = await testCatalog()
    const rows = [NEXT, { ...ROW, volume: -1 }]
    await expect(catalog.write(AAPL, rows, { sort: true })).rejects.toThrow(
      /row 2 \(2024-01-02T10:00:00Z\): volume -1 is negative/,
    )
  })

  test('with sort: true different bars of one stamp are still an error', async () => {
    const { catalog } = await testCatalog()
    const writing = catalog.write(AAPL, [NEXT, ROW, { ...ROW, close: 100.2 }], { sort: true })
    await expect(writing).rejects.toThrow(
      /row \d \(2024-01-02T10:00:00Z\) differs from row \d \(2024-01-02T10:00:00Z\)/,
    )
  })

  test('a coverage entry that ends before it starts is an error of the caller', async () => {
    const { catalog } = await testCatalog()
    const entry = { startNs: 5n, endNs: 5n, state: 'data', provenance: {} } as const
    await expect(catalog.write(TRADES, [], { coverage: [entry] })).rejects.toThrow(InvalidRequestError)
    await expect(catalog.write(TRADES, [], { coverage: { start: 5n, end: 4n } })).rejects.toThrow(InvalidRequestError)
  })
})
