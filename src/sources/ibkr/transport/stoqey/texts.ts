import type { ContractDetails, HistoricalTickBidAsk, HistoricalTickLast } from '@stoqey/ib'
import { decimalsOf } from '../../../../model/decimals.js'
import { contractOf } from '../contract-text.js'
import type { IbContractDetails, IbQuote, IbTrade } from '../transport.js'

/** Decimal text of what the library made a number of; `-1`, as TWS says it, where the field was empty. */
export function decimalText(value: number | undefined): string {
  return value === undefined ? '-1' : value.toFixed(decimalsOf(value))
}

export function tradeOf(tick: HistoricalTickLast): IbTrade {
  return {
    time: tick.time ?? Number.NaN,
    price: tick.price ?? Number.NaN,
    size: decimalText(tick.size),
    exchange: tick.exchange ?? '',
    conditions: tick.specialConditions ?? '',
    pastLimit: tick.tickAttribLast?.pastLimit ?? false,
    unreported: tick.tickAttribLast?.unreported ?? false,
  }
}

export function quoteOf(tick: HistoricalTickBidAsk): IbQuote {
  return {
    time: tick.time ?? Number.NaN,
    bidPrice: tick.priceBid ?? Number.NaN,
    askPrice: tick.priceAsk ?? Number.NaN,
    bidSize: decimalText(tick.sizeBid),
    askSize: decimalText(tick.sizeAsk),
  }
}

/** Undefined for a security type that is not supported. */
export function detailsOf(details: ContractDetails): IbContractDetails | undefined {
  const { contract } = details
  const resolved = contractOf({
    conId: contract.conId ?? 0,
    symbol: contract.symbol ?? '',
    secType: contract.secType ?? '',
    lastTradeDate: contract.lastTradeDateOrContractMonth ?? '',
    strike: String(contract.strike ?? ''),
    right: contract.right ?? '',
    // The library makes 0 of an empty field.
    multiplier: String(contract.multiplier || ''),
    exchange: contract.exchange ?? '',
    primaryExchange: contract.primaryExch ?? '',
    currency: contract.currency ?? '',
    localSymbol: contract.localSymbol ?? '',
    tradingClass: contract.tradingClass ?? '',
  })
  if (resolved === undefined) return undefined
  return {
    contract: resolved,
    longName: details.longName ?? '',
    minTick: details.minTick ?? 0,
    timeZoneId: details.timeZoneId ?? '',
    tradingHours: details.tradingHours ?? '',
    liquidHours: details.liquidHours ?? '',
    validExchanges: details.validExchanges ?? '',
    priceMagnifier: details.priceMagnifier ?? 0,
    contractMonth: details.contractMonth ?? '',
  }
}
