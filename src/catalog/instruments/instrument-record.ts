import type { InstrumentId } from '../../model/instrument.js'

/** What an instrument is, as a source states it. What is left out stays as it was known. */
export interface InstrumentDefinition {
  /** `SYMBOL.VENUE` */
  readonly instrument: string
  /** The two parts of the id: there to be read, and compared with it when given. */
  readonly symbol?: string
  readonly venue?: string
  /** As the source names it: `STK`, `FUT`, `CASH`. */
  readonly securityType?: string
  /** `USD`, `USDT` */
  readonly currency?: string
  /** Smallest step of the price. */
  readonly tickSize?: number
  /** Units of the underlying in one contract. */
  readonly multiplier?: number
  /** IANA name of the zone that the hours are in. */
  readonly timeZone?: string
  /** All hours, as the source writes them. */
  readonly tradingHours?: string
  /** Regular hours, as the source writes them. */
  readonly liquidHours?: string
  readonly primaryExchange?: string
  /** Of a future: `2024-12-20`. */
  readonly lastTradeDate?: string
  readonly description?: string
  /** The instrument's id at each source: `{ ibkr: '265598' }`. */
  readonly contractIds?: Readonly<Record<string, string>>
}

/** A definition that keeps every rule. */
export interface CheckedDefinition extends InstrumentDefinition {
  readonly instrument: InstrumentId
  readonly symbol: string
  readonly venue: string
}

/** What is known of an instrument: the newest word on each property. */
export interface InstrumentRecord extends CheckedDefinition {
  /** When the last change to it was recorded. */
  readonly recordedAtNs: bigint
}

/** What was known, with the new word on top. */
export function withNewWord(known: CheckedDefinition, said: CheckedDefinition): CheckedDefinition {
  const contractIds = { ...known.contractIds, ...said.contractIds }
  return { ...known, ...said, ...(Object.keys(contractIds).length === 0 ? {} : { contractIds }) }
}

/** Whether two definitions say the same, whenever they were recorded. */
export function saySame(a: CheckedDefinition, b: CheckedDefinition): boolean {
  return (
    COMPARED.every((name) => a[name] === b[name]) &&
    hoursWithoutDates(a.tradingHours) === hoursWithoutDates(b.tradingHours) &&
    hoursWithoutDates(a.liquidHours) === hoursWithoutDates(b.liquidHours) &&
    contractIdsToText(a.contractIds) === contractIdsToText(b.contractIds)
  )
}

const COMPARED = [
  'instrument',
  'securityType',
  'currency',
  'tickSize',
  'multiplier',
  'timeZone',
  'primaryExchange',
  'lastTradeDate',
  'description',
] as const satisfies readonly (keyof CheckedDefinition)[]

/**
 * IB's hours name the coming days (`20241121:0930-20241121:1600;20241123:CLOSED`): the text is another every day, while
 * the hours are the same. A half day among them is a change.
 */
function hoursWithoutDates(hours: string | undefined): string | undefined {
  const spans = hours?.split(';').map((it) => it.replaceAll(/\d{8}:/g, '').trim())
  return (
    spans &&
    [...new Set(spans)]
      .filter((it) => it !== '' && it !== 'CLOSED')
      .sort()
      .join(';')
  )
}

/** Contract ids as one JSON text, sources in order; `null` without any. */
export function contractIdsToText(ids: InstrumentDefinition['contractIds']): string | null {
  if (ids === undefined || Object.keys(ids).length === 0) return null
  return JSON.stringify(Object.fromEntries(Object.entries(ids).sort(([a], [b]) => (a < b ? -1 : 1))))
}

/** Whether it maps sources to their ids. */
export function isContractIds(value: unknown): value is Readonly<Record<string, string>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  return Object.entries(value).every((pair) => pair.every((it: unknown) => typeof it === 'string' && it.trim() !== ''))
}
