import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import type { Row } from '../../src/model/frame.js'
import { unzip } from './zip.js'

/**
 * Ticks as vendors publish them, turned into rows by code that shares nothing with the product: what a row says is read
 * off the file's text here, and what the catalog gives back is compared with it.
 */
export type TradeRow = Row<'trades'>
export type QuoteRow = Row<'quotes'>

/** 2013-10-07 00:00 in New York, on daylight time (UTC-4). */
const LEAN_MIDNIGHT_MS = Date.UTC(2013, 9, 7, 4)

/** `ms of day,price x 10000,size,exchange,condition flags in hex,suspicious` */
export function leanTrades(path: string): readonly TradeRow[] {
  return linesOfZip(path).map((line) => {
    const [ms = '', price, size, exchange = '', flags = '', suspicious] = line.split(',')
    return tradeAt(BigInt(LEAN_MIDNIGHT_MS + Number(ms)) * 1_000_000n, {
      price: Number(price) / 10_000,
      size: Number(size),
      exchange,
      conditions: suspicious === '1' ? `${flags},suspicious` : flags,
    })
  })
}

/** `ms of day,bid,size,ask,size,exchange,condition flags in hex,suspicious`; a side of (0,0) is not there. */
export function leanQuotes(path: string): readonly QuoteRow[] {
  return linesOfZip(path).map((line) => {
    const [ms = '', bid = '', bidSize = '', ask = '', askSize = '', exchange = '', flags, suspicious] = line.split(',')
    const [hasBid, hasAsk] = [bid !== '0' || bidSize !== '0', ask !== '0' || askSize !== '0']
    return quoteAt(BigInt(LEAN_MIDNIGHT_MS + Number(ms)) * 1_000_000n, {
      bid_price: hasBid ? Number(bid) / 10_000 : null,
      bid_size: hasBid ? Number(bidSize) : null,
      ask_price: hasAsk ? Number(ask) / 10_000 : null,
      ask_size: hasAsk ? Number(askSize) : null,
      bid_exchange: hasBid ? exchange : null,
      ask_exchange: hasAsk ? exchange : null,
      conditions: suspicious === '1' ? `${flags},suspicious` : (flags ?? null),
    })
  })
}

/** Polygon's REST answer, newest first. Its stamps are beyond 2^53, so they are read as text and not by JSON.parse. */
export function polygonQuotes(path: string): readonly QuoteRow[] {
  return polygonRecords(path)
    .map((it) =>
      quoteAt(BigInt(it['participant_timestamp'] as string), {
        ts_init: BigInt(it['sip_timestamp'] as string),
        bid_price: Number(it['bid_price']),
        bid_size: Number(it['bid_size']),
        ask_price: Number(it['ask_price']),
        ask_size: Number(it['ask_size']),
        bid_exchange: String(it['bid_exchange']),
        ask_exchange: String(it['ask_exchange']),
        sequence: BigInt(it['sequence_number'] as string),
      }),
    )
    .reverse()
}

export function polygonTrades(path: string): readonly TradeRow[] {
  return polygonRecords(path).map((it) =>
    tradeAt(BigInt(it['participant_timestamp'] as string), {
      ts_init: BigInt(it['sip_timestamp'] as string),
      price: Number(it['price']),
      size: Number(it['size']),
      exchange: String(it['exchange']),
      conditions: (it['conditions'] as readonly string[]).join(','),
      trade_id: String(it['id']),
      sequence: BigInt(it['sequence_number'] as string),
      correction: String(it['correction']),
    }),
  )
}

type Json = Readonly<Record<string, unknown>>

/** Every number of the answer as the text that stands in the file. */
function polygonRecords(path: string): readonly Json[] {
  const quoted = readFileSync(path, 'utf8').replace(/(?<=[:[,]\s*)-?\d+(?:\.\d+)?(?=\s*[,\]}])/g, '"$&"')
  return (JSON.parse(quoted) as { readonly results: readonly Json[] }).results
}

/** Alpaca's trades of one symbol; stamps are ISO text of up to nine decimals. */
export function alpacaTrades(path: string, symbol: string): readonly TradeRow[] {
  const answer: unknown = JSON.parse(gunzipSync(readFileSync(path)).toString())
  const trades = (answer as { readonly trades: Readonly<Record<string, readonly Json[]>> }).trades[symbol] ?? []
  return trades.map((it) => {
    const [second = '', decimals = ''] = String(it['t']).slice(0, -1).split('.')
    const ns = BigInt(Date.parse(`${second}Z`)) * 1_000_000n + BigInt(decimals.padEnd(9, '0'))
    return tradeAt(ns, {
      price: Number(it['p']),
      size: Number(it['s']),
      exchange: String(it['x']),
      conditions: (it['c'] as readonly string[]).join(','),
      trade_id: String(it['i']),
    })
  })
}

