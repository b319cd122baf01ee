import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { frameOfRows, type RowInput } from '../../src/catalog/write/rows-input.js'
import { renderRows } from '../../src/cli/render/rows.js'
import type { CsvRows } from '../../src/importers/csv/read-csv.js'
import { InvalidRequestError } from '../../src/model/errors.js'
import type { Frame } from '../../src/model/frame.js'
import { sameRows } from '../../src/model/frame-edit.js'
import type { RecordType } from '../../src/model/schema.js'
import { parseSeries } from '../../src/model/series.js'
import { formatInstant } from '../../src/model/time.js'
import { NEW_YORK, ns, problemsOf, readTicks, stampsOf } from './read-csv.js'

const Z = '2024-01-02T14:30:00.000000001Z'
const cells = ({ frame }: CsvRows, name: string) =>
  Array.from({ length: frame.numRows }, (_, row) => frame.cell(name, row))
const inits = ({ frame }: CsvRows) => Array.from(frame.column('ts_init'), formatInstant)

async function csvOf(frame: Frame): Promise<string> {
  let text = ''
  for await (const chunk of renderRows([frame], { type: frame.type, format: 'csv' } as Parameters<
    typeof renderRows
  >[1]))
    text += chunk
  return text
}

async function isReadBack(type: 'trades' | 'quotes', rows: readonly RowInput<RecordType>[]): Promise<boolean> {
  const frame = await frameOfRows(parseSeries({ type, instrument: 'X.TEST' }), rows, (stamp) => stamp)
  const read = await readTicks(type, await csvOf(frame))
  expect(problemsOf(read)).toEqual([])
  expect(read.ignoredColumns).toEqual([])
  return sameRows(read.frame, frame)
}

const price = fc.double({ noNaN: true, noDefaultInfinity: true })
const size = fc.double({ noNaN: true, noDefaultInfinity: true, min: 0 })
const nullable = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: null })
const text = nullable(
  fc.oneof(fc.string({ minLength: 1, unit: 'grapheme' }), fc.constantFrom('12,37', ' @ ', 'a"b', 'a\nb', 'NA', '-')),
)
const sequence = nullable(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }))
const instant = fc.bigInt({ min: 0n, max: 4_000_000_000_000_000_000n })
const trades = fc.record({
  ts_event: instant,
  ts_init: instant,
  price,
  size,
  exchange: text,
  conditions: text,
  trade_id: text,
  aggressor_side: nullable(fc.constantFrom('BUYER', 'SELLER', 'NO_AGGRESSOR', 'unknown')),
  sequence,
  correction: text,
})
const quotes = fc.record({
  ts_event: instant,
  ts_init: instant,
  bid_price: nullable(price),
  bid_size: nullable(size),
  ask_price: nullable(price),
  ask_size: nullable(size),
  bid_exchange: text,
  ask_exchange: text,
  conditions: text,
  sequence,
})
const inTime = <T extends { readonly ts_event: bigint }>(rows: readonly T[]): readonly T[] =>
  [...rows].sort((a, b) => (a.ts_event < b.ts_event ? -1 : a.ts_event > b.ts_event ? 1 : 0))

describe('our own export is read back bit for bit', () => {
  it('trades', () =>
    fc.assert(fc.asyncProperty(fc.array(trades, { minLength: 1 }), (rows) => isReadBack('trades', inTime(rows)))))

  it('quotes', () =>
    fc.assert(fc.asyncProperty(fc.array(quotes, { minLength: 1 }), (rows) => isReadBack('quotes', inTime(rows)))))
})

