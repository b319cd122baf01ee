import { describe, expect, it } from 'vitest'
import { PROBLEMS_KEPT } from '../../src/importers/csv/fault.js'
import { barsAt, column, problemsOf, readText, stampsOf } from './read-csv.js'

const HEADER = 'timestamp,open,high,low,close,volume,vwap,trade_count'
const Z = '2024-01-02T14:30:00Z'
const withField = (name: string, text: string): string => {
  const row: Record<string, string> = {
    timestamp: Z,
    open: '1',
    high: '2',
    low: '0.5',
    close: '1.5',
    volume: '10',
    vwap: '1.2',
    trade_count: '3',
  }
  return `${HEADER}\n${Object.values({ ...row, [name]: text }).join(',')}\n`
}

describe('numbers', () => {
  it.each([
    ['1', 1],
    ['1.', 1],
    ['.75', 0.75],
    ['+1.5', 1.5],
    ['1e0', 1],
    ['12E-1', 1.2],
    [' 1.25 ', 1.25],
    ['1.1000000000000000888', 1.1],
    ['1.00000000000000011102230246251565', 1],
    ['1.00000000000000011102230246251566', 1.0000000000000002],
  ])('%s is read as the nearest double', async (text, value) => {
    expect(column(await readText(withField('close', text)), 'close')).toEqual([value])
  })

  it.each(['12abc', '0x10', 'Infinity', '1e999', '1,5', '1_0', '--1', 'e5', '1 2', '١'])(
    "'%s' is not a number",
    async (text) => {
      expect(problemsOf(await readText(withField('close', `"${text}"`)))).toEqual([
        `line 2: close '${text}' is not a number`,
      ])
    },
  )

  it.each(['', 'null', 'NaN'])("a price must be there, so '%s' is a bad row", async (text) => {
    expect(problemsOf(await readText(withField('open', text)))).toEqual([`line 2: open has no value ('${text}')`])
  })

  it('a problem names the column as the file does', async () => {
    expect(problemsOf(await readText(`Time,Open,High,Low,Last\n${Z},1,2,0.5,x\n`))).toEqual([
      "line 2: Last 'x' is not a number",
    ])
  })
})

describe('missing values are null', () => {
  it.each(['', 'nan', 'NaN', 'null', 'N/A', '-', 'None', '-1', '-1.0'])("'%s'", async (text) => {
    for (const name of ['volume', 'vwap', 'trade_count'] as const) {
      const bars = await readText(withField(name, text))
      expect([name, column(bars, name), problemsOf(bars)]).toEqual([name, [null], []])
    }
  })

  it('a MIDPOINT row of IB loses all three, and nothing else', async () => {
    const bars = await readText(
      `,date,open,high,low,close,volume,average,barCount\n0,2024-01-02 09:30:00-05:00,1,2,0.5,1.5,-1,-1.0,-1\n`,
    )
    expect([...bars.frame][0]).toMatchObject({ close: 1.5, volume: null, vwap: null, trade_count: null })
  })

  it('0 is a value', async () => {
    expect(column(await readText(withField('volume', '0')), 'volume')).toEqual([0])
  })
})

describe('volumes and counts', () => {
  it('a volume keeps its fraction', async () => {
    expect(column(await readText(withField('volume', '28038.875816')), 'volume')).toEqual([28038.875816])
  })

  it.each(['-2', '-0.5'])('a volume of %s is a bad row', async (text) => {
    expect(problemsOf(await readText(withField('volume', text)))).toEqual([`line 2: volume ${text} is negative (${Z})`])
  })

  it.each([
    ['12.0', 12n],
    ['12', 12n],
    ['1e3', 1000n],
    ['9007199254740993', 9007199254740993n],
  ])('a count of %s is exact', async (text, count) => {
    expect(column(await readText(withField('trade_count', text)), 'trade_count')).toEqual([count])
  })

  it.each(['12.5', '-3', 'many', '9223372036854775808'])('a count of %s is a bad row', async (text) => {
    expect(problemsOf(await readText(withField('trade_count', text)))).toEqual([
      `line 2: trade_count '${text}' is not a whole number`,
    ])
  })

  it('a thousands separator is no number', async () => {
    expect(problemsOf(await readText(withField('volume', '"1,234"')))).toEqual([
      "line 2: volume '1,234' is not a number",
    ])
  })
})

