import { InvalidRequestError } from '../model/errors.js'
import { ALWAYS_OPEN, NO_CALENDAR } from './always-open.js'
import type { Calendar } from './calendar.js'
import { XNYS } from './xnys.js'

/** The calendar of a venue, the part of an instrument id after its last dot, exact case. `undefined`: not known. */
export function calendarOfVenue(venue: string): Calendar | undefined {
  return BY_VENUE.get(venue)
}

/**
 * The calendar a user names: `XNYS`, `24/7`, `none`, in any case.
 *
 * @throws InvalidRequestError naming the known ones
 */
export function calendarByName(name: string): Calendar {
  const calendar = CALENDARS.find(([it]) => it.name.toUpperCase() === name.toUpperCase())?.[0]
  if (calendar !== undefined) return calendar
  throw new InvalidRequestError(`'${name}' is not a calendar`, {
    steps: [`Use one of ${CALENDARS.map(([it]) => it.name).join(', ')}.`],
  })
}

/**
 * US stock exchanges as Interactive Brokers, the MIC registry (Nautilus, Databento) and users spell them. `SIM` is simulated
 * data, which keeps their hours. `SMART` is missing on purpose: it routes stocks of every country.
 */
const US_STOCKS: readonly string[] = words(`
  NYSE XNYS
  NASDAQ ISLAND XNAS XNGS XNMS XNCM
  ARCA ARCX
  AMEX XASE
  NYSENAT XCIS
  CHX XCHI
  BATS BYX BATY EDGX DRCTEDGE EDGEA EDGA
  BEX XBOS PSX XPSX
  IEX IEXG
  MEMX LTSE PEARL EPRL
  PINK
  SIM
`)

/** Crypto exchanges as Nautilus and Interactive Brokers (PAXOS, ZEROHASH) spell them. */
const CRYPTO: readonly string[] = words(`
  BINANCE BINANCE_US BINANCE_SPOT BINANCE_FUTURES BITFINEX BITGET BITMEX BITSTAMP BYBIT
  COINBASE COINBASE_INTX CRYPTO_COM DERIBIT DYDX GATE_IO GEMINI HTX HUOBI HYPERLIQUID
  KRAKEN KUCOIN MEXC OKEX OKX PAXOS POLONIEX UPBIT ZEROHASH
`)

/** Every calendar with the venues that keep it. */
const CALENDARS: readonly (readonly [Calendar, readonly string[]])[] = [
  [XNYS, US_STOCKS],
  [ALWAYS_OPEN, CRYPTO],
  [NO_CALENDAR, []],
]

const BY_VENUE: ReadonlyMap<string, Calendar> = new Map(
  CALENDARS.flatMap(([calendar, venues]) => venues.map((venue) => [venue, calendar] as const)),
)

function words(text: string): readonly string[] {
  return text.trim().split(/\s+/)
}
