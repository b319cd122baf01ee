import type { InstrumentRecord } from '../../catalog/instruments/instrument-record.js'
import { formatInstant } from '../../model/time.js'
import type { Fact } from './facts.js'

/** A record in JSON: every property there, `null` when it is not known. */
export function instrumentJson(record: InstrumentRecord): Readonly<Record<string, unknown>> {
  return {
    instrument: record.instrument,
    symbol: record.symbol,
    venue: record.venue,
    securityType: record.securityType ?? null,
    currency: record.currency ?? null,
    tickSize: record.tickSize ?? null,
    multiplier: record.multiplier ?? null,
    timeZone: record.timeZone ?? null,
    tradingHours: record.tradingHours ?? null,
    liquidHours: record.liquidHours ?? null,
    primaryExchange: record.primaryExchange ?? null,
    lastTradeDate: record.lastTradeDate ?? null,
    description: record.description ?? null,
    contractIds: record.contractIds ?? {},
    recordedAt: formatInstant(record.recordedAtNs),
  }
}

/** What is known of an instrument, for people. */
export function instrumentFacts(record: InstrumentRecord): readonly Fact[] {
  const facts: readonly (readonly [string, string | number | undefined])[] = [
    ['description', record.description],
    ['type', record.securityType],
    ['currency', record.currency],
    ['tick size', record.tickSize],
    ['multiplier', record.multiplier],
    ['exchange', record.primaryExchange],
    ['last trade', record.lastTradeDate],
    ['time zone', record.timeZone],
    ['all hours', record.tradingHours],
    ['regular', record.liquidHours],
    ['contracts', contractsText(record) || undefined],
    ['recorded', formatInstant(record.recordedAtNs)],
  ]
  return facts.flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)] as const]))
}

/** `ibkr 265598, polygon AAPL` */
export function contractsText({ contractIds = {} }: InstrumentRecord): string {
  return Object.entries(contractIds)
    .map(([source, id]) => `${source} ${id}`)
    .join(', ')
}
