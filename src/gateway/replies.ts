import { type GatewayContract, zoneIdOf } from './contract.js'
import { NO_ID } from './request.js'
import { SINCE } from './versions.js'
import type { Field } from './wire.js'

/** A message from the gateway, before it is put on the wire. */
export type Message = readonly Field[]

export interface GatewayNotice {
  readonly code: number
  readonly text: string
}

/** A bar as it goes over the wire. */
export interface WireBar {
  /** `yyyymmdd`, seconds since 1970, or local time. */
  readonly time: string
  readonly open: number
  readonly high: number
  readonly low: number
  readonly close: number
  readonly volume: number
  readonly wap: number
  readonly count: number
}

/** What a data request is answered with. */
export type Answer =
  | { readonly kind: 'bars'; readonly start: string; readonly end: string; readonly bars: readonly WireBar[] }
  | { readonly kind: 'trades' | 'quotes' | 'midpoints'; readonly ticks: readonly Message[]; readonly done: boolean }
  | { readonly kind: 'head'; readonly text: string }
  | { readonly kind: 'contracts'; readonly contracts: readonly ContractReply[] }
  | {
      readonly kind: 'schedule'
      readonly start: string
      readonly end: string
      readonly zone: string
      readonly sessions: readonly { readonly start: string; readonly end: string; readonly tradeDate: string }[]
    }

export interface ContractReply {
  readonly contract: GatewayContract
  /** `20240102:0930-20240102:1600;20240103:CLOSED` */
  readonly tradingHours: string
  readonly liquidHours: string
}

/** The messages of an answer, in order. */
export function messagesOf(answer: Answer, id: number, version: number): readonly Message[] {
  switch (answer.kind) {
    case 'bars':
      return [barsMessage(answer, id)]
    case 'trades':
    case 'quotes':
    case 'midpoints':
      return [[TICKS_ID[answer.kind], id, answer.ticks.length, ...answer.ticks.flat(), answer.done]]
    case 'head':
      return [[88, id, answer.text]]
    case 'contracts':
      return [...answer.contracts.map((it) => contractMessage(it, id, version)), [52, 1, id]]
    case 'schedule': {
      const sessions = answer.sessions.flatMap((it) => [it.start, it.end, it.tradeDate])
      return [[106, id, answer.start, answer.end, answer.zone, answer.sessions.length, ...sessions]]
    }
  }
}

const TICKS_ID = { midpoints: 96, quotes: 97, trades: 98 } as const

function barsMessage(answer: Answer & { readonly kind: 'bars' }, id: number): Message {
  const fields: Field[] = [17, id, answer.start, answer.end, answer.bars.length]
  for (const { time, open, high, low, close, volume, wap, count } of answer.bars) {
    fields.push(time, open, high, low, close, volume, wap, count)
  }
  return fields
}

/** An error or notice; with `NO_ID` it belongs to no request. */
export function errorMessage(
  { code, text }: GatewayNotice,
  id: number,
  version: number,
  rejectJson: string = '',
): Message {
  const message: Field[] = [4, 2, id, code, escaped(text, version)]
  return version >= SINCE.rejectJson ? [...message, rejectJson] : message
}

export function noticeMessage(notice: GatewayNotice, version: number): Message {
  return errorMessage(notice, NO_ID, version)
}

export function currentTimeMessage(seconds: number): Message {
  return [49, 1, seconds]
}

function contractMessage(
  { contract: it, tradingHours, liquidHours }: ContractReply,
  id: number,
  version: number,
): Message {
  return [
    10,
    ...(version < SINCE.sizeRules ? [8] : []),
    id,
    it.symbol,
    it.secType,
    it.lastTradeDate,
    ...(version >= SINCE.lastTradeDate ? [it.lastTradeDate] : []),
    it.strike ?? 0,
    it.right,
    it.exchange,
    it.currency,
    it.localSymbol,
    it.tradingClass, // the market's name
    it.tradingClass,
    it.conId,
    it.minTick,
    ...(version < SINCE.sizeRules ? [MD_SIZE_MULTIPLIER] : []),
    it.multiplier,
    ORDER_TYPES,
    it.validExchanges.join(','),
    1, // price magnifier
    it.underlying?.conId ?? 0,
    escaped(it.longName, version),
    it.primaryExchange,
    it.contractMonth,
    '', // industry
    '', // category
    '', // subcategory
    zoneIdOf(it.calendar),
    tradingHours,
    liquidHours,
    '', // economic value rule
    '', // economic value multiplier
    0, // security ids: tag and value
    AGG_GROUP,
    it.underlying?.symbol,
    it.underlying?.secType,
    it.validExchanges.map(() => MARKET_RULE).join(','),
    it.lastTradeDate, // real expiration date
    ...(version >= SINCE.stockType ? [it.secType === 'STK' ? 'COMMON' : ''] : []),
    ...sizeFields(it, version),
    ...(version >= SINCE.ineligibilityReasons ? [0] : []),
  ]
}

const MD_SIZE_MULTIPLIER = 1
const AGG_GROUP = 1
const MARKET_RULE = 26
const ORDER_TYPES = 'ACTIVETIM,AD,ADJUST,ALERT,LMT,MKT,STP,STPLMT,TRAIL'

/** Version 163 alone has one field here, later ones three. */
function sizeFields({ secType }: GatewayContract, version: number): Message {
  const smallest = secType === 'CRYPTO' ? 0.00000001 : secType === 'STK' ? 0.0001 : 1
  if (version < SINCE.fractions) return []
  return version < SINCE.sizeRules ? [decimal(smallest)] : [decimal(smallest), decimal(smallest), 1]
}

/** A number without an exponent: `0.00000001`. */
function decimal(value: number): string {
  return value.toFixed(8).replace(/\.?0+$/, '')
}

/** Text outside ASCII as `\uXXXX`, to clients that read it. */
function escaped(text: string, version: number): string {
  if (version < SINCE.escapes) return text
  return text.replace(/[^\p{ASCII}]/gu, (it) =>
    Array.from({ length: it.length }, (_, i) => `\\u${it.charCodeAt(i).toString(16).padStart(4, '0')}`).join(''),
  )
}
