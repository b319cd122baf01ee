import { given } from '../../../model/given.js'
import type { IbContract, IbSecType } from './transport.js'

/** A contract as the gateway words it: text, empty where there is nothing. */
export interface ContractText {
  readonly conId: number
  readonly symbol: string
  readonly secType: string
  /** Some gateways add the time and zone of the last trade after the date. */
  readonly lastTradeDate: string
  readonly strike: string
  readonly right: string
  readonly multiplier: string
  readonly exchange: string
  readonly primaryExchange: string
  readonly currency: string
  readonly localSymbol: string
  readonly tradingClass: string
}

/** Undefined for a security type that nothing here can ask history of: no candidate for any request. */
export function contractOf(text: ContractText): (IbContract & { readonly conId: number }) | undefined {
  const secType = SEC_TYPES.find((it) => it === text.secType)
  if (secType === undefined) return undefined
  const strike = Number(text.strike)
  return {
    conId: text.conId,
    secType,
    symbol: text.symbol,
    exchange: text.exchange,
    ...given('currency', filled(text.currency)),
    ...given('primaryExchange', filled(text.primaryExchange)),
    ...given('localSymbol', filled(text.localSymbol)),
    ...given('tradingClass', filled(text.tradingClass)),
    ...given('lastTradeDate', /^\d+/.exec(text.lastTradeDate)?.[0]),
    // Zero is how "no strike" is written for what is no option.
    ...given('strike', Number.isFinite(strike) && strike !== 0 ? strike : undefined),
    ...given('right', rightOf(text.right)),
    ...given('multiplier', filled(text.multiplier)),
  }
}

function filled(text: string): string | undefined {
  return text === '' ? undefined : text
}

const SEC_TYPES: readonly IbSecType[] = [
  'STK',
  'CASH',
  'FUT',
  'CONTFUT',
  'IND',
  'OPT',
  'FOP',
  'CRYPTO',
  'CFD',
  'CMDTY',
  'FUND',
  'BOND',
]

/** `0` and `?` also stand for "no right". */
function rightOf(text: string): 'C' | 'P' | undefined {
  if (text.startsWith('C')) return 'C'
  return text.startsWith('P') ? 'P' : undefined
}
