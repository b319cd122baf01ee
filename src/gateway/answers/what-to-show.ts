import type { GatewayContract } from '../contract.js'
import type { Side } from '../market.js'
import { SINCE } from '../versions.js'
import { GatewayRefusal, historicalError, invalid } from './refusal.js'

/** Which prices a `whatToShow` is made of: one side, or bid and ask together. */
export type Sides = Side | 'BID_ASK'

/** @throws GatewayRefusal for what TWS does not know, or does not have for such a contract */
export function sidesOf(whatToShow: string, contract: GatewayContract, version: number): Sides {
  if (contract.secType === 'CRYPTO' && version < SINCE.fractions) throw new GatewayRefusal(10285, NO_FRACTIONS)
  switch (whatToShow) {
    case 'TRADES':
      return tradesOf(contract)
    case 'AGGTRADES':
      if (contract.secType === 'CRYPTO' && version >= SINCE.aggTrades) return 'LAST'
      throw invalid('What to show field is missing or incorrect.')
    case 'ADJUSTED_LAST':
      if (ADJUSTED.has(contract.secType)) return 'LAST'
      throw noHistory(contract, whatToShow)
    case 'MIDPOINT':
    case 'BID':
    case 'ASK':
    case 'BID_ASK':
      // An index is worked out, nobody bids for it.
      if (contract.secType === 'IND') throw noHistory(contract, whatToShow)
      return whatToShow === 'MIDPOINT' ? 'MID' : whatToShow
    default:
      if (NOT_SIMULATED.has(whatToShow)) throw noHistory(contract, whatToShow)
      throw invalid('What to show field is missing or incorrect.')
  }
}

function tradesOf(contract: GatewayContract): Sides {
  if (contract.secType === 'CRYPTO') throw new GatewayRefusal(10299, USE_AGGTRADES)
  if (contract.secType === 'CASH') throw noHistory(contract, 'Last')
  return 'LAST'
}

function noHistory({ symbol, secType, exchange }: GatewayContract, what: string): GatewayRefusal {
  return historicalError(`No historical market data for ${symbol}/${secType}@${exchange} ${what}`)
}

const ADJUSTED: ReadonlySet<string> = new Set(['STK', 'CONTFUT'])

/** What IB has for some contracts and this gateway for none. */
const NOT_SIMULATED: ReadonlySet<string> = new Set([
  'HISTORICAL_VOLATILITY',
  'OPTION_IMPLIED_VOLATILITY',
  'FEE_RATE',
  'YIELD_BID',
  'YIELD_ASK',
  'YIELD_BID_ASK',
  'YIELD_LAST',
])

const USE_AGGTRADES = 'Expected what to show is AGGTRADES, please use that instead of TRADES.'
const NO_FRACTIONS = 'Your API version does not support fractional size rules. Please upgrade to a minimum version 163.'