describe('stamps', () => {
  it.each([
    ['1704205800', '2024-01-02T14:30:00Z'],
    ['1704205800123', '2024-01-02T14:30:00.123Z'],
    ['1704205800123456', '2024-01-02T14:30:00.123456Z'],
    ['1704205800123456789', '2024-01-02T14:30:00.123456789Z'],
    ['1704205800.123456789', '2024-01-02T14:30:00.123456789Z'],
    ['2024-01-02T14:30:00.123456789Z', '2024-01-02T14:30:00.123456789Z'],
    ['2024-01-02 09:30:00.1-05:00', '2024-01-02T14:30:00.100Z'],
    ['2024-01-02 09:30:00.000000009', '2024-01-02T14:30:00.000000009Z'],
    ['20240102 093000065', '2024-01-02T14:30:00.065Z'],
    ['20240102 09:30:00.5', '2024-01-02T14:30:00.500Z'],
  ])('%s', async (stamp, iso) => {
    const read = await readTicks('trades', `timestamp,price,size\n${stamp},10,1\n`, { timeZone: NEW_YORK })
    expect([problemsOf(read), stampsOf(read), inits(read)]).toEqual([[], [iso], [iso]])
  })

  it('a date and a time of day in two columns', async () => {
    const read = await readTicks('quotes', 'date,time,bid,ask\n01/02/2024,09:30:00.000000009,1,2\n', {
      timeZone: NEW_YORK,
    })
    expect(stampsOf(read)).toEqual(['2024-01-02T14:30:00.000000009Z'])
  })

  it.each([
    '2024-01-02T14:30:0Z',
    '2024-01-02T14:30:60Z',
    '2024-01-02T14:30:00.Z',
    '2024-01-02T14:30:00.1234567890Z',
    '2024-01-02T24:00:00Z',
  ])('%s is none', async (stamp) => {
    expect((await readTicks('trades', `timestamp,price,size\n${stamp},10,1\n`)).problemCount).toBe(1)
  })

  it('without an offset need a zone, and a day alone has no time', async () => {
    await expect(readTicks('trades', 'time,price,size\n2024-01-02 09:30:00,10,1\n')).rejects.toThrow(/no time zone/)
    await expect(readTicks('trades', 'time,price,size\n2024-01-02,10,1\n')).rejects.toThrow(/as a tick must/)
  })

  it('that are equal keep the order of the file, in a file of any order', async () => {
    const rows = ['2024-01-02T14:30:01Z,3,1', `${Z},1,1`, `${Z},2,1`, `${Z},1,1`]
    const read = await readTicks('trades', ['time,price,size', ...rows].join('\n'))
    expect(cells(read, 'price')).toEqual([1, 2, 1, 3])
    expect([...read.lines]).toEqual([3, 4, 5, 2])
    expect([read.collapsed, read.problemCount]).toEqual([0, 0])
  })

  it('in the hour that a clock shows twice go by the one turn of the file, not by equal stamps', async () => {
    const rows = ['00:59:59', '01:10:00', '01:10:00', '01:20:00', '01:05:00', '02:00:00'].map(
      (it, i) => `2024-11-03 ${it},${i},1`,
    )
    const read = await readTicks('trades', ['time,price,size', ...rows].join('\n'), { timeZone: NEW_YORK })
    expect(stampsOf(read)).toEqual(
      ['04:59:59', '05:10:00', '05:10:00', '05:20:00', '06:05:00', '07:00:00'].map((it) => `2024-11-03T${it}Z`),
    )
  })
})

