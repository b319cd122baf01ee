import { words } from '../../../calendar/words.js'
import { SourceRejectedError } from '../../../model/errors.js'
import { type InstrumentId, symbolOf, venueOf } from '../../../model/instrument.js'
import { dayOf } from '../../../model/time.js'
import type { IbContract } from '../transport/transport.js'
import { futuresExchangeOf, type IbExchange, indexExchangeOf, isIndexVenue, stockExchangeOf } from './exchanges.js'
import { contractMonthOf, ibSymbolOfRoot, parseFuturesSymbol } from './futures-symbol.js'

/** Contracts that the user states, by instrument id: each field given here counts, the others follow from the id. */
export type ExplicitContracts = Readonly<Record<string, Partial<IbContract>>>

export interface ContractQuestion {
  /** Decides which decade the year of `ESZ6` is in: see {@link parseFuturesSymbol}. */
  readonly nowNs: bigint
  readonly contracts?: ExplicitContracts
}

/**
 * What an instrument id asks Interactive Brokers for, worked out without asking anybody. Ids are those that Nautilus
 * writes (its simplified symbology), with exchanges as IB or the MIC registry names them, and a few that users write.
 *
 * @throws SourceRejectedError for an id that names nothing IB has
 */
export function contractOf(instrument: InstrumentId, { nowNs, contracts = {} }: ContractQuestion): IbContract {
  const explicit = Object.hasOwn(contracts, instrument) ? contracts[instrument] : undefined
  const named = namedContract(instrument, yearOf(nowNs))
  if (explicit === undefined) {
    if (named === undefined) throw unmapped(instrument)
    return named
  }
  const { secType, exchange, symbol, ...rest } = { ...named, ...explicit }
  if (secType === undefined || exchange === undefined) throw incomplete(instrument)
  const hasName = symbol !== undefined || rest.localSymbol !== undefined || rest.conId !== undefined
  if (!hasName) throw incomplete(instrument)
  return { secType, exchange, symbol: symbol ?? '', ...rest }
}

/** The one future contract that an id names: its root, as IB's trading class spells it. */
export function futuresRootOf(instrument: InstrumentId, nowNs: bigint): string | undefined {
  if (futuresExchangeOf(venueOf(instrument)) === undefined) return undefined
  return parseFuturesSymbol(symbolOf(instrument), yearOf(nowNs))?.root
}

function namedContract(instrument: InstrumentId, asOfYear: number): IbContract | undefined {
  const symbol = symbolOf(instrument)
  const venue = venueOf(instrument)
  const pair = /^([A-Z0-9]{2,10})\/([A-Z]{3,4})$/.exec(symbol)
  if (pair !== null) return pairContract(pair[1] ?? '', pair[2] ?? '', venue)
  const option = OPTION.exec(symbol)
  if (option !== null) return OPTION_VENUES.includes(venue) ? optionContract(option) : undefined
  if (symbol.startsWith('^')) return indexContract(symbol.slice(1), indexExchangeOf(venue))
  if (isIndexVenue(venue)) return indexContract(symbol, indexExchangeOf(venue))
  if (venue === 'IBCFD') return { secType: 'CFD', symbol: spaced(symbol), exchange: 'SMART' }
  if (venue === 'IBCMDTY') return { secType: 'CMDTY', symbol, exchange: 'SMART', currency: 'USD' }
  if (venue === 'SMART') return { secType: 'STK', symbol: usSymbol(symbol), exchange: 'SMART', currency: 'USD' }
  if (venue === 'SIM') return { secType: 'STK', symbol, exchange: 'SIM', currency: 'USD' }
  const futures = futuresExchangeOf(venue)
  if (futures !== undefined) return futuresContract(symbol, futures, asOfYear)
  const stocks = stockExchangeOf(venue)
  return stocks === undefined ? undefined : stockContract(symbol, stocks)
}

/** `EUR/USD.IDEALPRO`, `BTC/USD.PAXOS`, `EUR/USD.IBCFD`. */
function pairContract(symbol: string, currency: string, venue: string): IbContract | undefined {
  if (venue === 'IDEALPRO') return { secType: 'CASH', symbol, currency, exchange: venue }
  if (CRYPTO_VENUES.includes(venue)) return { secType: 'CRYPTO', symbol, currency, exchange: venue }
  return venue === 'IBCFD' ? { secType: 'CFD', symbol, currency, exchange: 'SMART' } : undefined
}

const CRYPTO_VENUES: readonly string[] = words('PAXOS ZEROHASH')

