import { InvalidRequestError } from '../model/errors.js'
import { type InstrumentId, symbolOf, venueOf } from '../model/instrument.js'
import { ALWAYS_OPEN, NO_CALENDAR } from './always-open.js'
import type { Calendar } from './calendar.js'
import { CME } from './cme.js'
import { CME_PRODUCT_CALENDARS, cmeCalendarOf } from './cme-products.js'
import { FX } from './fx.js'
import { words } from './words.js'
import { XLON } from './xlon.js'
import { XNYS } from './xnys.js'

/**
 * The calendar of an instrument, by its venue and, on the futures exchanges of CME Group, by the product its symbol
 * names. `undefined`: not known. Only the venue says that `EUR/USD` keeps foreign exchange hours: crypto exchanges
 * trade the same pairs on weekends.
 */
export function calendarOfInstrument(id: InstrumentId): Calendar | undefined {
  const venue = venueOf(id)
  return CME_GROUP.has(venue) ? cmeCalendarOf(symbolOf(id)) : calendarOfVenue(venue)
}

/**
 * The calendar that all instruments of a venue keep; the venue is the part of an id after its last dot, exact case.
 * `undefined`: not known, or not the same for all of them (see {@link calendarOfInstrument}).
 */
export function calendarOfVenue(venue: string): Calendar | undefined {
  return BY_VENUE.get(venue)
}

/**
 * The calendar a user names: `XNYS`, `XLON`, `CME`, `FX`, `24/7`, `none`, …, in any case.
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
  ARCA ARCX NYSEARCA
  AMEX XASE NYSEAMERICAN
  NYSENAT XCIS
  CHX XCHI
  BATS BZX BYX BATY EDGX DRCTEDGE EDGEA EDGA
  BEX XBOS PSX XPSX
  IEX IEXG
  MEMX LTSE PEARL EPRL
  PINK OTCM
  SIM
`)

/** Crypto exchanges as Nautilus and Interactive Brokers (PAXOS, ZEROHASH) spell them. */
const CRYPTO: readonly string[] = words(`
  BINANCE BINANCE_US BINANCE_SPOT BINANCE_FUTURES BITFINEX BITGET BITMEX BITSTAMP BYBIT
  COINBASE COINBASE_INTX CRYPTO_COM DERIBIT DYDX GATE_IO GEMINI HTX HUOBI HYPERLIQUID
  KRAKEN KUCOIN MEXC OKEX OKX PAXOS POLONIEX UPBIT ZEROHASH
`)

/** Spot foreign exchange: the brokers whose week `fx.ts` is held against. */
const SPOT_FX: readonly string[] = words('IDEALPRO FXCM OANDA')

/** London as Interactive Brokers and the MIC registry spell it. `LSEIOB1` is missing: depositary receipts trade other hours. */
const LONDON: readonly string[] = words('LSE LSEETF XLON')

/** The futures exchanges of CME Group: Interactive Brokers, MIC registry (Nautilus), Databento (GLBX). Roots are unique among them. */
const CME_GROUP: ReadonlySet<string> = new Set(words('CME XCME GLBX CBOT XCBT NYMEX XNYM COMEX XCEC'))

/** Every calendar with the venues that keep it. */
const CALENDARS: readonly (readonly [Calendar, readonly string[]])[] = [
  [XNYS, US_STOCKS],
  [ALWAYS_OPEN, CRYPTO],
  [NO_CALENDAR, []],
  [XLON, LONDON],
  [FX, SPOT_FX],
  [CME, []],
  ...CME_PRODUCT_CALENDARS.map((it) => [it, []] as const),
]

const BY_VENUE: ReadonlyMap<string, Calendar> = new Map(
  CALENDARS.flatMap(([calendar, venues]) => venues.map((venue) => [venue, calendar] as const)),
)
