import { type ContractText, contractOf } from '../contract-text.js'
import type { Fields } from '../fields.js'
import type { IbContractDetails } from '../transport.js'

/** From here on there is no version field, and no size multiplier. */
const SIZE_RULES = 164

/**
 * CONTRACT_DATA after its id, up to the last field that is used; undefined for a security type that is not supported.
 * @throws MalformedMessage
 */
export function decodeContract(fields: Fields, serverVersion: number): IbContractDetails | undefined {
  const head = decodeHead(fields)
  const minTick = fields.optionalNumber()
  if (serverVersion < SIZE_RULES) fields.skip(1)
  const multiplier = fields.text()
  const ORDER_TYPES = 1
  fields.skip(ORDER_TYPES)
  const validExchanges = fields.text()
  const priceMagnifier = fields.optionalNumber()
  const UNDERLYING = 1
  fields.skip(UNDERLYING)
  const longName = fields.escapedText()
  const primaryExchange = fields.text()
  const contractMonth = fields.text()
  const INDUSTRY_CATEGORY_SUBCATEGORY = 3
  fields.skip(INDUSTRY_CATEGORY_SUBCATEGORY)
  const timeZoneId = fields.text()
  const tradingHours = fields.text()
  const liquidHours = fields.text()
  const contract = contractOf({ ...head, multiplier, primaryExchange })
  if (contract === undefined) return undefined
  return {
    contract,
    longName,
    minTick,
    timeZoneId,
    tradingHours,
    liquidHours,
    validExchanges,
    priceMagnifier,
    contractMonth,
  }
}

function decodeHead(fields: Fields): Omit<ContractText, 'multiplier' | 'primaryExchange'> {
  const symbol = fields.text()
  const secType = fields.text()
  const lastTradeDate = fields.text()
  const strike = fields.text()
  const right = fields.text()
  const exchange = fields.text()
  const currency = fields.text()
  const localSymbol = fields.text()
  const MARKET_NAME = 1
  fields.skip(MARKET_NAME)
  const tradingClass = fields.text()
  const conId = fields.integer()
  return { symbol, secType, lastTradeDate, strike, right, exchange, currency, localSymbol, tradingClass, conId }
}
