import { parseBarType } from '../../../src/model/bar-type.js'
import { parseInstrumentId } from '../../../src/model/instrument.js'
import type { Interval } from '../../../src/model/interval.js'
import { parseInstant } from '../../../src/model/time.js'
import type { BarSeries } from '../../../src/sources/ibkr/what-to-show.js'

export function barSeries(barType: string): BarSeries {
  return { type: 'bars', instrument: parseInstrumentId('AAPL.NASDAQ'), barType: parseBarType(barType) }
}

/** `2024-01-02T14:30Z`, `2024-01-02T21:00Z` */
export function span(start: string, end: string): Interval {
  return { startNs: parseInstant(start), endNs: parseInstant(end) }
}
