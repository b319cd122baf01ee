import { SINCE } from './versions.js'

/** What a client names of a contract; what it left out is an empty text, 0 or `false`. */
export interface ContractQuery {
  readonly conId: number
  readonly symbol: string
  readonly secType: string
  /** `YYYYMM` or `YYYYMMDD`. */
  readonly lastTradeDate: string
  readonly strike: number
  readonly right: string
  readonly multiplier: string
  readonly exchange: string
  readonly primaryExchange: string
  readonly currency: string
  readonly localSymbol: string
  readonly tradingClass: string
  readonly includeExpired: boolean
}

/** What a client asks, field by field as it came. */
export type GatewayAsk =
  | { readonly kind: 'start'; readonly clientId: number }
  | { readonly kind: 'current-time' }
  | { readonly kind: 'contract-details'; readonly id: number; readonly contract: ContractQuery }
  | BarsAsk
  | TicksAsk
  | HeadAsk
  | { readonly kind: 'cancel-historical-data'; readonly id: number }
  | { readonly kind: 'cancel-head-timestamp'; readonly id: number }
  /** A message this gateway does not serve. */
  | { readonly kind: 'other'; readonly fields: readonly string[] }

/** Bars, or with `whatToShow: 'SCHEDULE'` sessions. */
export interface BarsAsk {
  readonly kind: 'historical-data'
  readonly id: number
  readonly contract: ContractQuery
  readonly endDateTime: string
  readonly barSize: string
  readonly duration: string
  readonly useRTH: boolean
  readonly whatToShow: string
  readonly formatDate: number
  readonly keepUpToDate: boolean
}

export interface TicksAsk {
  readonly kind: 'historical-ticks'
  readonly id: number
  readonly contract: ContractQuery
  readonly startDateTime: string
  readonly endDateTime: string
  readonly numberOfTicks: number
  readonly whatToShow: string
  readonly useRTH: boolean
}

export interface HeadAsk {
  readonly kind: 'head-timestamp'
  readonly id: number
  readonly contract: ContractQuery
  readonly useRTH: boolean
  readonly whatToShow: string
  readonly formatDate: number
}

/** A request as it was received. */
export type GatewayRequest = GatewayAsk & {
  /** On the machine's steady clock, in milliseconds. */
  readonly atMs: number
  /** The connection it came on, counted from 1. */
  readonly connection: number
}

/** Requests that are answered with data, under an id of the client's. */
export type DataAsk = Extract<
  GatewayAsk,
  { readonly kind: 'contract-details' | 'historical-data' | 'historical-ticks' | 'head-timestamp' }
>

export function isDataAsk(ask: GatewayAsk): ask is DataAsk {
  return DATA_KINDS.has(ask.kind)
}

const DATA_KINDS: ReadonlySet<string> = new Set([
  'contract-details',
  'historical-data',
  'historical-ticks',
  'head-timestamp',
] satisfies readonly DataAsk['kind'][])

/** Fewer fields than the message has at this protocol version. */
export class ShortMessageError extends Error {
  override readonly name = 'ShortMessageError'
  readonly id: number
  constructor(id: number) {
    super('the message is too short')
    this.id = id
  }
}

/** Reads a message by the layout of the protocol version. @throws ShortMessageError */
export function parseRequest(fields: readonly string[], version: number): GatewayAsk {
  const it = new Cursor(fields)
  switch (it.number()) {
    case 71:
      it.skip() // the message's version
      return { kind: 'start', clientId: it.number() }
    case 49:
      return { kind: 'current-time' }
    case 9:
      return contractDetails(it, version)
    case 20:
      return historicalData(it)
    case 96:
      return historicalTicks(it)
    case 87:
      return headTimestamp(it)
    case 25:
      it.skip() // the message's version
      return { kind: 'cancel-historical-data', id: it.id() }
    case 90:
      return { kind: 'cancel-head-timestamp', id: it.id() }
    default:
      return { kind: 'other', fields }
  }
}

function contractDetails(it: Cursor, version: number): GatewayAsk {
  it.skip() // the message's version
  const id = it.id()
  const contract = readContract(it)
  it.skip() // secIdType
  it.skip() // secId
  if (version >= SINCE.issuerId) it.skip()
  return { kind: 'contract-details', id, contract }
}

function historicalData(it: Cursor): BarsAsk {
  const id = it.id()
  const contract = readContract(it)
  const endDateTime = it.text()
  const barSize = it.text()
  const duration = it.text()
  const useRTH = it.flag()
  const whatToShow = it.text().toUpperCase()
  const formatDate = it.number()
  if (contract.secType === 'BAG') for (let left = it.number() * FIELDS_OF_A_LEG; left > 0; left--) it.skip()
  const keepUpToDate = it.flag()
  it.skip() // chart options
  const asked = { endDateTime, barSize, duration, useRTH, whatToShow, formatDate, keepUpToDate }
  return { kind: 'historical-data', id, contract, ...asked }
}

/** conId, ratio, action, exchange. */
const FIELDS_OF_A_LEG = 4

function historicalTicks(it: Cursor): TicksAsk {
  const id = it.id()
  const contract = readContract(it)
  const startDateTime = it.text()
  const endDateTime = it.text()
  const numberOfTicks = it.number()
  const whatToShow = it.text().toUpperCase()
  const useRTH = it.flag()
  it.skip() // whether changes of size alone are left out
  it.skip() // options
  return { kind: 'historical-ticks', id, contract, startDateTime, endDateTime, numberOfTicks, whatToShow, useRTH }
}

function headTimestamp(it: Cursor): HeadAsk {
  const id = it.id()
  const contract = readContract(it)
  const useRTH = it.flag()
  const whatToShow = it.text().toUpperCase()
  return { kind: 'head-timestamp', id, contract, useRTH, whatToShow, formatDate: it.number() }
}

/** The thirteen fields that all of these have in common, in one order. */
function readContract(it: Cursor): ContractQuery {
  return {
    conId: it.number(),
    symbol: it.text(),
    secType: it.text().toUpperCase(),
    lastTradeDate: it.text(),
    strike: it.number(),
    right: it.text().toUpperCase(),
    multiplier: it.text(),
    exchange: it.text(),
    primaryExchange: it.text(),
    currency: it.text(),
    localSymbol: it.text(),
    tradingClass: it.text(),
    includeExpired: it.flag(),
  }
}

/** Reads field after field. An empty number is 0 and an empty flag `false`, as TWS takes them. */
class Cursor {
  readonly #fields: readonly string[]
  #at = 0
  #id = NO_ID

  constructor(fields: readonly string[]) {
    this.#fields = fields
  }

  text(): string {
    const field = this.#fields[this.#at++]
    if (field === undefined) throw new ShortMessageError(this.#id)
    return field
  }

  number(): number {
    const value = Number(this.text())
    return Number.isFinite(value) ? value : 0
  }

  flag(): boolean {
    const text = this.text()
    return text === '1' || text.toLowerCase() === 'true'
  }

  /** The request's id: an error names it from here on. */
  id(): number {
    this.#id = this.number()
    return this.#id
  }

  skip(): void {
    this.text()
  }
}

/** What an error carries that belongs to no request. */
export const NO_ID: number = -1
