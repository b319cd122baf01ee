import type { RowInput } from '../../../catalog/write/rows-input.js'
import { SECOND_NS } from '../../../model/time.js'
import { IbFailure } from '../transport/failure.js'
import type { IbQuote, IbTrade } from '../transport/transport.js'

/**
 * Trades as rows, in the order of the tape. They have no id and no sequence: within IB's whole seconds their order is
 * that of their arrival, which the catalog keeps. (A number counted here would shift with each trade that IB adds to a
 * second later, and make all after it others.)
 *
 * What never reached the tape, or was outside of the price limits, says so among the conditions: `unreported` trades are
 * no part of a bar's volume, high or low.
 *
 * @throws IbFailure (`retryable`) for a reply with a trade that cannot be
 */
export function tradeRows(trades: readonly IbTrade[]): readonly RowInput<'trades'>[] {
  return trades.map(({ time, price, size, exchange, conditions, unreported, pastLimit }) => {
    const words = [
      ...conditions.split(/[\s,]+/).filter((it) => it !== ''),
      ...(unreported ? ['unreported'] : []),
      ...(pastLimit ? ['past-limit'] : []),
    ]
    return {
      ts_event: stampOf(time),
      price: numberOf('price', price),
      size: numberOf('size', size),
      exchange: exchange.trim() === '' ? null : exchange.trim(),
      conditions: words.length === 0 ? null : words.join(','),
    }
  })
}

/**
 * Quotes as rows, in the order they came. A side that nobody quotes has neither price nor size: IB sends 0, or -1, with
 * a size of 0.
 *
 * @throws IbFailure (`retryable`) for a reply with a quote that cannot be
 */
export function quoteRows(quotes: readonly IbQuote[]): readonly RowInput<'quotes'>[] {
  return quotes.map(({ time, bidPrice, bidSize, askPrice, askSize }) => {
    const bid = sideOf('bid', bidPrice, bidSize)
    const ask = sideOf('ask', askPrice, askSize)
    return {
      ts_event: stampOf(time),
      bid_price: bid.price,
      bid_size: bid.size,
      ask_price: ask.price,
      ask_size: ask.size,
    }
  })
}

interface Side {
  readonly price: number | null
  readonly size: number | null
}

function sideOf(name: string, ibPrice: number, ibSize: string): Side {
  const price = numberOf(`${name} price`, ibPrice)
  const size = numberOf(`${name} size`, ibSize)
  const isEmpty = size <= 0 && (price === 0 || price === -1)
  return isEmpty ? { price: null, size: null } : { price, size }
}

function stampOf(time: number): bigint {
  if (!Number.isSafeInteger(time) || time <= 0) throw malformed(`time ${time}`)
  return BigInt(time) * SECOND_NS
}

function numberOf(name: string, value: number | string): number {
  const number = typeof value === 'string' && value.trim() === '' ? Number.NaN : Number(value)
  if (!Number.isFinite(number) || Math.abs(number) === Number.MAX_VALUE) throw malformed(`${name} '${value}'`)
  return number
}

function malformed(what: string): IbFailure {
  return new IbFailure('retryable', `the reply is malformed: a tick with ${what}`)
}
