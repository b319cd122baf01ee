import { ALWAYS_OPEN } from '../../calendar/always-open.js'
import type { Calendar } from '../../calendar/calendar.js'
import { FX } from '../../calendar/fx.js'
import { words } from '../../calendar/words.js'
import { XNYS } from '../../calendar/xnys.js'
import { parseInstrumentId } from '../../model/instrument.js'
import { parseInstant } from '../../model/time.js'
import { conIdOf } from '../con-id.js'
import type { GatewayContract } from '../contract.js'

/** What all stocks, or all pairs, have in common is filled in. */
type Listing = Partial<GatewayContract> & Pick<GatewayContract, 'symbol' | 'longName'>

const SMART_EXCHANGES = words(`
  SMART AMEX NYSE CBOE PHLX ISE CHX ARCA NASDAQ ISLAND DRCTEDGE BEX BATS EDGEA BYX IEX EDGX PEARL NYSENAT LTSE MEMX PSX
`)

/** Simulated history begins here, as that of the `sim` source. */
export const FIRST_NS: bigint = parseInstant('2000-01-01')

/** Any symbol on the venue SIM: its bars are those of the `sim` source. */
export function simContract(symbol: string): GatewayContract {
  const contract = stock('SIM', { symbol, longName: `${symbol} (SIMULATED)` })
  return { ...contract, validExchanges: ['SMART', 'SIM'] }
}

function stock(primaryExchange: string, listing: Listing): GatewayContract {
  const { symbol } = listing
  // IB writes classes of shares with a space, the product with a dot: BRK B is BRK.B.NYSE.
  const instrument = parseInstrumentId(`${symbol.replace(' ', '.')}.${primaryExchange}`)
  return {
    conId: conIdOf(instrument),
    secType: 'STK',
    exchange: 'SMART',
    primaryExchange,
    validExchanges: SMART_EXCHANGES,
    currency: 'USD',
    localSymbol: symbol,
    tradingClass: primaryExchange === 'NASDAQ' ? 'NMS' : symbol,
    minTick: 0.01,
    calendar: XNYS,
    instrument,
    headNs: FIRST_NS,
    ...listing,
  }
}

function pair(symbol: string, currency: string, conId: number, minTick: number): GatewayContract {
  return {
    conId,
    secType: 'CASH',
    symbol,
    exchange: 'IDEALPRO',
    primaryExchange: '',
    validExchanges: ['IDEALPRO'],
    currency,
    localSymbol: `${symbol}.${currency}`,
    tradingClass: `${symbol}.${currency}`,
    longName: `${symbol} against ${currency}`,
    minTick,
    calendar: FX,
    instrument: parseInstrumentId(`${symbol}/${currency}.IDEALPRO`),
    headNs: parseInstant('2005-03-09'),
  }
}

function index(symbol: string, conId: number, longName: string): GatewayContract {
  return single('IND', 'CBOE', XNYS, { symbol, conId, longName, localSymbol: symbol, headNs: FIRST_NS })
}

function coin(symbol: string, conId: number, longName: string): GatewayContract {
  const localSymbol = `${symbol}.USD`
  const instrument = parseInstrumentId(`${symbol}/USD.PAXOS`)
  const headNs = parseInstant('2021-09-15')
  return single('CRYPTO', 'PAXOS', ALWAYS_OPEN, {
    symbol,
    conId,
    longName,
    localSymbol,
    instrument,
    minTick: 0.25,
    headNs,
  })
}

/** A contract of one exchange. */
function single(secType: string, exchange: string, calendar: Calendar, listing: Listing & Numbered): GatewayContract {
  return {
    secType,
    exchange,
    primaryExchange: '',
    validExchanges: [exchange],
    currency: 'USD',
    tradingClass: listing.symbol,
    minTick: 0.01,
    calendar,
    instrument: parseInstrumentId(`${listing.symbol}.${exchange}`),
    ...listing,
  }
}

type Numbered = Pick<GatewayContract, 'conId' | 'localSymbol' | 'headNs'>

/**
 * What can be asked for besides the venue SIM, futures and options. Ids are IB's where they are well known. The last
 * ones are made up, for what is hard to find when it is needed: two listings of one symbol, one that came and one that
 * went.
 */
export const KNOWN_CONTRACTS: readonly GatewayContract[] = [
  stock('NASDAQ', { symbol: 'AAPL', conId: 265598, longName: 'APPLE INC' }),
  stock('NASDAQ', { symbol: 'MSFT', conId: 272093, longName: 'MICROSOFT CORP' }),
  stock('NASDAQ', { symbol: 'NVDA', conId: 4815747, longName: 'NVIDIA CORP' }),
  stock('NASDAQ', { symbol: 'TSLA', conId: 76792991, longName: 'TESLA INC' }),
  stock('NASDAQ', { symbol: 'QQQ', conId: 320227571, longName: 'INVESCO QQQ TRUST SERIES 1' }),
  stock('NYSE', { symbol: 'IBM', conId: 8314, longName: 'INTL BUSINESS MACHINES CORP' }),
  stock('NYSE', { symbol: 'KO', longName: 'COCA-COLA CO/THE' }),
  stock('NYSE', { symbol: 'BRK B', conId: 72063691, longName: 'BERKSHIRE HATHAWAY INC-CL B' }),
  stock('ARCA', { symbol: 'SPY', conId: 756733, longName: 'SS SPDR S&P 500 ETF TRUST-US' }),
  stock('ARCA', { symbol: 'GLD', longName: 'SPDR GOLD SHARES' }),
  stock('PINK', { symbol: 'LRLCY', longName: "L'ORÉAL-UNSPONSORED ADR" }),
  pair('EUR', 'USD', 12087792, 0.00005),
  pair('GBP', 'USD', 12087797, 0.00005),
  pair('AUD', 'USD', 14433401, 0.00005),
  pair('USD', 'JPY', 15016059, 0.005),
  pair('USD', 'CHF', 12087820, 0.00005),
  index('SPX', 416904, 'S&P 500 STOCK INDEX'),
  index('VIX', 13455763, 'CBOE VOLATILITY INDEX'),
  coin('BTC', 479624278, 'BITCOIN CRYPTOCURRENCY'),
  coin('ETH', 495759171, 'ETHEREUM CRYPTOCURRENCY'),
  stock('NYSE', { symbol: 'TWICE', longName: 'LISTED TWICE, FIRST (MADE UP)' }),
  stock('NASDAQ', { symbol: 'TWICE', longName: 'LISTED TWICE, SECOND (MADE UP)' }),
  stock('NASDAQ', { symbol: 'LATE', longName: 'LISTED LATE (MADE UP)', headNs: parseInstant('2024-03-13') }),
  stock('NYSE', { symbol: 'GONE', longName: 'DELISTED (MADE UP)', goneNs: parseInstant('2024-06-15') }),
]
