import { createReadStream, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { readCsv } from '../../src/importers/csv/read-csv.js'
import type { CellValue } from '../../src/model/frame.js'
import { dataDir } from '../support/data.js'
import { barOptions, column, NEW_YORK, problemsOf, type ReadOptions } from './read-csv.js'

const DAY_MS = 86_400_000
const bars = join(dataDir() ?? '', 'bars')

interface Shape {
  readonly file: string
  readonly options: ReadOptions
  /** Where the fields are in a line split at its commas: stamp, open, high, low, close, volume. */
  readonly at: readonly [number, number, number, number, number, number]
  /** Milliseconds of the bar's start, by other means than the importer's. */
  readonly startMs: (stamp: string) => number
  readonly lengthMs: number
  readonly ignored?: readonly string[]
}

/** None of the intraday files crosses a clock change, so one offset reads each of them. */
const iso =
  (offset: string, shiftMs = 0) =>
  (stamp: string) =>
    Date.parse(`${stamp.replace(' ', 'T')}${offset}`) - shiftMs
const slash = (offset: string) => (stamp: string) =>
  Date.parse(`${stamp.length > 10 ? stamp : `${stamp} 00:00`} ${offset}`)

const MINUTES = { timeZone: NEW_YORK, barType: '1-MINUTE-LAST' } as const
const DAYS = { barType: '1-DAY-LAST', venueTimeZone: NEW_YORK } as const
const USUAL = [0, 1, 2, 3, 4, 5] as const

const SHAPES: readonly Shape[] = [
  { file: 'ntrader_aapl_1m_2018.csv', options: MINUTES, at: USUAL, startMs: iso('-05:00'), lengthMs: 60_000 },
  { file: 'ntrader_test_import.csv', options: MINUTES, at: USUAL, startMs: iso('-04:00'), lengthMs: 60_000 },
  {
    file: 'alphavantage_desc_SPY_1min.csv',
    options: { ...MINUTES, stamp: 'close' },
    at: USUAL,
    startMs: iso('-05:00', 60_000),
    lengthMs: 60_000,
  },
  {
    file: 'alphavantage_desc_AAPL_1min.csv',
    options: { ...MINUTES, stamp: 'close' },
    at: USUAL,
    startMs: iso('-05:00', 60_000),
    lengthMs: 60_000,
  },
  {
    file: 'SP500_NOV2019_IDay.csv',
    options: MINUTES,
    at: [0, 1, 3, 4, 2, 5],
    startMs: slash('GMT-0500'),
    lengthMs: 60_000,
  },
  { file: 'SP500_NOV2019_Hist.csv', options: DAYS, at: USUAL, startMs: slash('GMT'), lengthMs: DAY_MS },
  {
    file: 'yahoofinance-AAPL-20040819-20180120.csv',
    options: DAYS,
    at: [0, 1, 2, 3, 4, 6],
    startMs: iso('T00:00Z'),
    lengthMs: DAY_MS,
    ignored: ['Adj Close'],
  },
  {
    file: 'yahoofinance-SPY-20200901-20210113.csv',
    options: DAYS,
    at: [0, 1, 2, 3, 4, 6],
    startMs: iso('T00:00Z'),
    lengthMs: DAY_MS,
    ignored: ['Adj Close'],
  },
  {
    file: 'zipline_daily_AAPL.csv.gz',
    options: DAYS,
    at: USUAL,
    startMs: iso('T00:00Z'),
    lengthMs: DAY_MS,
    ignored: ['dividend', 'split'],
  },
]
const FAULTY = 'ntrader_sample_aapl.csv'

interface NaiveRow {
  readonly line: number
  readonly startMs: number
  readonly values: readonly number[]
}

function naiveRows({ file, at, startMs }: Shape): readonly NaiveRow[] {
  const bytes = readFileSync(join(bars, file))
  const text = (file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8')
  const rows = text.split(/\r?\n/).flatMap((line, i): NaiveRow[] => {
    if (i === 0 || line === '') return []
    const [stamp = '', ...values] = at.map((field) => line.split(',')[field] ?? '')
    return [{ line: i + 1, startMs: startMs(stamp), values: values.map(Number) }]
  })
  return rows.sort((a, b) => a.startMs - b.startMs)
}

const read = (file: string, options: ReadOptions) => readCsv(createReadStream(join(bars, file)), barOptions(options))
const sum = (values: readonly (CellValue | undefined)[]): number =>
  values.reduce<number>((total, it) => total + Number(it), 0)

describe.skipIf(dataDir() === undefined)('real files', () => {
  it('each of them is read here', () => {
    expect([...SHAPES.map((it) => it.file), FAULTY].sort()).toEqual(readdirSync(bars).sort())
  })

  it.each(SHAPES)('$file holds what a split at its commas says', async (shape) => {
    const found = await read(shape.file, shape.options)
    const naive = naiveRows(shape)

    expect(problemsOf(found)).toEqual([])
    expect([found.rowsRead, found.frame.numRows, found.collapsed]).toEqual([naive.length, naive.length, 0])
    expect(found.ignoredColumns).toEqual(shape.ignored ?? [])
    expect(Array.from(found.lines)).toEqual(naive.map((it) => it.line))
    expect(Array.from(found.frame.column('ts_event'))).toEqual(naive.map((it) => BigInt(it.startMs) * 1_000_000n))
    expect(Array.from(found.frame.column('ts_init'))).toEqual(
      naive.map((it) => BigInt(it.startMs + shape.lengthMs) * 1_000_000n),
    )
    for (const [i, name] of (['open', 'high', 'low', 'close', 'volume'] as const).entries()) {
      const expected = naive.map((it) => it.values[i])
      expect(column(found, name)).toEqual(expected)
      expect(sum(column(found, name))).toBe(sum(expected))
    }
    expect(column(found, 'vwap').every((it) => it === null)).toBe(true)
  })

  it.each([
    ['ntrader_aapl_1m_2018.csv', 3235, '2018-02-05T09:00:00.000Z', '2018-02-09T00:59:00.000Z'],
    ['alphavantage_desc_SPY_1min.csv', 1950, '2019-02-11T14:30:00.000Z', '2019-02-15T20:59:00.000Z'],
    ['SP500_NOV2019_IDay.csv', 1563, '2019-11-05T14:30:00.000Z', '2019-11-08T20:59:00.000Z'],
    ['zipline_daily_AAPL.csv.gz', 754, '2012-01-03T00:00:00.000Z', '2014-12-31T00:00:00.000Z'],
  ])('%s has %i rows from %s to %s', async (file, rows, first, last) => {
    const shape = SHAPES.find((it) => it.file === file) as Shape
    const { frame } = await read(file, shape.options)
    const isoOf = (ns: bigint | undefined) => new Date(Number((ns ?? 0n) / 1_000_000n)).toISOString()
    expect([frame.numRows, isoOf(frame.column('ts_event')[0]), isoOf(frame.column('ts_event').at(-1))]).toEqual([
      rows,
      first,
      last,
    ])
  })

  it(`${FAULTY} has one bad row, and the others are read`, async () => {
    const found = await read(FAULTY, MINUTES)
    expect(problemsOf(found)).toEqual(['line 33: open 191.4 is above high 191.25 (2024-01-02 10:01:00)'])
    const naive = naiveRows({ file: FAULTY, options: MINUTES, at: USUAL, startMs: iso('-05:00'), lengthMs: 60_000 })
    expect([found.rowsRead, found.frame.numRows, found.problemCount]).toEqual([51, 50, 1])
    expect(column(found, 'close')).toEqual(naive.filter((it) => it.line !== 33).map((it) => it.values[3]))
  })
})
