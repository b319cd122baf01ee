import type { IbContract, IbContractDetails } from '../../../src/sources/ibkr/transport/transport.js'

/** Contract details as IB gives them for Apple, with fields of their own. */
export function detailsOf(
  contract: Partial<IbContract> & { readonly conId: number },
  details: Partial<Omit<IbContractDetails, 'contract'>> = {},
): IbContractDetails {
  return {
    contract: {
      secType: 'STK',
      symbol: 'AAPL',
      exchange: 'SMART',
      currency: 'USD',
      primaryExchange: 'NASDAQ',
      localSymbol: 'AAPL',
      tradingClass: 'NMS',
      ...contract,
    },
    longName: 'APPLE INC',
    minTick: 0.01,
    timeZoneId: 'US/Eastern',
    tradingHours: '20241121:0400-20241121:2000;20241123:CLOSED',
    liquidHours: '20241121:0930-20241121:1600;20241123:CLOSED',
    validExchanges: 'SMART,NASDAQ',
    priceMagnifier: 1,
    contractMonth: '',
    ...details,
  }
}
