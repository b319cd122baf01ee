import { type CsvReadOptions, type CsvRows, readCsv } from '../../src/importers/csv/read-csv.js'
import { parseSeries } from '../../src/model/series.js'
import { formatInstant, parseInstant } from '../../src/model/time.js'

export type ReadOptions = Partial<Omit<CsvReadOptions, 'series' | 'columns'>> & {
  readonly barType?: string
  readonly columns?: Readonly<Record<string, string>>
}

/** Reads an inline CSV as bars of one minute, unless told otherwise. */
export function readText(text: string, options: ReadOptions = {}): Promise<CsvRows> {
  return readChunks([Buffer.from(text)], options)
}

export function readChunks(chunks: Iterable<Uint8Array>, options: ReadOptions = {}): Promise<CsvRows> {
  return readCsv(asyncOf(chunks), barOptions(options))
}

/** Reads an inline CSV as trades or quotes. */
export function readTicks(
  type: 'trades' | 'quotes',
  text: string | Uint8Array,
  { columns, ...rest }: Omit<ReadOptions, 'barType'> = {},
): Promise<CsvRows> {
  return readCsv(asyncOf([typeof text === 'string' ? Buffer.from(text) : text]), {
    series: parseSeries({ type, instrument: 'AAPL.NASDAQ' }),
    ...rest,
    ...(columns === undefined ? {} : { columns: new Map(Object.entries(columns)) }),
  })
}

export function barOptions({ barType = '1-MINUTE-LAST', columns, ...rest }: ReadOptions = {}): CsvReadOptions {
  const series = parseSeries({ type: 'bars', instrument: 'AAPL.NASDAQ', barType })
  if (series.type !== 'bars') throw new Error('not bars')
  return {
    series,
    stamp: 'open',
    ...rest,
    ...(columns === undefined ? {} : { columns: new Map(Object.entries(columns)) }),
  }
}

export async function* asyncOf(chunks: Iterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield* chunks
}

/** Rows of `stamp,1,2,0.5,1.5` under a header, for tests that are about the stamps. */
export function barsAt(...stamps: readonly string[]): string {
  return ['timestamp,open,high,low,close', ...stamps.map((it) => `${it},1,2,0.5,1.5`)].join('\n')
}

/** The frame's `ts_event` as ISO text. */
export function stampsOf({ frame }: CsvRows): readonly string[] {
  return Array.from(frame.column('ts_event'), formatInstant)
}

export function problemsOf({ problems }: CsvRows): readonly string[] {
  return problems.map(({ line, message }) => `line ${line}: ${message}`)
}

export function column(bars: CsvRows, name: 'open' | 'high' | 'low' | 'close' | 'volume' | 'vwap' | 'trade_count') {
  return Array.from({ length: bars.frame.numRows }, (_, row) => bars.frame.cell(name, row))
}

export const NEW_YORK = 'America/New_York'
export const ns = (iso: string): bigint => parseInstant(iso)
