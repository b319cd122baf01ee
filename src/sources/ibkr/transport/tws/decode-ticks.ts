import type { Fields } from '../fields.js'
import type { IbQuote, IbTrade } from '../transport.js'

const PAST_LIMIT = 1
const UNREPORTED = 2

/** HISTORICAL_TICKS_LAST after its id. @throws MalformedMessage */
export function decodeTrades(fields: Fields): readonly IbTrade[] {
  return decodeList(fields, () => {
    const time = fields.integer()
    const flags = fields.integer()
    return {
      time,
      price: fields.number(),
      size: fields.text(),
      exchange: fields.text(),
      conditions: fields.text(),
      pastLimit: (flags & PAST_LIMIT) !== 0,
      unreported: (flags & UNREPORTED) !== 0,
    }
  })
}

/** HISTORICAL_TICKS_BID_ASK after its id. @throws MalformedMessage */
export function decodeQuotes(fields: Fields): readonly IbQuote[] {
  return decodeList(fields, () => {
    const time = fields.integer()
    fields.skip(1)
    return {
      time,
      bidPrice: fields.number(),
      askPrice: fields.number(),
      bidSize: fields.text(),
      askSize: fields.text(),
    }
  })
}

/** The flag after the ticks: whether they were the last of their answer. @throws MalformedMessage */
export function decodeDone(fields: Fields): boolean {
  return fields.integer() !== 0
}

function decodeList<T>(fields: Fields, decodeOne: () => T): readonly T[] {
  const count = fields.integer()
  const list: T[] = []
  while (list.length < count) list.push(decodeOne())
  return list
}