describe('bars that break a rule are bad rows, named by line, values and the file’s stamp', () => {
  it.each([
    ['191.4,191.25,190,191', 'open 191.4 is above high 191.25'],
    ['1,2,1.1,1.5', 'open 1 is below low 1.1'],
    ['1,2,0.5,2.5', 'close 2.5 is above high 2'],
    ['1,2,0.5,0.4', 'close 0.4 is below low 0.5'],
    ['1,0.5,2,1', 'high 0.5 is below low 2'],
  ])('%s', async (prices, message) => {
    const bars = await readText(
      `time,open,high,low,close\n2024-01-02 10:00:00,1,2,0.5,1.5\n2024-01-02 10:01:00,${prices}\n`,
      {
        timeZone: 'UTC',
      },
    )
    expect(problemsOf(bars)).toEqual([`line 3: ${message} (2024-01-02 10:01:00)`])
    expect(bars.frame.numRows).toBe(1)
  })

  it.each([
    ['1-MINUTE-LAST', '2024-01-02T14:30:30Z', 'minute'],
    ['1-HOUR-LAST', '2024-01-02T14:30:30Z', 'minute'],
    ['5-SECOND-LAST', '2024-01-02T14:30:30.5Z', 'second'],
  ])('%s at %s', async (barType, stamp, grain) => {
    expect((await readText(barsAt(stamp), { barType })).problems[0]?.message).toContain(`is not on a whole ${grain}`)
  })

  it('negative prices are real (oil, April 2020)', async () => {
    expect((await readText(`time,open,high,low,close\n${Z},-37,-10,-40.32,-37.63\n`)).problemCount).toBe(0)
  })
})

describe('order', () => {
  it('a descending file is turned round, its lines with it', async () => {
    const bars = await readText(barsAt('2024-01-02T14:32Z', '2024-01-02T14:31Z', '2024-01-02T14:30Z'))
    expect(stampsOf(bars)).toEqual(['2024-01-02T14:30:00Z', '2024-01-02T14:31:00Z', '2024-01-02T14:32:00Z'])
    expect([...bars.lines]).toEqual([4, 3, 2])
  })

  it('any other order is sorted', async () => {
    const bars = await readText(barsAt('2024-01-02T14:31Z', '2024-01-02T14:30Z', '2024-01-02T14:32Z'))
    expect([...bars.lines]).toEqual([3, 2, 4])
  })
})

describe('rows with one stamp', () => {
  const row = (close: string, volume = '') => `2024-01-02T14:30Z,1,2,0.5,${close},${volume}`
  const read = (...rows: readonly string[]) => readText(['timestamp,open,high,low,close,volume', ...rows].join('\n'))

  it('collapse when equal, and are counted', async () => {
    const bars = await read(row('1.5'), row('1.50'), row('1.5', 'NaN'))
    expect([bars.frame.numRows, bars.collapsed, bars.problemCount, bars.rowsRead]).toEqual([1, 2, 0, 3])
    expect([...bars.lines]).toEqual([2])
  })

  it('are a problem naming both lines when they differ; the first stays', async () => {
    const bars = await read(row('1.5'), row('1.6'), '2024-01-02T14:29Z,1,2,0.5,1.5,')
    expect(problemsOf(bars)).toEqual([`line 3: another bar for ${Z} is on line 2`])
    expect([bars.problemCount, ...bars.lines]).toEqual([1, 4, 2])
    expect(column(bars, 'close')).toEqual([1.5, 1.5])
  })

  it('differ also by a volume that one of them lacks', async () => {
    expect((await read(row('1.5', '7'), row('1.5'))).problemCount).toBe(1)
  })

  it('that are days called weeks are problems, not a week', async () => {
    const text = 'date,open,high,low,close\n2024-01-02,1,2,0.5,1.5\n2024-01-03,1,2,0.5,1.6\n'
    expect(problemsOf(await readText(text, { barType: '1-WEEK-LAST' }))).toEqual([
      'line 3: another bar for 2024-01-01 is on line 2',
    ])
  })
})

describe('problems', () => {
  it('of every kind come in line order', async () => {
    const text = [
      'time,open,high,low,close',
      `${Z},1,2,0.5,1.5`,
      `${Z},1,2,0.5,1.6`,
      'x,1,2,0.5,1.5',
      `${Z},1,2,0.5,1.7`,
      '1',
    ]
    expect((await readText(text.join('\n'))).problems.map((it) => it.line)).toEqual([3, 4, 5, 6])
  })

  it('are kept up to a number, and all counted', async () => {
    const bars = await readText(`timestamp,open,high,low,close\n${'x,1,2,0.5,1.5\n'.repeat(PROBLEMS_KEPT + 5)}`)
    expect([bars.problems.length, bars.problemCount]).toEqual([PROBLEMS_KEPT, PROBLEMS_KEPT + 5])
    expect(bars.problems.at(-1)?.line).toBe(PROBLEMS_KEPT + 1)
  })
})
