import type { IbContract } from '../transport/transport.js'

/** IB counts requests by contract and exchange. */
export function contractKeyOf({ conId, secType, symbol, localSymbol, lastTradeDate, exchange }: IbContract): string {
  return `${conId ?? [secType, localSymbol ?? symbol, lastTradeDate].join(':')}@${exchange}`
}