describe('columns by the names vendors give them', () => {
  it('Polygon trades: the exchange’s time is the event, that of the tape the receipt', async () => {
    const read = await readTicks(
      'trades',
      [
        'ticker,conditions,correction,exchange,id,participant_timestamp,price,sequence_number,sip_timestamp,size,tape,trf_id,trf_timestamp',
        'AAPL,"12,37",0,11,52983525029461,1704205800000000123,185.5,1001,1704205800000015456,28038.875816,3,0,0',
        'AAPL,,0,4,62879,1704205800000000124,185.51,1002,1704205800000015457,100,3,0,0',
      ].join('\n'),
    )
    expect([...read.frame]).toEqual([
      {
        ts_event: 1704205800000000123n,
        ts_init: 1704205800000015456n,
        timestamp: 1704205800000000n,
        price: 185.5,
        size: 28038.875816,
        exchange: '11',
        conditions: '12,37',
        trade_id: '52983525029461',
        aggressor_side: null,
        sequence: 1001n,
        correction: '0',
      },
      expect.objectContaining({ conditions: null, size: 100 }),
    ])
    expect(read.ignoredColumns).toEqual(['ticker', 'tape', 'trf_id', 'trf_timestamp'])
  })

  it('Polygon quotes', async () => {
    const read = await readTicks(
      'quotes',
      [
        'ticker,ask_exchange,ask_price,ask_size,bid_exchange,bid_price,bid_size,conditions,indicators,participant_timestamp,sequence_number,sip_timestamp,tape',
        'AAPL,12,185.52,2,11,185.5,3,1,604,1704205800000000123,77,1704205800000015456,3',
        'AAPL,12,,,11,185.5,3,,,1704205800000000124,78,,3',
      ].join('\n'),
    )
    expect([...read.frame]).toMatchObject([
      {
        bid_price: 185.5,
        bid_size: 3,
        bid_exchange: '11',
        ask_price: 185.52,
        ask_size: 2,
        ask_exchange: '12',
        sequence: 77n,
      },
      { ask_price: null, ask_size: null, ts_init: 1704205800000000124n },
    ])
  })

  it('Tardis: its own stamp is the receipt, sides are in words', async () => {
    const read = await readTicks(
      'trades',
      'exchange,symbol,timestamp,local_timestamp,id,side,price,amount\nbitmex,XBTUSD,1583020803145000,1583020803307160,e7a4,sell,8628.5,40500\n',
    )
    expect([...read.frame]).toMatchObject([
      {
        ts_event: 1583020803145000000n,
        ts_init: 1583020803307160000n,
        aggressor_side: 'SELLER',
        trade_id: 'e7a4',
        size: 40500,
      },
    ])
  })

  it('a text with bytes that are not UTF-8 is a bad row: two exchanges must not become one', async () => {
    const rows = ['Ä', '\xff', '\xfe'].map((exchange) => `${Z},1,2,${exchange}\n`)
    const [good, ...bad] = rows
    const read = await readTicks(
      'trades',
      Buffer.concat([
        Buffer.from(`ts_event,price,size,exchange\n${good}`, 'utf8'),
        ...bad.map((it) => Buffer.from(it, 'latin1')),
      ]),
    )
    expect(cells(read, 'exchange')).toEqual(['Ä'])
    expect(problemsOf(read)).toEqual([
      "line 3: exchange '\ufffd' holds bytes that are not UTF-8",
      "line 4: exchange '\ufffd' holds bytes that are not UTF-8",
    ])
  })

  it.each([
    ['timestamp', 'ts_event'],
    ['sip_timestamp', 'ts_event'],
    ['t', 'ts_event'],
    ['last', 'price'],
    ['Trade Price', 'price'],
    ['qty', 'size'],
    ['Volume', 'size'],
    ['venue', 'exchange'],
    ['cond', 'conditions'],
    ['ID', 'trade_id'],
    ['aggressorSide', 'aggressor_side'],
    ['seq', 'sequence'],
    ['corr', 'correction'],
  ])('%s is %s', async (theirs, ours) => {
    const row: Record<string, string> = { ts_event: Z, price: '1', size: '2' }
    const value = row[ours] ?? '7'
    delete row[ours]
    const read = await readTicks(
      'trades',
      `${[...Object.keys(row), theirs].join(',')}\n${[...Object.values(row), value].join(',')}\n`,
    )
    expect([problemsOf(read), read.ignoredColumns]).toEqual([[], []])
    expect(String(cells(read, ours)[0])).toBe(ours === 'ts_event' ? String(ns(Z)) : value)
  })

  it.each([
    ['bid,bidSize,ask,askSize', { bid_price: 1, bid_size: 2, ask_price: 3, ask_size: 4 }],
    ['bid_price,bid_qty,ask_price,ask_qty', { bid_price: 1, bid_size: 2, ask_price: 3, ask_size: 4 }],
    [
      'best_bid_price,bid_exchange,best_ask_price,ask_venue',
      { bid_price: 1, bid_exchange: '2', ask_price: 3, ask_exchange: '4' },
    ],
  ])('quotes as %s', async (names, row) => {
    const read = await readTicks('quotes', `ts_event,${names}\n${Z},1,2,3,4\n`)
    expect([...read.frame]).toMatchObject([row])
    expect(read.ignoredColumns).toEqual([])
  })

  it('--map beats them: the tape’s time as the event, the exchange’s left aside', async () => {
    const text = `participant_timestamp,sip_timestamp,px,size\n1704205800000000001,1704205800000000002,1,2\n`
    const read = await readTicks('trades', text, { columns: { ts_event: 'sip_timestamp', price: 'px' } })
    expect(cells(read, 'ts_event')).toEqual([1704205800000000002n])
    expect(read.ignoredColumns).toEqual(['participant_timestamp'])
  })

  it.each([
    ['trades', 'time,size', /no price column.*time, size/],
    ['trades', 'time,price', /no size column/],
    ['trades', 'price,size', /no time column/],
    ['quotes', 'time,bid,bid_size', /no ask_price column/],
  ] as const)('%s with %s are refused', async (type, header, message) => {
    await expect(readTicks(type, `${header}\n`)).rejects.toThrow(message)
    await expect(readTicks(type, `${header}\n`)).rejects.toThrow(InvalidRequestError)
  })

  it('--map of a column that trades do not have is refused, naming those they have', async () => {
    const error = await readTicks('trades', 'time,price,size\n', { columns: { close: 'price' } }).catch(
      (it: unknown) => it,
    )
    expect(error).toMatchObject({ message: "'close' in --map is not a column of trades" })
    expect((error as InvalidRequestError).hint).toContain('ts_event, ts_init, date, time, price, size, exchange')
  })

  it('a file without a header says so, with one that trades could have', async () => {
    const error = await readTicks('trades', '34200.004241176,1,16113575,18,5853300,1\n').catch((it: unknown) => it)
    expect((error as InvalidRequestError).message).toContain('no header')
    expect((error as InvalidRequestError).hint).toContain('timestamp,price,size')
  })
})