/** 2012-06-21 00:00 in New York: the day of LOBSTER's samples. */
const LOBSTER_MIDNIGHT_NS = BigInt(Date.UTC(2012, 5, 21, 4)) * 1_000_000n
const EXECUTED = '4'

/**
 * Executions of a LOBSTER message file: `seconds after midnight with up to nine decimals,type,order id,size,
 * price x 10000,side of the resting order`. Decimals are taken as text: as doubles, two of three would be off.
 */
export function lobsterTrades(path: string): readonly TradeRow[] {
  return linesOf(readFileSync(path)).flatMap((line) => {
    const [time = '', type, order = '', size, price, side] = line.split(',')
    if (type !== EXECUTED) return []
    return [
      tradeAt(lobsterNs(time), {
        price: Number(price) / 10_000,
        size: Number(size),
        trade_id: order,
        aggressor_side: side === '1' ? 'SELL' : 'BUY',
      }),
    ]
  })
}

/** Best bid and ask after each message: the first four columns of the order book file beside it. */
export function lobsterQuotes(messages: string, orderBook: string): readonly QuoteRow[] {
  const books = linesOf(readFileSync(orderBook))
  return linesOf(readFileSync(messages)).map((line, i) => {
    const [ask, askSize, bid, bidSize] = (books[i] ?? '').split(',').map(Number)
    return quoteAt(lobsterNs(line.split(',')[0] ?? ''), {
      bid_price: (bid ?? 0) / 10_000,
      bid_size: bidSize ?? null,
      ask_price: (ask ?? 0) / 10_000,
      ask_size: askSize ?? null,
    })
  })
}

function lobsterNs(time: string): bigint {
  const [seconds = '', decimals = ''] = time.split('.')
  return LOBSTER_MIDNIGHT_NS + BigInt(seconds) * 1_000_000_000n + BigInt(decimals.padEnd(9, '0'))
}

const TRADE_SIZE_BYTES = 48
const DBN_TRADE = 0

/** Databento's DBN, uncompressed: a header of stated length, then records of 48 bytes. */
export function dbnTrades(path: string): readonly TradeRow[] {
  const bytes = readFileSync(path)
  const rows: TradeRow[] = []
  for (let at = 8 + bytes.readUInt32LE(4); at < bytes.length; at += TRADE_SIZE_BYTES) {
    if (bytes.readUInt8(at) * 4 !== TRADE_SIZE_BYTES || bytes.readUInt8(at + 1) !== DBN_TRADE)
      throw new Error('not a trade')
    rows.push(
      tradeAt(bytes.readBigUInt64LE(at + 8), {
        ts_init: bytes.readBigUInt64LE(at + 32),
        price: Number(bytes.readBigInt64LE(at + 16)) / 1e9,
        size: bytes.readUInt32LE(at + 24),
        exchange: String(bytes.readUInt16LE(at + 2)),
        aggressor_side: String.fromCharCode(bytes.readUInt8(at + 29)),
        sequence: BigInt(bytes.readUInt32LE(at + 44)),
      }),
    )
  }
  return rows
}

function linesOfZip(path: string): readonly string[] {
  const [text] = unzip(readFileSync(path)).values()
  return text === undefined ? [] : linesOf(text)
}

function linesOf(bytes: Buffer): readonly string[] {
  return bytes
    .toString('utf8')
    .split('\n')
    .map((line) => line.trimEnd())
    .filter((line) => line !== '')
}

function tradeAt(ns: bigint, given: Partial<TradeRow> & Pick<TradeRow, 'price' | 'size'>): TradeRow {
  const nothing = { exchange: null, conditions: null, trade_id: null, aggressor_side: null, sequence: null }
  return { ts_event: ns, ts_init: ns, timestamp: ns / 1000n, ...nothing, correction: null, ...given }
}

function quoteAt(ns: bigint, given: Partial<QuoteRow>): QuoteRow {
  const bid = { bid_price: null, bid_size: null, bid_exchange: null }
  const ask = { ask_price: null, ask_size: null, ask_exchange: null }
  return {
    ts_event: ns,
    ts_init: ns,
    timestamp: ns / 1000n,
    ...bid,
    ...ask,
    conditions: null,
    sequence: null,
    ...given,
  }
}
