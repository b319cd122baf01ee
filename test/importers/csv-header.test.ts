import { describe, expect, it } from 'vitest'
import { InvalidDataError, InvalidRequestError } from '../../src/model/errors.js'
import { column, problemsOf, readText, stampsOf } from './read-csv.js'

const Z = '2024-01-02T14:30:00Z'

describe('columns are found by name', () => {
  it.each([
    ['in any order', 'close,low,high,open,timestamp', `1.5,0.5,2,1,${Z}`],
    ['in any case', 'TIMESTAMP,OPEN,High,lOW,Close', `${Z},1,2,0.5,1.5`],
    ['with spaces and quotes', '"Date Time", "Open" ,High ,Low,Close', `${Z},1,2,0.5,1.5`],
    ['as MetaTrader writes them', '<DATE>,<TIME>,<OPEN>,<HIGH>,<LOW>,<CLOSE>', '2024-01-02,14:30Z,1,2,0.5,1.5'],
    ['as Dukascopy writes them', 'Gmt time,Open,High,Low,Close', `${Z},1,2,0.5,1.5`],
    ['by letters', 't,o,h,l,c', '1704205800,1,2,0.5,1.5'],
    ['with last for close', 'ts,open,high,low,last', `${Z},1,2,0.5,1.5`],
    ['as Polygon writes them', 'ticker,open,close,high,low,window_start', 'AAPL,1,1.5,2,0.5,1704205800000000000'],
  ])('%s', async (_, header, row) => {
    const bars = await readText(`${header}\n${row}\n`)
    expect(problemsOf(bars)).toEqual([])
    expect(stampsOf(bars)).toEqual([Z])
    expect([...bars.frame][0]).toMatchObject({ open: 1, high: 2, low: 0.5, close: 1.5, volume: null })
  })

  it.each([
    ['volume', 'volume'],
    ['Vol', 'volume'],
    ['v', 'volume'],
    ['vwap', 'vwap'],
    ['average', 'vwap'],
    ['vw', 'vwap'],
    ['transactions', 'trade_count'],
    ['barCount', 'trade_count'],
    ['Trades', 'trade_count'],
    ['n', 'trade_count'],
    ['count', 'trade_count'],
    ['numberOfTrades', 'trade_count'],
    ['trade_count', 'trade_count'],
  ] as const)('%s is read as %s', async (name, ours) => {
    const bars = await readText(`timestamp,open,high,low,close,${name}\n${Z},1,2,0.5,1.5,12\n`)
    expect(column(bars, ours)).toEqual([ours === 'trade_count' ? 12n : 12])
    expect(bars.ignoredColumns).toEqual([])
  })

  it('close beats last where a file has both, and the other is named as ignored', async () => {
    const bars = await readText(`timestamp,open,high,low,last,close\n${Z},1,2,0.5,0.7,1.5\n`)
    expect(column(bars, 'close')).toEqual([1.5])
    expect(bars.ignoredColumns).toEqual(['last'])
  })

  it('ts_event beats timestamp, date and time', async () => {
    const bars = await readText(`date,time,timestamp,ts_event,open,high,low,close\nx,y,z,${Z},1,2,0.5,1.5\n`)
    expect(stampsOf(bars)).toEqual([Z])
  })

  it('columns that are not stored are named, in the file’s spelling', async () => {
    const bars = await readText(`symbol,Date,Open,High,Low,Close,Adj Close,dividend,split\nA,${Z},1,2,0.5,1.5,9,0,1\n`)
    expect(bars.ignoredColumns).toEqual(['symbol', 'Adj Close', 'dividend', 'split'])
  })

  it('a price that is named twice is an error', async () => {
    await expect(readText(`timestamp,open,Open,high,low,close\n${Z},1,1,2,0.5,1.5\n`)).rejects.toThrow(
      /'open' more than once/,
    )
  })
})

describe('an unnamed first column', () => {
  it('is the time when no other column is (pandas index)', async () => {
    expect(stampsOf(await readText(`,open,high,low,close\n${Z},1,2,0.5,1.5\n`))).toEqual([Z])
  })

  it('is a row number beside a time column (ib_insync), and is not reported', async () => {
    const bars = await readText(`,date,open,high,low,close\n0,${Z},1,2,0.5,1.5\n`)
    expect(stampsOf(bars)).toEqual([Z])
    expect(bars.ignoredColumns).toEqual([])
  })

  it('is also called Unnamed: 0 once pandas has read and written it again', async () => {
    const bars = await readText(`Unnamed: 0,date,open,high,low,close\n0,${Z},1,2,0.5,1.5\n`)
    expect(stampsOf(bars)).toEqual([Z])
    expect(bars.ignoredColumns).toEqual([])
  })
})

