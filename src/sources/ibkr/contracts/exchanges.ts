import { words } from '../../../calendar/words.js'

/** An exchange as Interactive Brokers names it, and the currency that what it lists is usually quoted in. */
export interface IbExchange {
  readonly name: string
  readonly currency: string
}

/** The exchange a stock is listed on, by the venue of its id: `NASDAQ`, `XNAS`. */
export function stockExchangeOf(venue: string): IbExchange | undefined {
  return STOCKS.get(venue)
}

/** The exchange a future trades on, by the venue of its id: `CME`, `XCME`. */
export function futuresExchangeOf(venue: string): IbExchange | undefined {
  return FUTURES.get(venue)
}

/** The exchange that publishes an index, by the venue of its id. An exchange of futures also has the indices under them. */
export function indexExchangeOf(venue: string): IbExchange | undefined {
  return INDEX_ONLY.get(venue) ?? STOCKS.get(venue) ?? FUTURES.get(venue)
}

/** Whether the venue publishes indices and lists no stock and no future: there `SPX` can only be the index. */
export function isIndexVenue(venue: string): boolean {
  return INDEX_ONLY.has(venue)
}

/** IB's name first, then the other spellings: the MIC registry's (Nautilus, Databento), and those users write. */
function exchanges(currency: string, table: string): readonly (readonly [string, IbExchange])[] {
  return table
    .trim()
    .split('\n')
    .flatMap((line) => {
      const [name = '', ...aliases] = words(line)
      return [name, ...aliases].map((it): readonly [string, IbExchange] => [it, { name, currency }])
    })
}

/** Where stocks are listed. Venues that only trade what others list (EDGX, MEMX) have no stock of their own. */
const STOCKS: ReadonlyMap<string, IbExchange> = new Map([
  ...exchanges(
    'USD',
    `NYSE XNYS
     NASDAQ ISLAND XNAS XNGS XNMS XNCM
     ARCA ARCX NYSEARCA
     AMEX XASE NYSEAMERICAN
     BATS BZX
     IEX IEXG
     PINK OTCM`,
  ),
  ...exchanges('CAD', 'TSE XTSE TSX\nVENTURE XTSX TSXV\nNEO NEOE'),
  ...exchanges('MXN', 'MEXI XMEX'),
  ...exchanges('GBP', 'LSE XLON\nLSEETF'),
  ...exchanges(
    'EUR',
    `IBIS XETR XETRA
     IBIS2
     FWB XFRA
     FWB2
     SWB XSTU
     SBF XPAR
     AEB XAMS
     ENEXT.BE XBRU
     BVLP XLIS
     BVME XMIL
     BVME.ETF ETFP
     BM XMAD
     VSE XWBO
     HEX XHEL
     ISED XDUB`,
  ),
  ...exchanges('CHF', 'EBS XSWX SWX SIX'),
  ...exchanges('SEK', 'SFB XSTO'),
  ...exchanges('NOK', 'OSE XOSL'),
  ...exchanges('DKK', 'CPH XCSE'),
  ...exchanges('PLN', 'WSE XWAR'),
  ...exchanges('HUF', 'BUX XBUD'),
  ...exchanges('CZK', 'PRA XPRA'),
  ...exchanges('ILS', 'TASE XTAE'),
  ...exchanges('ZAR', 'JSE XJSE'),
  ...exchanges('JPY', 'TSEJ XTKS'),
  ...exchanges('HKD', 'SEHK XHKG'),
  ...exchanges('CNH', 'SEHKNTL XSHG\nSEHKSZSE XSHE'),
  ...exchanges('TWD', 'TWSE XTAI'),
  ...exchanges('KRW', 'KRX XKRX'),
  ...exchanges('SGD', 'SGX XSES'),
  ...exchanges('INR', 'NSE XNSE'),
  ...exchanges('AUD', 'ASX XASX'),
])

/** Where futures trade. Databento's GLBX is missing on purpose: it is four exchanges to IB, and an id has to say which. */
const FUTURES: ReadonlyMap<string, IbExchange> = new Map([
  ...exchanges(
    'USD',
    `CME XCME GLOBEX
     CBOT XCBT ECBOT
     NYMEX XNYM
     COMEX XCEC
     CFE XCBF
     NYBOT IFUS
     ICEEU IFEU
     IPE
     ICEEUSOFT
     MGE`,
  ),
  ...exchanges(
    'EUR',
    'EUREX XEUR DTB\nMONEP XMON\nMATIF XMAT\nIDEM XDMI\nMEFFRV XMRV\nFTA XEUE\nBELFOX XBRD\nENDEX NDEX',
  ),
  ...exchanges('CAD', 'CDE XMOD'),
  ...exchanges('HKD', 'HKFE XHKF'),
  ...exchanges('JPY', 'OSE.JPN XOSE'),
  ...exchanges('AUD', 'SNFE XSFE'),
  ...exchanges('MXN', 'MEXDER'),
  ...exchanges('SEK', 'OMS'),
])

const INDEX_ONLY: ReadonlyMap<string, IbExchange> = new Map(exchanges('USD', 'CBOE XCBO'))