/** OSI: root, expiry, call or put, strike in thousandths; the root padded to six places (OCC) or not (Nautilus). */
const OPTION = /^([A-Z][A-Z0-9.]{0,5}) *(\d{6})([CP])(\d{8})$/
/** OPRA is what Databento calls all US option exchanges together. */
const OPTION_VENUES: readonly string[] = words('SMART OPRA')

/**
 * By its local symbol alone: of `SPXW  260120P06835000` IB's symbol is SPX, which the id does not say.
 */
function optionContract([, root = '', expiry, right, strike]: RegExpExecArray): IbContract {
  const localSymbol = `${root.padEnd(6)}${expiry}${right}${strike}`
  return { secType: 'OPT', symbol: '', localSymbol, exchange: 'SMART', currency: 'USD' }
}

function indexContract(symbol: string, exchange: IbExchange | undefined): IbContract | undefined {
  if (exchange === undefined || symbol === '') return undefined
  return { secType: 'IND', symbol, exchange: exchange.name, currency: exchange.currency }
}

/** `ESM4 C4200`: month and year of the future, then right and strike. */
const FUTURES_OPTION = /^([A-Z0-9]{1,6}[FGHJKMNQUVXZ])\d?(\d) ([CP]\d+(?:\.\d+)?)$/

/**
 * `ESZ6` by the month it is delivered in, and not by IB's local symbol, which is `ESZ6` on some exchanges and
 * `ZC   DEC 26` on others. A root by itself, `ES.CME`, is IB's continuous future, as in Nautilus.
 */
function futuresContract(symbol: string, exchange: IbExchange, asOfYear: number): IbContract | undefined {
  const option = FUTURES_OPTION.exec(symbol)
  if (option !== null) {
    const localSymbol = `${option[1]}${option[2]} ${option[3]}`
    return { secType: 'FOP', symbol: '', localSymbol, exchange: exchange.name }
  }
  const future = parseFuturesSymbol(symbol, asOfYear)
  if (future === undefined) {
    if (!/^[A-Z0-9]{1,9}$/.test(symbol)) return undefined
    return { secType: 'CONTFUT', symbol: ibSymbolOfRoot(symbol), exchange: exchange.name }
  }
  return {
    secType: 'FUT',
    symbol: ibSymbolOfRoot(future.root),
    exchange: exchange.name,
    lastTradeDate: contractMonthOf(future),
    includeExpired: true,
  }
}

/** Routed by SMART, whose history is that of all exchanges; the listing tells apart stocks of one symbol. */
function stockContract(symbol: string, { name, currency }: IbExchange): IbContract {
  const ibSymbol = currency === 'USD' ? usSymbol(symbol) : spaced(symbol)
  return { secType: 'STK', symbol: ibSymbol, exchange: 'SMART', primaryExchange: name, currency }
}

/** Share classes: `BRK.B` and Nautilus's `BRK-B` are `BRK B` to IB. Outside the US the dot is IB's own (`RCI.B`). */
function usSymbol(symbol: string): string {
  return symbol.replaceAll(/[.-]/g, ' ')
}

function spaced(symbol: string): string {
  return symbol.replaceAll('-', ' ')
}

function yearOf(ns: bigint): number {
  return new Date(dayOf(ns) * 86_400_000).getUTCFullYear()
}

const FORMS: readonly string[] = [
  'a stock AAPL.NASDAQ (or its MIC, AAPL.XNAS), BRK.B.NYSE, VOD.LSE',
  'a currency pair EUR/USD.IDEALPRO, crypto BTC/USD.PAXOS, a metal XAUUSD.IBCMDTY',
  'a future ESZ26.CME, a continuous one ES.CME, an index ^SPX.CBOE',
  'an option AAPL240119C00150000.SMART, an option on a future ESZ6 C6000.CME',
]

function unmapped(instrument: InstrumentId): SourceRejectedError {
  return new SourceRejectedError(
    `${instrument} does not say which contract of Interactive Brokers it is: IB has no exchange '${venueOf(instrument)}', or it lists nothing of this form`,
    { steps: [`Write ${FORMS.join('; ')}.`, explicitStep(instrument)] },
  )
}

function incomplete(instrument: InstrumentId): SourceRejectedError {
  return new SourceRejectedError(
    `the contract stated for ${instrument} is not complete, and the id does not say the rest: it needs secType, exchange, and one of symbol, localSymbol or conId`,
    { steps: [explicitStep(instrument)] },
  )
}

/** How to state a contract, as a step of an error. */
export function explicitStep(
  instrument: InstrumentId,
  contract = "{ secType: 'STK', symbol: 'AAPL', exchange: 'SMART', currency: 'USD' }",
): string {
  return `State the contract: contracts: { ${JSON.stringify(instrument)}: ${contract} } in the options of the source.`
}