describe('--map', () => {
  it('names the column of ours, in any case, and leaves the usual name ignored', async () => {
    const bars = await readText(`timestamp,open,high,low,close,Settle\n${Z},1,2,0.5,1.5,1.7\n`, {
      columns: { close: 'settle' },
    })
    expect(column(bars, 'close')).toEqual([1.7])
    expect(bars.ignoredColumns).toEqual(['close'])
  })

  it('names a stamp, or a date and a time', async () => {
    const single = await readText(`When,timestamp,open,high,low,close\n${Z},x,1,2,0.5,1.5\n`, {
      columns: { ts_event: 'When' },
    })
    const pair = await readText('D,T,timestamp,open,high,low,close\n2024-01-02,14:30Z,x,1,2,0.5,1.5\n', {
      columns: { date: 'D', time: 'T' },
    })
    expect([stampsOf(single), stampsOf(pair)]).toEqual([[Z], [Z]])
  })

  it('refuses a name that the file does not have, listing those it has', async () => {
    const reading = readText(`timestamp,open,high,low,close\n${Z},1,2,0.5,1.5\n`, { columns: { close: 'Last' } })
    await expect(reading).rejects.toThrow(InvalidRequestError)
    await expect(reading).rejects.toMatchObject({
      message: expect.stringContaining("'Last'"),
      hint: expect.stringContaining('timestamp, open, high, low, close'),
    })
  })

  it('refuses a column that bars do not have', async () => {
    const reading = readText(`timestamp,open,high,low,close\n${Z},1,2,0.5,1.5\n`, { columns: { bid: 'close' } })
    await expect(reading).rejects.toMatchObject({ code: 'INVALID_REQUEST', message: expect.stringContaining("'bid'") })
  })
})

describe('a header that does not serve', () => {
  it.each([
    ['without a time', 'open,high,low,close', '1,2,0.5,1.5', 'no time column', '--map ts_event='],
    ['without a price', 'timestamp,open,high,close', `${Z},1,2,1.5`, 'no low column', '--map low='],
    ['missing', `${Z},1,2,0.5,1.5`, `${Z},1,2,0.5,1.5`, 'no header', 'timestamp,open,high,low,close,volume'],
  ])('%s is a usage error naming the way out', async (_, header, row, message, step) => {
    const reading = readText(`${header}\n${row}\n`)
    await expect(reading).rejects.toThrow(InvalidRequestError)
    await expect(reading).rejects.toMatchObject({
      message: expect.stringContaining(message),
      hint: expect.stringContaining(step),
    })
  })

  it('is refused also when no row follows', async () => {
    await expect(readText('open,high,low,close\n')).rejects.toThrow(InvalidRequestError)
  })

  it('without rows is an empty frame, not an error', async () => {
    const bars = await readText('timestamp,open,high,low,close\n')
    expect([bars.frame.numRows, bars.rowsRead]).toEqual([0, 0])
  })
})

describe('files of more than one instrument', () => {
  it('are refused, naming two of them and their lines', async () => {
    const reading = readText(`ticker,ts,o,h,l,c\nAAPL,${Z},1,2,0.5,1.5\nAAPL,${Z},1,2,0.5,1.5\nMSFT,${Z},1,2,0.5,1.5\n`)
    await expect(reading).rejects.toThrow(InvalidDataError)
    await expect(reading).rejects.toThrow(/ticker is 'AAPL' on line 2 and 'MSFT' on line 4/)
  })

  it('tell AAP from AAp', async () => {
    await expect(readText(`symbol,ts,o,h,l,c\nAAP,${Z},1,2,0.5,1.5\nAAp,${Z},1,2,0.5,1.5\n`)).rejects.toThrow(/AAp/)
  })

  it('are refused by their header in yfinance’s shape', async () => {
    const text = 'Price,Close,Close,High,Low,Open\nTicker,AAPL,MSFT,AAPL,AAPL,AAPL\nDatetime,,,,,\n'
    await expect(readText(text)).rejects.toThrow(/'AAPL' and 'MSFT'/)
  })
})