describe('values', () => {
  it.each([
    ['buy', 'BUYER'],
    ['B', 'BUYER'],
    ['Seller', 'SELLER'],
    ['s', 'SELLER'],
    ['NO_AGGRESSOR', 'NO_AGGRESSOR'],
    ['sell short', 'sell short'],
    ['', null],
  ])("the side '%s' is %s", async (side, stored) => {
    expect(cells(await readTicks('trades', `time,price,size,side\n${Z},1,2,${side}\n`), 'aggressor_side')).toEqual([
      stored,
    ])
  })

  it.each([
    ['price', 'x,1', "price 'x' is not a number"],
    ['price', ',1', "price has no value ('')"],
    ['size', '1,Infinity', "size 'Infinity' is not a number"],
    ['size', '1,-2', 'size -2 is negative'],
    ['size', '1,', "size has no value ('')"],
  ])('a bad %s is named with its line: %s', async (_, values, message) => {
    const read = await readTicks('trades', `time,price,size\n${Z},1,1\n${Z},${values}\n${Z},2,2\n`)
    expect(problemsOf(read)).toEqual([`line 3: ${message}`])
    expect(cells(read, 'price')).toEqual([1, 2])
    expect(read.problemTimes).toEqual([ns(Z)])
  })

  it('a negative price and a size of 0 are values; −1 is no spelling of nothing here', async () => {
    const read = await readTicks('quotes', `time,bid,bid_size,ask,ask_size\n${Z},-1,0,0,0\n`)
    expect([...read.frame]).toMatchObject([{ bid_price: -1, bid_size: 0, ask_price: 0, ask_size: 0 }])
  })

  it('a sequence is exact to the last digit', async () => {
    const read = await readTicks('trades', `time,price,size,seq\n${Z},1,1,9007199254740993\n`)
    expect(cells(read, 'sequence')).toEqual([9007199254740993n])
  })

  it('a text is kept as it is written: leading zeros, spaces, NA', async () => {
    const read = await readTicks('trades', `time,price,size,exchange,cond,id\n${Z},1,1,NA,@  T,007\n`)
    expect([...read.frame]).toMatchObject([{ exchange: 'NA', conditions: '@  T', trade_id: '007' }])
  })
})
