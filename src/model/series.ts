import { type BarType, formatBarType, isIntraday, parseBarType } from './bar-type.js'
import { InvalidRequestError } from './errors.js'
import { encodeSegment, type InstrumentId, parseInstrumentId } from './instrument.js'
import { isRecordType, RECORD_TYPES, type TableType } from './schema.js'

/** What the API takes to name a series; strings are checked by {@link parseSeries}. */
export type SeriesInput =
  | { readonly type: 'bars'; readonly instrument: string; readonly barType: string }
  | { readonly type: 'quotes' | 'trades'; readonly instrument: string }

/** One instrument's bars of one bar type, or its quotes, or its trades: the unit of coverage. */
export type Series =
  | { readonly type: 'bars'; readonly instrument: InstrumentId; readonly barType: BarType }
  | { readonly type: 'quotes' | 'trades'; readonly instrument: InstrumentId }

/** What a table keeps together in one directory: a series, or the records of what one instrument is. */
export type StoredSeries = Series | { readonly type: 'instruments'; readonly instrument: InstrumentId }

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

/** A series as the API takes it. */
export function seriesInputOf(series: Series): SeriesInput {
  const { type, instrument } = series
  return type === 'bars' ? { type, instrument, barType: formatBarType(series.barType) } : { type, instrument }
}

/** The log's partition values: one value for each partition column of the table. */
export type PartitionValues = Readonly<Record<string, string>>

export function partitionColumns(type: TableType): readonly string[] {
  return type === 'bars' ? ['instrument_id', 'bar_type'] : ['instrument_id']
}

export function partitionValuesOf(series: StoredSeries): PartitionValues {
  return series.type === 'bars'
    ? { instrument_id: series.instrument, bar_type: formatBarType(series.barType) }
    : { instrument_id: series.instrument }
}

/** Reads a log entry's partition values back. @throws InvalidRequestError when they name no series */
export function seriesOfPartition(type: TableType, values: PartitionValues): StoredSeries {
  const instrument = values['instrument_id'] ?? ''
  if (type === 'instruments') return { type, instrument: parseInstrumentId(instrument) }
  return type === 'bars'
    ? parseSeries({ type, instrument, barType: values['bar_type'] ?? '' })
    : parseSeries({ type, instrument })
}

/** Whether it is a series, and not records of an instrument. */
export function isSeries(series: StoredSeries): series is Series {
  return isRecordType(series.type)
}

/** Names a series in maps and messages: `AAPL.NASDAQ 1-MINUTE-LAST-EXTERNAL`, `AAPL.NASDAQ quotes`. */
export function formatSeries(series: StoredSeries): string {
  return `${series.instrument} ${series.type === 'bars' ? formatBarType(series.barType) : series.type}`
}

/** The same without doubles, in the order of their first mention. */
export function distinctSeries<S extends StoredSeries>(series: readonly S[]): readonly S[] {
  return [...new Map(series.map((it) => [formatSeries(it), it])).values()]
}

/** Hive-style directory below the table's root: `instrument_id=AAPL.NASDAQ/bar_type=1-MINUTE-LAST-EXTERNAL`. */
export function seriesDirectory(series: StoredSeries): string {
  return Object.entries(partitionValuesOf(series))
    .map(([name, value]) => `${name}=${encodeSegment(value)}`)
    .join('/')
}

/** Whether the series is of quotes or trades, whose rows have no stamp to themselves. */
export function isTicks(series: StoredSeries): boolean {
  return series.type === 'quotes' || series.type === 'trades'
}

/** Whether the series lives in trade dates (daily and longer bars) rather than at instants. */
export function isDated(series: StoredSeries): boolean {
  return series.type === 'bars' && !isIntraday(series.barType)
}