describe('shapes of files', () => {
  const YF_ROWS = '2025-07-23 13:30:00+00:00,1.5,2.0,0.5,1.0,0\n2025-07-23 13:31:00+00:00,1.5,2.0,0.5,1.0,7\n'

  it.each([
    ['Price over Ticker', 'Price,Close,High,Low,Open,Volume\nTicker,AAPL,AAPL,AAPL,AAPL,AAPL\nDatetime,,,,,\n', 4],
    ['Ticker over Price', 'Ticker,AAPL,AAPL,AAPL,AAPL,AAPL\nPrice,Close,High,Low,Open,Volume\nDatetime,,,,,\n', 4],
    ['without the name of the index', 'Price,Close,High,Low,Open,Volume\nTicker,A,A,A,A,A\n', 3],
  ])('yfinance’s header of several rows: %s', async (_, header, firstLine) => {
    const bars = await readText(header + YF_ROWS)
    expect(problemsOf(bars)).toEqual([])
    expect(stampsOf(bars)).toEqual(['2025-07-23T13:30:00Z', '2025-07-23T13:31:00Z'])
    expect([...bars.frame][1]).toMatchObject({ open: 1, high: 2, low: 0.5, close: 1.5, volume: 7 })
    expect([...bars.lines]).toEqual([firstLine, firstLine + 1])
  })

  const BACKTRADER = 'Date,Open,High,Low,Close,Volume,OpenInterest'

  it('backtrader’s: 7 names, 8 fields, where date and time are two', async () => {
    const bars = await readText(
      `${BACKTRADER}\r\n2006-01-02,09:01:00,3602.0,3603.0,3597.0,3599.0,5699,0\r\n2006-01-02,09:02:00,3600.0,3601.0,3598.0,3599.0,894,3\r\n`,
      { timeZone: 'UTC' },
    )
    expect(problemsOf(bars)).toEqual([])
    expect(stampsOf(bars)).toEqual(['2006-01-02T09:01:00Z', '2006-01-02T09:02:00Z'])
    expect([...bars.frame][0]).toMatchObject({ open: 3602, high: 3603, low: 3597, close: 3599, volume: 5699 })
  })

  it('a field too many is a bad row where it is not a time of day', async () => {
    const bars = await readText(
      `${BACKTRADER}\n2006-01-02T09:01:00Z,1,2,0.5,1.5,5,0,8\n2006-01-02T09:02:00Z,1,2,0.5,1.5,5,0\n`,
    )
    expect(problemsOf(bars)).toEqual(['line 2: 8 fields, the header names 7'])
    expect(bars.frame.numRows).toBe(1)
  })

  it('a field too few is a bad row', async () => {
    expect(problemsOf(await readText(`timestamp,open,high,low,close\n${Z},1,2,0.5,1.5\n2024-01\n`))).toEqual([
      'line 3: 1 field, the header names 5',
    ])
  })

  it.each([
    ['on the rows', `timestamp,open,high,low,close\n${Z},1,2,0.5,1.5,\n`],
    ['on the header', `timestamp,open,high,low,close,\n${Z},1,2,0.5,1.5\n`],
    ['on both', `timestamp,open,high,low,close,\n${Z},1,2,0.5,1.5,\n`],
  ])('a delimiter at the end of the line is no field: %s', async (_, text) => {
    const bars = await readText(text)
    expect([problemsOf(bars), bars.frame.numRows, bars.ignoredColumns]).toEqual([[], 1, []])
  })

  it('our own export is read back equal, with nothing reported as ignored', async () => {
    const bars = await readText(
      [
        'ts_event,ts_init,timestamp,open,high,low,close,volume,vwap,trade_count',
        '2024-01-02T14:30:00Z,2024-01-02T14:31:00Z,2024-01-02T14:30:00Z,185.1,186.2,184.9,185.30000000000001,100.5,185.5,12',
        '2024-01-02T14:31:00Z,2024-01-02T14:32:00Z,2024-01-02T14:31:00Z,1e-7,1,1e-7,0.1,,,',
      ].join('\n'),
    )
    expect(problemsOf(bars)).toEqual([])
    expect(bars.ignoredColumns).toEqual([])
    expect([...bars.frame]).toEqual([
      {
        ts_event: 1704205800000000000n,
        ts_init: 1704205860000000000n,
        timestamp: 1704205800000000n,
        open: 185.1,
        high: 186.2,
        low: 184.9,
        close: 185.30000000000001,
        volume: 100.5,
        vwap: 185.5,
        trade_count: 12n,
      },
      {
        ts_event: 1704205860000000000n,
        ts_init: 1704205920000000000n,
        timestamp: 1704205860000000n,
        open: 1e-7,
        high: 1,
        low: 1e-7,
        close: 0.1,
        volume: null,
        vwap: null,
        trade_count: null,
      },
    ])
  })
})
