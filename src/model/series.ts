import { type BarType, formatBarType, isIntraday, parseBarType } from './bar-type.js'
import { InvalidRequestError } from './errors.js'
import { encodeSegment, type InstrumentId, parseInstrumentId } from './instrument.js'
import { isRecordType, RECORD_TYPES, type RecordType } from './schema.js'

/** What the API takes to name a series; strings are checked by {@link parseSeries}. */
export type SeriesInput =
  | { readonly type: 'bars'; readonly instrument: string; readonly barType: string }
  | { readonly type: 'quotes' | 'trades'; readonly instrument: string }

/** One instrument's bars of one bar type, or its quotes, or its trades: the unit of coverage. */
export type Series =
  | { readonly type: 'bars'; readonly instrument: InstrumentId; readonly barType: BarType }
  | { readonly type: 'quotes' | 'trades'; readonly instrument: InstrumentId }

/** @throws InvalidRequestError for an invalid id, bar type or record type */
export function parseSeries(input: SeriesInput): Series {
  // Callers without types pass anything; a TypeError would not tell them what.
  const type: string = String(input?.type)
  if (!isRecordType(type)) {
    throw new InvalidRequestError(`'${type}' is not a record type`, {
      steps: [`Use one of ${RECORD_TYPES.join(' ')}.`],
    })
  }
  const instrument = parseInstrumentId(input.instrument)
  if (input.type !== 'bars') return { type: input.type, instrument }
  if (typeof input.barType !== 'string') {
    throw new InvalidRequestError(`bars of ${instrument} need a bar type`, { steps: ["Add barType: '1-MINUTE-LAST'."] })
  }
  return { type: 'bars', instrument, barType: parseBarType(input.barType, instrument) }
}

/** The log's partition values: one value for each partition column of the table. */
export type PartitionValues = Readonly<Record<string, string>>

export function partitionColumns(type: RecordType): readonly string[] {
  return type === 'bars' ? ['instrument_id', 'bar_type'] : ['instrument_id']
}

export function partitionValuesOf(series: Series): PartitionValues {
  return series.type === 'bars'
    ? { instrument_id: series.instrument, bar_type: formatBarType(series.barType) }
    : { instrument_id: series.instrument }
}

/** Reads a log entry's partition values back. @throws InvalidRequestError when they name no series */
export function seriesOfPartition(type: RecordType, values: PartitionValues): Series {
  const instrument = values['instrument_id'] ?? ''
  return type === 'bars'
    ? parseSeries({ type, instrument, barType: values['bar_type'] ?? '' })
    : parseSeries({ type, instrument })
}

/** Names a series in maps and messages: `AAPL.NASDAQ 1-MINUTE-LAST-EXTERNAL`, `AAPL.NASDAQ quotes`. */
export function formatSeries(series: Series): string {
  return `${series.instrument} ${series.type === 'bars' ? formatBarType(series.barType) : series.type}`
}

/** Hive-style directory below the table's root: `instrument_id=AAPL.NASDAQ/bar_type=1-MINUTE-LAST-EXTERNAL`. */
export function seriesDirectory(series: Series): string {
  return Object.entries(partitionValuesOf(series))
    .map(([name, value]) => `${name}=${encodeSegment(value)}`)
    .join('/')
}

/** Whether the series lives in trade dates (daily and longer bars) rather than at instants. */
export function isDated(series: Series): boolean {
  return series.type === 'bars' && !isIntraday(series.barType)
}
