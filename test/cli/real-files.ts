/** One file of real market data, and the options that import it: the table of docs/CLI.md. */
export interface RealFile {
  readonly name: string
  readonly instrument: string
  readonly barType: '1m' | '1d'
  /** The options besides `--instrument` and `--bar-type`. */
  readonly options: readonly string[]
  readonly rows: number
  /** Where open, high, low, close and volume are in a line split at its commas. */
  readonly at: readonly [open: number, high: number, low: number, close: number, volume: number]
  /** The start of a row's bar by its stamp. None of the files crosses a clock change, so one offset reads each. */
  readonly startMs: (stamp: string) => number
  readonly ignoredColumns?: readonly string[]
}

const MINUTE_MS = 60_000
const NEW_YORK = ['--tz', 'America/New_York'] as const
const USUAL = [1, 2, 3, 4, 5] as const
const WITH_ADJUSTED = [1, 2, 3, 4, 6] as const

const winter = (stamp: string): number => Date.parse(`${stamp.replace(' ', 'T')}-05:00`)
const summer = (stamp: string): number => Date.parse(`${stamp.replace(' ', 'T')}-04:00`)
const date = (stamp: string): number => Date.parse(`${stamp}T00:00:00Z`)
const minuteBefore = (stamp: string): number => winter(stamp) - MINUTE_MS

/** `11/5/2019 9:30` */
function usDate(stamp: string): number {
  const [month = 0, day = 0, year = 0, hour = -5, minute = 0] = stamp.split(/[/ :]/).map(Number)
  return Date.UTC(year, month - 1, day, hour + 5, minute)
}

export const REAL_FILES: readonly RealFile[] = [
  {
    name: 'SP500_NOV2019_Hist.csv',
    instrument: 'SPX.NYSE',
    barType: '1d',
    options: [],
    rows: 20,
    at: USUAL,
    startMs: usDate,
  },
  {
    name: 'SP500_NOV2019_IDay.csv',
    instrument: 'SPX.NYSE',
    barType: '1m',
    options: NEW_YORK,
    rows: 1563,
    at: [1, 3, 4, 2, 5],
    startMs: usDate,
  },
  {
    name: 'alphavantage_desc_AAPL_1min.csv',
    instrument: 'AAPL.NASDAQ',
    barType: '1m',
    options: [...NEW_YORK, '--stamp', 'close'],
    rows: 1948,
    at: USUAL,
    startMs: minuteBefore,
  },
  {
    name: 'alphavantage_desc_SPY_1min.csv',
    instrument: 'SPY.ARCA',
    barType: '1m',
    options: [...NEW_YORK, '--stamp', 'close'],
    rows: 1950,
    at: USUAL,
    startMs: minuteBefore,
  },
  {
    name: 'ntrader_aapl_1m_2018.csv',
    instrument: 'AAPL.NASDAQ',
    barType: '1m',
    options: NEW_YORK,
    rows: 3235,
    at: USUAL,
    startMs: winter,
  },
  {
    name: 'ntrader_sample_aapl.csv',
    instrument: 'AAPL.NASDAQ',
    barType: '1m',
    options: [...NEW_YORK, '--skip-bad-rows'],
    rows: 50,
    at: USUAL,
    startMs: winter,
  },
  {
    name: 'ntrader_test_import.csv',
    instrument: 'AAPL.NASDAQ',
    barType: '1m',
    options: NEW_YORK,
    rows: 10,
    at: USUAL,
    startMs: summer,
  },
  {
    name: 'yahoofinance-AAPL-20040819-20180120.csv',
    instrument: 'AAPL.NASDAQ',
    barType: '1d',
    options: [],
    rows: 3379,
    at: WITH_ADJUSTED,
    startMs: date,
    ignoredColumns: ['Adj Close'],
  },
  {
    name: 'yahoofinance-SPY-20200901-20210113.csv',
    instrument: 'SPY.ARCA',
    barType: '1d',
    options: [],
    rows: 92,
    at: WITH_ADJUSTED,
    startMs: date,
    ignoredColumns: ['Adj Close'],
  },
  {
    name: 'zipline_daily_AAPL.csv.gz',
    instrument: 'AAPL.NASDAQ',
    barType: '1d',
    options: [],
    rows: 754,
    at: USUAL,
    startMs: date,
    ignoredColumns: ['dividend', 'split'],
  },
]

/** The one row of all the files that no catalog takes: open 191.4 above high 191.25. */
export const BAD_FILE = 'ntrader_sample_aapl.csv'
export const BAD_LINE = 33

/** The command line that imports a file, as docs/CLI.md has it. */
export function importOptions({ instrument, barType, options }: RealFile): readonly string[] {
  return ['--instrument', instrument, '--bar-type', barType, ...options]
}
